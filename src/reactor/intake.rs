//! The input side of one connection: bytes into lines into commands that the hub takes.
//!
//! Pure: it is given bytes, a hub and what is left of a turn, and never sees a socket or
//! a clock; so the transcripts lead a bare hub through the very same way. It keeps only
//! what cannot be carried out yet, and wipes it behind itself: any line may be a
//! password. The reactor reads, and decides what to do when it stops.

use crate::hub::{Admits, Effects, Expects, Hub, Input, SessionId};
use crate::parser::{self, Foreign, Frame, Framer, Mode, Sniff};
use crate::protocol::{Code, Command, Fault, Now, Secret};
use crate::telnet::{Asked, Telnet, Terminal, WONT_TIMING_MARK, edited};

/// Bytes of answers that one connection's lines may produce before somebody else has
/// their turn: with it, no pipelined flood of questions passes the hard bound.
const ANSWER_BYTES_PER_TURN: usize = 16 * 1024;

/// What one connection has sent and the hub has not taken. Idle, it holds no buffer.
#[derive(Debug, Default)]
pub struct Intake {
    /// A partial line, or lines that wait.
    input: Vec<u8>,
    /// In place of `telnet`, on the telnet listener alone. Boxed: the others have none.
    terminal: Option<Box<Terminal>>,
    framer: Framer,
    telnet: Telnet,
    /// Its first bytes are known to be no other protocol's.
    sniffed: bool,
    /// A line was too long, and the session has not been told.
    owes_too_long: bool,
}

/// Where the lines of one connection go in one turn, and how many may.
#[derive(Debug)]
pub struct Turn<'a> {
    /// It decides.
    pub hub: &'a mut Hub,
    /// What it decides; the caller carries it out when the intake has stopped.
    pub fx: &'a mut Effects,
    /// When this is.
    pub now: Now,
    /// Whose lines they are.
    pub session: SessionId,
    /// How many commands may still be carried out.
    pub commands: &'a mut usize,
}

/// Why carrying out lines has stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// There is no whole line.
    Wanting,
    /// The next line has to wait, until something happens.
    Held,
    /// The next line has to wait until this millisecond of the monotonic clock.
    HeldUntil(u64),
    /// The budget of this turn is spent.
    Spent,
    /// The session is over.
    Over,
}

impl Intake {
    /// That of the telnet listener, which answers telnet programs and sees to their echo.
    #[must_use]
    pub fn of_telnet() -> Intake {
        Intake { terminal: Some(Box::default()), ..Intake::default() }
    }

    /// The telnet program at the other end, on the telnet listener.
    pub fn terminal(&mut self) -> Option<&mut Terminal> {
        self.terminal.as_deref_mut()
    }

    /// Whether it is the telnet listener's.
    #[must_use]
    pub fn is_of_telnet(&self) -> bool {
        self.terminal.is_some()
    }

    /// Wipes what was not carried out: nobody is there to whom it would matter.
    pub fn forget(&mut self) {
        std::mem::take(&mut self.input).fill(0);
    }

    /// Takes bytes that have come, and carries out the lines they complete. The caller
    /// wipes them.
    pub fn take(&mut self, bytes: &mut [u8], turn: &mut Turn<'_>) -> Stopped {
        if let Some(terminal) = &mut self.terminal {
            let mut typed = typed(terminal, bytes, turn);
            let stopped = self.text(&typed, turn);
            typed.fill(0);
            return stopped;
        }
        let mut len = bytes.len();
        if !self.telnet.pass(bytes) {
            let mut timing_marks = 0;
            len = self.telnet.strip(bytes, |asked| {
                // Are-you-there is for the telnet listener; here it would stand in the
                // middle of a program's answers.
                timing_marks += usize::from(asked == Asked::TimingMark);
            });
            if timing_marks > 0 {
                let answers = WONT_TIMING_MARK.repeat(timing_marks.min(8));
                turn.fx.send(turn.session, |out| out.extend_from_slice(&answers));
            }
        }
        self.text(&bytes[..len], turn)
    }

    /// Carries out lines that had to wait.
    pub fn carry_on(&mut self, turn: &mut Turn<'_>) -> Stopped {
        if self.input.is_empty() && !self.owes_too_long {
            return Stopped::Wanting;
        }
        let mut waiting = std::mem::take(&mut self.input);
        let (used, stopped) = self.carry_out(&waiting, turn);
        waiting[..used].fill(0);
        if stopped != Stopped::Over && used < waiting.len() {
            waiting.copy_within(used.., 0);
            let left = waiting.len() - used;
            waiting[left..].fill(0);
            waiting.truncate(left);
            self.input = waiting;
        } else {
            waiting.fill(0);
        }
        stopped
    }

    /// Text has come, or nothing of it.
    fn text(&mut self, text: &[u8], turn: &mut Turn<'_>) -> Stopped {
        if !self.input.is_empty() {
            self.keep(text);
            return self.carry_on(turn);
        }
        let (used, stopped) = self.carry_out(text, turn);
        if stopped != Stopped::Over {
            self.keep(&text[used..]);
        }
        stopped
    }

    /// Keeps what cannot be carried out yet, behind what is kept already. Grows by hand: a
    /// vector that grows by itself leaves a copy of a password behind.
    fn keep(&mut self, rest: &[u8]) {
        let len = self.input.len() + rest.len();
        if len > self.input.capacity() {
            let mut larger = Vec::with_capacity(len.max(2 * self.input.capacity()));
            larger.extend_from_slice(&self.input);
            std::mem::replace(&mut self.input, larger).fill(0);
        }
        self.input.extend_from_slice(rest);
    }

    /// Carries out the lines at the front of `bytes`; says how many bytes they were.
    fn carry_out(&mut self, bytes: &[u8], turn: &mut Turn<'_>) -> (usize, Stopped) {
        if let Some(stopped) = self.sniff(bytes, turn) {
            return (0, stopped);
        }
        let mut used = 0;
        loop {
            if !turn.hub.knows(turn.session) {
                return (used, Stopped::Over);
            }
            if *turn.commands == 0 || turn.fx.bytes.len() > ANSWER_BYTES_PER_TURN {
                return (used, Stopped::Spent);
            }
            if self.owes_too_long {
                if let Some(stopped) = turn.line(Err(Fault::line(Code::TooLong))) {
                    return (used, stopped);
                }
                self.owes_too_long = false;
                continue;
            }
            // What is in front of a line that has to wait does not wait with it.
            used += self.framer.skip(&bytes[used..]);
            let (frame, taken) = self.framer.next(&bytes[used..]);
            match frame {
                Frame::Partial => return (used + taken, Stopped::Wanting),
                Frame::TooLong => self.owes_too_long = true,
                Frame::Line(content) => {
                    *turn.commands -= 1;
                    let mut edited = self.terminal.as_ref().and_then(|_| edited(content));
                    let stopped = turn.framed(edited.as_deref().unwrap_or(content));
                    if let Some(secret) = &mut edited {
                        secret.fill(0);
                    }
                    // A line that has to wait is framed again when its time has come.
                    if let Some(stopped) = stopped {
                        return (used, stopped);
                    }
                }
            }
            used += taken;
        }
    }

    /// Looks whether a connection's first bytes are another protocol's.
    fn sniff(&mut self, bytes: &[u8], turn: &mut Turn<'_>) -> Option<Stopped> {
        if self.sniffed {
            return None;
        }
        let what = match parser::sniff(bytes) {
            Sniff::Maybe => return Some(Stopped::Wanting),
            Sniff::No => {
                self.sniffed = true;
                return None;
            }
            Sniff::Yes(Foreign::Tls) => "TLS",
            Sniff::Yes(Foreign::Http) => "HTTP",
            Sniff::Yes(Foreign::Ssh) => "SSH",
        };
        self.sniffed = true;
        turn.handle(Input::Foreign { session: turn.session, what });
        Some(Stopped::Over)
    }
}

/// Takes what a telnet program has sent and answers it, behind the answers to what was
/// typed before it; what was typed now. Every question is work like a command.
fn typed(terminal: &mut Terminal, bytes: &[u8], turn: &mut Turn<'_>) -> Vec<u8> {
    // As long as it will get: growing would leave a copy of a password behind.
    let mut typed = Vec::with_capacity(2 * bytes.len());
    let mut replies = Vec::new();
    let taken = terminal.take(bytes, &mut typed, &mut replies);
    *turn.commands = turn.commands.saturating_sub(taken.asked);
    let session = turn.session;
    if !replies.is_empty() {
        turn.fx.send(session, |out| out.extend_from_slice(&replies));
    }
    if taken.are_you_there {
        turn.handle(Input::AreYouThere { session });
    }
    if taken.shows {
        turn.handle(Input::Shown { session });
    }
    typed
}

impl Turn<'_> {
    fn handle(&mut self, input: Input<'_>) {
        self.hub.handle(self.now, input, self.fx);
    }

    /// One line of whatever kind is expected.
    fn framed(&mut self, content: &[u8]) -> Option<Stopped> {
        match self.hub.expects(self.session) {
            Expects::Password if std::str::from_utf8(content).is_err() => {
                self.line(Err(Fault::line(Code::NotUtf8)))
            }
            Expects::Password => {
                let secret = Secret::new(content);
                self.handle(Input::Password { session: self.session, secret });
                None
            }
            Expects::Command { chat, tagged } => {
                match parser::command(content, Mode { chat, tagged }) {
                    Ok(None) => None,
                    Ok(Some(command)) => self.line(Ok(command)),
                    Err(fault) => self.line(Err(fault)),
                }
            }
        }
    }

    /// Hands a line to the hub, if it may be carried out now.
    fn line(&mut self, line: Result<Command<'_>, Fault>) -> Option<Stopped> {
        match self.hub.admits(self.now, self.session, &line) {
            Admits::Now => {
                self.handle(Input::Line { session: self.session, line });
                None
            }
            Admits::Later => Some(Stopped::Held),
            Admits::At(at_ms) => Some(Stopped::HeldUntil(at_ms)),
        }
    }
}
