//! The table of every key: what it is called, what it means, what it may be, what
//! happens at it, and where it goes.
//!
//! The defaults are not here: they are what `Config` and `Limits` say they are, read
//! through the same functions.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use log::LevelFilter;

use super::mistake::{Origin, nearest};
use super::value::Value;
use super::{Config, Size};
use crate::auth::Profile;
use crate::hub::RoomMakers;
use crate::limits::{Limits, NAME_BYTES};
use crate::protocol::Name;
use crate::store::Durability;

/// One key.
pub(super) struct Key {
    /// Its full name, `limits.` included.
    pub(super) path: &'static str,
    /// What it means, in one sentence.
    pub(super) meaning: &'static str,
    /// What happens at it, or what its values are, in one sentence or two.
    pub(super) beyond: &'static str,
    /// What it may be, and where it goes.
    pub(super) kind: Kind,
}

/// What a key takes.
pub(super) enum Kind {
    /// A whole number from the first to the second, in `[limits]`.
    Number(u64, u64, fn(&Limits) -> u64, fn(&mut Limits, u64)),
    /// One of a few words.
    Word(&'static [&'static str], fn(&Config) -> String, fn(&mut Config, &str)),
    /// The server's name.
    Name,
    /// Addresses to listen on, and how many there must be.
    Addresses(usize, fn(&Config) -> &[SocketAddr], fn(&mut Config, Vec<SocketAddr>)),
    /// One address, or nowhere; and an example of one.
    Address(fn(&Config) -> Option<SocketAddr>, fn(&mut Config, SocketAddr), &'static str),
    /// A file or folder, and an example of one.
    Path(fn(&Config) -> Option<&Path>, fn(&mut Config, PathBuf), &'static str),
}

/// The most addresses to listen on.
const ADDRESSES_MAX: usize = 16;

/// A key of `[limits]`: its field, its least and most, and its two sentences.
macro_rules! limit {
    ($field:ident, $min:expr, $max:expr, $meaning:expr, $beyond:expr) => {
        Key {
            path: concat!("limits.", stringify!($field)),
            meaning: $meaning,
            beyond: $beyond,
            kind: Kind::Number(
                $min as u64,
                $max,
                |limits| limits.$field as u64,
                // The most of each key fits its field, on 32 bits too; a test holds it.
                |limits, number| limits.$field = number as _,
            ),
        }
    };
}

/// Every key, in the order of `default-config`: those without a section first.
pub(super) static KEYS: [Key; 31] = [
    Key {
        path: "name",
        meaning: "The server's name, which its greeting and its notices carry.",
        beyond: "1 to 32 letters, digits, - _ . and a letter first. Nobody else can have it.",
        kind: Kind::Name,
    },
    Key {
        path: "listen",
        meaning: "Where plain connections (nc, telnet, programs) are accepted.",
        beyond: "Beyond this machine, passwords travel in clear. Port 0: any free port.",
        kind: Kind::Addresses(1, |c| &c.listen, |c, list| c.listen = list),
    },
    Key {
        path: "listen_tls",
        meaning: "Where TLS connections (the client, openssl s_client, ncat --ssl) are accepted.",
        beyond: "The server makes itself a certificate, unless one is named below.",
        kind: Kind::Addresses(0, |c| &c.listen_tls, |c, list| c.listen_tls = list),
    },
    Key {
        path: "tls_certificate",
        meaning: "A certificate of your own, with those that lead to its issuer, in PEM form.",
        beyond: "Read again on SIGHUP. Without this key: the one that the server has made itself.",
        kind: Kind::Path(
            |c| c.tls_certificate.as_deref(),
            |c, path| c.tls_certificate = Some(path),
            "/etc/ssl/taifas.pem",
        ),
    },
    Key {
        path: "tls_key",
        meaning: "Its private key, in PEM form.",
        beyond: "Both keys or neither.",
        kind: Kind::Path(
            |c| c.tls_key.as_deref(),
            |c, path| c.tls_key = Some(path),
            "/etc/ssl/private/taifas.pem",
        ),
    },
    Key {
        path: "listen_telnet",
        meaning: "Where telnet programs are accepted that are to show no password that is typed.",
        beyond: "It still travels in clear: better keep it on this machine.",
        kind: Kind::Addresses(0, |c| &c.listen_telnet, |c, list| c.listen_telnet = list),
    },
    Key {
        path: "metrics",
        meaning: "Where metrics are read over HTTP, in Prometheus's text format.",
        beyond: "Without this key: nowhere. There is no password: keep it on this machine.",
        kind: Kind::Address(|c| c.metrics, |c, at| c.metrics = Some(at), "127.0.0.1:9667"),
    },
    Key {
        path: "data",
        meaning: "The folder of the databases, seen from this file; made if it is not there.",
        beyond: "Without this key: $STATE_DIRECTORY, or the user's data folder.",
        kind: Kind::Path(|c| Some(&c.data), |c, path| c.data = path, "/var/lib/taifas"),
    },
    Key {
        path: "sync",
        meaning: "When a message counts as written, which it is before anybody reads it.",
        beyond: "\"always\": it survives a power cut. \"everysec\": a power cut may take the last\n\
                 second; kinder to SD cards. \"never\": when the system sees fit. All survive kill -9.",
        kind: Kind::Word(
            &["always", "everysec", "never"],
            |c| c.sync.to_string(),
            |c, word| c.sync = word.parse::<Durability>().unwrap_or_default(),
        ),
    },
    Key {
        path: "profile",
        meaning: "Which defaults hold where a key is not set.",
        beyond: "\"standard\": those in this file. \"small\": for hundreds of people in 16 MiB of memory.\n\
                 What it changes: taifas check --values --profile small",
        kind: Kind::Word(
            &["standard", "small"],
            |c| c.profile.to_string(),
            |c, word| c.profile = Size::of(word).unwrap_or_default(),
        ),
    },
    Key {
        path: "hash",
        meaning: "What checking a password costs, whoever guesses one included.",
        beyond: "\"standard\": 19 MiB of memory. \"small\": 7 MiB and more time. Both as OWASP advises;\n\
                 accounts move over at their next login.",
        kind: Kind::Word(
            &["standard", "small"],
            |c| c.hash.to_string(),
            |c, word| c.hash = word.parse::<Profile>().unwrap_or_default(),
        ),
    },
    Key {
        path: "log",
        meaning: "How much is logged.",
        beyond: "\"error\", \"warn\", \"info\" or \"debug\". The environment variable RUST_LOG wins over it.",
        kind: Kind::Word(
            &["error", "warn", "info", "debug"],
            |c| c.log.as_str().to_ascii_lowercase(),
            |c, word| c.log = word.parse().unwrap_or(LevelFilter::Info),
        ),
    },
    Key {
        path: "terms_file",
        meaning: "A text file with your own terms, which who registers must accept.",
        beyond: "Its first line may be \"version: WORD\"; raise it with every change.\n\
                 Without this key: the built-in terms.",
        kind: Kind::Path(
            |c| c.terms_file.as_deref(),
            |c, path| c.terms_file = Some(path),
            "terms.txt",
        ),
    },
    Key {
        path: "rooms",
        meaning: "Who may make a room, which lasts, by entering it.",
        beyond: "\"everyone\": whoever has a name. \"accounts\": who is logged in. \"operators\": they\n\
                 alone. Others get FAIL NOT_ALLOWED; they can enter the rooms there are.",
        kind: Kind::Word(
            &["everyone", "accounts", "operators"],
            |c| c.rooms.to_string(),
            |c, word| c.rooms = word.parse::<RoomMakers>().unwrap_or_default(),
        ),
    },
    limit!(
        connections,
        1,
        1_000_000,
        "Open connections.",
        "Beyond: FAIL LINE SERVER_FULL, closed."
    ),
    limit!(
        connections_per_address,
        1,
        1_000_000,
        "Open connections from one address (IPv6: one /64); this machine is exempt.",
        "Beyond: FAIL LINE SERVER_FULL, closed."
    ),
    limit!(
        new_connections_per_minute,
        1,
        1_000_000,
        "New connections a minute from one address (IPv6: one /64); this machine is exempt.",
        "Beyond: FAIL LINE SERVER_FULL, closed."
    ),
    limit!(
        name_timeout_secs,
        1,
        86_400,
        "Seconds that a connection has to give a name.",
        "Beyond: FAIL LINE NAME_TIMEOUT, closed."
    ),
    limit!(
        message_rate,
        0,
        1_000_000,
        "Messages a second of one session; 0 for no bound.",
        "Beyond: its next ones are read later. Nothing is lost, nobody else is slowed."
    ),
    limit!(
        message_burst,
        1,
        1_000_000,
        "Messages that a session may send at once before message_rate holds.",
        "Beyond: as message_rate."
    ),
    limit!(
        outbox_soft_bytes,
        1,
        64 << 20,
        "Unsent output of a session, in bytes.",
        "Beyond: it is behind, and is fed from the database until it has caught up.\n\
         Nothing is lost."
    ),
    limit!(
        outbox_hard_bytes,
        2,
        256 << 20,
        "The same with answers, presence and lines that are not stored; above outbox_soft_bytes.",
        "Beyond: evicted; the room sees it leave."
    ),
    limit!(
        stall_timeout_secs,
        1,
        86_400,
        "Seconds in which a session that has unsent output takes none of it.",
        "Beyond: evicted; the room sees it leave."
    ),
    limit!(
        password_tries,
        1,
        1_000,
        "Failed passwords per address, and per account.",
        "Beyond: FAIL TRY_LATER, with a wait that doubles."
    ),
    limit!(hash_queue, 1, 65_536, "Passwords waiting to be checked.", "Beyond: FAIL TRY_LATER."),
    limit!(
        store_queue,
        1,
        1_000_000,
        "Messages waiting to be written.",
        "Beyond: the senders' next ones are read later. Nothing is lost."
    ),
    limit!(
        rooms_per_session,
        1,
        65_536,
        "Rooms that one session may be in.",
        "Beyond: FAIL NOT_ALLOWED."
    ),
    limit!(rooms, 1, 65_535, "Rooms that there may be.", "Beyond: FAIL NOT_ALLOWED."),
    limit!(
        bans,
        1,
        65_536,
        "Bans there may be, and as many mutes.",
        "Beyond: NOT_ALLOWED, until one is lifted or over."
    ),
    limit!(
        history_days,
        1,
        36_500,
        "Days that a message is kept.",
        "Beyond: the oldest are deleted, a little at a time."
    ),
    limit!(
        history_messages,
        1,
        1_000_000_000,
        "Messages that are kept.",
        "Beyond: the oldest are deleted, a little at a time."
    ),
];

/// Finds a key by its full name.
///
/// # Errors
/// Why there is none, and which one was probably meant.
pub(super) fn find(path: &str) -> Result<&'static Key, String> {
    if let Some(key) = KEYS.iter().find(|key| key.path == path) {
        return Ok(key);
    }
    let last = path.rsplit('.').next().unwrap_or(path);
    // A key in the wrong section is a likelier mistake than two letters.
    let moved = KEYS.iter().find(|key| key.name() == last);
    let meant = moved.map(|key| key.path).or_else(|| nearest(path, KEYS.iter().map(|k| k.path)));
    // `mesage_rate` at the top is two mistakes at once.
    let by_name = || KEYS.iter().map(Key::name).collect::<Vec<_>>();
    let meant = meant.or_else(|| {
        let name = nearest(last, by_name())?;
        KEYS.iter().find(|key| key.name() == name).map(|key| key.path)
    });
    // A quoted key may hold anything, a terminal's escape sequences included.
    let path = path.escape_debug();
    Err(match meant {
        Some(meant) => format!("unknown key {path}; did you mean {meant}?"),
        None => format!("unknown key {path}; `taifas default-config` lists every key"),
    })
}

impl Key {
    /// The name without its section.
    pub(super) fn name(&self) -> &'static str {
        self.path.rsplit('.').next().unwrap_or(self.path)
    }

    /// The value that a configuration has for it, as TOML; `None` if it has none.
    pub(super) fn written(&self, config: &Config) -> Option<String> {
        let quoted = |text: &str| toml::Value::from(text).to_string();
        match &self.kind {
            Kind::Number(_, _, get, _) => Some(get(&config.limits).to_string()),
            Kind::Word(_, get, _) => Some(quoted(&get(config))),
            Kind::Name => Some(quoted(config.name.as_str())),
            Kind::Addresses(_, get, _) => {
                let list: Vec<_> = get(config).iter().map(|a| quoted(&a.to_string())).collect();
                Some(format!("[{}]", list.join(", ")))
            }
            Kind::Address(get, ..) => Some(quoted(&get(config)?.to_string())),
            Kind::Path(get, ..) => {
                let path = get(config)?.to_str()?;
                (!path.is_empty()).then(|| quoted(path))
            }
        }
    }

    /// Checks a value and puts it into the configuration.
    ///
    /// # Errors
    /// What the key may be, and what was found.
    pub(super) fn set(
        &self,
        config: &mut Config,
        value: &Value,
        origin: &Origin,
    ) -> Result<(), String> {
        let wants = |what: &str| format!("{} must be {what}, not {}", self.path, value.describe());
        match (&self.kind, value) {
            (Kind::Number(min, max, _, set), Value::Number(number)) => {
                let fits = u64::try_from(*number).ok().filter(|n| (min..=max).contains(&n));
                set(&mut config.limits, fits.ok_or_else(|| wants(&self.range()))?);
            }
            (Kind::Number(..), _) => return Err(wants(&self.range())),
            (Kind::Word(words, _, set), value) => {
                let word = words.iter().find(|word| **word == text(value));
                let word =
                    word.ok_or_else(|| match nearest(text(value), words.iter().copied()) {
                        Some(meant) => {
                            format!("{}; did you mean \"{meant}\"?", wants(&one_of(words)))
                        }
                        None => wants(&one_of(words)),
                    })?;
                set(config, word);
            }
            (Kind::Name, value) => {
                let what = format!(
                    "1 to {NAME_BYTES} letters, digits, - _ . with a letter first, in quotes"
                );
                config.name = text(value).parse::<Name>().map_err(|_| wants(&what))?;
            }
            (Kind::Addresses(least, _, set), value) => set(config, self.addresses(*least, value)?),
            (Kind::Address(_, set, example), value) => {
                let what = format!("an address and a port such as \"{example}\"");
                set(config, address(text(value)).ok_or_else(|| wants(&what))?);
            }
            (Kind::Path(_, set, _), Value::Text(path)) => {
                set(config, self.full_path(path, origin)?)
            }
            (Kind::Path(..), _) => return Err(wants("a path in quotes")),
        }
        Ok(())
    }

    /// A value to show where there is no default.
    pub(super) fn example(&self) -> &'static str {
        match self.kind {
            Kind::Path(_, _, example) | Kind::Address(_, _, example) => example,
            _ => "",
        }
    }

    fn range(&self) -> String {
        match self.kind {
            Kind::Number(0, max, ..) => format!("a whole number from 0 (off) to {max}"),
            Kind::Number(min, max, ..) => format!("a whole number from {min} to {max}"),
            _ => String::new(),
        }
    }

    fn addresses(&self, least: usize, value: &Value) -> Result<Vec<SocketAddr>, String> {
        let one = std::slice::from_ref(value);
        let list = if let Value::List(list) = value { list } else { one };
        if list.len() < least || list.len() > ADDRESSES_MAX {
            return Err(format!(
                "{} must be {least} to {ADDRESSES_MAX} addresses, not {}",
                self.path,
                list.len()
            ));
        }
        let mut addresses = Vec::with_capacity(list.len());
        for item in list {
            let address = address(text(item)).ok_or_else(|| {
                format!(
                    "{} must be an address and a port such as \"127.0.0.1:7667\", \
                     \"[::1]:7667\" or \"localhost:7667\", not {}",
                    self.path,
                    item.describe()
                )
            })?;
            if address.port() != 0 && addresses.contains(&address) {
                return Err(format!("{} names {address} twice", self.path));
            }
            addresses.push(address);
        }
        Ok(addresses)
    }

    /// A path in the file is relative to the file, not to wherever the server was
    /// started; one on the command line is relative to the shell, as everywhere.
    fn full_path(&self, path: &str, origin: &Origin) -> Result<PathBuf, String> {
        if path.is_empty() || path.contains('\0') {
            return Err(format!("{} must be a path, not the text {path:?}", self.path));
        }
        if path.starts_with('~') {
            return Err(format!(
                "{} must be written in full: only the shell knows that the ~ of {path:?} is home",
                self.path
            ));
        }
        let folder = origin.file().and_then(Path::parent);
        Ok(folder.map_or_else(|| PathBuf::from(path), |folder| folder.join(path)))
    }
}

/// The text of a text, and otherwise one that no key takes.
fn text(value: &Value) -> &str {
    if let Value::Text(text) = value { text } else { "" }
}

/// `"always", "everysec" or "never"`.
fn one_of(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}

/// `localhost` is what people type; no other name is looked up, since a server that
/// waits for DNS at its start does not start after a power cut.
fn address(text: &str) -> Option<SocketAddr> {
    match text.strip_prefix("localhost:") {
        Some(port) => Some(SocketAddr::from((Ipv4Addr::LOCALHOST, decimal(port)?))),
        None => text.parse().ok(),
    }
}

/// A port; `str::parse` alone would take `+1`.
fn decimal(digits: &str) -> Option<u16> {
    digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok())?
}
