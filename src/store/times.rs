//! How long something took, each time: a histogram with fixed bounds.
//!
//! [`Times`] is counted by one thread; [`SharedTimes`] by one and read by another, so
//! what is read may be a moment old, and never waits. Used for commits here and for
//! the reactor's turns.

use std::sync::atomic::{AtomicU64, Ordering};

/// The upper bounds of the buckets, in microseconds, but for the last, which has none:
/// from what a busy turn takes to what a checkpoint on a slow card does.
pub const BOUNDS_US: [u64; 15] = [
    10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000,
    1_000_000,
];

/// A histogram.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Times {
    /// How many fell between the bound before and that of the same place.
    pub counts: [u64; BOUNDS_US.len() + 1],
    /// All of them together, in microseconds.
    pub sum_us: u64,
}

impl Times {
    /// Counts one.
    pub fn note(&mut self, us: u64) {
        self.counts[bucket(us)] += 1;
        self.sum_us = self.sum_us.saturating_add(us);
    }
}

/// A histogram between two threads.
#[derive(Debug, Default)]
pub(super) struct SharedTimes {
    counts: [AtomicU64; BOUNDS_US.len() + 1],
    sum_us: AtomicU64,
}

impl SharedTimes {
    /// Counts one.
    pub(super) fn note(&self, us: u64) {
        self.counts[bucket(us)].fetch_add(1, Ordering::Relaxed);
        self.sum_us.fetch_add(us, Ordering::Relaxed);
    }

    /// What was counted so far.
    pub(super) fn read(&self) -> Times {
        Times {
            counts: std::array::from_fn(|n| self.counts[n].load(Ordering::Relaxed)),
            sum_us: self.sum_us.load(Ordering::Relaxed),
        }
    }
}

/// A bound belongs to the bucket below it.
fn bucket(us: u64) -> usize {
    BOUNDS_US.partition_point(|bound| *bound < us)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_bound_at_one_less_exactly_and_one_more() {
        for (n, bound) in BOUNDS_US.into_iter().enumerate() {
            assert_eq!([bound - 1, bound, bound + 1].map(bucket), [n, n, n + 1], "{bound}");
        }
        assert_eq!((bucket(0), bucket(u64::MAX)), (0, BOUNDS_US.len()));
        let (mut times, shared) = (Times::default(), SharedTimes::default());
        for us in [0, 10, 11, 2_000_000] {
            times.note(us);
            shared.note(us);
        }
        assert_eq!(shared.read(), times);
        assert_eq!((times.counts[0], times.counts[1], times.counts[15]), (2, 1, 1));
        assert_eq!(times.sum_us, 2_000_021);
    }
}
