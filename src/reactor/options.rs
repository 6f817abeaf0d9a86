//! What the server is told at its start, and why it may not start.
//!
//! Made by main out of a configuration that was checked; nothing here is read again
//! while the server runs.

use std::io;
use std::net::SocketAddr;

use thiserror::Error;

use super::{Kind, Notify, Reread};
use crate::auth::Profile;
use crate::hub::Settings;
use crate::identity::{IdentityError, Place};
use crate::store::{self, OpenError};

/// What the server is to be.
pub struct Options {
    /// The hub's part.
    pub settings: Settings,
    /// Where connections come in, and what is spoken there.
    pub listen: Vec<(Kind, SocketAddr)>,
    /// Where the certificate is that TLS is spoken with, if it is.
    pub identity: Place,
    /// Where metrics are read, if anywhere.
    pub metrics: Option<SocketAddr>,
    /// The store's part, but for the lines shown on entering a room.
    pub store: store::Options,
    /// How hard passwords are hashed.
    pub hash: Profile,
    /// Whom to tell how the service is; nobody if none has asked.
    pub notify: Option<Notify>,
    /// How the configuration is read again.
    pub reread: Reread,
}

/// Why the server did not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// An address is taken, or is not this machine's.
    #[error(
        "cannot listen on {address}: {cause}. Choose another address with {flag}, for example {flag} 127.0.0.1:0",
        flag = .kind.flag()
    )]
    Listen {
        /// For what.
        kind: Kind,
        /// Which.
        address: SocketAddr,
        /// What the system says.
        cause: io::Error,
    },
    /// The same for the metrics.
    #[error(
        "cannot give metrics at {address}: {cause}. Choose another address with --metrics, for example --metrics 127.0.0.1:9667"
    )]
    Metrics {
        /// Which.
        address: SocketAddr,
        /// What the system says.
        cause: io::Error,
    },
    /// The data folder cannot be used.
    #[error(transparent)]
    Store(#[from] OpenError),
    /// There is no certificate to speak TLS with.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The system refused something every program needs.
    #[error("the system refused what the server needs to start: {0}")]
    System(#[from] io::Error),
}
