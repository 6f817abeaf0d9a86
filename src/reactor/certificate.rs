//! The certificate that new connections are served with, and SIGHUP, at which its files
//! are read again.
//!
//! Reading is a thread's for as long as it takes, because the reactor never waits for a
//! disk. A certificate that cannot be used changes nothing.

use std::thread;

use super::inbox::Completion;
use super::{Reactor, StartError};
use crate::identity::{Identity, IdentityError, Place};

/// What new connections get, and where the next one comes from.
#[derive(Debug)]
pub(super) struct Certificate {
    place: Place,
    pub(super) current: Identity,
    rereading: Rereading,
}

/// Whether the files are being read.
///
/// ```text
///  No ──asked──► Yes ──asked──► Again
///   ▲──── done ───┘ ▲─── done ────┘
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rereading {
    No,
    Yes,
    /// They may have changed since: they are read once more.
    Again,
}

impl Certificate {
    /// Reads it, or makes it.
    pub(super) fn load(place: Place) -> Result<Certificate, StartError> {
        let current = Identity::load(&place)?;
        Ok(Certificate { place, current, rereading: Rereading::No })
    }
}

impl Reactor {
    /// Reads the certificate's files again; new connections get what is in them.
    pub(super) fn reread_tls(&mut self) {
        let Some(certificate) = &mut self.certificate else {
            return;
        };
        if certificate.rereading != Rereading::No {
            certificate.rereading = Rereading::Again;
            return;
        }
        let (place, inbox) = (certificate.place.clone(), self.inbox.clone());
        let read = move || inbox.push(Completion::Identity(Identity::load(&place)));
        match thread::Builder::new().name("certificate".into()).spawn(read) {
            Ok(_) => certificate.rereading = Rereading::Yes,
            Err(error) => log::error!("the TLS certificate cannot be read again: {error}"),
        }
    }

    /// The files have been read.
    pub(super) fn tls_reread(&mut self, read: Result<Identity, IdentityError>) {
        let Some(certificate) = &mut self.certificate else {
            return;
        };
        let again = certificate.rereading == Rereading::Again;
        certificate.rereading = Rereading::No;
        match read {
            Ok(identity) => {
                let same = identity.fingerprint == certificate.current.fingerprint;
                certificate.current = identity;
                let what = if same { "the same as before" } else { "another one" };
                let fingerprint = certificate.current.fingerprint;
                log::info!("the TLS certificate was read again, {what}: {fingerprint}");
            }
            Err(why) => log::error!("{why}. New connections get the one there was"),
        }
        if again {
            self.reread_tls();
        }
    }
}
