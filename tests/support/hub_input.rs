//! From bytes to the hub: what `src/reactor/input.rs` does, without a socket. The two
//! must go the same way, or the transcripts prove something else.

use std::collections::VecDeque;

use super::hub::BareHub;
use taifas::hub::{Admits, Expects, Input};
use taifas::limits::{COMMANDS_PER_TURN, READ_BYTES, READ_BYTES_PER_TURN};
use taifas::parser::{self, Foreign, Frame, Framer, Mode, Sniff};
use taifas::protocol::{Code, Command, Fault, Secret};
use taifas::telnet::{Asked, Telnet, WONT_TIMING_MARK};

/// The input side of one connection.
#[derive(Default)]
pub struct Wire {
    /// What has arrived and was not read, a read each.
    arrived: VecDeque<Vec<u8>>,
    telnet: Telnet,
    framer: Framer,
    /// What was read and is not carried out.
    input: Vec<u8>,
    /// When its waiting line is to be offered again.
    pub retry_ms: Option<u64>,
    sniffed: bool,
    owes_too_long: bool,
    /// Its peer sends nothing more.
    ended: bool,
}

impl Wire {
    /// Bytes have arrived; one read takes what came at once, up to its bound.
    pub fn arrives(&mut self, bytes: &[u8]) {
        self.arrived.extend(bytes.chunks(READ_BYTES).map(<[u8]>::to_vec));
    }

    /// Nothing more will arrive.
    pub fn ends(&mut self) {
        self.ended = true;
    }
}

/// Bytes of answers before somebody else has their turn, as in the reactor.
const ANSWER_BYTES_PER_TURN: usize = 16 * 1024;

/// Why carrying out lines has stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stopped {
    /// There is no whole line.
    Wanting,
    /// The next line has to wait.
    Held,
    /// The budget of this turn is spent.
    Spent,
    /// The session is over.
    Over,
}

impl BareHub {
    /// Carries out what a connection has sent, as far as may be in one turn.
    pub(super) fn serve(&mut self, slot: usize) {
        let Some(session) = self.conns[slot].as_ref().map(|conn| conn.session) else {
            return;
        };
        let mut commands = COMMANDS_PER_TURN;
        let mut read_bytes = 0;
        let mut stopped = self.carry_on(slot, &mut commands);
        while stopped == Stopped::Wanting && read_bytes < READ_BYTES_PER_TURN {
            let Some(read) = self.wire(slot).and_then(|wire| wire.arrived.pop_front()) else {
                break;
            };
            read_bytes += read.len();
            stopped = self.took(slot, read, &mut commands);
        }
        self.apply();
        let Some(wire) = self.wire(slot) else {
            return;
        };
        let (more, at_end) = (!wire.arrived.is_empty(), wire.ended && wire.arrived.is_empty());
        match stopped {
            Stopped::Spent => self.mark_ready(slot),
            Stopped::Wanting if more => self.mark_ready(slot),
            Stopped::Wanting if at_end && self.hub.is_idle(session) => {
                self.input(Input::EndOfInput { session });
            }
            Stopped::Wanting | Stopped::Held | Stopped::Over => {}
        }
    }

    fn wire(&mut self, slot: usize) -> Option<&mut Wire> {
        self.conns[slot].as_mut().map(|conn| &mut conn.wire)
    }

    /// Carries out lines that had to wait.
    fn carry_on(&mut self, slot: usize, commands: &mut usize) -> Stopped {
        let Some(wire) = self.wire(slot) else {
            return Stopped::Over;
        };
        if wire.input.is_empty() && !wire.owes_too_long {
            return Stopped::Wanting;
        }
        let mut waiting = std::mem::take(&mut wire.input);
        let (used, stopped) = self.carry_out(slot, &waiting, commands);
        if let Some(wire) = self.wire(slot)
            && stopped != Stopped::Over
        {
            waiting.drain(..used);
            wire.input = waiting;
        }
        stopped
    }

    /// Bytes have come.
    fn took(&mut self, slot: usize, mut bytes: Vec<u8>, commands: &mut usize) -> Stopped {
        let Some(conn) = &mut self.conns[slot] else {
            return Stopped::Over;
        };
        if !conn.wire.telnet.pass(&bytes) {
            let mut marks = 0;
            let len = conn.wire.telnet.strip(&mut bytes, |asked| {
                marks += usize::from(asked == Asked::TimingMark);
            });
            bytes.truncate(len);
            conn.outbox.extend_from_slice(&WONT_TIMING_MARK.repeat(marks.min(8)));
        }
        if !conn.wire.input.is_empty() {
            conn.wire.input.extend_from_slice(&bytes);
            return self.carry_on(slot, commands);
        }
        let (used, stopped) = self.carry_out(slot, &bytes, commands);
        if let Some(wire) = self.wire(slot)
            && stopped != Stopped::Over
        {
            wire.input.extend_from_slice(&bytes[used..]);
        }
        stopped
    }

    /// Carries out the lines at the front of `bytes`; says how many bytes they were.
    fn carry_out(&mut self, slot: usize, bytes: &[u8], commands: &mut usize) -> (usize, Stopped) {
        if let Some(stopped) = self.sniff(slot, bytes) {
            return (0, stopped);
        }
        let mut used = 0;
        loop {
            let Some(conn) = &mut self.conns[slot] else {
                return (used, Stopped::Over);
            };
            if !self.hub.knows(conn.session) {
                return (used, Stopped::Over);
            }
            if *commands == 0 || self.fx.bytes.len() > ANSWER_BYTES_PER_TURN {
                return (used, Stopped::Spent);
            }
            if conn.wire.owes_too_long {
                if let Some(stopped) = self.line(slot, Err(Fault::line(Code::TooLong))) {
                    return (used, stopped);
                }
                self.wire(slot).into_iter().for_each(|wire| wire.owes_too_long = false);
                continue;
            }
            // What is in front of a line that has to wait does not wait with it.
            used += conn.wire.framer.skip(&bytes[used..]);
            let (frame, taken) = conn.wire.framer.next(&bytes[used..]);
            match frame {
                Frame::Partial => return (used + taken, Stopped::Wanting),
                Frame::TooLong => conn.wire.owes_too_long = true,
                Frame::Line(content) => {
                    *commands -= 1;
                    if let Some(stopped) = self.framed(slot, content) {
                        return (used, stopped);
                    }
                }
            }
            used += taken;
        }
    }

    /// One line of whatever kind is expected.
    fn framed(&mut self, slot: usize, content: &[u8]) -> Option<Stopped> {
        let session = self.conns[slot].as_ref()?.session;
        match self.hub.expects(session) {
            Expects::Password if std::str::from_utf8(content).is_err() => {
                self.line(slot, Err(Fault::line(Code::NotUtf8)))
            }
            Expects::Password => {
                let secret = Secret::new(content);
                self.hub.handle(self.now, Input::Password { session, secret }, &mut self.fx);
                None
            }
            Expects::Command { chat, tagged } => {
                match parser::command(content, Mode { chat, tagged }) {
                    Ok(None) => None,
                    Ok(Some(command)) => self.line(slot, Ok(command)),
                    Err(fault) => self.line(slot, Err(fault)),
                }
            }
        }
    }

    /// Hands a line to the hub, if it may be carried out now.
    fn line(&mut self, slot: usize, line: Result<Command<'_>, Fault>) -> Option<Stopped> {
        let session = self.conns[slot].as_ref()?.session;
        match self.hub.admits(self.now, session, &line) {
            Admits::Now => {
                self.hub.handle(self.now, Input::Line { session, line }, &mut self.fx);
                None
            }
            Admits::Later => Some(Stopped::Held),
            Admits::At(at_ms) => {
                self.wire(slot)?.retry_ms = Some(at_ms);
                Some(Stopped::Held)
            }
        }
    }

    /// Looks whether a connection's first bytes are another protocol's.
    fn sniff(&mut self, slot: usize, bytes: &[u8]) -> Option<Stopped> {
        let conn = self.conns[slot].as_mut()?;
        if conn.wire.sniffed {
            return None;
        }
        let what = match parser::sniff(bytes) {
            Sniff::Maybe => return Some(Stopped::Wanting),
            Sniff::No => {
                conn.wire.sniffed = true;
                return None;
            }
            Sniff::Yes(Foreign::Tls) => "TLS",
            Sniff::Yes(Foreign::Http) => "HTTP",
            Sniff::Yes(Foreign::Ssh) => "SSH",
        };
        conn.wire.sniffed = true;
        let session = conn.session;
        self.hub.handle(self.now, Input::Foreign { session, what }, &mut self.fx);
        Some(Stopped::Over)
    }
}
