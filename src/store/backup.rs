//! `taifas backup`: a copy of a data folder that a server can be started from, made
//! while another one goes on writing to the original.
//!
//! Runs in a process of its own and takes no lock: each database is read as one
//! snapshot, a few pages at a time, beside the server's own threads. Called by the
//! command line; never by a server. Nothing half is left under the folder's name: it
//! is written beside, checked, synced, and renamed at the end.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use super::schema::{MESSAGES, Schema, USERS};
use super::{ceiling, database, opening};

/// Pages copied at a time, …
const STEP_PAGES: i32 = 128;

/// … and the pause behind each step: the disk is the server's in between. Together
/// some 100 MB a second at the most.
const PAUSE: Duration = Duration::from_millis(5);

/// Steps after which what was copied is put on the disk: 4 MiB. All of it at once, at
/// the end, would hold up the server's own syncs for as long as that takes.
const SYNC_STEPS: u32 = 8;

/// How often a database that is locked is asked again, a pause each, before the backup
/// gives up: two seconds.
const TRIES: u32 = 400;

/// What was copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// Messages in the copy.
    pub messages: u64,
    /// Accounts in the copy.
    pub accounts: u64,
    /// The highest message id in it.
    pub last_id: u64,
}

/// Why there is no backup. Nothing of it is left.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// It is to be a folder of its own.
    #[error("{} is not an empty folder; name one that is not there yet, such as {}/today", _0.display(), _0.display())]
    NotEmpty(PathBuf),
    /// `..`, `/`: nothing that could be made.
    #[error("{} cannot be made; name a folder that is not there yet, such as backup/today", _0.display())]
    NoName(PathBuf),
    /// No server has used the data folder.
    #[error("there is nothing to back up: {} is not there; say which folder with --data DIR", _0.display())]
    Nothing(PathBuf),
    /// A file cannot be read or written.
    #[error("cannot back up {}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// SQLite cannot read or write a database.
    #[error("cannot back up {}: {source}", path.display())]
    Database {
        /// Which.
        path: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },
    /// The copy is not in order, and so the original is not.
    #[error("{} is broken ({what}); the server moves it aside at its next start", path.display())]
    Broken {
        /// The original.
        path: PathBuf,
        /// What SQLite found.
        what: String,
    },
}

/// Copies the data folder `from` to `to`, which is not there, or an empty folder.
/// `secrets` is the folder in it with the server's own certificate, if it has one.
///
/// # Errors
/// [`BackupError`]; `to` is then as it was.
pub fn backup(from: &Path, to: &Path, secrets: &str) -> Result<Copied, BackupError> {
    let beside = beside(to)?;
    refuse_what_is_there(to)?;
    // The first to be copied; without it there never was a server here.
    let messages = from.join(MESSAGES.file);
    if !messages.exists() {
        return Err(BackupError::Nothing(messages));
    }
    let parent = beside.parent().map_or_else(PathBuf::new, Path::to_owned);
    make(&parent, true)?;
    make(&beside, false)?;
    let copied = fill(from, &beside, secrets).and_then(|copied| {
        put_in_place(&beside, to)?;
        Ok(copied)
    });
    if copied.is_err() {
        // What cannot be taken away either is named so that nobody takes it for whole.
        let _ = fs::remove_dir_all(&beside);
    }
    copied
}

/// Where the copy is made: beside `to`, on the same file system.
fn beside(to: &Path) -> Result<PathBuf, BackupError> {
    let name = to.file_name().ok_or_else(|| BackupError::NoName(to.to_owned()))?;
    let mut unfinished = name.to_owned();
    unfinished.push(format!(".unfinished-{}", std::process::id()));
    let parent = to.parent().filter(|parent| !parent.as_os_str().is_empty());
    Ok(parent.unwrap_or(Path::new(".")).join(unfinished))
}

fn refuse_what_is_there(to: &Path) -> Result<(), BackupError> {
    match fs::read_dir(to).map(|mut entries| entries.next().is_none()) {
        Ok(true) => Ok(()),
        Ok(false) => Err(BackupError::NotEmpty(to.to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            Err(BackupError::NotEmpty(to.to_owned()))
        }
        Err(source) => Err(BackupError::File { path: to.to_owned(), source }),
    }
}

fn make(dir: &Path, parents: bool) -> Result<(), BackupError> {
    let made = fs::DirBuilder::new().recursive(parents).mode(0o700).create(dir);
    made.map_err(|source| BackupError::File { path: dir.to_owned(), source })
}

/// Copies everything. The order is what makes the copy one that can be started from:
///
/// 1. messages.db, 2. users.db: a message bears its sender's number. Copied first, the
///    messages know of nobody whom the accounts do not know; the other way round
///    somebody could register in between, and in the copy the number would be given
///    again, to a stranger.
/// 3. `ids`, last: whatever is in the copied messages lies below it.
fn fill(from: &Path, into: &Path, secrets: &str) -> Result<Copied, BackupError> {
    let messages = copy_database(from, into, &MESSAGES)?;
    let database = |source| BackupError::Database { path: from.join(MESSAGES.file), source };
    let highest = opening::highest(&messages).map_err(database)?;
    let count = "SELECT count(*) FROM messages";
    let count: i64 = messages.query_row(count, (), |row| row.get(0)).map_err(database)?;
    drop(messages);
    let mut accounts = 0;
    if from.join(USERS.file).exists() {
        let users = copy_database(from, into, &USERS)?;
        let count = "SELECT count(*) FROM users";
        accounts = users
            .query_row(count, (), |row| row.get(0))
            .map_err(|source| BackupError::Database { path: from.join(USERS.file), source })?;
    }
    let file = |path: PathBuf| move |source| BackupError::File { path, source };
    let found = ceiling::read(from).map_err(file(from.join("ids")))?;
    // The server goes on giving ids after this, and whoever starts it from the copy has
    // lost those: as if the file were lost, ids go on far above.
    let top = ceiling::beyond(&found, Some(highest), super::aside::now().ms());
    ceiling::replace(into, top).map_err(file(into.join("ids")))?;
    copy_certificates(from, into)?;
    if from.join(secrets).is_dir() {
        make(&into.join(secrets), false)?;
        copy_certificates(&from.join(secrets), &into.join(secrets))?;
        let secrets = into.join(secrets);
        File::open(&secrets).and_then(|dir| dir.sync_all()).map_err(file(secrets))?;
    }
    for schema in [&MESSAGES, &USERS] {
        let path = into.join(schema.file);
        match File::open(&path).and_then(|file| file.sync_all()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(file(path)(error));
            }
            _ => {}
        }
    }
    Ok(Copied {
        messages: count.unsigned_abs(),
        accounts: i64::unsigned_abs(accounts),
        last_id: highest,
    })
}

/// Copies one database as it is at this moment, checks the copy, and leaves it open.
fn copy_database(from: &Path, into: &Path, schema: &Schema) -> Result<Connection, BackupError> {
    let (path, target) = (from.join(schema.file), into.join(schema.file));
    let file = |source| BackupError::File { path: target.clone(), source };
    let made =
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(&target).map_err(file)?;
    let copy = || -> rusqlite::Result<()> {
        let source = database::connect(&path, false)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut copy = Connection::open_with_flags(&target, flags)?;
        // What is half is thrown away, and what is whole is synced by us.
        copy.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")?;
        // One snapshot: without it every commit of the server's would begin the copy
        // anew, and under load it would never end. Meanwhile the -wal cannot be used
        // from its beginning again, and grows by what is said.
        let snapshot = source.unchecked_transaction()?;
        snapshot.query_row("SELECT count(*) FROM sqlite_schema", (), |_| Ok(()))?;
        step_through(&Backup::new(&source, &mut copy)?, &made)
    };
    copy().map_err(|source| BackupError::Database { path: path.clone(), source })?;
    let check = || -> rusqlite::Result<(Connection, String)> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let copy = Connection::open_with_flags(&target, flags)?;
        let verdict = copy.query_row("PRAGMA quick_check(1)", (), |row| row.get(0))?;
        Ok((copy, verdict))
    };
    match check() {
        Ok((copy, verdict)) if verdict == "ok" => Ok(copy),
        // The last line says what and where.
        Ok((_, verdict)) => {
            let what = verdict.lines().last().unwrap_or_default().to_owned();
            Err(BackupError::Broken { path, what })
        }
        Err(error) if database::is_broken(&error) => {
            Err(BackupError::Broken { path, what: error.to_string() })
        }
        Err(source) => Err(BackupError::Database { path: target, source }),
    }
}

fn step_through(backup: &Backup<'_, '_>, copy: &File) -> rusqlite::Result<()> {
    let mut tries = 0;
    for steps in 1_u32.. {
        match backup.step(STEP_PAGES)? {
            StepResult::Done => return Ok(()),
            StepResult::More => tries = 0,
            _ if tries < TRIES => tries += 1,
            _ => {
                let busy = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY);
                return Err(rusqlite::Error::SqliteFailure(busy, None));
            }
        }
        if steps.is_multiple_of(SYNC_STEPS) {
            // One that fails is met again at the end, where it counts.
            let _ = copy.sync_data();
        }
        thread::sleep(PAUSE);
    }
    Ok(())
}

/// Copies the certificates and keys in a folder, if there are any, for their owner alone.
fn copy_certificates(from: &Path, into: &Path) -> Result<(), BackupError> {
    let fail = |path: &Path| {
        let path = path.to_owned();
        move |source| BackupError::File { path, source }
    };
    for entry in fs::read_dir(from).map_err(fail(from))? {
        let path = entry.map_err(fail(from))?.path();
        let (Some(name), true) = (path.file_name(), path.is_file()) else { continue };
        if path.extension().is_none_or(|extension| extension != "pem") {
            continue;
        }
        let (bytes, target) = (fs::read(&path).map_err(fail(&path))?, into.join(name));
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&target)
            .map_err(fail(&target))?;
        file.write_all(&bytes).and_then(|()| file.sync_all()).map_err(fail(&target))?;
    }
    Ok(())
}

/// Gives the finished copy its name. An empty folder of that name is replaced.
fn put_in_place(beside: &Path, to: &Path) -> Result<(), BackupError> {
    let renamed = File::open(beside)
        .and_then(|dir| dir.sync_all())
        .and_then(|()| fs::rename(beside, to))
        .and_then(|()| match beside.parent() {
            Some(parent) => File::open(parent)?.sync_all(),
            None => Ok(()),
        });
    renamed.map_err(|source| BackupError::File { path: to.to_owned(), source })
}
