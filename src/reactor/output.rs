//! The end of a turn: hand over, write, note who is behind, reap.

use std::net::Shutdown;

use super::outbox::Written;
use super::{Doom, LOOKS, POSTPONE_MS, Reactor, Stage};
use crate::hub::{Input, RoomId};
use crate::limits::{LINGER_MS, RELAY_BYTES_PER_TURN};

impl Reactor {
    /// Ends the turn.
    pub(super) fn end_turn(&mut self) {
        // Before writing, because the store can commit while we write.
        self.hand_to_store();
        let postponed = self.postpones_rooms();
        if !postponed {
            self.write_to_rooms();
        }
        self.write_to_dirty();
        // After writing, because what the sockets have taken puts nobody behind; before
        // the feed forgets its lines, because who is behind has had all of them.
        self.tell_full();
        if !postponed {
            self.feed.end_turn();
        }
        // Last, because everything above goes by slots.
        self.reap();
    }

    /// Hands the store what was said, once a look at the sockets has found nothing more:
    /// a commit costs the same for one message as for many, and what arrives together
    /// is seldom all there at the first look.
    fn hand_to_store(&mut self) {
        let gathered = self.appends.len();
        if gathered == 0 {
            return;
        }
        let more = gathered > self.gathered && self.looks < LOOKS;
        if more {
            self.gathered = gathered;
            self.looks += 1;
            return;
        }
        (self.gathered, self.looks) = (0, 0);
        self.store.append(&mut self.appends);
    }

    /// Whether the rooms are written to a moment later, together with what the store
    /// is committing just now. A write costs the same for one line as for a hundred: a
    /// busy room is better served half as often with twice as much. An idle one never
    /// waits, because nothing is being committed then.
    fn postpones_rooms(&mut self) -> bool {
        if self.feed.len() == 0
            || self.feed.len() >= RELAY_BYTES_PER_TURN
            || self.hub.waiting() == 0
            || self.committed
        {
            self.postponed_ms = None;
            self.committed = false;
            return false;
        }
        let since_ms = *self.postponed_ms.get_or_insert(self.now.mono_ms);
        let waits = self.now.mono_ms < since_ms + POSTPONE_MS;
        if !waits {
            self.postponed_ms = None;
        }
        waits
    }

    /// Gives each hearer what its rooms have said, in one write.
    fn write_to_rooms(&mut self) {
        let mut rooms: Vec<RoomId> = self.feed.rooms().collect();
        rooms.sort_unstable();
        rooms.dedup();
        for room in rooms {
            let Some(audience) = self.audiences.get_mut(usize::from(room.0)) else {
                continue;
            };
            // Taken out while it is gone through: writing changes no audience.
            let audience = std::mem::take(audience);
            for slot in &audience {
                let Some(connection) = self.connections.get_mut(*slot as usize) else {
                    continue;
                };
                if connection.stage == Stage::Open && !connection.hearer.held {
                    self.feed.catch_up(&mut connection.hearer, &mut connection.outbox);
                    self.write(*slot);
                }
            }
            self.audiences[usize::from(room.0)] = audience;
        }
    }

    /// Writes to everybody else who has something to be sent.
    fn write_to_dirty(&mut self) {
        let mut dirty = std::mem::take(&mut self.dirty);
        for slot in dirty.drain(..) {
            if let Some(connection) = self.connections.get_mut(slot as usize) {
                connection.is.dirty = false;
                self.write(slot);
            }
        }
        // Nothing above marks anybody; the memory is kept for the next turn.
        if self.dirty.is_empty() {
            self.dirty = dirty;
        }
    }

    /// Writes what a connection has queued, as far as its socket takes it.
    fn write(&mut self, slot: u32) {
        let now_ms = self.now.mono_ms;
        let Some(connection) = self.connections.get_mut(slot as usize) else {
            return;
        };
        if !connection.is.blocked {
            let last = connection.stage != Stage::Open;
            let (outbox, buffers) = (&mut connection.outbox, &mut self.tls_buffers);
            match connection.transport.write(outbox, last, buffers) {
                Ok(Written::All) => {
                    connection.is.full = false;
                    connection.patience.written(now_ms);
                    return self.written(slot);
                }
                Ok(Written::Part) => {
                    connection.is.blocked = true;
                    connection.patience.blocked(now_ms, self.bounds.patience);
                    self.set_due(slot);
                }
                Ok(Written::Waiting) => {}
                Err(_) => return self.doom(slot, Doom::Lost),
            }
        }
        let Some(connection) = self.connections.get_mut(slot as usize) else {
            return;
        };
        let unsent = connection.outbox.len() + connection.transport.unsent();
        if unsent > self.bounds.hard_bytes {
            self.doom(slot, Doom::TooMuchUnsent);
        } else if unsent > self.bounds.soft_bytes
            && !connection.is.full
            && connection.stage == Stage::Open
        {
            connection.is.full = true;
            self.full.push(slot);
        }
    }

    /// Everything that was queued is sent.
    fn written(&mut self, slot: u32) {
        let Some(connection) = self.connections.get_mut(slot as usize) else {
            return;
        };
        match connection.stage {
            Stage::Open => {
                let throttled = std::mem::take(&mut connection.is.throttled);
                if std::mem::take(&mut connection.is.when_drained) {
                    self.drained.push(slot);
                }
                if throttled {
                    self.mark_ready(slot);
                }
            }
            Stage::Closing { .. } if connection.is.at_end && connection.transport.is_shut() => {
                self.doom(slot, Doom::Closed);
            }
            Stage::Closing { .. } => {
                if connection.transport.socket().shutdown(Shutdown::Write).is_err() {
                    return self.doom(slot, Doom::Closed);
                }
                let linger_ms = if self.stop.is_some() { LINGER_MS / 10 } else { LINGER_MS };
                connection.stage = Stage::Lingering { until_ms: self.now.mono_ms + linger_ms };
                connection.is.readable = true;
                self.mark_ready(slot);
                self.set_due(slot);
            }
            Stage::Lingering { .. } => {}
        }
    }

    /// Tells the hub who is behind.
    fn tell_full(&mut self) {
        for slot in std::mem::take(&mut self.full) {
            if let Some(connection) = self.connections.get(slot as usize)
                && !connection.is.doomed
            {
                self.counters.fell_behind += 1;
                let session = connection.session;
                if let Some(name) = self.hub.name_of(session) {
                    log::debug!("{name} is behind: {} bytes unsent", connection.outbox.len());
                }
                self.hub.handle(self.now, Input::Full { session }, &mut self.fx);
                self.apply();
            }
        }
    }

    /// Closes who is doomed. The one place that does.
    fn reap(&mut self) {
        for (slot, why) in std::mem::take(&mut self.doomed) {
            let Some(mut connection) = self.connections.try_remove(slot as usize) else {
                continue;
            };
            let session = connection.session;
            match why {
                Doom::Stalled => self.counters.evicted_stalled += 1,
                Doom::TooMuchUnsent => self.counters.evicted_unsent += 1,
                Doom::Lost | Doom::Closed => {}
            }
            if matches!(why, Doom::Stalled | Doom::TooMuchUnsent) {
                let name = self.hub.name_of(session);
                let name = name.as_ref().map_or("somebody without a name", |n| n.as_str());
                let unsent = connection.outbox.len();
                log::info!("evicted {name}: {}, {unsent} bytes unsent", why.as_str());
            }
            for room in connection.hearer.rooms.as_slice().iter().copied() {
                self.forget_hearer(slot, room);
            }
            self.deadlines.remove(&(connection.due_ms, slot));
            self.refused -= usize::from(connection.is.refused);
            connection.intake.forget();
            // Closing the socket takes it out of the poll.
            drop(connection);
            self.hub.handle(self.now, Input::Gone { session }, &mut self.fx);
            self.apply();
            // A descriptor is free again.
            self.accept_again_ms = None;
        }
    }
}

impl Doom {
    fn as_str(self) -> &'static str {
        match self {
            Doom::Lost => "connection lost",
            Doom::Stalled => "it took no byte for too long",
            Doom::TooMuchUnsent => "past the hard bound",
            Doom::Closed => "closed",
        }
    }
}
