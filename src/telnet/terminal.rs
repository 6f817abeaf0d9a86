//! A telnet program on the telnet listener: what it is answered, and its echo.
//!
//! The echo is all that is ever negotiated: WILL ECHO alone while a secret is typed,
//! WONT ECHO behind it, and nothing before somebody has been asked for one, because
//! some programs change their ways at the first option they see. Everything they want
//! of their own is refused, once. Bytes in, bytes out: the reactor holds the socket.

use super::edit::{DELETE, INTERRUPT, KILL};
use super::stream::{DO, DONT, Heard, IAC, TIMING_MARK, Telnet, WILL, WONT, WONT_TIMING_MARK};

/// What is known of one telnet program. What it is told never grows faster than what it
/// says.
#[derive(Debug, Default)]
pub struct Terminal {
    telnet: Telnet,
    echo: Echo,
    /// DONT ECHO that is still to come and only says that it has heard WONT ECHO.
    owed: u8,
    /// Options that it was told are not wanted of it, …
    dont: Options,
    /// … and those that it was told are not to be had.
    wont: Options,
}

/// What came of some bytes.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// How much was wanted or asked, however it was answered: work, like commands.
    pub asked: usize,
    /// It wants to see any sign of life, which the caller has.
    pub are_you_there: bool,
    /// It does not stop showing what is typed, though a secret is.
    pub shows: bool,
}

/// Who shows what is typed.
///
/// ```text
///            hide                DO ECHO
///  Theirs ────────► Offered ────────────────► Ours
///    ▲                │  ▲                     │ │
///    └──── show ──────┘  └───── DONT ECHO ─────┘ │
///    └──────────────── show ─────────────────────┘
/// ```
///
/// Answers may be late, behind a `show` and another `hide` even: so they change nothing
/// but what is believed of the other side, and are never answered themselves.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Echo {
    /// The telnet program, or nobody.
    #[default]
    Theirs,
    /// We have said that we do, so that it does not; it has not agreed.
    Offered,
    /// It has: nobody shows anything, because we do not.
    Ours,
}

const ECHO: u8 = 1;

impl Terminal {
    /// Takes what has come. Appends what was typed, keys included, to `typed`, at most
    /// two bytes for each, and what is to be sent to `replies`.
    pub fn take(&mut self, bytes: &[u8], typed: &mut Vec<u8>, replies: &mut Vec<u8>) -> Taken {
        let mut taken = Taken::default();
        for &byte in bytes {
            let mut heard = None;
            match self.telnet.step(byte, &mut |what| heard = Some(what)) {
                // It ends the line that it takes back.
                Some(INTERRUPT) => typed.extend_from_slice(&[INTERRUPT, b'\n']),
                Some(text) => typed.push(text),
                None => {}
            }
            match heard {
                None => continue,
                Some(Heard::EraseCharacter) => typed.push(DELETE),
                Some(Heard::EraseLine) => typed.push(KILL),
                Some(Heard::Interrupt) => typed.extend_from_slice(&[INTERRUPT, b'\n']),
                Some(Heard::AreYouThere) => taken.are_you_there = true,
                Some(Heard::Option(verb, option)) => {
                    taken.shows |= self.option(verb, option, replies);
                }
            }
            taken.asked += 1;
        }
        taken
    }

    /// What is typed from here on is a secret; a secret before it, if there was one, has
    /// ended.
    pub fn hide(&mut self, replies: &mut Vec<u8>) {
        self.end_of_secret(replies);
        if self.echo == Echo::Theirs {
            self.echo = Echo::Offered;
            replies.extend_from_slice(&[IAC, WILL, ECHO]);
        }
    }

    /// The secret has ended, and what is typed from here on is none.
    pub fn show(&mut self, replies: &mut Vec<u8>) {
        self.end_of_secret(replies);
        if self.echo != Echo::Theirs {
            self.owed = self.owed.saturating_add(u8::from(self.echo == Echo::Ours));
            self.echo = Echo::Theirs;
            replies.extend_from_slice(&[IAC, WONT, ECHO]);
        }
    }

    /// The Return behind a secret was not shown either, and the cursor is to move on.
    fn end_of_secret(&self, replies: &mut Vec<u8>) {
        if self.echo == Echo::Ours {
            replies.extend_from_slice(b"\r\n");
        }
    }

    /// Whether that means that a secret is shown.
    fn option(&mut self, verb: u8, option: u8, replies: &mut Vec<u8>) -> bool {
        match (verb, option) {
            (DO, ECHO) if self.echo != Echo::Theirs => self.echo = Echo::Ours,
            (DONT, ECHO) if self.owed > 0 => self.owed -= 1,
            (DONT, ECHO) if self.echo != Echo::Theirs => {
                self.echo = Echo::Offered;
                return true;
            }
            // Asked anew each time, and answered each time, as on every other listener.
            (DO, TIMING_MARK) => replies.extend_from_slice(&WONT_TIMING_MARK),
            (DO, _) if self.wont.insert(option) => replies.extend_from_slice(&[IAC, WONT, option]),
            (WILL, _) if self.dont.insert(option) => {
                replies.extend_from_slice(&[IAC, DONT, option]);
            }
            // Refused before: whoever insists would get an answer to every answer
            // (RFC 1143). WONT and DONT of what is off are no news.
            _ => {}
        }
        false
    }
}

/// A set of options, all 256 at the most.
#[derive(Debug, Default)]
struct Options([u64; 4]);

impl Options {
    /// Whether it was not in it yet.
    fn insert(&mut self, option: u8) -> bool {
        let (word, bit) = (&mut self.0[usize::from(option / 64)], 1 << (option % 64));
        let new = *word & bit == 0;
        *word |= bit;
        new
    }
}

#[cfg(test)]
mod tests;
