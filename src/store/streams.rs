//! Streams of messages, walked by their blocks: one row for 64 ids, a bit for each id
//! that is the stream's. Rooms and talks have theirs in `blocks`, the inbox of an
//! account in `inboxes`. Several streams are walked as one, in the order of the ids.

use std::collections::VecDeque;

use rusqlite::{CachedStatement, Connection, Row};

use super::batch::sql_id;
use crate::protocol::AccountId;

/// Streams walked together, in one direction: up, or down.
pub(super) struct Streams<'c> {
    conn: &'c Connection,
    list: Vec<Stream>,
}

/// One of them.
struct Stream {
    of: Of,
    /// The next blocks of the stream, as far as a walk has looked: their numbers and bits.
    ahead: VecDeque<(i64, u64)>,
    /// Whether there are none behind those.
    at_end: bool,
}

/// Whose messages.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    /// A room's, or a talk's.
    Number(i64),
    /// What an account told or was told.
    Inbox(i64),
}

/// Which way a walk goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// From the oldest to the newest.
    Up,
    /// From the newest to the oldest.
    Down,
}

/// Blocks looked up at a time: a seek costs as much as ten more rows, and of a quiet room
/// each message is in a block of its own.
const AHEAD: i64 = 32;

impl<'c> Streams<'c> {
    pub(super) fn new(conn: &'c Connection) -> Streams<'c> {
        Streams { conn, list: Vec::new() }
    }

    /// Adds a room's or a talk's stream, once.
    pub(super) fn add(&mut self, number: i64) {
        self.push(Of::Number(number));
    }

    /// Adds the stream of what an account told and was told.
    pub(super) fn add_inbox(&mut self, account: AccountId) {
        self.push(Of::Inbox(sql_id(account.0)));
    }

    fn push(&mut self, of: Of) {
        if self.list.iter().all(|stream| stream.of != of) {
            self.list.push(Stream { of, ahead: VecDeque::new(), at_end: false });
        }
    }

    /// The first block at or beyond `from` in which any of the streams has a message, and
    /// the bits of them all. `from` never goes back within one walk.
    pub(super) fn next(&mut self, way: Way, from: i64) -> rusqlite::Result<Option<(i64, u64)>> {
        let mut next: Option<(i64, u64)> = None;
        for Stream { of, ahead, at_end } in &mut self.list {
            let passed = |(block, _): &(i64, u64)| match way {
                Way::Up => *block < from,
                Way::Down => *block > from,
            };
            while ahead.front().is_some_and(passed) {
                ahead.pop_front();
            }
            if ahead.is_empty() && !*at_end {
                let (mut seek, number) = seek(self.conn, *of, way)?;
                let found = seek.query_map((number, from, AHEAD), block_of)?;
                *ahead = found.collect::<rusqlite::Result<_>>()?;
                // Beyond all blocks there is nothing, and no need to ask again.
                *at_end = (ahead.len() as i64) < AHEAD;
            }
            let Some(&(block, bits)) = ahead.front() else { continue };
            next = match next {
                Some((first, all)) if first == block => Some((first, all | bits)),
                Some((first, all)) if (way == Way::Up) == (first < block) => Some((first, all)),
                _ => Some((block, bits)),
            };
        }
        Ok(next)
    }
}

fn seek(conn: &Connection, of: Of, way: Way) -> rusqlite::Result<(CachedStatement<'_>, i64)> {
    let (sql, number) = match (of, way) {
        (Of::Number(number), Way::Up) => (
            "SELECT block, bits FROM blocks WHERE room = ?1 AND block >= ?2 ORDER BY block LIMIT ?3",
            number,
        ),
        (Of::Number(number), Way::Down) => (
            "SELECT block, bits FROM blocks WHERE room = ?1 AND block <= ?2
             ORDER BY block DESC LIMIT ?3",
            number,
        ),
        (Of::Inbox(account), Way::Up) => (
            "SELECT block, bits FROM inboxes WHERE account = ?1 AND block >= ?2
             ORDER BY block LIMIT ?3",
            account,
        ),
        (Of::Inbox(account), Way::Down) => (
            "SELECT block, bits FROM inboxes WHERE account = ?1 AND block <= ?2
             ORDER BY block DESC LIMIT ?3",
            account,
        ),
    };
    Ok((conn.prepare_cached(sql)?, number))
}

fn block_of(row: &Row<'_>) -> rusqlite::Result<(i64, u64)> {
    Ok((row.get(0)?, row.get::<_, i64>(1)? as u64))
}
