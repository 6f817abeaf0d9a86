//! What TLS adds to reading: handshakes, each a step at a time and a few a turn, and
//! what becomes of those that go wrong.
//!
//! A handshake is some of the dearest work there is on the reactor's thread, and costs
//! its peer nothing to ask for: so there is a budget.

use std::io::{self, ErrorKind};

use super::connection::{NEVER, Stage};
use super::outbox::Outbox;
use super::transport::{Got, Transport};
use super::{Doom, Reactor};
use crate::hub::Input;
use crate::limits::READ_BYTES_PER_TURN;

impl Reactor {
    /// Takes one step of a handshake out of the turn's budget, or leaves the connection
    /// to the next turn.
    pub(super) fn spares_no_handshake(&mut self, slot: u32) -> bool {
        let none = self.handshakes == 0;
        if none {
            self.mark_ready(slot);
        }
        self.handshakes = self.handshakes.saturating_sub(1);
        none
    }

    /// Goes on with the handshake of somebody who is to be told that they are refused.
    /// Nothing that they say is heard.
    pub(super) fn finish_handshake(&mut self, slot: u32) {
        let mut read_bytes = 0;
        while read_bytes < READ_BYTES_PER_TURN {
            let Some(connection) = self.connections.get_mut(slot as usize) else {
                return;
            };
            if !connection.transport.is_shaking() {
                break;
            }
            match connection.transport.read(&mut self.scratch, &mut self.tls_buffers) {
                Ok(Got::Bytes { len, .. }) => self.scratch[..len].fill(0),
                Ok(Got::Records) => {}
                Ok(Got::NotTls) => break,
                Ok(Got::End) => return self.doom(slot, Doom::Closed),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return self.lost(slot, &error),
            }
            read_bytes += self.scratch.len();
        }
        if read_bytes >= READ_BYTES_PER_TURN {
            self.mark_ready(slot);
        }
        if let Some(connection) = self.connections.get_mut(slot as usize)
            && !connection.transport.is_shaking()
        {
            // From here on it is a matter of writing, as with everybody.
            connection.stage = Stage::Closing { until_ms: NEVER };
        }
        self.mark_dirty(slot);
    }

    /// Somebody speaks plainly to a port for TLS: is told so, plainly.
    pub(super) fn not_tls(&mut self, slot: u32) {
        let Some(connection) = self.connections.get_mut(slot as usize) else {
            return;
        };
        // The greeting was for somebody else.
        connection.outbox = Outbox::default();
        let session = connection.session;
        self.hub.handle(self.now, Input::NotTls { session }, &mut self.fx);
    }

    /// A connection cannot go on.
    pub(super) fn lost(&mut self, slot: u32, error: &io::Error) {
        if let Some(connection) = self.connections.get(slot as usize)
            && error.kind() == ErrorKind::InvalidData
            && matches!(connection.transport, Transport::Tls(_))
        {
            self.counters.tls_failed += 1;
            // Who is refused can come as often as they like: like their refusal, it is
            // nothing that could fill a log.
            let level = match connection.stage {
                Stage::Open => log::Level::Info,
                Stage::Closing { .. } | Stage::Lingering { .. } => log::Level::Debug,
            };
            match connection.transport.socket().peer_addr() {
                Ok(peer) => log::log!(level, "TLS with {peer} failed: {error}"),
                Err(_) => log::log!(level, "TLS with somebody failed: {error}"),
            }
        }
        self.doom(slot, Doom::Lost);
    }
}
