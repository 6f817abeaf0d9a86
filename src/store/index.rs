//! search.db: which words occur in which message, for SEARCH.
//!
//! The index is made from messages.db behind its back, by the reader, in portions: a row
//! in it costs three times what storing the message does, and no commit is to wait for
//! that. What is not in it yet is put in when somebody searches, so nothing is missing
//! from an answer. It is in volumes (volumes.rs). Nothing is ever taken out of one: what
//! was pruned or erased leaves the index with whole volumes, which are then made anew from
//! what is left. So the words of what is gone are gone as well, and there is one way for
//! it. Which ids are found is decided by the rows in messages.db.
//!
//! It holds nothing that could not be made again: where it is broken, or belongs to
//! another messages.db, it is thrown away. This is the file; what is in it, volumes.rs.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::ops::Deref;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::{database, volumes};

/// Where the -wal is copied into the file, in pages: little at a time, likewise.
const WAL_PAGES: u32 = 500;

/// The file's name in the data folder.
pub(super) const FILE: &str = "search.db";

/// The form of the file. Another one is made anew.
const VERSION: i64 = 2;

/// Statements kept prepared: as many as there are volumes of a million ordinary messages.
/// A search for what is nowhere asks them all, and prepares them all again otherwise.
const STATEMENTS: usize = 160;

/// What FTS5 keeps of a volume that was read, in KiB, as long as the file is open.
const READ_KIB: u32 = 10;

/// The same of one that was written to.
const WRITTEN_KIB: u32 = 80;

/// Where the file is closed and opened again, because that is the only way to get it
/// back: after each dozen of volumes that were made, and where a search goes through more
/// than so many. Opening takes a millisecond, and every volume 50 µs the first time.
const KEPT_KIB: u32 = 1536;

/// The index. Opened when it is first used.
#[derive(Debug)]
pub(super) struct Index {
    path: PathBuf,
    /// `None` until it is used, and after something went wrong with it.
    opened: Option<Opened>,
    /// The `identity` of the messages.db that was seen last.
    of: Option<i64>,
}

/// The file, open.
#[derive(Debug)]
pub(super) struct Opened {
    conn: Connection,
    /// What is kept of each volume that was used, in KiB.
    kept: RefCell<BTreeMap<i64, u32>>,
}

impl Opened {
    fn new(conn: Connection) -> Opened {
        Opened { conn, kept: RefCell::default() }
    }

    /// A volume is read.
    pub(super) fn reads(&self, volume: i64) {
        self.kept.borrow_mut().entry(volume).or_insert(READ_KIB);
    }

    /// A volume is written to.
    pub(super) fn writes_to(&self, volume: i64) {
        self.kept.borrow_mut().insert(volume, WRITTEN_KIB);
    }

    fn keeps_too_much(&self) -> bool {
        self.kept.borrow().values().sum::<u32>() > KEPT_KIB
    }
}

impl Deref for Opened {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.conn
    }
}

/// Why something with the index failed.
#[derive(Debug)]
pub(super) enum Failed {
    /// messages.db could not be read.
    Messages(rusqlite::Error),
    /// The index could not be read or written.
    Index(rusqlite::Error),
    /// Its file could not be made or removed.
    File(io::Error),
}

impl From<rusqlite::Error> for Failed {
    fn from(error: rusqlite::Error) -> Failed {
        Failed::Index(error)
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failed::Messages(error) | Failed::Index(error) => error.fmt(f),
            Failed::File(error) => error.fmt(f),
        }
    }
}

impl Index {
    pub(super) fn new(dir: &Path) -> Index {
        Index { path: dir.join(FILE), opened: None, of: None }
    }

    /// Whether there is anything of it.
    pub(super) fn exists(&self) -> bool {
        self.path.exists()
    }

    /// Opens it if need be, and sees to it that it is of this messages.db.
    pub(super) fn open(&mut self, messages: &Connection) -> Result<&Opened, Failed> {
        if let Some(full) = self.opened.take_if(|opened| opened.keeps_too_much()) {
            // Not now: that would wait for the disk.
            database::leave_alone(&full.conn, true)?;
        }
        let mark = messages
            .prepare_cached("SELECT mark FROM identity")
            .and_then(|mut select| select.query_row((), |row| row.get::<_, i64>(0)))
            .map_err(Failed::Messages)?;
        if self.of != Some(mark) || self.opened.is_none() {
            self.opened = None;
            let conn = match begun(&self.path, mark)? {
                Some(conn) => conn,
                None => {
                    self.throw_away()?;
                    begin(&self.path, mark)?
                }
            };
            (self.opened, self.of) = (Some(Opened::new(conn)), Some(mark));
        }
        Ok(self.opened.as_ref().expect("set above"))
    }

    /// Takes out what was erased, where no server does it in a pause.
    pub(super) fn take_erased_out(&mut self, messages: &Connection) -> Result<(), Failed> {
        if !self.exists() {
            return Ok(());
        }
        while volumes::drop_doomed(self.open(messages)?, messages)? {}
        Ok(())
    }

    /// Whether it had turned out broken and was thrown away, so that it is worth while to
    /// try once more.
    pub(super) fn is_renewed(&mut self, failed: &Failed) -> bool {
        let broken = matches!(failed, Failed::Index(error) if database::is_broken(error));
        if broken {
            log::warn!("{FILE} is broken ({failed}); it is made anew");
        }
        broken && self.throw_away().is_ok()
    }

    /// Removes it from the disk.
    fn throw_away(&mut self) -> Result<(), Failed> {
        self.opened = None;
        for path in ["", "-wal", "-shm"].map(|end| super::aside::with_suffix(&self.path, end)) {
            match std::fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(Failed::File(error));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// Opens a file that is an index of this messages.db; `None` if it is none.
fn begun(path: &Path, mark: i64) -> Result<Option<Connection>, Failed> {
    if !path.exists() {
        return Ok(None);
    }
    let look = || -> rusqlite::Result<Option<Connection>> {
        let conn = connect(path)?;
        let version: i64 = conn.pragma_query_value(None, "user_version", |row| row.get(0))?;
        let of = || conn.query_row("SELECT mark FROM source", (), |row| row.get::<_, i64>(0));
        let ours = version == VERSION && of()? == mark;
        Ok(Some(conn).filter(|_| ours))
    };
    match look() {
        Ok(ours) => Ok(ours),
        Err(error) if database::is_broken(&error) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// What is merged or dropped is overwritten: it may be words of what was erased since.
fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let conn = database::connect(path, false)?;
    conn.pragma_update(None, "secure_delete", true)?;
    conn.pragma_update(None, "wal_autocheckpoint", WAL_PAGES)?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(conn)
}

fn begin(path: &Path, mark: i64) -> Result<Connection, Failed> {
    database::touch(path).map_err(Failed::File)?;
    let conn = connect(path)?;
    let transaction = conn.unchecked_transaction()?;
    conn.execute_batch(volumes::TABLES)?;
    conn.execute("INSERT INTO source VALUES(?1)", (mark,))?;
    conn.pragma_update(None, "user_version", VERSION)?;
    transaction.commit()?;
    Ok(conn)
}
