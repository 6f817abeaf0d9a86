//! What was said last in a room, for those who enter in the plain view.
//!
//! `#lobby`'s is read at the start. Of any other room it is read when somebody enters who
//! is to be shown it, and forgotten when the last one leaves: a thousand rooms that
//! nobody is in cost no memory.
//!
//! ```text
//!          somebody enters            the store has read
//!  Unread ─────────────────► Reading ────────────────────► Known
//!     ▲                         │ (or could not)              │
//!     └─────────────────────────┴────── nobody is in it ──────┘
//! ```

use std::collections::VecDeque;

use super::SessionId;
use super::order::Erased;
use crate::limits::ENTRY_LINES;
use crate::protocol::Stored;

/// The last lines said in a room, as far as they are in memory.
#[derive(Debug)]
pub(super) enum LastLines {
    /// Only the store knows.
    Unread,
    /// The store is reading them.
    Reading {
        /// Who enters when they are read.
        waiting: Vec<SessionId>,
        /// What was said since the store was asked, oldest first.
        since: VecDeque<Stored>,
        /// What was erased since then: the store may have read it before.
        erased: Vec<Erased>,
    },
    /// These, oldest first: at most [`ENTRY_LINES`].
    Known(VecDeque<Stored>),
}

impl LastLines {
    /// Those of a room that nobody has spoken in.
    pub(super) fn none() -> LastLines {
        LastLines::Known(VecDeque::new())
    }

    /// The lines there are in memory, oldest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Stored> {
        match self {
            LastLines::Known(lines) => lines.iter(),
            LastLines::Unread | LastLines::Reading { .. } => Default::default(),
        }
    }

    /// Whether there is nothing to read.
    pub(super) fn is_known(&self) -> bool {
        matches!(self, LastLines::Known(_))
    }

    /// One more was said. Unread ones stay so: the store has it.
    pub(super) fn remember(&mut self, stored: Stored) {
        match self {
            LastLines::Unread => {}
            LastLines::Reading { since: lines, .. } | LastLines::Known(lines) => {
                if lines.len() == ENTRY_LINES {
                    lines.pop_front();
                }
                lines.push_back(stored);
            }
        }
    }

    /// Somebody waits for them. True if the store is to be asked.
    pub(super) fn wait(&mut self, id: SessionId) -> bool {
        match self {
            LastLines::Reading { waiting, .. } => {
                waiting.push(id);
                false
            }
            LastLines::Unread | LastLines::Known(_) => {
                *self = LastLines::Reading {
                    waiting: vec![id],
                    since: VecDeque::new(),
                    erased: Vec::new(),
                };
                true
            }
        }
    }

    /// The store has read them, or could not. Who has waited for them.
    pub(super) fn read(&mut self, lines: Option<Vec<Stored>>) -> Vec<SessionId> {
        let LastLines::Reading { waiting, since, erased } =
            std::mem::replace(self, LastLines::Unread)
        else {
            return Vec::new();
        };
        if let Some(lines) = lines {
            *self = LastLines::Known(VecDeque::new());
            let lines = lines.into_iter().filter(|stored| !erased.iter().any(|e| e.is(stored)));
            lines.chain(since).for_each(|stored| self.remember(stored));
        }
        waiting
    }

    /// Forgets what the store has erased.
    pub(super) fn forget_said(&mut self, now_erased: Erased) {
        match self {
            LastLines::Unread => {}
            LastLines::Reading { since, erased, .. } => {
                since.retain(|stored| !now_erased.is(stored));
                erased.push(now_erased);
            }
            LastLines::Known(lines) => lines.retain(|stored| !now_erased.is(stored)),
        }
    }

    /// Nobody is in the room any more.
    pub(super) fn forget(&mut self) {
        if self.is_known() {
            *self = LastLines::Unread;
        }
    }
}
