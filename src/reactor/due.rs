//! What is due: the hub's timers, the watchdog, and connections that are to be looked
//! at. Times are the turn's; nothing here reads a clock.

use super::connection::{NEVER, Stage};
use super::patience::Look;
use super::{Doom, Reactor};
use crate::hub::Input;

impl Reactor {
    /// Does what is due.
    pub(super) fn due(&mut self) {
        if self.hub.next_due().is_some_and(|at| at <= self.now.mono_ms) {
            self.hub.handle(self.now, Input::Due, &mut self.fx);
            self.apply();
        }
        if let Some(notify) = &mut self.notify {
            notify.due(self.now.mono_ms);
        }
        while let Some((at, slot)) = self.deadlines.first().copied() {
            if at > self.now.mono_ms {
                break;
            }
            self.deadlines.pop_first();
            self.connection_due(slot);
        }
    }

    fn connection_due(&mut self, slot: u32) {
        let now_ms = self.now.mono_ms;
        let Some(connection) = self.connections.get_mut(slot as usize) else {
            return;
        };
        connection.due_ms = NEVER;
        let retry = connection.retry_ms <= now_ms;
        if retry {
            connection.retry_ms = NEVER;
        }
        let blocked = connection.is.blocked;
        let socket = connection.transport.socket();
        let look = connection.patience.look(socket, blocked, now_ms, self.bounds.patience);
        let lingered = match connection.stage {
            Stage::Closing { until_ms } | Stage::Lingering { until_ms } => until_ms <= now_ms,
            Stage::Open => false,
        };
        if retry {
            self.mark_ready(slot);
        }
        if lingered {
            self.doom(slot, Doom::Closed);
        } else if look == Look::Patient {
            self.set_due(slot);
        } else {
            self.doom(slot, if look == Look::Stalled { Doom::Stalled } else { Doom::Lost });
        }
    }

    /// Sees to it that a connection is looked at when something about it is due.
    pub(super) fn set_due(&mut self, slot: u32) {
        let Some(connection) = self.connections.get_mut(slot as usize) else {
            return;
        };
        // An entry that is too early is looked at and set anew; one that is too late is
        // replaced.
        let next = connection.next_due();
        if next < connection.due_ms {
            self.deadlines.remove(&(connection.due_ms, slot));
            connection.due_ms = next;
            self.deadlines.insert((next, slot));
        }
    }
}
