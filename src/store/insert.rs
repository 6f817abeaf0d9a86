//! One batch as a transaction on messages.db: ids, nonces, rows, and which of them are
//! of which room and account.
//!
//! It never decides what becomes of a batch that the disk refuses: the
//! [batch](super::batch) does, which alone calls it.

use std::collections::HashMap;

use rusqlite::{CachedStatement, Connection, OptionalExtension as _};

use super::batch::{Refused, sql_id};
use super::{Append, Appended, Outcome, fault, talks};
use crate::limits::NONCE_KEPT_MS;
use crate::protocol::{AccountId, Message, MessageId, Nonce, Recipient, RoomName, Target, Told};

/// Whether it leaves something in the file: itself, or only its nonce.
pub(super) fn is_written(append: &Append) -> bool {
    let Message { account, nonce, .. } = &*append.message;
    append.message.is_kept() || (account.is_some() && nonce.is_some())
}

/// One batch's transaction under way.
pub(super) struct Insert<'a> {
    pub(super) conn: &'a Connection,
    /// The rooms that are committed.
    pub(super) rooms: &'a HashMap<RoomName, i64>,
    /// The rooms this batch makes.
    pub(super) new_rooms: &'a mut Vec<(RoomName, i64)>,
    /// Room, block and bits for each run of one room in one block.
    pub(super) bits: &'a mut Vec<(i64, i64, i64)>,
    /// Account, block and bits likewise.
    pub(super) inbox_bits: &'a mut Vec<(i64, i64, i64)>,
    /// The last id given.
    pub(super) last: u64,
    /// Messages written.
    pub(super) stored: u64,
    /// Bytes of texts written.
    pub(super) bytes: u64,
}

impl Insert<'_> {
    /// Writes all of it, or leaves the transaction to be rolled back.
    pub(super) fn run(
        &mut self,
        batch: &[Append],
        answers: &mut Vec<Appended>,
    ) -> Result<(), Refused> {
        fault::point()?;
        self.conn.prepare_cached("BEGIN IMMEDIATE")?.execute(())?;
        self.rows(batch, answers)?;
        self.blocks()?;
        fault::point()?;
        self.conn.prepare_cached("COMMIT")?.execute(())?;
        Ok(())
    }

    fn rows(&mut self, batch: &[Append], answers: &mut Vec<Appended>) -> Result<(), Refused> {
        let mut insert = self.conn.prepare_cached(
            "INSERT INTO messages(id, room, at, account, name, text) VALUES(?1,?2,?3,?4,?5,?6)",
        )?;
        // Most batches are of one room: the map is asked when the room changes.
        let mut current: Option<(RoomName, i64)> = None;
        for Append { ticket, message } in batch {
            fault::point()?;
            let id = self.last + 1;
            if let Some(nonce) = &message.nonce
                && let Some(first) = self.seen(message, nonce, id)?
            {
                answers.push(Appended { ticket: *ticket, outcome: Ok(Outcome::Duplicate(first)) });
                continue;
            }
            let room = match (&message.to, current) {
                (Target::Room(room), Some((name, number))) if name == *room => number,
                (Target::Room(room), _) => {
                    let number = self.room(room)?;
                    current = Some((*room, number));
                    number
                }
                (Target::Person(to), _) => self.told(message, to, MessageId(id))?,
                (Target::Passing(_), _) => {
                    self.last = id;
                    let outcome = Ok(Outcome::Passed(MessageId(id)));
                    answers.push(Appended { ticket: *ticket, outcome });
                    continue;
                }
            };
            insert.execute((
                sql_id(id),
                room,
                message.at.ms() as i64,
                message.account.map(|account| sql_id(account.0)),
                message.sender.as_str(),
                &*message.text,
            ))?;
            mark(self.bits, room, id);
            self.bytes += 48 + message.text.len() as u64;
            self.last = id;
            self.stored += 1;
            answers.push(Appended { ticket: *ticket, outcome: Ok(Outcome::Stored(MessageId(id))) });
        }
        Ok(())
    }

    /// The id under which this account sent this nonce within a day; otherwise the
    /// nonce is noted under `id`.
    fn seen(
        &self,
        message: &Message,
        nonce: &Nonce,
        id: u64,
    ) -> rusqlite::Result<Option<MessageId>> {
        let Some(account) = message.account.map(|account| sql_id(account.0)) else {
            return Ok(None);
        };
        let since = message.at.ms().saturating_sub(NONCE_KEPT_MS) as i64;
        let first: Option<i64> = self
            .conn
            .prepare_cached("SELECT id FROM nonces WHERE account = ?1 AND nonce = ?2 AND at > ?3")?
            .query_row((account, nonce.as_str(), since), |row| row.get(0))
            .optional()?;
        if let Some(first) = first {
            return Ok(Some(MessageId(first.unsigned_abs())));
        }
        self.conn
            .prepare_cached(
                "INSERT OR REPLACE INTO nonces(account, nonce, id, at) VALUES(?1,?2,?3,?4)",
            )?
            .execute((account, nonce.as_str(), sql_id(id), message.at.ms() as i64))?;
        Ok(None)
    }

    /// A room's number; a room that was never spoken in is made.
    fn room(&mut self, name: &RoomName) -> rusqlite::Result<i64> {
        if let Some(number) = self.rooms.get(name) {
            return Ok(*number);
        }
        if let Some((_, number)) = self.new_rooms.iter().find(|(made, _)| made == name) {
            return Ok(*number);
        }
        let number = self
            .conn
            .prepare_cached(
                "INSERT INTO rooms(name, folded, pruned) SELECT ?1, ?2, above FROM origin",
            )?
            .insert((name.as_str(), name.folded()))?;
        self.new_rooms.push((*name, number));
        Ok(number)
    }

    /// Notes who told whom, and that who is here has heard it. The number of their talk.
    fn told(&mut self, message: &Message, to: &Recipient, id: MessageId) -> rusqlite::Result<i64> {
        if !to.away {
            talks::mark(self.conn, &Told { account: to.account, upto: id, back: false })?;
        }
        for AccountId(account) in message.account.into_iter().chain([to.account]) {
            mark(self.inbox_bits, sql_id(account), id.0);
        }
        talks::stream_of(self.conn, message, to)
    }

    /// Writes the marks, one row for each room and block.
    fn blocks(&mut self) -> rusqlite::Result<()> {
        let upsert = self.conn.prepare_cached(
            "INSERT INTO blocks(room, block, bits) VALUES(?1,?2,?3)
             ON CONFLICT DO UPDATE SET bits = bits | excluded.bits",
        )?;
        write_marks(upsert, self.bits)?;
        if self.inbox_bits.is_empty() {
            return Ok(());
        }
        let upsert = self.conn.prepare_cached(
            "INSERT INTO inboxes(account, block, bits) VALUES(?1,?2,?3)
             ON CONFLICT DO UPDATE SET bits = bits | excluded.bits",
        )?;
        write_marks(upsert, self.inbox_bits)
    }
}

/// Notes that an id is of this room, or account.
fn mark(marks: &mut Vec<(i64, i64, i64)>, of: i64, id: u64) {
    let (block, bit) = ((id / 64) as i64, 1i64 << (id % 64));
    match marks.last_mut() {
        Some((o, b, bits)) if (*o, *b) == (of, block) => *bits |= bit,
        _ => marks.push((of, block, bit)),
    }
}

fn write_marks(
    mut upsert: CachedStatement<'_>,
    marks: &mut [(i64, i64, i64)],
) -> rusqlite::Result<()> {
    marks.sort_unstable();
    for group in marks.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
        let bits = group.iter().fold(0, |all, (_, _, bits)| all | bits);
        upsert.execute((group[0].0, group[0].1, bits))?;
    }
    Ok(())
}
