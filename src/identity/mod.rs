//! Who this server is to a TLS client: a certificate, its key and its fingerprint.
//!
//! Reads the files, or makes them once where the operator names none; never replaces
//! one that is there, and never makes a second one because the first is broken: people
//! have trusted it. No socket and no handshake: the reactor has those. The reactor
//! loads an [`Identity`] at its start and at SIGHUP, `taifas fingerprint` shows it.

mod files;
mod fingerprint;
mod made;

pub use fingerprint::Fingerprint;
pub use made::FOLDER;

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::server::NoServerSessionStorage;
use thiserror::Error;

use crate::protocol::Name;

/// Where the certificate and the key are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In files that the operator takes care of.
    Given {
        /// The certificate, and those that lead to its issuer.
        certificate: PathBuf,
        /// Its private key.
        key: PathBuf,
    },
    /// In the data folder, where the server makes them if there are none.
    Own {
        /// The data folder.
        data: PathBuf,
        /// The server's name, for the certificate.
        name: Name,
        /// Where it listens, for the certificate.
        addresses: Vec<IpAddr>,
    },
}

/// A certificate that can be served.
#[derive(Clone)]
pub struct Identity {
    /// What a handshake needs.
    pub config: Arc<ServerConfig>,
    /// What people compare.
    pub fingerprint: Fingerprint,
}

/// Why there is no identity.
#[derive(Debug, Error)]
pub enum IdentityError {
    /// The operator's files are no certificate and key.
    #[error("tls_certificate {certificate} with tls_key {key} cannot be used: {why}", certificate = .certificate.display(), key = .key.display())]
    Given {
        /// The one file.
        certificate: PathBuf,
        /// The other.
        key: PathBuf,
        /// What is wrong.
        why: Why,
    },
    /// The server's own files are broken or half there.
    #[error(
        "the TLS certificate in {folder} cannot be used: {why}. Nothing was changed there, because people have trusted it. Put the files back from a backup; or, if they are lost, remove that folder: a new certificate is made then, and everybody is asked to trust it anew",
        folder = .folder.display()
    )]
    Own {
        /// Where they are.
        folder: PathBuf,
        /// What is wrong.
        why: Why,
    },
    /// There was none, and none could be made.
    #[error("no TLS certificate can be made in {folder}: {why}", folder = .folder.display())]
    NotMade {
        /// Where it was to be.
        folder: PathBuf,
        /// What stood in the way.
        why: Why,
    },
}

/// What is wrong, in half a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Why(String);

impl Identity {
    /// Reads it; makes it first, if it is the server's own and there is none.
    ///
    /// # Errors
    /// [`IdentityError`] says what to do about it.
    pub fn load(place: &Place) -> Result<Identity, IdentityError> {
        match place {
            Place::Given { certificate, key } => Identity::read(certificate, key).map_err(|why| {
                IdentityError::Given { certificate: certificate.clone(), key: key.clone(), why }
            }),
            Place::Own { data, name, addresses } => {
                made::make_if_missing(data, *name, addresses)?;
                let folder = data.join(FOLDER);
                Identity::read(&folder.join(made::CERTIFICATE), &folder.join(made::KEY))
                    .map_err(|why| IdentityError::Own { folder, why })
            }
        }
    }

    fn read(certificate: &std::path::Path, key: &std::path::Path) -> Result<Identity, Why> {
        let chain = files::chain(certificate)?;
        let key = files::key(key)?;
        let first = chain.first().ok_or_else(|| Why::new("there is no certificate"))?;
        let fingerprint = Fingerprint::of(first);
        let provider = Arc::new(ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(Why::new)?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(|error| match error {
                rustls::Error::InconsistentKeys(_) => Why::new("the key is not this certificate's"),
                error => Why::new(error),
            })?;
        // Nothing is kept for peers that may come back: a handshake is cheap beside a
        // table that anybody can fill.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        Ok(Identity { config: Arc::new(config), fingerprint })
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("fingerprint", &self.fingerprint).finish_non_exhaustive()
    }
}

impl Why {
    fn new(why: impl fmt::Display) -> Why {
        Why(why.to_string())
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests;
