//! messages.db as the writer has it: one batch, one transaction, all of it or
//! nothing.
//!
//! It reserves the ids and knows the rooms' numbers. When the file turns out broken it
//! is moved aside and the batch goes into a new one; when the disk refuses, the batch
//! is refused and the next one is tried anew. An id of a refused batch was shown to
//! nobody, and is not given again: where the disk failed at the very end, the batch may be
//! in the -wal, and there again after a crash. What is not to be kept needs a reserved id
//! and no file: it is neither written nor refused with the others.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rusqlite::Connection;

use super::ceiling::Ceiling;
use super::insert::{Insert, is_written};
use super::prune::{Keep, Pruner};
use super::reader::ReadSide;
use super::schema::MESSAGES;
use super::{Append, Appended, Durability, Options, Outcome, aside, database, fault, rooms, talks};
use crate::protocol::{MessageId, RoomName, RoomRequest, StoreFailed, Ticket, Told};

/// The writer's side of messages.db.
pub(super) struct Messages {
    /// What the store was opened with.
    options: Options,
    /// The connection; `None` while the file cannot be opened.
    conn: Option<Connection>,
    /// The reader's connection to the same file, to be closed before it is renamed.
    read_side: Arc<ReadSide>,
    /// The numbers of the rooms that are in the table.
    rooms: HashMap<RoomName, i64>,
    /// The reserved ids.
    ceiling: Ceiling,
    /// The last id given.
    last: u64,
    /// The same for the reader, which tells it to whom nothing is left of a room.
    last_shared: Arc<AtomicU64>,
    /// What is kept, and what is due to go.
    pruner: Pruner,
    /// Which ids of the batch under way are of which room; empty between batches.
    bits: Vec<(i64, i64, i64)>,
    /// The same for the accounts that told or were told; empty between batches.
    inbox_bits: Vec<(i64, i64, i64)>,
    /// Messages refused since the disk last took one; `None` when it did.
    outage: Option<u64>,
    /// Pages of the -wal written since the last time this was asked, roughly.
    pages: u64,
}

/// Why a batch, or a step of pruning, was not written.
#[derive(Debug)]
pub(super) enum Refused {
    /// SQLite says so.
    Sqlite(rusqlite::Error),
    /// The file of reserved ids, or a test.
    File(io::Error),
}

impl From<rusqlite::Error> for Refused {
    fn from(error: rusqlite::Error) -> Refused {
        Refused::Sqlite(error)
    }
}

impl From<io::Error> for Refused {
    fn from(error: io::Error) -> Refused {
        Refused::File(error)
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refused::Sqlite(error) => error.fmt(f),
            Refused::File(error) => error.fmt(f),
        }
    }
}

impl Messages {
    /// The writer's side of a file just opened, whose highest used id is `last`.
    pub(super) fn new(
        options: &Options,
        conn: Connection,
        read_side: Arc<ReadSide>,
        last_shared: Arc<AtomicU64>,
    ) -> rusqlite::Result<Messages> {
        let last = last_shared.load(Ordering::Relaxed);
        let keep = Keep { messages: options.history_messages, days: options.history_days };
        let mut messages = Messages {
            options: options.clone(),
            conn: None,
            read_side,
            rooms: HashMap::new(),
            ceiling: Ceiling::new(&options.dir, last),
            last,
            last_shared,
            pruner: Pruner::new(keep),
            bits: Vec::new(),
            inbox_bits: Vec::new(),
            outage: None,
            pages: 0,
        };
        messages.adopt(conn)?;
        Ok(messages)
    }

    /// Stores a batch: one answer for each, in order.
    pub(super) fn append(&mut self, batch: &[Append]) -> Vec<Appended> {
        let mut answers = Vec::with_capacity(batch.len());
        if !batch.iter().any(is_written) {
            self.pass(batch, &mut answers);
            return answers;
        }
        let mut result = self.attempt(batch, &mut answers);
        if let Err(refused) = &result
            && self.is_broken(refused)
        {
            self.replace(&refused.to_string());
            result = self.attempt(batch, &mut answers);
        }
        match result {
            Ok(()) => self.note_success(),
            Err(refused) => {
                let written = batch.iter().filter(|append| is_written(append));
                self.note_failure(written.count() as u64, &refused);
                self.pass(batch, &mut answers);
            }
        }
        answers
    }

    /// Gives ids to what needs nothing written, if they can be reserved; everything else
    /// is refused.
    fn pass(&mut self, batch: &[Append], answers: &mut Vec<Appended>) {
        let passing = batch.iter().filter(|append| !is_written(append)).count() as u64;
        let reserved = self.ceiling.reach(self.last.saturating_add(passing));
        if let Err(error) = &reserved {
            self.note_failure(passing, &Refused::File(io::Error::other(error.to_string())));
        }
        answers.clear();
        for append in batch {
            let passes = reserved.is_ok() && !is_written(append);
            self.last += u64::from(passes);
            let outcome =
                if passes { Ok(Outcome::Passed(MessageId(self.last))) } else { Err(StoreFailed) };
            answers.push(Appended { ticket: append.ticket, outcome });
        }
        self.last_shared.store(self.last, Ordering::Release);
    }

    /// Notes how far accounts have been told. If the disk refuses, something is announced
    /// to them twice.
    pub(super) fn mark(&mut self, told: &[Told]) {
        self.change(|conn| {
            let transaction = conn.unchecked_transaction()?;
            for told in told {
                talks::mark(conn, told)?;
            }
            transaction.commit()?;
            Ok(((), 0))
        });
    }

    /// The last id given.
    pub(super) fn last(&self) -> u64 {
        self.last
    }

    /// Makes rooms and sets topics: all of them or none.
    pub(super) fn write_rooms(
        &mut self,
        batch: &[(Ticket, RoomRequest)],
    ) -> Result<(), StoreFailed> {
        let mut result = self.attempt_rooms(batch);
        if let Err(refused) = &result
            && self.is_broken(refused)
        {
            self.replace(&refused.to_string());
            result = self.attempt_rooms(batch);
        }
        match result {
            Ok(()) => {
                self.note_success();
                Ok(())
            }
            Err(refused) => {
                self.note_failure(0, &refused);
                Err(StoreFailed)
            }
        }
    }

    fn attempt_rooms(&mut self, batch: &[(Ticket, RoomRequest)]) -> Result<(), Refused> {
        if self.conn.is_none() {
            self.reopen()?;
        }
        let conn = self.conn.as_ref().expect("reopen left a connection");
        // Rare, and missed for longer than a message: on the disk before it is said, as
        // accounts are. It cannot be changed within a transaction.
        let full = self.options.durability == Durability::Always;
        if !full {
            conn.pragma_update(None, "synchronous", "FULL")?;
        }
        let result = rooms_in_one(conn, batch);
        if result.is_err() {
            self.roll_back();
        }
        if !full && let Some(conn) = &self.conn {
            conn.pragma_update(None, "synchronous", "NORMAL")?;
        }
        self.rooms.extend(result?);
        self.pages += 2 + batch.len() as u64;
        Ok(())
    }

    /// Takes the oldest messages out if they are due, a few hundred at most; whether
    /// there may be more.
    pub(super) fn prune(&mut self) -> bool {
        let Some(conn) = &self.conn else { return false };
        match self.pruner.step(conn) {
            Ok(gone) => {
                self.pages += gone / 16;
                gone > 0
            }
            Err(refused) => {
                self.roll_back();
                self.pruner.give_up();
                if self.is_broken(&refused) {
                    self.replace(&refused.to_string());
                } else {
                    self.note_failure(0, &refused);
                }
                false
            }
        }
    }

    /// Keeps this from now on.
    pub(super) fn keep(&mut self, keep: Keep) {
        self.pruner.set(keep);
    }

    /// Changes the file by something that is no batch, in a transaction of its own, and
    /// that may take messages out: it says how many. `None` if the disk refused.
    pub(super) fn change<T>(
        &mut self,
        change: impl FnOnce(&Connection) -> Result<(T, u64), Refused>,
    ) -> Option<T> {
        let changed = match self.conn {
            Some(_) => Ok(()),
            None => self.reopen(),
        };
        let conn = self.conn.as_ref();
        match changed.and_then(|()| change(conn.expect("reopen left a connection"))) {
            Ok((value, gone)) => {
                self.pruner.gone(gone);
                self.pages += 3 + gone;
                Some(value)
            }
            Err(refused) => {
                self.roll_back();
                if self.is_broken(&refused) {
                    self.replace(&refused.to_string());
                } else {
                    self.note_failure(0, &refused);
                }
                None
            }
        }
    }

    /// Whether there is something to prune when there is time.
    pub(super) fn prune_due(&self) -> bool {
        self.pruner.is_due()
    }

    /// Whether so much is to prune that it cannot wait until there is time.
    pub(super) fn prune_overdue(&self) -> bool {
        self.pruner.is_overdue()
    }

    /// Roughly how many pages went to the -wal since this was last asked.
    pub(super) fn take_pages(&mut self) -> u64 {
        std::mem::take(&mut self.pages)
    }

    /// Closes the file and lowers the ceiling.
    pub(super) fn close(mut self) {
        self.conn = None;
        if let Err(error) = self.ceiling.lower(self.last) {
            log::warn!("the ids reserved and not used are skipped at the next start: {error}");
        }
    }

    /// One transaction. On an error it is rolled back and `self` is as before, but for the
    /// ids that were tried.
    fn attempt(&mut self, batch: &[Append], answers: &mut Vec<Appended>) -> Result<(), Refused> {
        if self.conn.is_none() {
            self.reopen()?;
        }
        // Before any of them is used; nonces known already may leave some unused.
        self.ceiling.reach(self.last.saturating_add(batch.len() as u64))?;
        answers.clear();
        self.bits.clear();
        self.inbox_bits.clear();
        let mut new_rooms = Vec::new();
        let conn = self.conn.as_ref().expect("reopen left a connection");
        let mut insert = Insert {
            conn,
            rooms: &self.rooms,
            new_rooms: &mut new_rooms,
            bits: &mut self.bits,
            inbox_bits: &mut self.inbox_bits,
            last: self.last,
            stored: 0,
            bytes: 0,
        };
        match insert.run(batch, answers) {
            Ok(()) => {
                let (last, stored, bytes) = (insert.last, insert.stored, insert.bytes);
                self.pruner.stored(stored, batch.last().map(|a| a.message.at));
                self.pages += 3 + bytes / 3500 + self.bits.len() as u64 / 8;
                self.last = last;
                self.last_shared.store(last, Ordering::Release);
                self.rooms.extend(new_rooms);
                Ok(())
            }
            Err(refused) => {
                self.last = self.last.saturating_add(batch.len() as u64);
                self.roll_back();
                Err(refused)
            }
        }
    }

    /// Leaves no transaction open; a connection that cannot is closed.
    fn roll_back(&mut self) {
        let Some(conn) = &self.conn else { return };
        if !conn.is_autocommit() && conn.execute_batch("ROLLBACK").is_err() && !conn.is_autocommit()
        {
            self.conn = None;
        }
    }

    /// Opens the file again after it could not be opened or was moved aside.
    fn reopen(&mut self) -> Result<(), Refused> {
        let read_side = Arc::clone(&self.read_side);
        // The reader must not hold the file while it may be renamed.
        let mut reading = read_side.messages();
        *reading = None;
        let full = self.options.durability == Durability::Always;
        let opened = database::open(&self.options.dir, &MESSAGES, full)
            .map_err(|error| Refused::File(io::Error::other(error.to_string())))?;
        for note in &opened.notes {
            log::error!("{note}");
        }
        if opened.fresh {
            begin_above(&opened.conn, self.last)?;
        }
        self.adopt(opened.conn)?;
        read_side.renewed();
        Ok(())
    }

    /// Moves the broken file aside and makes a new one.
    pub(super) fn replace(&mut self, what: &str) {
        let read_side = Arc::clone(&self.read_side);
        let mut reading = read_side.messages();
        for conn in [reading.take(), self.conn.take()].into_iter().flatten() {
            database::let_go(conn);
        }
        aside::at_run_time(&self.options.dir.join(MESSAGES.file), what);
        drop(reading);
        if let Err(refused) = self.reopen() {
            self.note_failure(0, &refused);
        }
    }

    /// Takes a connection just opened into use.
    fn adopt(&mut self, conn: Connection) -> rusqlite::Result<()> {
        let rooms = rooms::rooms(&conn)?.into_iter();
        self.rooms = rooms.map(|room| (room.record.name, room.number)).collect();
        self.pruner.begin(&conn)?;
        self.conn = Some(conn);
        Ok(())
    }

    fn is_broken(&self, refused: &Refused) -> bool {
        matches!(refused, Refused::Sqlite(error) if database::is_broken(error))
    }

    /// Said once an outage, not once a message.
    fn note_failure(&mut self, messages: u64, refused: &Refused) {
        match &mut self.outage {
            Some(count) => *count += messages,
            None => {
                log::error!("messages cannot be stored and are refused: {refused}");
                self.outage = Some(messages);
            }
        }
    }

    fn note_success(&mut self) {
        if let Some(count) = self.outage.take() {
            log::warn!("messages are stored again; {count} were refused meanwhile");
        }
    }
}

/// Carries requests about rooms out in one transaction; the rooms and their numbers.
fn rooms_in_one(
    conn: &Connection,
    batch: &[(Ticket, RoomRequest)],
) -> Result<Vec<(RoomName, i64)>, Refused> {
    fault::point()?;
    conn.prepare_cached("BEGIN IMMEDIATE")?.execute(())?;
    let mut numbers = Vec::with_capacity(batch.len());
    for (_, request) in batch {
        fault::point()?;
        numbers.push(rooms::carry_out(conn, request)?);
    }
    fault::point()?;
    conn.prepare_cached("COMMIT")?.execute(())?;
    Ok(numbers)
}

/// Notes in a new file that everything up to this id was in another one.
pub(super) fn begin_above(conn: &Connection, id: u64) -> rusqlite::Result<()> {
    conn.execute("UPDATE origin SET above = ?1", (sql_id(id),)).map(drop)
}

/// An id as SQLite has numbers.
pub(super) fn sql_id(id: u64) -> i64 {
    i64::try_from(id).unwrap_or(i64::MAX)
}
