//! What the telnet listener adds to reading and to the hub's effects: answers to telnet
//! programs, and their echo.
//!
//! What they are answered stands in the outbox like everything else, in its order, and
//! counts against its bounds. Nothing here happens on other listeners.

use super::Reactor;
use crate::hub::{Input, SessionId};
use crate::telnet::Terminal;

impl Reactor {
    /// Takes what a telnet program has sent and answers it; what was typed. Every question
    /// is work like a command.
    pub(super) fn typed(&mut self, slot: u32, bytes: &[u8], commands: &mut usize) -> Vec<u8> {
        // As long as it will get: growing would leave a copy of a password behind.
        let mut typed = Vec::with_capacity(2 * bytes.len());
        let Some(connection) = self.connections.get_mut(slot as usize) else {
            return typed;
        };
        let Some(terminal) = &mut connection.terminal else {
            return typed;
        };
        let mut replies = Vec::new();
        let taken = terminal.take(bytes, &mut typed, &mut replies);
        *commands = commands.saturating_sub(taken.asked);
        let session = connection.session;
        if taken.asked > 0 {
            // Behind the answers to what was typed before it.
            self.apply();
        }
        if !replies.is_empty() {
            self.send(session, &replies);
        }
        if taken.are_you_there {
            self.hub.handle(self.now, Input::AreYouThere { session }, &mut self.fx);
        }
        if taken.shows {
            self.hub.handle(self.now, Input::Shown { session }, &mut self.fx);
        }
        typed
    }

    /// Whether a telnet program is read later, because it has not taken what it was
    /// answered: a flood of questions is no line that could wait.
    pub(super) fn throttles(&mut self, slot: u32) -> bool {
        let soft_bytes = self.bounds.soft_bytes;
        let Some(connection) = self.connections.get_mut(slot as usize) else {
            return false;
        };
        let throttled = connection.terminal.is_some() && connection.outbox.len() > soft_bytes;
        connection.is.throttled |= throttled;
        throttled
    }

    /// Turns a telnet program's echo off or on.
    pub(super) fn echo(&mut self, session: SessionId, turn: fn(&mut Terminal, &mut Vec<u8>)) {
        let Some(connection) = self.connections.get_mut(session.slot as usize) else {
            return;
        };
        if connection.session == session
            && let Some(terminal) = &mut connection.terminal
        {
            let mut replies = Vec::new();
            turn(terminal, &mut replies);
            self.send(session, &replies);
        }
    }
}
