//! Telnet commands inside a stream of bytes (RFC 854, RFC 855), wherever the reads
//! cut it.
//!
//! The state between two reads is one byte: nothing of a command is stored, however
//! long it is. A chunk without a command in it is only searched, and passed on
//! untouched where it lies.

use nom::FindSubstring;

/// Where one connection's telnet commands stand.
#[derive(Default, Debug, Clone, Copy)]
pub struct Telnet {
    state: State,
}

/// What the peer wants an answer to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// `DO TIMING-MARK`, after ^C: BSD telnet shows nothing until it is answered with
    /// [`WONT_TIMING_MARK`], each time it asks.
    TimingMark,
    /// `AYT`: it wants to see any sign of life.
    AreYouThere,
}

/// What stands in the stream besides text, as far as anybody on this side cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heard {
    /// What is one option to be: WILL, WONT, DO or DONT, and its number.
    Option(u8, u8),
    /// `AYT`.
    AreYouThere,
    /// `EC`: the last character is to be forgotten.
    EraseCharacter,
    /// `EL`: all of the line is.
    EraseLine,
    /// `IP` or `BRK`: so is what is going on.
    Interrupt,
}

/// The answer to [`Asked::TimingMark`]. A refusal is as good a mark as any (RFC 860).
pub const WONT_TIMING_MARK: [u8; 3] = [IAC, WONT, TIMING_MARK];

/// ```text
///          IAC               WILL WONT DO DONT
///   Text ───────▶ Command ─────────────────────▶ Option ──any byte──▶ Text
///     ▲            │  │ ▲
///     │ any other  │  │ └───────────any other──────────────┐
///     ├────────────┘  │ SB            IAC                  │
///     │               └─────▶ Sub ───────────▶ SubCommand ─┘
///     │                        ▲       IAC      │ │
///     │                        └────────────────┘ │
///     └──────────────────── SE ───────────────────┘
/// ```
#[derive(Default, Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// What people type.
    #[default]
    Text,
    /// Behind an IAC.
    Command,
    /// Behind WILL, WONT, DO or DONT, which is kept: an option's number comes.
    Option(u8),
    /// Inside a subnegotiation, which is swallowed whole.
    Sub,
    /// Behind an IAC inside one.
    SubCommand,
}

pub(super) const IAC: u8 = 255;
pub(super) const DONT: u8 = 254;
pub(super) const DO: u8 = 253;
pub(super) const WONT: u8 = 252;
pub(super) const WILL: u8 = 251;
const SB: u8 = 250;
const EL: u8 = 248;
const EC: u8 = 247;
const AYT: u8 = 246;
const IP: u8 = 244;
const BRK: u8 = 243;
const SE: u8 = 240;
pub(super) const TIMING_MARK: u8 = 6;

impl Telnet {
    /// Whether there is nothing to take out of `bytes`: then they may be used where
    /// they lie, and need not be handed to [`Telnet::strip`].
    #[inline]
    pub fn pass(&self, bytes: &[u8]) -> bool {
        self.state == State::Text && find_iac(bytes).is_none()
    }

    /// Takes the commands out of `bytes` in place; returns how many bytes are left, at
    /// the front. Calls `asked` for each thing that wants an answer, in order.
    ///
    /// `IAC IAC` leaves one 0xFF, which no UTF-8 holds: the parser refuses its line.
    pub fn strip(&mut self, bytes: &mut [u8], mut asked: impl FnMut(Asked)) -> usize {
        let mut heard = |heard| match heard {
            Heard::Option(DO, TIMING_MARK) => asked(Asked::TimingMark),
            Heard::AreYouThere => asked(Asked::AreYouThere),
            _ => {}
        };
        // Invariant: kept <= at <= bytes.len(); bytes[..kept] is text.
        let (mut at, mut kept) = (0, 0);
        while at < bytes.len() {
            if self.state == State::Text {
                let text = find_iac(&bytes[at..]).unwrap_or(bytes.len() - at);
                bytes.copy_within(at..at + text, kept);
                (at, kept) = (at + text, kept + text);
                if at == bytes.len() {
                    break;
                }
            }
            if let Some(byte) = self.step(bytes[at], &mut heard) {
                bytes[kept] = byte;
                kept += 1;
            }
            at += 1;
        }
        kept
    }

    /// Takes one byte; returns the one that is text after all.
    pub(super) fn step(&mut self, byte: u8, heard: &mut impl FnMut(Heard)) -> Option<u8> {
        match self.state {
            State::Text if byte == IAC => self.state = State::Command,
            State::Text => return Some(byte),
            State::Command => return self.command(byte, heard),
            State::Option(verb) => {
                self.state = State::Text;
                // Option 10 (RFC 652) is negotiated by nobody; the end of a line that is
                // no UTF-8 stands here more often, and must not be swallowed.
                if byte == b'\n' {
                    return Some(byte);
                }
                heard(Heard::Option(verb, byte));
            }
            State::Sub if byte == IAC => self.state = State::SubCommand,
            State::Sub => {}
            State::SubCommand => match byte {
                SE => self.state = State::Text,
                IAC => self.state = State::Sub,
                // RFC 855 has nothing else here. A subnegotiation that lost its end
                // is over at the next command, or it would swallow all that follows.
                _ => return self.command(byte, heard),
            },
        }
        None
    }

    /// Takes the byte behind an IAC; returns the one that is text after all.
    fn command(&mut self, byte: u8, heard: &mut impl FnMut(Heard)) -> Option<u8> {
        self.state = match byte {
            WILL | WONT | DO | DONT => State::Option(byte),
            SB => State::Sub,
            _ => State::Text,
        };
        match byte {
            AYT => heard(Heard::AreYouThere),
            EC => heard(Heard::EraseCharacter),
            EL => heard(Heard::EraseLine),
            IP | BRK => heard(Heard::Interrupt),
            // No telnet sends IAC LF. Somebody's Latin-1 ÿ does, at the end of a line,
            // and to swallow it would glue the next line to this one.
            IAC | b'\n' => return Some(byte),
            // NOP, DM, AO, GA, and whatever else: no answer, no text.
            _ => {}
        }
        None
    }
}

/// Where the first IAC is. nom's search is memchr's, as in framing.
#[inline]
fn find_iac(bytes: &[u8]) -> Option<usize> {
    bytes.find_substring(&[IAC][..])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is left of `input` cut at `cuts`, and what was asked.
    fn strip(input: &[u8], cuts: &[usize]) -> (Vec<u8>, Vec<Asked>) {
        let (mut telnet, mut text, mut asked) = (Telnet::default(), Vec::new(), Vec::new());
        let mut from = 0;
        for &cut in cuts.iter().chain([&input.len()]) {
            let mut chunk = input[from..cut].to_vec();
            let passes = telnet.pass(&chunk);
            let kept = telnet.strip(&mut chunk, |question| asked.push(question));
            assert!(!passes || kept == cut - from && chunk == input[from..cut]);
            text.extend_from_slice(&chunk[..kept]);
            from = cut;
        }
        (text, asked)
    }

    /// One sample: the bytes, the text in them, the questions in them.
    type Sample = (&'static [u8], &'static [u8], &'static [Asked]);

    const SAMPLES: [Sample; 12] = [
        (b"hello\r\n", b"hello\r\n", &[]),
        (b"", b"", &[]),
        (b"a\xff\xffb\n", b"a\xffb\n", &[]),
        // ^C of BSD telnet: IP, DO TIMING-MARK.
        (b"a\xff\xf4\xff\xfd\x06b", b"ab", &[Asked::TimingMark]),
        // WILL, WONT and DONT of the same number ask nothing.
        (b"\xff\xfb\x06\xff\xfc\x06\xff\xfe\x06x", b"x", &[]),
        (b"\xff\xf6hi\xff\xf6", b"hi", &[Asked::AreYouThere, Asked::AreYouThere]),
        // PuTTY's hello.
        (b"\xff\xfb\x1f\xff\xfb\x20\xff\xfb\x18\xff\xfb\x27\xff\xfd\x01\xff\xfb\x03\xff\xfd\x03hi", b"hi", &[]),
        // NAWS with a 255 inside, which is doubled.
        (b"\xff\xfa\x1f\x00\xff\xff\x00\x18\xff\xf0hi", b"hi", &[]),
        // A LF, an AYT byte and a DO inside a subnegotiation are none.
        (b"\xff\xfa\x18\n\xf6\xfd\x06\xff\xf0ok", b"ok", &[]),
        // A subnegotiation that lost its end.
        (b"\xff\xfa\x18xterm\xff\xfd\x06ok", b"ok", &[Asked::TimingMark]),
        (b"\xff\xfa\x18x\xff\xfa\x18y\xff\xf0ok", b"ok", &[]),
        // Latin-1 at the end of a line, an end of nothing, NOP.
        (b"a\xff\nb\xff\xf0c\xff\xf1d", b"a\nbcd", &[]),
    ];

    #[test]
    fn every_cut_leaves_the_same_text_and_questions() {
        for (input, text, asked) in SAMPLES {
            let whole = (text.to_vec(), asked.to_vec());
            assert_eq!(strip(input, &[]), whole, "{input:?}");
            for first in 0..=input.len() {
                for second in first..=input.len() {
                    assert_eq!(strip(input, &[first, second]), whole, "{input:?} {first} {second}");
                }
            }
        }
    }

    #[test]
    fn a_command_cut_off_leaves_nothing_and_asks_nothing() {
        for cut in [&b"\xff"[..], b"\xff\xfd", b"\xff\xfa", b"\xff\xfa\x06\xff"] {
            assert_eq!(strip(cut, &[]), (vec![], vec![]), "{cut:?}");
        }
    }

    #[test]
    fn a_subnegotiation_of_any_length_is_swallowed() {
        let mut input = b"\xff\xfa\x18".to_vec();
        input.extend(std::iter::repeat_n(b"\n\xff\xff", 50_000).flatten());
        input.extend_from_slice(b"\xff\xf0ok\n");
        assert_eq!(strip(&input, &[]), (b"ok\n".to_vec(), vec![]));
    }

    #[test]
    fn the_state_is_a_byte_or_two() {
        assert!(size_of::<Telnet>() <= 2);
    }

    #[test]
    fn the_answer_is_wont_timing_mark() {
        assert_eq!(WONT_TIMING_MARK, *b"\xff\xfc\x06");
    }
}
