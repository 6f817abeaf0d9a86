//! Carries out what the hub has decided, in its order.

use super::connection::NEVER;
use super::{Completion, Doom, Reactor, Stage};
use crate::hub::{Effect, Effects, Kept, RoomId, SessionId};
use crate::protocol::HashAnswer;
use crate::store::{Append, Outcome};
use crate::telnet::Terminal;

impl Reactor {
    /// Carries out the effects there are. Nothing is written and nobody is closed
    /// here: that is the end of the turn's.
    pub(super) fn apply(&mut self) {
        let mut fx = std::mem::take(&mut self.fx);
        for effect in fx.queue.drain(..) {
            self.carry_out_effect(effect, &fx.bytes);
        }
        fx.clear();
        self.fx = fx;
    }

    fn carry_out_effect(&mut self, effect: Effect, bytes: &[u8]) {
        match effect {
            Effect::Send { to, bytes: range } => self.send(to, &bytes[range]),
            Effect::Relay { room, plain, tagged } => {
                self.feed.relay(room, &bytes[plain], &bytes[tagged]);
            }
            Effect::Announce { rooms, bytes: range } => {
                self.feed.announce(rooms.as_slice(), &bytes[range]);
            }
            Effect::Enter { session, room } => self.enter(session, room),
            Effect::Leave { session, room } => self.leave(session, room),
            Effect::Hold { session } => self.hold(session, true),
            Effect::Live { session } => self.hold(session, false),
            Effect::View { session, tagged } => {
                if let Some(connection) = self.connections.get_mut(session.slot as usize) {
                    let (hearer, outbox) = (&mut connection.hearer, &mut connection.outbox);
                    self.feed.set_view(hearer, outbox, tagged);
                }
            }
            Effect::Hide { session } => self.echo(session, Terminal::hide),
            Effect::Show { session } => self.echo(session, Terminal::show),
            Effect::WhenDrained { session } => {
                if let Some(connection) = self.connections.get_mut(session.slot as usize) {
                    connection.is.when_drained = true;
                    self.mark_dirty(session.slot);
                }
            }
            Effect::Ready { session } => self.mark_ready(session.slot),
            Effect::Close { session } => self.close(session),
            Effect::Evict { session } => self.doom(session.slot, Doom::TooMuchUnsent),
            Effect::Store { ticket, message } => self.appends.push(Append { ticket, message }),
            Effect::Told(told) => self.store.told(told),
            Effect::Ask { ticket, query } => self.store.ask(ticket, query),
            Effect::Room { ticket, request } => self.store.room(ticket, request),
            Effect::Account { ticket, request } => self.store.account(ticket, request),
            Effect::Hash { ticket, request } => {
                if self.auth.ask(ticket, request).is_err() {
                    self.backlog.push_back(Completion::Hashed(ticket, HashAnswer::Failed));
                }
            }
            Effect::Forget { ticket, message } => self.store.forget(ticket, message),
            Effect::Figures { session } => self.backlog.push_back(Completion::Figures(session)),
            Effect::Log { important: true, line } => log::info!("{line}"),
            Effect::Log { important: false, line } => log::debug!("{line}"),
        }
    }

    /// Queues bytes for one session, behind what its rooms have said until now.
    pub(super) fn send(&mut self, to: SessionId, bytes: &[u8]) {
        if let Some(connection) = self.connections.get_mut(to.slot as usize)
            && connection.session == to
            && !matches!(connection.stage, Stage::Lingering { .. })
        {
            self.feed.catch_up(&mut connection.hearer, &mut connection.outbox);
            connection.outbox.push_own(bytes);
            self.mark_dirty(to.slot);
        }
    }

    fn enter(&mut self, session: SessionId, room: RoomId) {
        if let Some(connection) = self.connections.get_mut(session.slot as usize) {
            self.feed.catch_up(&mut connection.hearer, &mut connection.outbox);
            connection.hearer.rooms.push(room);
            let number = usize::from(room.0);
            if number >= self.audiences.len() {
                self.audiences.resize_with(number + 1, Vec::new);
            }
            self.audiences[number].push(session.slot);
        }
    }

    fn leave(&mut self, session: SessionId, room: RoomId) {
        if let Some(connection) = self.connections.get_mut(session.slot as usize)
            && connection.session == session
        {
            self.feed.catch_up(&mut connection.hearer, &mut connection.outbox);
            connection.hearer.rooms.remove(room);
            self.forget_hearer(session.slot, room);
            // What the room said until now is written to it no longer as to a hearer.
            self.mark_dirty(session.slot);
        }
    }

    /// Takes a connection out of a room's audience.
    pub(super) fn forget_hearer(&mut self, slot: u32, room: RoomId) {
        let audience = &mut self.audiences[usize::from(room.0)];
        if let Some(at) = audience.iter().position(|s| *s == slot) {
            audience.swap_remove(at);
        }
    }

    fn hold(&mut self, session: SessionId, held: bool) {
        if let Some(connection) = self.connections.get_mut(session.slot as usize) {
            self.feed.catch_up(&mut connection.hearer, &mut connection.outbox);
            connection.hearer.held = held;
        }
    }

    fn close(&mut self, session: SessionId) {
        if let Some(connection) = self.connections.get_mut(session.slot as usize)
            && connection.session == session
            && connection.stage == Stage::Open
        {
            self.feed.catch_up(&mut connection.hearer, &mut connection.outbox);
            // In a handshake nothing can be said, and who has not ended it in time, or is
            // still at it when the server stops, is not waited for.
            let shaking = connection.transport.is_shaking();
            let until_ms = if shaking { self.now.mono_ms } else { NEVER };
            connection.stage = Stage::Closing { until_ms };
            connection.retry_ms = NEVER;
            connection.intake.forget();
            self.mark_dirty(session.slot);
            self.set_due(session.slot);
        }
    }
}

/// The store's answer in the hub's words.
pub(super) fn kept(outcome: Outcome) -> Kept {
    match outcome {
        Outcome::Stored(id) | Outcome::Passed(id) => Kept::New(id),
        Outcome::Duplicate(id) => Kept::Before(id),
    }
}

impl std::fmt::Debug for Reactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let effects: &Effects = &self.fx;
        f.debug_struct("Reactor")
            .field("connections", &self.connections.len())
            .field("effects", &effects.queue.len())
            .finish_non_exhaustive()
    }
}
