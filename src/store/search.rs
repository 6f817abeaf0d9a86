//! Searching: from the newest match to older ones, in steps between which others are
//! served.
//!
//! What the index finds is looked up in messages.db, where the row says whether it may be
//! shown. Where a few in a row may not, the blocks are asked for the next message that
//! may, and the search goes on there: in a small room it does not pass by everything that
//! was said elsewhere. Called by the reader.

use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::batch::sql_id;
use super::index::{Failed, Opened};
use super::pages::{Bounds, Filling, numbered};
use super::rows::Rows;
use super::streams::{Streams, Way};
use super::volumes::{self, SPAN, State};
use crate::limits::SEARCH_MS;
use crate::protocol::{AccountId, MessageId, Page, RoomName, SearchWords, Ticket};

/// After so long a step gives way to others.
const STEP: Duration = Duration::from_millis(4);

/// For so long what a volume gave is read, even if it took a whole step to get it: it is
/// gathered anew in the next one.
const READ_ON: Duration = Duration::from_millis(2);

/// Matches in a row that may not be shown, after which the blocks are asked for the next
/// message that may. To look one up costs less than to ask them.
const MISSES: u32 = 4;

/// Ids from there to that message, beyond which the index is asked anew from it on
/// instead of being read on.
const LEAP: i64 = 2048;

/// A search under way.
pub(super) struct Search {
    /// To be answered with.
    pub(super) ticket: Ticket,
    rooms: Vec<RoomName>,
    account: Option<AccountId>,
    /// The words as the index is asked for them.
    wanted: String,
    /// Everything above this id is searched, or not to be shown.
    below: i64,
    filling: Filling,
    /// How long it has taken so far, of [`SEARCH_MS`].
    spent: Duration,
}

/// Where and for what to search.
pub(super) struct Task {
    pub(super) rooms: Vec<RoomName>,
    pub(super) account: Option<AccountId>,
    pub(super) words: SearchWords,
    pub(super) upto: MessageId,
    pub(super) lines: usize,
    pub(super) bytes: usize,
}

impl Search {
    pub(super) fn new(ticket: Ticket, task: Task) -> Search {
        let Task { rooms, account, words, upto, lines, bytes } = task;
        let filling = Filling::new(Bounds { lines, bytes });
        let (wanted, below) = (wanted(&words), sql_id(upto.0));
        Search { ticket, rooms, account, wanted, below, filling, spent: Duration::ZERO }
    }

    /// One step; whether it is over.
    pub(super) fn step(
        &mut self,
        index: &Opened,
        messages: &Connection,
        last: u64,
    ) -> Result<bool, Failed> {
        let began = Instant::now();
        let next = match self.look(index, messages, began)? {
            Next::Lacks(span) => {
                let extent = volumes::extent(messages, last).map_err(Failed::Messages)?;
                volumes::add_portion(index, messages, span, extent)?;
                Next::Again
            }
            next => next,
        };
        self.spent += began.elapsed();
        let in_time = self.spent < Duration::from_millis(SEARCH_MS);
        self.filling.page.more |= next == Next::Again && !in_time;
        Ok(next == Next::Over || !in_time)
    }

    /// The answer: the newest matches, oldest first.
    pub(super) fn into_page(self) -> Page {
        let mut page = self.filling.page;
        page.lines.reverse();
        page
    }

    /// Its time is over, for a test that does not want to wait.
    #[cfg(test)]
    pub(super) fn waste(&mut self) {
        self.spent = Duration::from_millis(SEARCH_MS);
    }

    /// Searches on for a while.
    fn look(
        &mut self,
        index: &Opened,
        messages: &Connection,
        began: Instant,
    ) -> Result<Next, Failed> {
        let _snapshot = messages.unchecked_transaction().map_err(Failed::Messages)?;
        // Otherwise each of the statements for each volume locks the file, and lets go of it.
        let _of_index = index.unchecked_transaction()?;
        let first = volumes::extent(messages, u64::MAX).map_err(Failed::Messages)?.first;
        let (rooms, _) = numbered(messages, &self.rooms).map_err(Failed::Messages)?;
        let mut visible = Streams::new(messages);
        rooms.iter().for_each(|(number, _)| visible.add(*number));
        if let Some(account) = self.account {
            visible.add_inbox(account);
        }
        let mut rows = Rows::new(messages, rooms, self.account).map_err(Failed::Messages)?;
        let mut complete = None;
        while began.elapsed() < STEP {
            if self.below < first {
                return Ok(Next::Over);
            }
            // Not for each volume: to ask all rooms costs more than to search one in vain,
            // and where there is much that may not be shown, that is found out there.
            if complete != Some(self.below / SPAN) {
                match at_or_below(&mut visible, self.below).map_err(Failed::Messages)? {
                    Some(id) if id >= first => self.below = id,
                    _ => return Ok(Next::Over),
                }
                let span = self.below / SPAN;
                if volumes::state(index, messages, span, first, self.below)? != State::Complete {
                    return Ok(Next::Lacks(span));
                }
                complete = Some(span);
            }
            let span = self.below / SPAN;
            match volumes::of_id(index, self.below)? {
                Some(volume) => self.look_into(index, volume, &mut visible, &mut rows, began)?,
                None => self.below = span * SPAN - 1,
            }
            if self.filling.page.more {
                return Ok(Next::Over);
            }
        }
        Ok(Next::Again)
    }

    /// Searches a volume from `below` on, for a while, or until what may be shown next is
    /// far from what was found last.
    fn look_into(
        &mut self,
        index: &Opened,
        volume: i64,
        visible: &mut Streams<'_>,
        rows: &mut Rows<'_>,
        began: Instant,
    ) -> Result<(), Failed> {
        index.reads(volume);
        let mut select = index.prepare_cached(&format!(
            "SELECT rowid FROM volume_{volume} WHERE volume_{volume} MATCH ?1 AND rowid <= ?2
             ORDER BY rowid DESC"
        ))?;
        let mut found = select.query((&self.wanted, self.below))?;
        let mut misses = 0;
        let mut row = found.next()?;
        let gathered = Instant::now();
        while let Some(found_row) = row {
            let id: i64 = found_row.get(0)?;
            if id <= self.below {
                self.below = id - 1;
                match rows.get(id).map_err(Failed::Messages)? {
                    Some(stored) => {
                        self.filling.push(stored);
                        misses = 0;
                    }
                    None => misses += 1,
                }
                if misses >= MISSES {
                    let next = at_or_below(visible, self.below).map_err(Failed::Messages)?;
                    self.below = next.unwrap_or(-1);
                    misses = 0;
                }
            }
            let leaps = id - self.below >= LEAP;
            let in_time = began.elapsed() < STEP || gathered.elapsed() < READ_ON;
            if self.filling.page.more || leaps || !in_time {
                return Ok(());
            }
            row = found.next()?;
        }
        self.below = self.below.min(volume - 1);
        Ok(())
    }
}

/// What a search does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// The same, a moment later.
    Again,
    /// This span has to be added to first.
    Lacks(i64),
    /// Nothing: that was all, or more than the bounds allow.
    Over,
}

/// The highest id, at most this one and not below 0, that is of one of the streams. Asked
/// for ever lower ones.
fn at_or_below(streams: &mut Streams<'_>, id: i64) -> rusqlite::Result<Option<i64>> {
    let mut from = id / 64;
    while let Some((block, mut bits)) = streams.next(Way::Down, from)? {
        if block == id / 64 {
            bits &= u64::MAX >> (63 - id % 64);
        }
        if let Some(bit) = bits.checked_ilog2() {
            return Ok(Some(block * 64 + i64::from(bit)));
        }
        from = block - 1;
    }
    Ok(None)
}

/// The words as FTS5 is asked for them: each in quotes, so that nothing in it means
/// anything; a `*` behind the quotes for one that is a beginning; all of them.
fn wanted(words: &SearchWords) -> String {
    let mut wanted = String::new();
    for word in words.as_slice() {
        if !wanted.is_empty() {
            wanted.push(' ');
        }
        wanted.push('"');
        wanted.push_str(&word.text.replace('"', "\"\""));
        wanted.push('"');
        if word.begins {
            wanted.push('*');
        }
    }
    wanted
}
