//! search.db: which words occur in which message, for SEARCH.
//!
//! The index is made from messages.db behind its back, by the reader, in portions: a row
//! in it costs three times what storing the message does, and no commit is to wait for
//! that. What is not in it yet is put in when somebody searches, so nothing is missing
//! from an answer. It is in *volumes*, of [`VOLUME`] ids each. Nothing is ever taken out
//! of one: what was pruned or erased leaves the index with its whole volume, which is
//! then made anew from what is left. So the words of what is gone are gone as well, and
//! there is one way for it. Which ids are found is decided by the rows in messages.db.
//!
//! It holds nothing that could not be made again: where it is broken, or belongs to
//! another messages.db, it is thrown away.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension as _};

use super::batch::sql_id;
use super::database;

/// Ids of one volume. Small enough to be made anew in a third of a second, and large
/// enough that a million messages are sixteen tables to look into.
pub(super) const VOLUME: i64 = 1 << 16;

/// Messages of one portion: some two milliseconds. Fewer at a time cost more each,
/// because each portion is a segment that is merged with others later.
pub(super) const PORTION: i64 = 512;

/// Pages that are merged at a time, once a volume is complete: a millisecond or so, for
/// which somebody who asks may have to wait.
const MERGE_PAGES: u32 = 16;

/// Where the -wal is copied into the file, in pages: little at a time, likewise.
const WAL_PAGES: u32 = 500;

/// The file's name in the data folder.
pub(super) const FILE: &str = "search.db";

/// The form of the file. Another one is made anew.
const VERSION: i64 = 1;

/// The index. Opened when it is first used.
#[derive(Debug)]
pub(super) struct Index {
    path: PathBuf,
    /// `None` until it is used, and after something went wrong with it.
    conn: Option<Connection>,
    /// The `identity` of the messages.db that was seen last.
    of: Option<i64>,
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

/// What there is of messages, while looking at the index.
#[derive(Debug, Clone, Copy)]
pub(super) struct Extent {
    /// The lowest id; above `last` if there is none.
    pub(super) first: i64,
    /// The highest id ever committed, as it was before anything was read.
    pub(super) last: i64,
}

/// How far a volume is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Everything is in it.
    Complete,
    /// More is to be put into it; the messages that may be.
    Lacks(i64),
}

impl Index {
    pub(super) fn new(dir: &Path) -> Index {
        Index { path: dir.join(FILE), conn: None, of: None }
    }

    /// Whether there is anything of it.
    pub(super) fn exists(&self) -> bool {
        self.path.exists()
    }

    /// Opens it if need be, and sees to it that it is of this messages.db.
    pub(super) fn open(&mut self, messages: &Connection) -> Result<&Connection, Failed> {
        let mark = messages
            .prepare_cached("SELECT mark FROM identity")
            .and_then(|mut select| select.query_row((), |row| row.get::<_, i64>(0)))
            .map_err(Failed::Messages)?;
        if self.of != Some(mark) || self.conn.is_none() {
            self.conn = None;
            let conn = match begun(&self.path, mark)? {
                Some(conn) => conn,
                None => {
                    self.throw_away()?;
                    begin(&self.path, mark)?
                }
            };
            (self.conn, self.of) = (Some(conn), Some(mark));
        }
        Ok(self.conn.as_ref().expect("set above"))
    }

    /// Takes out what was erased, where no server does it in a pause.
    pub(super) fn take_erased_out(&mut self, messages: &Connection) -> Result<(), Failed> {
        if !self.exists() {
            return Ok(());
        }
        let extent = extent(messages, u64::MAX).map_err(Failed::Messages)?;
        let index = self.open(messages)?;
        while let Some(volume) = doomed(index, messages, extent, false)? {
            drop_volume(index, volume)?;
        }
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
        self.conn = None;
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
    Ok(conn)
}

fn begin(path: &Path, mark: i64) -> Result<Connection, Failed> {
    database::touch(path).map_err(Failed::File)?;
    let conn = connect(path)?;
    let transaction = conn.unchecked_transaction()?;
    // From `first` up to `upto` everything is in the volume that is to be; `erased` is
    // how often something of it had been erased from messages.db when it was begun.
    conn.execute_batch(
        "CREATE TABLE volumes(
             number INTEGER PRIMARY KEY, first INTEGER NOT NULL, upto INTEGER NOT NULL,
             erased INTEGER NOT NULL, merged INTEGER NOT NULL DEFAULT 0);
         CREATE TABLE source(mark INTEGER NOT NULL);",
    )?;
    conn.execute("INSERT INTO source VALUES(?1)", (mark,))?;
    conn.pragma_update(None, "user_version", VERSION)?;
    transaction.commit()?;
    Ok(conn)
}

/// Notes that messages with ids in this volume were erased: what the index has of it is
/// no longer to be used. Part of the transaction that erases them.
pub(super) fn note_erased(messages: &Connection, id: i64) -> rusqlite::Result<()> {
    messages
        .prepare_cached(
            "INSERT INTO erased(volume, times) VALUES(?1, 1)
             ON CONFLICT DO UPDATE SET times = times + 1",
        )?
        .execute((id / VOLUME,))
        .map(drop)
}

/// Forgets those notes for volumes in which nothing is left.
pub(super) fn prune_notes(messages: &Connection, first: i64) -> rusqlite::Result<()> {
    messages
        .prepare_cached("DELETE FROM erased WHERE volume < ?1")?
        .execute((first / VOLUME,))
        .map(drop)
}

/// What there is of messages. `last` as it was before this was asked.
pub(super) fn extent(messages: &Connection, last: u64) -> rusqlite::Result<Extent> {
    let last = sql_id(last);
    let first: Option<i64> =
        messages.prepare_cached("SELECT min(id) FROM messages")?.query_row((), |row| row.get(0))?;
    Ok(Extent { first: first.unwrap_or(last.saturating_add(1)), last })
}

/// How far a volume is, of the ids up to this one. What something was erased from counts
/// as not begun.
pub(super) fn state(
    index: &Connection,
    messages: &Connection,
    volume: i64,
    first: i64,
    upto: i64,
) -> Result<State, Failed> {
    let end = upto.min(volume * VOLUME + VOLUME - 1);
    let has = match row(index, volume)? {
        Some(row) if row.erased == erased(messages, volume)? => row.upto,
        _ => first.max(volume * VOLUME) - 1,
    };
    Ok(if has >= end { State::Complete } else { State::Lacks(end - has) })
}

/// Does one thing of what is to be done when there is time; how many of the newest
/// messages are not in the index if there is nothing more to do. Those few wait until
/// they are a portion, or somebody searches.
pub(super) fn chore(
    index: &Connection,
    messages: &Connection,
    last: u64,
    sweep: bool,
) -> Result<Option<i64>, Failed> {
    let extent = extent(messages, last).map_err(Failed::Messages)?;
    if let Some(volume) = doomed(index, messages, extent, sweep)? {
        drop_volume(index, volume)?;
        return Ok(None);
    }
    let newest = extent.last / VOLUME;
    let mut rest = 0;
    // The newest first: that is where most searches end.
    for volume in (extent.first / VOLUME..=newest).rev() {
        match state(index, messages, volume, extent.first, extent.last)? {
            // The newest one goes on changing.
            State::Complete if volume < newest && merge(index, volume)? => return Ok(None),
            State::Complete => {}
            State::Lacks(few) if volume == newest && few < PORTION => rest = few,
            State::Lacks(_) => {
                add_portion(index, messages, volume, extent)?;
                return Ok(None);
            }
        }
    }
    Ok(Some(rest))
}

/// Puts one more portion into a volume; one that something was erased from is begun anew
/// first. Both files are as if nothing had happened if it fails.
pub(super) fn add_portion(
    index: &Connection,
    messages: &Connection,
    volume: i64,
    extent: Extent,
) -> Result<(), Failed> {
    let times = erased(messages, volume)?;
    let mut begun = row(index, volume)?.map(|row| (row.upto, row.erased));
    if begun.is_some_and(|(_, counted)| counted != times) {
        drop_volume(index, volume)?;
        begun = None;
    }
    let (start, end) = (volume * VOLUME, volume * VOLUME + VOLUME);
    let after = begun.map_or(start - 1, |(upto, _)| upto);
    // Not one at a time: what was read must not hold up checkpoints while it is written.
    // What is erased from here on is noted, and seen the next time.
    let portion = portion(messages, after, end).map_err(Failed::Messages)?;
    let mut upto = portion.last().map_or(after, |(id, _)| *id);
    if portion.len() < PORTION as usize {
        // There is nothing between it and what was committed before we looked.
        upto = upto.max(extent.last.min(end - 1));
    }
    let transaction = index.unchecked_transaction()?;
    if begun.is_none() {
        begin_volume(index, volume, extent.first.max(start), times)?;
    }
    let mut insert = index
        .prepare_cached(&format!("INSERT INTO volume_{volume}(rowid, text) VALUES(?1, ?2)"))?;
    for (id, text) in &portion {
        insert.execute((id, text))?;
    }
    drop(insert);
    index
        .prepare_cached("UPDATE volumes SET upto = ?2 WHERE number = ?1")?
        .execute((volume, upto))?;
    transaction.commit()?;
    Ok(())
}

/// Ids and texts of the next messages.
fn portion(messages: &Connection, after: i64, end: i64) -> rusqlite::Result<Vec<(i64, Box<str>)>> {
    let mut select = messages.prepare_cached(
        "SELECT id, text FROM messages WHERE id > ?1 AND id < ?2 ORDER BY id LIMIT ?3",
    )?;
    let rows = select.query_map((after, end, PORTION), |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}

/// Merges a little of what the portions of a volume have left behind; whether there was
/// anything to merge. A word is looked for in each of them otherwise.
fn merge(index: &Connection, volume: i64) -> rusqlite::Result<bool> {
    let merged: Option<bool> = index
        .prepare_cached("SELECT merged FROM volumes WHERE number = ?1")?
        .query_row((volume,), |row| row.get(0))
        .optional()?;
    if merged != Some(false) {
        return Ok(false);
    }
    let transaction = index.unchecked_transaction()?;
    let before = index.total_changes();
    // Negative: not only what would be merged anyway, but all into one.
    index.execute_batch(&format!(
        "INSERT INTO volume_{volume}(volume_{volume}, rank) VALUES('merge', -{MERGE_PAGES})"
    ))?;
    if index.total_changes() - before < 2 {
        index.execute("UPDATE volumes SET merged = 1 WHERE number = ?1", (volume,))?;
    }
    transaction.commit()?;
    Ok(true)
}

/// Takes a volume out, and what was in it off the disk.
pub(super) fn drop_volume(index: &Connection, volume: i64) -> Result<(), Failed> {
    // Prepared statements on a table that is dropped would keep it.
    index.flush_prepared_statement_cache();
    let dropped = index.execute_batch(&format!(
        "BEGIN; DROP TABLE IF EXISTS volume_{volume};
         DELETE FROM volumes WHERE number = {volume}; COMMIT;"
    ));
    if dropped.is_err() && !index.is_autocommit() {
        index.execute_batch("ROLLBACK")?;
    }
    dropped?;
    // Nobody else has the file open, so the -wal is emptied as well.
    index.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(()))?;
    Ok(())
}

/// A volume that is to be taken out: one in which nothing is left, or something was
/// erased from; with `sweep` also one that something was pruned from.
pub(super) fn doomed(
    index: &Connection,
    messages: &Connection,
    extent: Extent,
    sweep: bool,
) -> Result<Option<i64>, Failed> {
    let mut select =
        index.prepare_cached("SELECT number, first, erased FROM volumes ORDER BY number")?;
    let mut rows = select.query(())?;
    while let Some(row) = rows.next()? {
        let (number, first, times): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let over = extent.first >= number * VOLUME + VOLUME;
        if over || (sweep && extent.first > first) || erased(messages, number)? != times {
            return Ok(Some(number));
        }
    }
    Ok(None)
}

/// A volume's row.
struct Row {
    upto: i64,
    erased: i64,
}

fn row(index: &Connection, volume: i64) -> rusqlite::Result<Option<Row>> {
    index
        .prepare_cached("SELECT upto, erased FROM volumes WHERE number = ?1")?
        .query_row((volume,), |row| Ok(Row { upto: row.get(0)?, erased: row.get(1)? }))
        .optional()
}

/// How often something of this volume was erased.
fn erased(messages: &Connection, volume: i64) -> Result<i64, Failed> {
    let times = || {
        messages
            .prepare_cached("SELECT times FROM erased WHERE volume = ?1")?
            .query_row((volume,), |row| row.get(0))
            .optional()
    };
    Ok(times().map_err(Failed::Messages)?.unwrap_or(0))
}

/// Contentless, without sizes: it knows words and places and no text. Case and
/// diacritics do not count. Merging rarely costs less than merging often, where nothing
/// is ever deleted.
fn begin_volume(index: &Connection, volume: i64, first: i64, times: i64) -> rusqlite::Result<()> {
    index.execute_batch(&format!(
        "CREATE VIRTUAL TABLE volume_{volume} USING fts5(
             text, content='', columnsize=0, tokenize='unicode61 remove_diacritics 2');
         INSERT INTO volume_{volume}(volume_{volume}, rank) VALUES('automerge', 8);"
    ))?;
    index
        .execute(
            "INSERT INTO volumes(number, first, upto, erased) VALUES(?1, ?2, ?3, ?4)",
            (volume, first, volume * VOLUME - 1, times),
        )
        .map(drop)
}
