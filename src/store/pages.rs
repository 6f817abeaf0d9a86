//! Pages of history: walking the bits of `blocks`, looking each id up.
//!
//! One page is one read transaction, so that what is pruned meanwhile is either all
//! there or all gone. It ends at the line that would pass its bounds, which is also
//! how it knows that there is more.

use std::collections::VecDeque;
use std::sync::Arc;

use rusqlite::{CachedStatement, Connection, OptionalExtension as _, Row};

use super::batch::sql_id;
use crate::protocol::line::hist_len;
use crate::protocol::{
    AccountId, Message, MessageId, Page, Query, RoomName, Span, Stored, Timestamp,
};

/// Answers a question. `last` is the highest id given so far, as it was before the
/// question was begun.
pub(super) fn answer(conn: &Connection, query: &Query, last: u64) -> rusqlite::Result<Page> {
    // Reads only; dropping it ends it.
    let _snapshot = conn.unchecked_transaction()?;
    match query {
        Query::History { room, span, upto, lines, bytes } => {
            let found = Walk::new(conn, std::slice::from_ref(room))?;
            let bounds = Bounds { lines: *lines, bytes: *bytes };
            match span {
                Span::Latest => found.backward(upto.next(), bounds),
                Span::Before(id) => found.backward((*id).min(upto.next()), bounds),
                Span::After(id) => found.forward(*id, *upto, bounds, last),
            }
        }
        Query::CatchUp { rooms, after, upto, lines, bytes } => {
            let bounds = Bounds { lines: *lines, bytes: *bytes };
            Walk::new(conn, rooms)?.forward(*after, *upto, bounds, last)
        }
    }
}

/// The most that a page holds; one line in any case.
#[derive(Clone, Copy)]
struct Bounds {
    lines: usize,
    bytes: usize,
}

/// A page under way.
struct Filling {
    page: Page,
    left: Bounds,
}

impl Filling {
    fn new(left: Bounds) -> Filling {
        Filling { page: Page::default(), left }
    }

    /// Adds a line, or notes that there is more than fits.
    fn push(&mut self, stored: Stored) {
        let bytes = hist_len(&stored);
        let fits = self.left.lines > 0 && bytes <= self.left.bytes;
        if !fits && !self.page.lines.is_empty() {
            self.page.more = true;
            return;
        }
        self.left.lines = self.left.lines.saturating_sub(1);
        self.left.bytes = self.left.bytes.saturating_sub(bytes);
        self.page.lines.push(stored);
    }
}

/// A room that a question is about.
struct Room {
    number: i64,
    name: RoomName,
    /// The next blocks of the room, as far as a walk has looked: their numbers and bits.
    ahead: VecDeque<(i64, u64)>,
    /// Whether there are none behind those.
    at_end: bool,
}

/// Blocks looked up at a time: a seek costs as much as ten more rows, and of a quiet room
/// each message is in a block of its own.
const AHEAD: i64 = 32;

/// The rooms of a question, and the way through their messages.
struct Walk<'c> {
    conn: &'c Connection,
    /// Those that were ever spoken in.
    rooms: Vec<Room>,
    /// The highest id that is gone from any of the rooms.
    pruned: u64,
    /// Looks one message up.
    get: CachedStatement<'c>,
}

impl<'c> Walk<'c> {
    fn new(conn: &'c Connection, names: &[RoomName]) -> rusqlite::Result<Walk<'c>> {
        let mut rooms = Vec::with_capacity(names.len());
        let mut pruned = 0;
        let mut known =
            conn.prepare_cached("SELECT id, name, pruned FROM rooms WHERE folded = ?1")?;
        for name in names {
            let room = known
                .query_row((name.folded(),), |row| {
                    let spelled = format!("#{}", row.get_ref(1)?.as_str()?);
                    Ok((row.get(0)?, spelled.parse().unwrap_or(*name), row.get::<_, i64>(2)?))
                })
                .optional()?;
            match room {
                Some((number, name, gone)) => {
                    pruned = pruned.max(gone.unsigned_abs());
                    if rooms.iter().all(|room: &Room| room.number != number) {
                        rooms.push(Room { number, name, ahead: VecDeque::new(), at_end: false });
                    }
                }
                // Perhaps it was spoken in before this file was begun.
                None => {
                    let above: i64 =
                        conn.query_row("SELECT above FROM origin", (), |row| row.get(0))?;
                    pruned = pruned.max(above.unsigned_abs());
                }
            }
        }
        let get = conn
            .prepare_cached("SELECT room, at, account, name, text FROM messages WHERE id = ?1")?;
        Ok(Walk { conn, rooms, pruned, get })
    }

    /// The newest before `below`, of the one room.
    fn backward(mut self, below: MessageId, bounds: Bounds) -> rusqlite::Result<Page> {
        let mut filling = Filling::new(bounds);
        let (Some(number), Some(newest)) =
            (self.rooms.first().map(|room| room.number), below.0.checked_sub(1))
        else {
            return Ok(filling.page);
        };
        let newest = sql_id(newest).unsigned_abs();
        let mut blocks = self.conn.prepare_cached(
            "SELECT block, bits FROM blocks WHERE room = ?1 AND block <= ?2 ORDER BY block DESC",
        )?;
        let mut rows = blocks.query((number, sql_id(newest / 64)))?;
        'full: while let Some(row) = rows.next()? {
            let (block, mut bits) = block_of(row)?;
            if block.unsigned_abs() == newest / 64 {
                bits &= u64::MAX >> (63 - newest % 64);
            }
            while let Some(bit) = bits.checked_ilog2() {
                bits &= !(1 << bit);
                if let Some(stored) = self.look_up(block, bit)? {
                    filling.push(stored);
                    if filling.page.more {
                        break 'full;
                    }
                }
            }
        }
        filling.page.lines.reverse();
        Ok(filling.page)
    }

    /// The oldest after `after`, of all the rooms, in the order of their ids.
    fn forward(
        mut self,
        after: MessageId,
        upto: MessageId,
        bounds: Bounds,
        last: u64,
    ) -> rusqlite::Result<Page> {
        let mut filling = Filling::new(bounds);
        let mut first = None;
        let oldest = sql_id(after.0.saturating_add(1)).unsigned_abs();
        let mut from = sql_id(oldest / 64);
        'full: while let Some((block, mut bits)) = self.next_block(from)? {
            if block.unsigned_abs() == oldest / 64 {
                bits &= u64::MAX << (oldest % 64);
            }
            while bits != 0 {
                let bit = bits.trailing_zeros();
                bits &= bits - 1;
                let Some(stored) = self.look_up(block, bit)? else { continue };
                first = first.or(Some(stored.id));
                if stored.id > upto {
                    break 'full;
                }
                filling.push(stored);
                if filling.page.more {
                    break 'full;
                }
            }
            from = block + 1;
        }
        // Something above `after` is gone: say where what is there begins.
        if after.0 < self.pruned {
            let next = MessageId(last.max(self.pruned)).next();
            filling.page.gap = Some(first.unwrap_or(next));
        }
        Ok(filling.page)
    }

    /// The first block from `from` on in which any of the rooms has a message, and
    /// the bits of them all.
    fn next_block(&mut self, from: i64) -> rusqlite::Result<Option<(i64, u64)>> {
        let mut seek = self.conn.prepare_cached(
            "SELECT block, bits FROM blocks WHERE room = ?1 AND block >= ?2
             ORDER BY block LIMIT ?3",
        )?;
        let mut next: Option<(i64, u64)> = None;
        for room in &mut self.rooms {
            while room.ahead.front().is_some_and(|(block, _)| *block < from) {
                room.ahead.pop_front();
            }
            if room.ahead.is_empty() && !room.at_end {
                let found = seek.query_map((room.number, from, AHEAD), block_of)?;
                room.ahead = found.collect::<rusqlite::Result<_>>()?;
                // Beyond all blocks there is nothing, and no need to ask again.
                room.at_end = (room.ahead.len() as i64) < AHEAD;
            }
            let Some(&(block, bits)) = room.ahead.front() else { continue };
            next = match next {
                Some((first, all)) if first == block => Some((first, all | bits)),
                Some((first, all)) if first < block => Some((first, all)),
                _ => Some((block, bits)),
            };
        }
        Ok(next)
    }

    /// The message of this bit. `None` for a row that is gone, or that we cannot have
    /// written: what is there is shown all the same.
    fn look_up(&mut self, block: i64, bit: u32) -> rusqlite::Result<Option<Stored>> {
        let id = block.saturating_mul(64).saturating_add(i64::from(bit));
        let rooms = &self.rooms;
        let found = self.get.query_row((id,), |row| {
            let number: i64 = row.get(0)?;
            let sender = row.get_ref(3)?.as_str()?.parse();
            let room = rooms.iter().find(|room| room.number == number);
            let (Some(room), Ok(sender)) = (room, sender) else { return Ok(None) };
            let message = Message {
                room: room.name,
                sender,
                account: row.get::<_, Option<i64>>(2)?.map(|id| AccountId(id.unsigned_abs())),
                at: Timestamp::from_ms(row.get::<_, i64>(1)?.unsigned_abs()),
                text: row.get_ref(4)?.as_str()?.into(),
                nonce: None,
            };
            Ok(Some(Stored { id: MessageId(id.unsigned_abs()), message: Arc::new(message) }))
        });
        Ok(found.optional()?.flatten())
    }
}

fn block_of(row: &Row<'_>) -> rusqlite::Result<(i64, u64)> {
    Ok((row.get(0)?, row.get::<_, i64>(1)? as u64))
}
