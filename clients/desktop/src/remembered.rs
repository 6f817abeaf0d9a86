//! What the client remembers from one day to the next: the server, the name, the
//! theme, the window, for each server whom to trust there, and for each account its
//! rooms and talks. Never a password, a code or a message.
//!
//! One small TOML file. A file that cannot be read costs the memory, not the client:
//! it starts with the defaults, and says so once.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use eframe::egui::ThemePreference;
use serde::{Deserialize, Serialize};
use taifas_client::{Entry, Fingerprint, MessageId, Name, RoomName, Security, Settings};

use crate::{address, theme};

/// Where a server listens if nobody says otherwise.
pub const DEFAULT_SERVER: &str = "127.0.0.1:7667";

/// What is remembered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Remembered {
    /// `host:port`, as it was typed.
    pub server: String,
    /// Who came in last; empty if nobody has.
    pub username: String,
    /// Light, dark, or as the system is.
    pub theme: Look,
    /// The window's inner size in points.
    pub window: [f32; 2],
    /// Whether the desktop is to show what is meant for us while nobody looks.
    pub notify: bool,
    /// The servers, by their address.
    pub servers: BTreeMap<String, Known>,
    /// Where it is kept; `None`: nowhere.
    #[serde(skip)]
    path: Option<PathBuf>,
    /// What the file holds, so that it is written only when something has changed.
    #[serde(skip)]
    written: String,
}

/// What is remembered of one server.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Known {
    /// Whether it is talked to with TLS.
    pub encrypted: bool,
    /// The certificate that is trusted there; empty as long as none is.
    pub fingerprint: String,
    /// The accounts that were here, by their names in lower case.
    pub accounts: BTreeMap<String, Places>,
}

/// Where somebody was, to come back to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Places {
    /// With their signs.
    pub rooms: Vec<String>,
    /// The names.
    pub talks: Vec<String>,
    /// Up to which message each talk was read, by the names in lower case.
    pub read: BTreeMap<String, u64>,
}

/// The theme that was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Look {
    /// As the system is.
    #[default]
    System,
    /// By day.
    Light,
    /// By night.
    Dark,
}

impl Default for Remembered {
    fn default() -> Remembered {
        Remembered {
            server: DEFAULT_SERVER.into(),
            username: String::new(),
            theme: Look::System,
            window: theme::WINDOW,
            notify: true,
            servers: BTreeMap::new(),
            path: None,
            written: String::new(),
        }
    }
}

impl Remembered {
    /// Where it is kept if nobody says otherwise; `None` on a machine that has no such
    /// place.
    pub fn usual_path() -> Option<PathBuf> {
        dirs::config_dir().map(|folder| folder.join("taifas").join("desktop.toml"))
    }

    /// Reads the file, if there is one. The second value says what was wrong with it.
    pub fn load(path: Option<PathBuf>) -> (Remembered, Option<String>) {
        let Some(path) = path else {
            return (Remembered::default(), None);
        };
        let (mut remembered, trouble) = match fs::read_to_string(&path) {
            Ok(text) => match toml::from_str::<Remembered>(&text) {
                Ok(remembered) => (Remembered { written: text, ..remembered }, None),
                Err(error) => (Remembered::default(), Some(error.message().to_owned())),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => (Remembered::default(), None),
            Err(error) => (Remembered::default(), Some(error.to_string())),
        };
        remembered.sane();
        let trouble = trouble.map(|why| {
            format!("{} cannot be used ({why}); starting with the defaults", path.display())
        });
        remembered.path = Some(path);
        (remembered, trouble)
    }

    /// Writes the file if something has changed: beside it first, then in its place, so
    /// that a power cut leaves one or the other.
    ///
    /// # Errors
    /// What the system says; the client goes on.
    pub fn save(&mut self) -> io::Result<()> {
        let Some(path) = &self.path else {
            return Ok(());
        };
        let text = toml::to_string(self).map_err(io::Error::other)?;
        if text == self.written {
            return Ok(());
        }
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        write_beside(path, &text)?;
        self.written = text;
        Ok(())
    }

    /// Where it is kept; `None`: nowhere.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// How to come into the server that is remembered.
    pub fn settings(&self, entry: Entry) -> Settings {
        let mut settings = Settings::new(&self.server, entry);
        settings.security = match self.is_encrypted() {
            true => Security::Tls { trusted: self.trusted() },
            false => Security::Plain,
        };
        settings
    }

    /// The server for people: its address, and whether others can read along.
    pub fn server_words(&self) -> String {
        let encrypted = if self.is_encrypted() { ", encrypted" } else { "" };
        format!("{}{encrypted}", self.server)
    }

    /// Whether the server is talked to with TLS.
    pub fn is_encrypted(&self) -> bool {
        self.servers.get(&self.server).is_some_and(|known| known.encrypted)
    }

    /// The server is to be talked to with TLS, or not. Whom to trust there stays.
    pub fn encrypt(&mut self, is_encrypted: bool) {
        if self.is_encrypted() != is_encrypted {
            self.server_known().encrypted = is_encrypted;
        }
    }

    /// The certificate that is trusted there, if one is.
    pub fn trusted(&self) -> Option<Fingerprint> {
        self.servers.get(&self.server)?.fingerprint.parse().ok()
    }

    /// This certificate is the server's from now on; `None`: nobody knows.
    pub fn trust(&mut self, fingerprint: Option<Fingerprint>) {
        let text = fingerprint.map_or_else(String::new, |print| format!("SHA256:{print}"));
        self.server_known().fingerprint = text;
    }

    fn server_known(&mut self) -> &mut Known {
        self.servers.entry(self.server.clone()).or_default()
    }

    /// Where this account was on the server; `None` if it was not there yet, or nowhere
    /// any more. What is no name is left out.
    pub fn places(&self, name: &Name) -> Option<(Vec<RoomName>, Vec<Name>)> {
        let places = self.servers.get(&self.server)?.accounts.get(&name.folded())?;
        let rooms = places.rooms.iter().filter_map(|room| room.parse().ok());
        let talks = places.talks.iter().filter_map(|name| name.parse().ok());
        let (rooms, talks): (Vec<_>, Vec<_>) = (rooms.collect(), talks.collect());
        (!rooms.is_empty() || !talks.is_empty()).then_some((rooms, talks))
    }

    /// This account is here on the server.
    pub fn keep_places(&mut self, name: &Name, rooms: &[RoomName], talks: &[Name]) {
        let places = self.server_known().accounts.entry(name.folded()).or_default();
        places.rooms = rooms.iter().map(ToString::to_string).collect();
        places.talks = talks.iter().map(ToString::to_string).collect();
        places.read.retain(|known, _| talks.iter().any(|talk| talk.folded() == *known));
    }

    /// Up to where this account has read the talk with somebody, if that is known.
    pub fn read(&self, name: &Name, with: &Name) -> Option<MessageId> {
        let places = self.servers.get(&self.server)?.accounts.get(&name.folded())?;
        places.read.get(&with.folded()).copied().map(MessageId::new)
    }

    /// This account has read the talk with somebody up to here.
    pub fn keep_read(&mut self, name: &Name, with: &Name, id: MessageId) {
        // The file has no greater numbers.
        let id = id.get().min(i64::MAX as u64);
        let places = self.server_known().accounts.entry(name.folded()).or_default();
        places.read.insert(with.folded(), id);
    }

    /// What somebody wrote into the file by hand must not make a window that cannot be
    /// used.
    fn sane(&mut self) {
        for (size, least) in self.window.iter_mut().zip(theme::WINDOW_LEAST) {
            if !size.is_finite() {
                *size = least;
            }
            *size = size.clamp(least, 8192.0);
        }
        if self.server.trim().is_empty() {
            self.server = DEFAULT_SERVER.into();
        }
        // What is known of a server is found however its address was once written.
        for (address, known) in std::mem::take(&mut self.servers) {
            let address = address::read(&address, known.encrypted).unwrap_or(address);
            self.servers.entry(address).or_default().take_in(known);
        }
    }
}

impl Known {
    /// The same server under another spelling: what is safer, and what is missing here.
    fn take_in(&mut self, other: Known) {
        self.encrypted |= other.encrypted;
        if self.fingerprint.is_empty() {
            self.fingerprint = other.fingerprint;
        }
        for (name, places) in other.accounts {
            self.accounts.entry(name).or_insert(places);
        }
    }
}

impl Look {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Look; 3] = [Look::Light, Look::Dark, Look::System];

    /// Its word on the screen.
    pub fn word(self) -> &'static str {
        match self {
            Look::System => "System",
            Look::Light => "Light",
            Look::Dark => "Dark",
        }
    }

    /// For egui.
    pub fn preference(self) -> ThemePreference {
        match self {
            Look::System => ThemePreference::System,
            Look::Light => ThemePreference::Light,
            Look::Dark => ThemePreference::Dark,
        }
    }
}

fn write_beside(path: &Path, text: &str) -> io::Result<()> {
    let beside = path.with_extension("toml.new");
    let written = write(&beside, text).and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        // Half of it is of no use to anybody; what is wrong is said already.
        let _ = fs::remove_file(beside);
    }
    written
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut file = private(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// A new file for its owner alone: whom they talk with is nobody else's business.
fn private(path: &Path) -> io::Result<fs::File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_saved_comes_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("deep").join("desktop.toml");
        let (mut first, trouble) = Remembered::load(Some(path.clone()));
        assert_eq!(trouble, None);
        first.server = "boat.local:7667".into();
        first.username = "ana".into();
        first.theme = Look::Dark;
        first.window = [700.0, 500.0];
        let name = |name: &str| name.parse::<Name>().expect("a name");
        let rooms = ["#boats", "#lobby"].map(|room| room.parse().expect("a room"));
        first.keep_places(&name("Ana"), &rooms, &[name("ion"), name("maria")]);
        for with in ["Ion", "maria"] {
            first.keep_read(&name("ana"), &name(with), MessageId::new(u64::MAX));
        }
        first.keep_places(&name("Ana"), &rooms, &[name("ion")]);
        let print = Fingerprint::new([7; 32]);
        first.notify = false;
        first.encrypt(true);
        first.trust(Some(print));
        first.save().expect("written");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(&path).expect("it is there").permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "whom one talks with is nobody's business");
        }
        let (second, trouble) = Remembered::load(Some(path));
        assert_eq!(trouble, None);
        assert_eq!(second.server, "boat.local:7667");
        assert_eq!((second.username.as_str(), second.theme), ("ana", Look::Dark));
        assert_eq!(second.window, [700.0, 500.0]);
        assert_eq!(second.places(&name("ana")), Some((rooms.into(), vec![name("ion")])));
        let most = MessageId::new(i64::MAX as u64);
        assert_eq!(second.read(&name("ana"), &name("ion")), Some(most));
        assert_eq!(second.read(&name("ana"), &name("maria")), None, "that talk is closed");
        assert_eq!(second.places(&name("eva")), None);
        first.keep_places(&name("eva"), &[], &[]);
        assert_eq!(first.places(&name("eva")), None, "who was nowhere starts anew");
        assert!(!second.notify && second.is_encrypted());
        assert_eq!(second.settings(Entry::Look).security, Security::Tls { trusted: Some(print) });
        let elsewhere = Remembered { server: "boat.local:1".into(), ..second.clone() };
        assert_eq!(elsewhere.settings(Entry::Look).security, Security::Plain);
        assert_eq!(elsewhere.trusted(), None, "each server has its own");
        assert_eq!(Remembered::default().places(&name("ana")), None, "another server");
    }

    #[test]
    fn a_broken_file_costs_the_memory_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("desktop.toml");
        for broken in ["window = 3", "server = [", "\u{0}\u{1}"] {
            fs::write(&path, broken).expect("written");
            let (remembered, trouble) = Remembered::load(Some(path.clone()));
            assert_eq!(remembered.server, DEFAULT_SERVER);
            assert!(trouble.is_some_and(|why| why.contains("desktop.toml")), "{broken}");
        }
    }

    #[test]
    fn whom_to_trust_is_found_under_every_spelling() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("desktop.toml");
        let print = Fingerprint::new([7; 32]);
        let text = format!(
            "server = 'boat.local:7668'\n[servers.'Boat.LOCAL:7668']\nencrypted = true\n\
             fingerprint = '{print}'\n[servers.'boat.local:7668']\n\
             [servers.'no address']\nencrypted = true"
        );
        fs::write(&path, text).expect("written");
        let (remembered, trouble) = Remembered::load(Some(path));
        assert_eq!(trouble, None);
        assert!(remembered.is_encrypted());
        assert_eq!(remembered.trusted(), Some(print));
        assert_eq!(remembered.servers.len(), 2, "{:?}", remembered.servers);
    }

    #[test]
    fn sizes_that_make_no_window_are_mended() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("desktop.toml");
        fs::write(&path, "window = [nan, 1e9]\nserver = ' '\nnew_key = 1").expect("written");
        let (remembered, trouble) = Remembered::load(Some(path));
        assert_eq!(trouble, None, "keys of a newer version are no trouble");
        assert_eq!(remembered.window, [theme::WINDOW_LEAST[0], 8192.0]);
        assert_eq!(remembered.server, DEFAULT_SERVER);
    }
}
