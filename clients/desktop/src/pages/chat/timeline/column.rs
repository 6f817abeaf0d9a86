//! All rows below one another: the messages, and behind them what is pending. Which row
//! stands where, and how tall everything is.
//!
//! Pure: rows are measured by who shows them. Called by the place and the timeline.

use std::collections::VecDeque;

use taifas_client::{Mark, Message, MessageId, Pending};

use super::heights::{Estimate, Heights};

/// What a row is, however many stand above it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Key {
    /// A message.
    Message(MessageId),
    /// Something of ours that is not among them.
    Pending(Mark),
}

/// The rows. Heights and places are in points, the top is that of the first row.
#[derive(Debug, Default)]
pub(super) struct Column {
    messages: Heights,
    /// They are few, so that sums over them cost nothing.
    pending: Vec<(Mark, f32)>,
}

impl Column {
    /// Takes over which rows there are; the heights of those that stay are kept.
    pub(super) fn follow(
        &mut self,
        messages: &VecDeque<Message>,
        pending: &[Pending],
        estimate: impl Estimate,
    ) {
        self.messages.follow(messages, estimate);
        let stay = self.pending.iter().map(|(mark, _)| *mark);
        if stay.eq(pending.iter().map(|own| own.mark)) {
            return;
        }
        let old = std::mem::take(&mut self.pending);
        let height = |mark| old.iter().find(|(known, _)| *known == mark).map(|(_, height)| *height);
        // A guess is good enough: what is pending stands at the end, where it is seen.
        let guess = 24.0;
        self.pending =
            pending.iter().map(|own| (own.mark, height(own.mark).unwrap_or(guess))).collect();
    }

    /// Forgets what was measured: the width or the font is another one.
    pub(super) fn estimate_all(&mut self, messages: &VecDeque<Message>, estimate: impl Estimate) {
        self.messages.estimate_all(messages, estimate);
    }

    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        self.messages.len() + self.pending.len()
    }

    /// Which row stands there.
    pub(super) fn key(&self, row: usize) -> Key {
        match row.checked_sub(self.messages.len()) {
            None => Key::Message(self.messages.id(row)),
            Some(at) => Key::Pending(self.pending[at].0),
        }
    }

    /// Where a row stands, if it is there.
    pub(super) fn find(&self, key: Key) -> Option<usize> {
        match key {
            Key::Message(id) => self.messages.find(id),
            Key::Pending(mark) => {
                let at = self.pending.iter().position(|(known, _)| *known == mark)?;
                Some(self.messages.len() + at)
            }
        }
    }

    /// One was measured.
    pub(super) fn set(&mut self, row: usize, height: f32) {
        match row.checked_sub(self.messages.len()) {
            None => self.messages.set(row, height),
            Some(at) => self.pending[at].1 = height,
        }
    }

    /// How tall all those above one are.
    pub(super) fn top(&self, row: usize) -> f64 {
        match row.checked_sub(self.messages.len()) {
            None => self.messages.top(row),
            Some(at) => self.messages.total() + tall(&self.pending[..at]),
        }
    }

    /// How tall all of them are.
    pub(super) fn total(&self) -> f64 {
        self.messages.total() + tall(&self.pending)
    }

    /// Which row stands so far below the top; the last one for what is further down.
    /// `None` if there is none at all.
    pub(super) fn at(&self, top: f64) -> Option<usize> {
        let mut left = top - self.messages.total();
        if left < 0.0 || self.pending.is_empty() {
            return self.messages.at(top);
        }
        let above = self.pending.iter().take_while(|(_, height)| {
            left -= f64::from(*height);
            left >= 0.0
        });
        Some((self.messages.len() + above.count()).min(self.len() - 1))
    }
}

fn tall(pending: &[(Mark, f32)]) -> f64 {
    pending.iter().map(|(_, height)| f64::from(*height)).sum()
}
