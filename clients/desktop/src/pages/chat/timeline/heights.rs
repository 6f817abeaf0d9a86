//! How tall each message is, and how tall all of them above one are: measured where it
//! has been in view, estimated where not.
//!
//! Pure: it never measures anything itself. Kept in step with the model's messages,
//! which come at the end one by one, at the front by pages, rarely in the middle, and
//! go at the front when there are too many. A Fenwick tree makes changing a height and
//! finding what stands at a place logarithmic; what comes at the end and what goes at
//! the front is as cheap, everything else costs one pass. Called by the column.

use std::collections::VecDeque;

use taifas_client::{Message, MessageId};

/// The heights of the messages.
///
/// Invariant: `ids`, `heights` and `sums` are equally long, the ids rise, and before
/// `start` the heights are 0.
#[derive(Debug, Default)]
pub(super) struct Heights {
    ids: Vec<MessageId>,
    heights: Vec<f32>,
    /// The Fenwick tree: at `k - 1` the sum of the `k & -k` heights up to there.
    sums: Vec<f64>,
    /// Slots before this one are gone, and are swept away when they are many.
    start: usize,
}

/// The height of a message that was not in view yet, from the one before and itself.
pub(super) trait Estimate: Fn(Option<&Message>, &Message) -> f32 {}

impl<F: Fn(Option<&Message>, &Message) -> f32> Estimate for F {}

impl Heights {
    /// How many messages there are.
    pub(super) fn len(&self) -> usize {
        self.ids.len() - self.start
    }

    /// Which message stands there.
    pub(super) fn id(&self, row: usize) -> MessageId {
        self.ids[self.start + row]
    }

    /// Where a message stands.
    pub(super) fn find(&self, id: MessageId) -> Option<usize> {
        self.ids[self.start..].binary_search(&id).ok()
    }

    /// One was measured.
    pub(super) fn set(&mut self, row: usize, height: f32) {
        self.put(self.start + row, height);
    }

    /// How tall all those above one are.
    pub(super) fn top(&self, row: usize) -> f64 {
        self.sum(self.start + row)
    }

    /// How tall all of them are.
    pub(super) fn total(&self) -> f64 {
        self.sum(self.ids.len())
    }

    /// Which one stands so far below the top; the last one for what is further down.
    /// `None` if there is none at all.
    pub(super) fn at(&self, top: f64) -> Option<usize> {
        let last = self.len().checked_sub(1)?;
        let mut left = top.max(0.0);
        let mut slot = 0;
        let mut step = self.sums.len().next_power_of_two();
        while step > 0 {
            if let Some(sum) = self.sums.get(slot + step - 1)
                && *sum <= left
            {
                left -= sum;
                slot += step;
            }
            step /= 2;
        }
        // Below `start` everything is 0 tall, so the search ends behind it.
        Some(slot.saturating_sub(self.start).min(last))
    }

    /// Takes over which messages there are; what is known of those that stay is kept.
    pub(super) fn follow(&mut self, messages: &VecDeque<Message>, estimate: impl Estimate) {
        // Messages go at the front alone: the same number behind the same first one are
        // the same ones.
        let first = messages.front().map(|message| message.id);
        if self.len() == messages.len() && self.ids.get(self.start).copied() == first {
            return;
        }
        if !self.follow_ends(messages, &estimate) {
            self.merge(messages, &estimate);
        }
    }

    /// Forgets what was measured: the width or the font is another one.
    pub(super) fn estimate_all(&mut self, messages: &VecDeque<Message>, estimate: impl Estimate) {
        *self = Heights::default();
        self.merge(messages, &estimate);
    }

    /// The usual way: some have gone at the front, some have come at the end, and in
    /// between nothing has changed. Says whether that was so.
    fn follow_ends(&mut self, messages: &VecDeque<Message>, estimate: &impl Estimate) -> bool {
        let Some(gone) = messages.front().and_then(|first| self.find(first.id)) else {
            return false;
        };
        let stay = self.len() - gone;
        let last = self.ids.last().copied();
        if messages.get(stay - 1).map(|message| message.id) != last {
            return false;
        }
        for slot in self.start..self.start + gone {
            self.put(slot, 0.0);
        }
        self.start += gone;
        for at in stay..messages.len() {
            let message = &messages[at];
            self.push(message.id, estimate(messages.get(at - 1), message));
        }
        if self.start > 1024 && self.start > self.ids.len() / 2 {
            self.sweep();
        }
        true
    }

    fn merge(&mut self, messages: &VecDeque<Message>, estimate: &impl Estimate) {
        let mut known = Heights {
            ids: Vec::with_capacity(messages.len()),
            heights: Vec::with_capacity(messages.len()),
            sums: Vec::with_capacity(messages.len()),
            start: 0,
        };
        let mut slot = self.start;
        let mut above = None;
        for message in messages {
            while self.ids.get(slot).is_some_and(|id| *id < message.id) {
                slot += 1;
            }
            let height = match self.ids.get(slot) {
                Some(id) if *id == message.id => self.heights[slot],
                _ => estimate(above, message),
            };
            known.push(message.id, height);
            above = Some(message);
        }
        *self = known;
    }

    /// Without the slots of those that are gone.
    fn sweep(&mut self) {
        let mut kept = Heights::default();
        for slot in self.start..self.ids.len() {
            kept.push(self.ids[slot], self.heights[slot]);
        }
        *self = kept;
    }

    fn push(&mut self, id: MessageId, height: f32) {
        let end = self.ids.len() + 1;
        let mut sum = f64::from(height);
        let mut child = end - 1;
        while child > end - lowest_bit(end) {
            sum += self.sums[child - 1];
            child -= lowest_bit(child);
        }
        self.ids.push(id);
        self.heights.push(height);
        self.sums.push(sum);
    }

    fn put(&mut self, slot: usize, height: f32) {
        let change = f64::from(height) - f64::from(self.heights[slot]);
        if change == 0.0 {
            return;
        }
        self.heights[slot] = height;
        let mut end = slot + 1;
        while end <= self.sums.len() {
            self.sums[end - 1] += change;
            end += lowest_bit(end);
        }
    }

    /// Of the slots before this one.
    fn sum(&self, mut end: usize) -> f64 {
        let mut sum = 0.0;
        while end > 0 {
            sum += self.sums[end - 1];
            end -= lowest_bit(end);
        }
        sum
    }
}

fn lowest_bit(number: usize) -> usize {
    number & number.wrapping_neg()
}

#[cfg(test)]
mod tests {
    use super::super::made_up::{Random, message};
    use super::*;

    /// A height that differs from message to message, and needs no rounding.
    fn estimate(_: Option<&Message>, message: &Message) -> f32 {
        20.0 + (message.id.get() % 7) as f32 * 16.25
    }

    /// The same, kept in the plain way.
    #[derive(Default)]
    struct Plain(Vec<(u64, f32)>);

    impl Plain {
        fn agrees(&self, heights: &Heights) {
            assert_eq!(heights.len(), self.0.len());
            let mut top = 0.0;
            for (row, (id, height)) in self.0.iter().enumerate() {
                let known = heights.heights[heights.start + row];
                assert_eq!((heights.id(row), known), (MessageId::new(*id), *height));
                assert_eq!(heights.find(MessageId::new(*id)), Some(row));
                assert_eq!(heights.top(row), top);
                assert_eq!(heights.at(top), Some(row));
                assert_eq!(heights.at(top + f64::from(*height) - 0.25), Some(row));
                top += f64::from(*height);
            }
            assert_eq!(heights.total(), top);
            assert_eq!(heights.at(top + 1.0), self.0.len().checked_sub(1));
        }
    }

    #[test]
    fn any_messages_in_any_order_stand_as_in_a_plain_list() {
        for seed in 1..=60 {
            let mut random = Random::new(seed);
            let mut messages: VecDeque<Message> = VecDeque::new();
            let (mut plain, mut heights) = (Plain::default(), Heights::default());
            let (mut first, mut last) = (1_000_000, 1_000_000);
            for _ in 0..60 {
                match random.below(5) {
                    // At the end, with holes between.
                    0 => (0..random.below(12)).for_each(|_| {
                        last += 1 + random.below(3);
                        messages.push_back(message(last, "ana", 0, "text"));
                    }),
                    1 => (0..random.below(12)).for_each(|_| {
                        first -= 1 + random.below(3);
                        messages.push_front(message(first, "ana", 0, "text"));
                    }),
                    2 => {
                        let id = first + random.below(last - first + 1);
                        if let Err(at) = messages.binary_search_by_key(&id, |m| m.id.get()) {
                            messages.insert(at, message(id, "ana", 0, "text"));
                        }
                    }
                    3 => (0..random.below(20)).for_each(|_| {
                        messages.pop_front();
                    }),
                    _ => {
                        for _ in 0..random.below(4).min(plain.0.len() as u64) {
                            let row = random.below(plain.0.len() as u64) as usize;
                            let height = random.below(4000) as f32 * 0.25;
                            plain.0[row].1 = height.max(0.25);
                            heights.set(row, height.max(0.25));
                        }
                    }
                }
                heights.follow(&messages, estimate);
                let known = std::mem::take(&mut plain.0);
                plain.0.extend(messages.iter().map(|m| {
                    let old = known.iter().find(|(id, _)| *id == m.id.get());
                    (m.id.get(), old.map_or_else(|| estimate(None, m), |(_, height)| *height))
                }));
                plain.agrees(&heights);
            }
            heights.estimate_all(&messages, |_, _| 8.0);
            plain.0.iter_mut().for_each(|(_, height)| *height = 8.0);
            plain.agrees(&heights);
        }
    }

    #[test]
    fn what_goes_at_the_front_is_swept_away() {
        let mut messages: VecDeque<_> = (1..=1500).map(|id| message(id, "ana", 0, "x")).collect();
        let mut heights = Heights::default();
        heights.follow(&messages, estimate);
        for id in 1501..=6000 {
            messages.push_back(message(id, "ana", 0, "x"));
            messages.pop_front();
            heights.follow(&messages, estimate);
            assert!(heights.ids.len() < 4000);
        }
        assert_eq!(heights.id(0), MessageId::new(4501));
        let sum: f64 = messages.iter().map(|m| f64::from(estimate(None, m))).sum();
        assert_eq!(heights.total(), sum);
    }
}
