//! From bytes to the hub, without a socket: what has arrived goes through the reactor's
//! own intake, a read at a time and within the reactor's budget of a turn.

use std::collections::VecDeque;

use super::hub::BareHub;
use taifas::hub::Input;
use taifas::limits::{COMMANDS_PER_TURN, READ_BYTES, READ_BYTES_PER_TURN};
use taifas::reactor::intake::{Intake, Stopped, Turn};

/// The input side of one connection.
#[derive(Default)]
pub struct Wire {
    /// What has arrived and was not read, a read each.
    arrived: VecDeque<Vec<u8>>,
    intake: Intake,
    /// When its waiting line is to be offered again.
    pub retry_ms: Option<u64>,
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

impl BareHub {
    /// Carries out what a connection has sent, as far as may be in one turn.
    pub(super) fn serve(&mut self, slot: usize) {
        let Some(conn) = &mut self.conns[slot] else {
            return;
        };
        let (session, wire) = (conn.session, &mut conn.wire);
        let (hub, fx) = (&mut self.hub, &mut self.fx);
        let mut commands = COMMANDS_PER_TURN;
        let mut turn = Turn { hub, fx, now: self.now, session, commands: &mut commands };
        let mut read_bytes = 0;
        let mut stopped = wire.intake.carry_on(&mut turn);
        while stopped == Stopped::Wanting
            && read_bytes < READ_BYTES_PER_TURN
            && let Some(mut read) = wire.arrived.pop_front()
        {
            read_bytes += read.len();
            stopped = wire.intake.take(&mut read, &mut turn);
        }
        self.apply();
        let Some(conn) = &mut self.conns[slot] else {
            return;
        };
        let wire = &mut conn.wire;
        let (more, at_end) = (!wire.arrived.is_empty(), wire.ended && wire.arrived.is_empty());
        match stopped {
            Stopped::Spent => self.mark_ready(slot),
            Stopped::Wanting if more => self.mark_ready(slot),
            Stopped::Wanting if at_end && self.hub.is_idle(session) => {
                self.input(Input::EndOfInput { session });
            }
            Stopped::HeldUntil(at_ms) => wire.retry_ms = Some(at_ms),
            Stopped::Wanting | Stopped::Held | Stopped::Over => {}
        }
    }
}
