//! Pages of history: walking the bits of blocks, looking each id up.
//!
//! One page is one read transaction, so that what is pruned meanwhile is either all
//! there or all gone. It ends at the line that would pass its bounds, which is also
//! how it knows that there is more.

use rusqlite::{Connection, OptionalExtension as _};

use super::batch::sql_id;
use super::rows::Rows;
use super::streams::{Streams, Way};
use super::talks;
use crate::protocol::line::hist_len;
use crate::protocol::{AccountId, MessageId, Name, Page, Query, RoomName, Span, Stored};

/// Answers a question. `last` is the highest id given so far, as it was before the
/// question was begun.
pub(super) fn answer(conn: &Connection, query: &Query, last: u64) -> rusqlite::Result<Page> {
    // Reads only; dropping it ends it.
    let _snapshot = conn.unchecked_transaction()?;
    match query {
        Query::History { room, span, upto, lines, bytes } => {
            let bounds = Bounds { lines: *lines, bytes: *bytes };
            Walk::rooms(conn, std::slice::from_ref(room), None)?.span(*span, *upto, bounds, last)
        }
        Query::Talk { account, with, span, upto, lines, bytes } => {
            let bounds = Bounds { lines: *lines, bytes: *bytes };
            Walk::talk(conn, *account, with)?.span(*span, *upto, bounds, last)
        }
        Query::CatchUp { rooms, account, after, upto, lines, bytes } => {
            let bounds = Bounds { lines: *lines, bytes: *bytes };
            Walk::rooms(conn, rooms, *account)?.forward(*after, *upto, bounds, last)
        }
        Query::Untold { account, upto, lines, bytes } => {
            let bounds = Bounds { lines: *lines, bytes: *bytes };
            let after = talks::marked(conn, *account)?;
            let mut walk = Walk::rooms(conn, &[], Some(*account))?;
            walk.not_from = Some(*account);
            walk.forward(after, *upto, bounds, last)
        }
        // Not a page of history: see `search`.
        Query::Search { .. } => Ok(Page::default()),
    }
}

/// The most that a page holds; one line in any case.
#[derive(Clone, Copy)]
pub(super) struct Bounds {
    pub(super) lines: usize,
    pub(super) bytes: usize,
}

/// A page under way.
pub(super) struct Filling {
    pub(super) page: Page,
    left: Bounds,
}

impl Filling {
    pub(super) fn new(left: Bounds) -> Filling {
        Filling { page: Page::default(), left }
    }

    /// Adds a line, or notes that there is more than fits.
    pub(super) fn push(&mut self, stored: Stored) {
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

/// The streams of a question, and the way through their messages.
struct Walk<'c> {
    streams: Streams<'c>,
    rows: Rows<'c>,
    /// The highest id that is gone from any of the streams.
    pruned: u64,
    /// Whose own messages are passed over.
    not_from: Option<AccountId>,
    /// Whether there is no talk that the question is about.
    strangers: bool,
}

impl<'c> Walk<'c> {
    /// Through rooms, and through what an account told and was told.
    fn rooms(
        conn: &'c Connection,
        names: &[RoomName],
        account: Option<AccountId>,
    ) -> rusqlite::Result<Walk<'c>> {
        let (rooms, mut pruned) = numbered(conn, names)?;
        let mut streams = Streams::new(conn);
        rooms.iter().for_each(|(number, _)| streams.add(*number));
        if let Some(account) = account {
            streams.add_inbox(account);
            pruned = pruned.max(talks::pruned(conn, account)?);
        }
        let rows = Rows::new(conn, rooms, account)?;
        Ok(Walk { streams, rows, pruned, not_from: None, strangers: false })
    }

    /// Through what an account and somebody have told each other.
    fn talk(conn: &'c Connection, account: AccountId, with: &Name) -> rusqlite::Result<Walk<'c>> {
        let found = talks::with(conn, account, with)?;
        let mut streams = Streams::new(conn);
        found.iter().for_each(|talk| streams.add(talk.stream()));
        let pruned = match found.iter().map(|talk| talk.pruned).max() {
            Some(pruned) => pruned,
            // Perhaps they talked before this file was begun.
            None => above(conn)?,
        };
        let rows = Rows::new(conn, Vec::new(), Some(account))?;
        Ok(Walk { streams, rows, pruned, not_from: None, strangers: found.is_empty() })
    }

    fn span(
        self,
        span: Span,
        upto: MessageId,
        bounds: Bounds,
        last: u64,
    ) -> rusqlite::Result<Page> {
        match span {
            Span::Latest => self.backward(upto.next(), bounds),
            Span::Before(id) => self.backward(id.min(upto.next()), bounds),
            Span::After(id) => self.forward(id, upto, bounds, last),
        }
    }

    /// The newest before `below`.
    fn backward(mut self, below: MessageId, bounds: Bounds) -> rusqlite::Result<Page> {
        let mut filling = Filling::new(bounds);
        filling.page.strangers = self.strangers;
        let Some(newest) = below.0.checked_sub(1) else {
            return Ok(filling.page);
        };
        let newest = sql_id(newest).unsigned_abs();
        let mut from = sql_id(newest / 64);
        'full: while let Some((block, mut bits)) = self.streams.next(Way::Down, from)? {
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
            from = block - 1;
        }
        filling.page.lines.reverse();
        Ok(filling.page)
    }

    /// The oldest after `after`.
    fn forward(
        mut self,
        after: MessageId,
        upto: MessageId,
        bounds: Bounds,
        last: u64,
    ) -> rusqlite::Result<Page> {
        let mut filling = Filling::new(bounds);
        filling.page.strangers = self.strangers;
        let mut first = None;
        let oldest = sql_id(after.0.saturating_add(1)).unsigned_abs();
        let mut from = sql_id(oldest / 64);
        'full: while let Some((block, mut bits)) = self.streams.next(Way::Up, from)? {
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

    /// The message of this bit. `None` for a row that is gone, or is not to be shown:
    /// what is there is shown all the same.
    fn look_up(&mut self, block: i64, bit: u32) -> rusqlite::Result<Option<Stored>> {
        let id = block.saturating_mul(64).saturating_add(i64::from(bit));
        let own =
            |stored: &Stored| self.not_from.is_some() && stored.message.account == self.not_from;
        Ok(self.rows.get(id)?.filter(|stored| !own(stored)))
    }
}

/// The rooms' numbers, without those that were never spoken in, and the highest id that
/// is gone from any of them.
pub(super) fn numbered(
    conn: &Connection,
    names: &[RoomName],
) -> rusqlite::Result<(Vec<(i64, RoomName)>, u64)> {
    let mut rooms: Vec<(i64, RoomName)> = Vec::with_capacity(names.len());
    let mut pruned = 0;
    let mut known = conn.prepare_cached("SELECT id, name, pruned FROM rooms WHERE folded = ?1")?;
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
                rooms.push((number, name));
            }
            // Perhaps it was spoken in before this file was begun.
            None => pruned = pruned.max(above(conn)?),
        }
    }
    Ok((rooms, pruned))
}

/// The id up to which everything was in a file before this one.
fn above(conn: &Connection) -> rusqlite::Result<u64> {
    let above: i64 = conn.query_row("SELECT above FROM origin", (), |row| row.get(0))?;
    Ok(above.unsigned_abs())
}
