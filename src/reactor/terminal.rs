//! What the telnet listener adds to reading and to the hub's effects: that a flood of
//! questions is read later, and the echo.
//!
//! What telnet programs are answered, which the intake does, stands in the outbox like
//! everything else, in its order, and counts against its bounds. Nothing here happens on
//! other listeners.

use super::Reactor;
use crate::hub::SessionId;
use crate::telnet::Terminal;

impl Reactor {
    /// Whether a telnet program is read later, because it has not taken what it was
    /// answered: a flood of questions is no line that could wait.
    pub(super) fn throttles(&mut self, slot: u32) -> bool {
        let soft_bytes = self.bounds.soft_bytes;
        let Some(connection) = self.connections.get_mut(slot as usize) else {
            return false;
        };
        let throttled = connection.intake.is_of_telnet() && connection.outbox.len() > soft_bytes;
        connection.is.throttled |= throttled;
        throttled
    }

    /// Turns a telnet program's echo off or on.
    pub(super) fn echo(&mut self, session: SessionId, turn: fn(&mut Terminal, &mut Vec<u8>)) {
        let Some(connection) = self.connections.get_mut(session.slot as usize) else {
            return;
        };
        if connection.session == session
            && let Some(terminal) = connection.intake.terminal()
        {
            let mut replies = Vec::new();
            turn(terminal, &mut replies);
            self.send(session, &replies);
        }
    }
}
