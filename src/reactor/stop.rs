//! Going down in good order: accept nobody, commit, say so to everybody, flush.

use super::{Reactor, Stage};
use crate::hub::Input;
use crate::limits::LINGER_MS;

/// How long everything may take, in milliseconds.
const STOP_MS: u64 = 5_000;

/// A stop under way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stop {
    deadline_ms: u64,
    /// Whether everybody was told: once what they said is written.
    told: bool,
}

impl Stop {
    pub(super) fn deadline_ms(&self) -> u64 {
        self.deadline_ms
    }
}

impl Reactor {
    /// A signal says stop.
    pub(super) fn begin_stop(&mut self) {
        if self.stop.is_some() {
            return;
        }
        log::info!("stopping: {} connected", self.hub.sessions());
        // Dropping closes them, and that takes them out of the poll.
        self.listeners.clear();
        self.metrics = None;
        if let Some(notify) = &self.notify {
            notify.stopping();
        }
        // Who has had its last words need not have all the time it was given.
        let until_ms = self.now.mono_ms + LINGER_MS / 10;
        let mut lingering = Vec::new();
        for (slot, connection) in &mut self.connections {
            if let Stage::Lingering { until_ms: until } = &mut connection.stage {
                *until = until_ms.min(*until);
                lingering.push(slot as u32);
            }
        }
        lingering.into_iter().for_each(|slot| self.set_due(slot));
        self.stop = Some(Stop { deadline_ms: self.now.mono_ms + STOP_MS, told: false });
    }

    /// Takes the next step of a stop, if one is due.
    pub(super) fn go_on_stopping(&mut self) {
        let committed = self.hub.waiting() == 0;
        if let Some(stop) = &mut self.stop
            && committed
            && !stop.told
        {
            stop.told = true;
            self.hub.handle(self.now, Input::Stopping, &mut self.fx);
            self.apply();
        }
    }

    /// Whether everything is said and flushed, or time is up.
    pub(super) fn is_stopped(&self) -> bool {
        self.stop.is_some_and(|stop| {
            (stop.told && self.connections.is_empty()) || self.now.mono_ms >= stop.deadline_ms
        })
    }
}
