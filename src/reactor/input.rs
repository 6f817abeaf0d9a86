//! Reading: what a connection has sent goes to its intake, within its budget of a turn.

use std::io::{ErrorKind, Read};

use super::intake::{Intake, Stopped, Turn};
use super::transport::Got;
use super::{Doom, Reactor, Stage};
use crate::hub::Input;
use crate::limits::{COMMANDS_PER_TURN, READ_BYTES, READ_BYTES_PER_TURN};

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
        let mut stopped = self.carry_out(slot, &mut commands, Intake::carry_on);
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
            Stopped::Wanting | Stopped::Held | Stopped::HeldUntil(_) | Stopped::Over => {}
        }
    }

    /// Lets a connection's intake carry out lines.
    fn carry_out(
        &mut self,
        slot: u32,
        commands: &mut usize,
        lines: impl FnOnce(&mut Intake, &mut Turn<'_>) -> Stopped,
    ) -> Stopped {
        let Some(connection) = self.connections.get_mut(slot as usize) else {
            return Stopped::Over;
        };
        let (now, session) = (self.now, connection.session);
        let mut turn = Turn { hub: &mut self.hub, fx: &mut self.fx, now, session, commands };
        let stopped = lines(&mut connection.intake, &mut turn);
        if let Stopped::HeldUntil(at_ms) = stopped {
            connection.retry_ms = at_ms;
            self.set_due(slot);
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
        let bytes = &mut scratch[..taken];
        let stopped = self.carry_out(slot, commands, |intake, turn| intake.take(bytes, turn));
        // It may have held a password.
        scratch[..taken].fill(0);
        self.scratch = scratch;
        Some((taken, stopped))
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
