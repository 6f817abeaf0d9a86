//! SIGHUP: what the operator decided is read again while the server runs: the
//! configuration, and the files of the certificate.
//!
//! The reactor never waits for the disk, so the reading is done on the store's reader
//! thread, the configuration's through a function that main gives; what was found comes
//! back through the inbox, all of it at once. Whatever else is to be read again belongs
//! into [`Reactor::reload`].

use std::sync::Arc;

use super::inbox::Completion;
use super::{Bounds, Reactor};
use crate::hub::{Input, Terms};
use crate::identity::{Identity, IdentityError};
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

/// What was read, each part whole or not at all and none because of another.
#[derive(Debug)]
pub(super) struct Read {
    /// `None` if it has mistakes, which are in the log.
    settings: Option<Box<Reloaded>>,
    /// `None` where TLS is not spoken.
    certificate: Option<Result<Identity, IdentityError>>,
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
        let place = self.certificate.as_ref().map(|certificate| certificate.place.clone());
        self.store.run(Box::new(move || {
            let settings = reread().map(Box::new);
            let certificate = place.map(|place| Identity::load(&place));
            inbox.push(Completion::Reread(Read { settings, certificate }));
        }));
    }

    /// It was read.
    pub(super) fn reloaded(&mut self, read: Read) {
        if let (Some(certificate), Some(files)) = (&mut self.certificate, read.certificate) {
            certificate.replace(files);
        }
        if let Some(settings) = read.settings {
            let Reloaded { limits, terms } = *settings;
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
