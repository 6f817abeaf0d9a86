//! What a client is told before it starts: which server, who it is to be there, and
//! how patient it is.
//!
//! Nothing here is read from a file or kept on a disk; that is the owner's. Secrets
//! are held as [`Password`]s.

use taifas::protocol::{Name, RoomName};
use thiserror::Error;

use crate::fingerprint::Fingerprint;
use crate::password::Password;

/// How to come in.
#[derive(Debug)]
pub enum Entry {
    /// As the owner of an account.
    Login {
        /// The account's name.
        name: Name,
        /// Its password; kept as long as the client is, to come back after a break.
        password: Password,
    },
    /// With a name and no account. What a guest says cannot be marked: it is sent at
    /// most once, and fails if the connection breaks before the answer.
    Guest {
        /// The name.
        name: Name,
    },
    /// With an account that is made first. From then on like [`Entry::Login`].
    Register {
        /// The account's name.
        name: Name,
        /// Its password.
        password: Password,
        /// The version of the terms that its owner has read and accepts.
        terms: String,
    },
    /// To replace a forgotten password, and leave again.
    Recover {
        /// The account's name.
        name: Name,
        /// Its recovery code.
        code: Password,
        /// The new password.
        password: Password,
    },
    /// To see whether the server answers, read its terms, and leave again.
    Look,
}

/// Whether others can read along.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Security {
    /// As plain lines, which whoever is on the way can read and change.
    #[default]
    Plain,
    /// Encrypted, to a server of which this certificate is known.
    Tls {
        /// The certificate that is trusted, and no other. `None`: none is yet, and the
        /// client stops with [`Link::Untrusted`](crate::Link::Untrusted) to ask for it.
        trusted: Option<Fingerprint>,
    },
}

/// The server, the way in, where to be, and the waits.
#[derive(Debug)]
pub struct Settings {
    /// `host:port`, as it was typed.
    pub server: String,
    /// Whether the connection is encrypted.
    pub security: Security,
    /// How to come in.
    pub entry: Entry,
    /// The rooms to be in from the start. Without `#lobby` among them it is left again.
    pub rooms: Vec<RoomName>,
    /// The talks to be open from the start; accounts alone have any.
    pub talks: Vec<Name>,
    /// How long each thing may take.
    pub waits: Waits,
}

/// How long each thing may take, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waits {
    /// The pause before the first try to connect again; it doubles with each further
    /// one, and is up to a quarter shorter or longer by chance.
    pub pause_ms: u64,
    /// Where it stops growing.
    pub pause_most_ms: u64,
    /// Finding the server and connecting, and then its greeting.
    pub connect_ms: u64,
    /// Silence before the server is asked for a sign of life.
    pub quiet_ms: u64,
    /// How long it then has, and how long it may take to let somebody in: a password
    /// is looked at slowly, and others may be in front.
    pub answer_ms: u64,
    /// How long leaving may take.
    pub leave_ms: u64,
}

/// What was typed is no name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a name is a letter, then letters, digits, - _ or . up to 32 in all")]
pub struct BadName;

/// Reads a name that was typed, with or without spaces around it.
///
/// # Errors
/// [`BadName`] if it is none.
pub fn name(typed: &str) -> Result<Name, BadName> {
    typed.trim().parse().map_err(|_| BadName)
}

impl Settings {
    /// Plain lines, the lobby alone, and the usual waits.
    pub fn new(server: &str, entry: Entry) -> Settings {
        Settings {
            server: server.into(),
            security: Security::Plain,
            entry,
            rooms: vec![RoomName::LOBBY],
            talks: Vec::new(),
            waits: Waits::default(),
        }
    }

    /// A guest of this name.
    ///
    /// # Errors
    /// [`BadName`] if that is none.
    pub fn guest(server: &str, typed: &str) -> Result<Settings, BadName> {
        Ok(Settings::new(server, Entry::Guest { name: name(typed)? }))
    }
}

impl Default for Waits {
    fn default() -> Waits {
        Waits {
            pause_ms: 500,
            pause_most_ms: 30_000,
            connect_ms: 15_000,
            quiet_ms: 60_000,
            answer_ms: 30_000,
            leave_ms: 2_000,
        }
    }
}
