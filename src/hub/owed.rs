//! What a session that is behind is to be told in its place among what it has missed,
//! and that no history has: answers to what it said, and what is passed on to it.
//!
//! In its place, because ids rise for whoever reads them: one that came early would be
//! taken for a sign that nothing below it is missing. Held for the catch-up, which
//! writes it in portions; how much of it others may cause is bounded.

use std::collections::VecDeque;

use super::said::memory;
use super::words;
use crate::protocol::line;
use crate::protocol::{MessageId, Stored, Verb};

/// What one session is owed, in the order in which it came to be.
#[derive(Debug, Default)]
pub(super) struct Owed {
    lines: VecDeque<Line>,
    /// About what the messages in it cost in memory, in bytes.
    bytes: usize,
}

#[derive(Debug)]
struct Line {
    /// The highest id that was relayed by then.
    after: MessageId,
    what: What,
}

#[derive(Debug)]
enum What {
    /// A message of its own was refused, which this command said.
    NotStored(Verb),
    /// This was passed on.
    Passed(Stored),
}

impl Owed {
    /// That a message of its own was not stored.
    pub(super) fn refuse(&mut self, after: MessageId, verb: Verb) {
        self.lines.push_back(Line { after, what: What::NotStored(verb) });
    }

    /// What was just passed on. The bytes that are owed now.
    pub(super) fn pass(&mut self, said: &Stored) -> usize {
        self.lines.push_back(Line { after: said.id, what: What::Passed(said.clone()) });
        self.bytes += memory(said);
        self.bytes
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Whether what is owed may be more than a few short lines.
    pub(super) fn is_long(&self) -> bool {
        self.bytes > 0
    }

    /// Writes what stands before the message of this id, or with `None` everything, until
    /// the buffer is so long. Whether that was all of it.
    pub(super) fn write(
        &mut self,
        out: &mut Vec<u8>,
        tagged: bool,
        before: Option<MessageId>,
        len: usize,
    ) -> bool {
        let comes = |line: &&Line| before.is_none_or(|id| line.after < id);
        while let Some(line) = self.lines.front().filter(comes) {
            if out.len() >= len {
                return false;
            }
            match &line.what {
                What::NotStored(verb) => words::not_stored(out, *verb),
                What::Passed(said) => {
                    if tagged {
                        line::tagged_message(out, said.id, &said.message);
                    } else {
                        line::message(out, &said.message);
                    }
                    self.bytes -= memory(said);
                }
            }
            self.lines.pop_front();
        }
        true
    }
}
