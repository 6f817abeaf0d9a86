//! The certificate that new connections are served with.
//!
//! Its files are read again together with the configuration (reload.rs), on a thread
//! that may wait for the disk. A certificate that cannot be used changes nothing.

use super::StartError;
use crate::identity::{Identity, IdentityError, Place};

/// What new connections get, and where the next one comes from.
#[derive(Debug)]
pub(super) struct Certificate {
    pub(super) place: Place,
    pub(super) current: Identity,
}

impl Certificate {
    /// Reads it, or makes it.
    pub(super) fn load(place: Place) -> Result<Certificate, StartError> {
        let current = Identity::load(&place)?;
        Ok(Certificate { place, current })
    }

    /// The files have been read again: new connections get what was in them.
    pub(super) fn replace(&mut self, read: Result<Identity, IdentityError>) {
        match read {
            Ok(identity) => {
                let same = identity.fingerprint == self.current.fingerprint;
                self.current = identity;
                let what = if same { "the same as before" } else { "another one" };
                let fingerprint = self.current.fingerprint;
                log::info!("the TLS certificate was read again, {what}: {fingerprint}");
            }
            Err(why) => log::error!("{why}. New connections get the one there was"),
        }
    }
}
