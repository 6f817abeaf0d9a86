//! What the operator decides: defaults, then a TOML file, then `--set` and the other
//! flags, each later one winning.
//!
//! One table (`keys::KEYS`) says for every key what it is, what it may be and what
//! happens at it; reading, checking, `default-config` and suggestions are
//! all made from it. Nothing here starts anything: main reads a [`Config`] and
//! hands its parts to the layers. All mistakes are reported at once.

mod environment;
mod file;
mod keys;
mod mistake;
mod print;
mod source;
mod terms;
mod value;

#[cfg(test)]
mod tests;

pub use environment::Environment;
pub use mistake::Mistakes;
pub use print::default_config;
pub use source::Sources;
pub use terms::LoadedTerms;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use crate::auth::Profile;
use crate::hub::RoomMakers;
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
    /// The data folder: the databases and their lock.
    pub data: PathBuf,
    /// When a message counts as written.
    pub sync: Durability,
    /// How hard new passwords are made to guess.
    pub hash: Profile,
    /// The operator's own terms; `None` for the built-in ones.
    pub terms_file: Option<PathBuf>,
    /// Who may make a room.
    pub rooms: RoomMakers,
    /// Every bound.
    pub limits: Limits,
}

impl Config {
    /// The port where nothing else is said.
    pub const PORT: u16 = 7667;

    /// What holds where nothing else is said. The data folder is empty where the
    /// environment names none; [`Sources::load`] then asks for `--data`.
    fn defaults(environment: &Environment) -> Config {
        Config {
            name: "taifas".parse().expect("six letters are a name"),
            listen: vec![SocketAddr::from((Ipv4Addr::LOCALHOST, Config::PORT))],
            data: environment.data_folder().unwrap_or_default(),
            sync: Durability::default(),
            hash: Profile::default(),
            terms_file: None,
            rooms: RoomMakers::default(),
            limits: Limits::default(),
        }
    }
}
