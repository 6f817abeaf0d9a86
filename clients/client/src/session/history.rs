//! How far we have read in one place, and what to ask for next.
//!
//! What counts is not the highest id seen but the one up to which nothing is missing:
//! while a break is being made up for page by page, what is said meanwhile already has
//! higher ids, and a second break must not leave a hole below them.

use crate::happening::{Page, Refusal};
use crate::id::MessageId;
use crate::place::Place;
use crate::wire::{Message, Part};

/// How long to wait when the server cannot read its history, in milliseconds.
const AGAIN_MS: u64 = 2_000;

/// Most messages of one page that are kept; a server of this protocol never gives more.
const PAGE_LINES: usize = 1_000;

/// How far we have read.
///
/// Invariant: every message that was relayed after the first page and has an id up to
/// `whole` was handed on; `live` is 0 or above `whole` until we have caught up.
#[derive(Debug, Default)]
pub(super) struct History {
    /// Up to here nothing is missing; `None` before the first page.
    whole: Option<MessageId>,
    /// The highest id heard on this connection.
    live: MessageId,
    /// On this connection nothing is missing any more.
    caught_up: bool,
    /// What is being read.
    reading: Option<Reading>,
    /// Somebody wants to see what was before this id.
    older: Option<MessageId>,
    /// Not before this time, where the server could not read it.
    again_ms: Option<u64>,
}

#[derive(Debug)]
struct Reading {
    part: Part,
    messages: Vec<Message>,
    gap: Option<MessageId>,
}

impl History {
    /// A connection begins, or is gone: a page that was not whole is read again.
    pub(super) fn restart(&mut self) {
        *self = History { whole: self.whole, ..History::default() };
    }

    /// What to ask for now, if anything; it is then being read.
    pub(super) fn ask(&mut self, now_ms: u64) -> Option<Part> {
        if self.reading.is_some() || self.again_ms.is_some_and(|again| now_ms < again) {
            return None;
        }
        self.again_ms = None;
        let part = match (self.caught_up, self.whole) {
            (false, None) => Part::Newest,
            (false, Some(whole)) => Part::After(whole),
            (true, _) => Part::Before(self.older.take()?),
        };
        self.reading = Some(Reading { part, messages: Vec::new(), gap: None });
        Some(part)
    }

    /// When to ask again.
    pub(super) fn due_ms(&self) -> Option<u64> {
        self.again_ms
    }

    /// Whether this part is under way. An answer to what was asked before the place was
    /// closed and opened again is none to what is asked now.
    pub(super) fn is_reading_part(&self, part: Part) -> bool {
        self.reading.as_ref().is_some_and(|reading| reading.part == part)
    }

    fn reading(&mut self, part: Part) -> Option<&mut Reading> {
        self.reading.as_mut().filter(|reading| reading.part == part)
    }

    /// Somebody wants to see what was before this id.
    pub(super) fn want_older(&mut self, id: MessageId) {
        if !self.is_reading_part(Part::Before(id)) {
            self.older = Some(id);
        }
    }

    /// A line of a page.
    pub(super) fn past(&mut self, part: Part, message: Message) {
        if let Some(reading) = self.reading(part)
            && reading.messages.last().is_none_or(|last| last.id < message.id)
            && reading.messages.len() < PAGE_LINES
        {
            reading.messages.push(message);
        }
    }

    /// What should come first is deleted.
    pub(super) fn gap(&mut self, part: Part, id: MessageId) {
        if let Some(reading) = self.reading(part) {
            reading.gap = Some(id);
        }
    }

    /// Something is said.
    pub(super) fn said(&mut self, id: MessageId) {
        self.live = self.live.max(id);
        if self.caught_up {
            self.whole = self.whole.max(Some(id));
        }
    }

    /// The page is whole: `OK HISTORY <count> <last-id> [MORE]`. Nothing where no page
    /// was asked for.
    pub(super) fn page(&mut self, place: Place, last: MessageId, more: bool) -> Option<Page> {
        let Reading { part, messages, gap } = self.reading.take()?;
        let last = messages.last().map_or(last, |message| message.id);
        match part {
            Part::Newest => self.catch_up(last),
            // A page without progress ends it, or this would never end.
            Part::After(after) if more && last > after => self.whole = Some(last),
            Part::After(_) => self.catch_up(last),
            Part::Before(_) => {}
        }
        Some(Page { place, part, messages, gap, more })
    }

    fn catch_up(&mut self, last: MessageId) {
        self.caught_up = true;
        self.whole = self.whole.max(Some(last.max(self.live)));
    }

    /// The server cannot read it now. Returns the words, where somebody is waiting.
    pub(super) fn failed(&mut self, now_ms: u64, why: Refusal) -> Option<Refusal> {
        let reading = self.reading.take()?;
        if matches!(reading.part, Part::Before(_)) {
            return Some(why);
        }
        self.again_ms = Some(now_ms + AGAIN_MS);
        None
    }

    /// The server keeps nothing of this place, or nothing for us.
    pub(super) fn is_none(&mut self) {
        self.reading = None;
        self.caught_up = true;
    }

    /// Up to where nothing is missing, once that is so on this connection.
    pub(super) fn caught_up(&self) -> Option<MessageId> {
        self.whole.filter(|_| self.caught_up)
    }

    /// Whether nothing is missing on this connection.
    pub(super) fn is_caught_up(&self) -> bool {
        self.caught_up
    }

    /// Whether nothing of it was read yet.
    pub(super) fn is_fresh(&self) -> bool {
        self.whole.is_none()
    }

    /// Whether a page is under way.
    pub(super) fn is_reading(&self) -> bool {
        self.reading.is_some()
    }

    /// What older page somebody waits for, on its way or about to be asked for.
    pub(super) fn awaits_older(&self) -> bool {
        let before = |reading: &Reading| matches!(reading.part, Part::Before(_));
        self.older.is_some() || self.reading.as_ref().is_some_and(before)
    }
}
