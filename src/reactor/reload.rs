//! SIGHUP: what the operator decided is read again while the server runs.
//!
//! The reactor never waits for the disk, so the reading is done on the store's reader
//! thread, through a function that main gives; what it finds comes back through the
//! inbox. Whatever else is to be read again with the configuration belongs into
//! [`Reactor::reload`].

use std::sync::Arc;

use super::inbox::Completion;
use super::{Bounds, Reactor};
use crate::hub::{Input, Terms};
use crate::limits::Limits;

/// Reads the configuration again and says in the log what that changes; `None` if it
/// has mistakes, and everything stays. Called on a thread that may wait for the disk.
pub type Reread = Arc<dyn Fn() -> Option<Reloaded> + Send + Sync>;

/// What holds from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reloaded {
    /// The bounds, those that cannot change as they were.
    pub limits: Limits,
    /// What who registers agrees to.
    pub terms: Terms,
}

/// Whether something is being read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Reloading {
    /// No.
    #[default]
    No,
    /// Yes.
    Once,
    /// Yes, and once more when that is done: the signal has come again meanwhile.
    Again,
}

impl Reactor {
    /// The signal has come.
    pub(super) fn reload(&mut self) {
        if self.reloading != Reloading::No {
            self.reloading = Reloading::Again;
            return;
        }
        self.reloading = Reloading::Once;
        log::info!("reading the configuration again");
        if let Some(notify) = &self.notify {
            notify.reloading();
        }
        let (reread, inbox) = (Arc::clone(&self.reread), self.inbox.clone());
        self.store.run(Box::new(move || inbox.push(Completion::Reread(reread().map(Box::new)))));
    }

    /// It was read.
    pub(super) fn reloaded(&mut self, reloaded: Option<Box<Reloaded>>) {
        if let Some(reloaded) = reloaded {
            let Reloaded { limits, terms } = *reloaded;
            self.bounds = Bounds { patience: self.bounds.patience, ..Bounds::of(&limits) };
            self.store.keep(limits.history_days, limits.history_messages);
            self.hub.handle(self.now, Input::Changed { limits, terms }, &mut self.fx);
            self.apply();
        }
        if let Some(notify) = &self.notify {
            notify.ready();
        }
        if std::mem::take(&mut self.reloading) == Reloading::Again {
            self.reload();
        }
    }
}
