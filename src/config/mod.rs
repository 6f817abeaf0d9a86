//! What the operator decides: defaults, then a TOML file, then `--set` and the other
//! flags, each later one winning.
//!
//! One table (`keys::KEYS`) says for every key what it is, what it may be and what
//! happens at it; reading, checking, `default-config` and suggestions are
//! all made from it. Nothing here starts anything: main reads a [`Config`] and
//! hands its parts to the layers. All mistakes are reported at once.

mod changes;
mod environment;
mod file;
mod keys;
mod mistake;
mod print;
mod size;
mod source;
mod terms;
mod value;

#[cfg(test)]
mod tests;

pub use changes::{Change, take_over, take_over_terms};
pub use environment::Environment;
pub use mistake::Mistakes;
pub use print::default_config;
pub use size::Size;
pub use source::Sources;
pub use terms::LoadedTerms;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use log::LevelFilter;

use crate::auth::Profile;
use crate::hub::RoomMakers;
use crate::identity::Place;
use crate::limits::Limits;
use crate::protocol::Name;
use crate::store::Durability;

/// Everything an operator can decide, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The server's own name on the wire.
    pub name: Name,
    /// Where plain connections are accepted; never empty.
    pub listen: Vec<SocketAddr>,
    /// Where TLS connections are accepted.
    pub listen_tls: Vec<SocketAddr>,
    /// The operator's own certificate, never without `tls_key`; `None` for the one that
    /// the server makes.
    pub tls_certificate: Option<PathBuf>,
    /// The key of `tls_certificate`.
    pub tls_key: Option<PathBuf>,
    /// Where telnet programs are accepted.
    pub listen_telnet: Vec<SocketAddr>,
    /// Where metrics are read; `None` for nowhere.
    pub metrics: Option<SocketAddr>,
    /// The data folder: the databases and their lock.
    pub data: PathBuf,
    /// When a message counts as written.
    pub sync: Durability,
    /// Which defaults hold: this has been applied, and is kept to be shown.
    pub profile: Size,
    /// How hard new passwords are made to guess.
    pub hash: Profile,
    /// How much is logged, where `RUST_LOG` says nothing.
    pub log: LevelFilter,
    /// The operator's own terms; `None` for the built-in ones.
    pub terms_file: Option<PathBuf>,
    /// Who may make a room.
    pub rooms: RoomMakers,
    /// Every bound.
    pub limits: Limits,
}

impl Config {
    /// Where the TLS certificate is, or is to be made.
    pub fn identity(&self) -> Place {
        match (&self.tls_certificate, &self.tls_key) {
            (Some(certificate), Some(key)) => {
                Place::Given { certificate: certificate.clone(), key: key.clone() }
            }
            _ => Place::Own {
                data: self.data.clone(),
                name: self.name,
                addresses: self.listen_tls.iter().map(SocketAddr::ip).collect(),
            },
        }
    }

    /// The port where nothing else is said.
    pub const PORT: u16 = 7667;

    /// What holds where nothing else is said. The data folder is empty where the
    /// environment names none; [`Sources::load`] then asks for `--data`.
    fn defaults(environment: &Environment) -> Config {
        Config {
            name: "taifas".parse().expect("six letters are a name"),
            listen: vec![SocketAddr::from((Ipv4Addr::LOCALHOST, Config::PORT))],
            listen_tls: Vec::new(),
            tls_certificate: None,
            tls_key: None,
            listen_telnet: Vec::new(),
            metrics: None,
            data: environment.data_folder().unwrap_or_default(),
            sync: Durability::default(),
            profile: Size::default(),
            hash: Profile::default(),
            log: LevelFilter::Info,
            terms_file: None,
            rooms: RoomMakers::default(),
            limits: Limits::default(),
        }
    }
}
