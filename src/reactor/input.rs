//! Reading: bytes into lines into commands, within each connection's budget.

use std::io::{ErrorKind, Read};

use super::transport::Got;
use super::{Doom, Reactor, Stage};
use crate::hub::{Admits, Expects, Input};
use crate::limits::{COMMANDS_PER_TURN, READ_BYTES, READ_BYTES_PER_TURN};
use crate::parser::{self, Foreign, Frame, Mode, Sniff};
use crate::protocol::{Code, Fault, Secret};
use crate::telnet::{Asked, WONT_TIMING_MARK, edited};

/// Bytes of answers that one connection's lines may produce before somebody else has
/// their turn: with it, no pipelined flood of questions passes the hard bound.
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

impl Reactor {
    /// Carries out what a connection has sent, as far as may be in one turn.
    pub(super) fn serve(&mut self, slot: u32) {
        let Some(connection) = self.connections.get_mut(slot as usize) else {
            return;
        };
        connection.is.ready = false;
        if connection.transport.is_shaking() && self.spares_no_handshake(slot) {
            return;
        }
        let Some(connection) = self.connections.get(slot as usize) else {
            return;
        };
        match connection.stage {
            Stage::Open => {}
            Stage::Closing { .. } => return self.finish_handshake(slot),
            Stage::Lingering { .. } => return self.read_away(slot),
        }
        if self.stop.is_some() {
            return;
        }
        let mut commands = COMMANDS_PER_TURN;
        let mut read_bytes = 0;
        let mut stopped = self.carry_on(slot, &mut commands);
        while stopped == Stopped::Wanting && read_bytes < READ_BYTES_PER_TURN {
            match self.read(slot, &mut commands) {
                None => break,
                Some((taken, after)) => {
                    read_bytes += taken;
                    stopped = after;
                }
            }
        }
        self.apply();
        let Some(connection) = self.connections.get_mut(slot as usize) else {
            return;
        };
        let session = connection.session;
        let (readable, at_end) = (connection.is.readable, connection.is.at_end);
        match stopped {
            Stopped::Spent => self.mark_ready(slot),
            Stopped::Wanting if readable => self.mark_ready(slot),
            // An unterminated last line is no line.
            Stopped::Wanting if at_end && self.hub.is_idle(session) => {
                self.hub.handle(self.now, Input::EndOfInput { session }, &mut self.fx);
                self.apply();
            }
            Stopped::Wanting | Stopped::Held | Stopped::Over => {}
        }
    }

    /// Carries out lines that had to wait.
    fn carry_on(&mut self, slot: u32, commands: &mut usize) -> Stopped {
        let Some(connection) = self.connections.get_mut(slot as usize) else {
            return Stopped::Over;
        };
        if connection.input.is_empty() && !connection.is.owes_too_long {
            return Stopped::Wanting;
        }
        let mut waiting = connection.take_input();
        let (used, stopped) = self.carry_out(slot, &waiting, commands);
        let Some(connection) = self.connections.get_mut(slot as usize) else {
            return Stopped::Over;
        };
        // It may have held a password.
        waiting[..used].fill(0);
        if stopped != Stopped::Over && used < waiting.len() {
            waiting.copy_within(used.., 0);
            let left = waiting.len() - used;
            waiting[left..].fill(0);
            waiting.truncate(left);
            connection.input = waiting;
        } else {
            waiting.fill(0);
        }
        stopped
    }

    /// Reads once and carries out the lines that came. `None` if there is nothing to
    /// read.
    fn read(&mut self, slot: u32, commands: &mut usize) -> Option<(usize, Stopped)> {
        if self.throttles(slot) {
            return Some((0, Stopped::Held));
        }
        let connection = self.connections.get_mut(slot as usize)?;
        if !connection.is.readable || connection.is.at_end {
            return None;
        }
        let got = connection.transport.read(&mut self.scratch, &mut self.tls_buffers);
        if connection.transport.wants_write(&connection.outbox) {
            self.mark_dirty(slot);
        }
        let connection = self.connections.get_mut(slot as usize)?;
        let taken = match got {
            Ok(Got::Bytes { len, emptied }) => {
                // Whatever comes later is a new event. Only an end that has come already
                // is not.
                connection.is.readable &= !emptied || connection.is.read_closed;
                len
            }
            Ok(Got::Records) => return Some((READ_BYTES, Stopped::Wanting)),
            Ok(Got::End) => {
                connection.is.at_end = true;
                connection.is.readable = false;
                return None;
            }
            Ok(Got::NotTls) => {
                self.not_tls(slot);
                return Some((0, Stopped::Over));
            }
            Err(error) => {
                connection.is.readable = false;
                if error.kind() != ErrorKind::WouldBlock {
                    self.lost(slot, &error);
                }
                return None;
            }
        };
        let mut scratch = std::mem::take(&mut self.scratch);
        let stopped = self.took(slot, &mut scratch[..taken], commands);
        // It may have held a password.
        scratch[..taken].fill(0);
        self.scratch = scratch;
        Some((taken, stopped))
    }

    /// Bytes have come.
    fn took(&mut self, slot: u32, bytes: &mut [u8], commands: &mut usize) -> Stopped {
        let Some(connection) = self.connections.get_mut(slot as usize) else {
            return Stopped::Over;
        };
        if connection.terminal.is_some() {
            let mut typed = self.typed(slot, bytes, commands);
            let stopped = self.text(slot, &typed, commands);
            typed.fill(0);
            return stopped;
        }
        let mut len = bytes.len();
        if !connection.telnet.pass(bytes) {
            let mut timing_marks = 0;
            len = connection.telnet.strip(bytes, |asked| {
                // Are-you-there is for the telnet listener; here it would stand in the
                // middle of a program's answers.
                timing_marks += usize::from(asked == Asked::TimingMark);
            });
            if timing_marks > 0 {
                let session = connection.session;
                self.send(session, &WONT_TIMING_MARK.repeat(timing_marks.min(8)));
            }
        }
        self.text(slot, &bytes[..len], commands)
    }

    /// Text has come, or nothing of it.
    fn text(&mut self, slot: u32, text: &[u8], commands: &mut usize) -> Stopped {
        let Some(connection) = self.connections.get_mut(slot as usize) else {
            return Stopped::Over;
        };
        if !connection.input.is_empty() {
            connection.keep_input(text);
            return self.carry_on(slot, commands);
        }
        let (used, stopped) = self.carry_out(slot, text, commands);
        if stopped != Stopped::Over
            && let Some(connection) = self.connections.get_mut(slot as usize)
        {
            connection.keep_input(&text[used..]);
        }
        stopped
    }

    /// Carries out the lines at the front of `bytes`; says how many bytes they were.
    fn carry_out(&mut self, slot: u32, bytes: &[u8], commands: &mut usize) -> (usize, Stopped) {
        if let Some(stopped) = self.sniff(slot, bytes) {
            return (0, stopped);
        }
        let mut used = 0;
        loop {
            let Some(connection) = self.connections.get_mut(slot as usize) else {
                return (used, Stopped::Over);
            };
            if !self.hub.knows(connection.session) {
                return (used, Stopped::Over);
            }
            if *commands == 0 || self.fx.bytes.len() > ANSWER_BYTES_PER_TURN {
                return (used, Stopped::Spent);
            }
            if connection.is.owes_too_long {
                if let Some(stopped) = self.line(slot, Err(Fault::line(Code::TooLong))) {
                    return (used, stopped);
                }
                if let Some(connection) = self.connections.get_mut(slot as usize) {
                    connection.is.owes_too_long = false;
                }
                continue;
            }
            // What is in front of a line that has to wait does not wait with it.
            used += connection.framer.skip(&bytes[used..]);
            let (frame, taken) = connection.framer.next(&bytes[used..]);
            match frame {
                Frame::Partial => return (used + taken, Stopped::Wanting),
                Frame::TooLong => connection.is.owes_too_long = true,
                Frame::Line(content) => {
                    *commands -= 1;
                    let mut edited = connection.terminal.as_ref().and_then(|_| edited(content));
                    let meant = edited.as_deref().unwrap_or(content);
                    let stopped = self.framed(slot, meant);
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

    /// One line of whatever kind is expected.
    fn framed(&mut self, slot: u32, content: &[u8]) -> Option<Stopped> {
        let session = self.connections.get(slot as usize)?.session;
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
    fn line(
        &mut self,
        slot: u32,
        line: Result<crate::protocol::Command<'_>, Fault>,
    ) -> Option<Stopped> {
        let connection = self.connections.get_mut(slot as usize)?;
        let session = connection.session;
        match self.hub.admits(self.now, session, &line) {
            Admits::Now => {
                self.hub.handle(self.now, Input::Line { session, line }, &mut self.fx);
                None
            }
            Admits::Later => Some(Stopped::Held),
            Admits::At(at_ms) => {
                connection.retry_ms = at_ms;
                self.set_due(slot);
                Some(Stopped::Held)
            }
        }
    }

    /// Looks whether a connection's first bytes are another protocol's.
    fn sniff(&mut self, slot: u32, bytes: &[u8]) -> Option<Stopped> {
        let connection = self.connections.get_mut(slot as usize)?;
        if connection.is.sniffed {
            return None;
        }
        let what = match parser::sniff(bytes) {
            Sniff::Maybe => return Some(Stopped::Wanting),
            Sniff::No => {
                connection.is.sniffed = true;
                return None;
            }
            Sniff::Yes(Foreign::Tls) => "TLS",
            Sniff::Yes(Foreign::Http) => "HTTP",
            Sniff::Yes(Foreign::Ssh) => "SSH",
        };
        connection.is.sniffed = true;
        let session = connection.session;
        self.hub.handle(self.now, Input::Foreign { session, what }, &mut self.fx);
        Some(Stopped::Over)
    }

    /// Reads and drops what a peer still sends after our last words.
    fn read_away(&mut self, slot: u32) {
        let Some(connection) = self.connections.get_mut(slot as usize) else {
            return;
        };
        let mut read_bytes = 0;
        while read_bytes < READ_BYTES_PER_TURN {
            match connection.transport.socket().read(&mut self.scratch) {
                Ok(0) => return self.doom(slot, Doom::Closed),
                Ok(taken) => {
                    self.scratch[..taken].fill(0);
                    read_bytes += taken;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return self.doom(slot, Doom::Closed),
            }
        }
        self.mark_ready(slot);
    }
}
