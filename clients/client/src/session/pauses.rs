//! How long to wait before connecting again: twice as long each time, up to a bound,
//! and a little by chance, so that a server that comes back is not met by everybody
//! at once.

use crate::settings::Waits;

/// The pauses of one client.
#[derive(Debug)]
pub(super) struct Pauses {
    first_ms: u64,
    most_ms: u64,
    next_ms: u64,
    /// Never 0.
    random: u64,
}

impl Pauses {
    pub(super) fn new(waits: &Waits, seed: u64) -> Pauses {
        let (first_ms, most_ms) = (waits.pause_ms, waits.pause_most_ms);
        Pauses { first_ms, most_ms, next_ms: first_ms, random: seed | 1 }
    }

    /// The next pause.
    pub(super) fn next(&mut self) -> u64 {
        let pause = self.next_ms.min(self.most_ms);
        self.next_ms = pause.saturating_mul(2).min(self.most_ms);
        // Marsaglia's xorshift64.
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        pause - pause / 4 + (self.random >> 16) % (pause / 2 + 1)
    }

    /// A connection was good: the next pause is the first one again.
    pub(super) fn restart(&mut self) {
        self.next_ms = self.first_ms;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_double_up_to_their_bound_and_begin_again() {
        let mut pauses = Pauses::new(&Waits::default(), 7);
        let near = |pause: u64, want: u64| {
            assert!((want - want / 4..=want + want / 4).contains(&pause), "{pause} of {want}");
        };
        for want in [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000] {
            near(pauses.next(), want);
        }
        pauses.restart();
        near(pauses.next(), 500);
        let none = Waits { pause_ms: 0, ..Waits::default() };
        assert_eq!(Pauses::new(&none, 7).next(), 0);
    }
}
