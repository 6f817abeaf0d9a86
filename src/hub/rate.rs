//! How often a session may speak: the generic cell rate algorithm (ITU-T I.371), a
//! token bucket that needs one number.

/// One session's message budget.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Rate {
    /// When the budget would be full again, in microseconds on the monotonic clock;
    /// in the past while it is full.
    full_at_us: u64,
}

impl Rate {
    /// Takes one message out of the budget of `burst`, refilled `per_second`.
    ///
    /// # Errors
    /// The moment, in milliseconds, at which there will be one.
    pub(super) fn take(&mut self, now_ms: u64, per_second: u32, burst: u32) -> Result<(), u64> {
        let full_at_us = self.after_one(now_ms, per_second, burst)?;
        self.full_at_us = full_at_us;
        Ok(())
    }

    /// Whether there is a message in the budget, without taking it.
    pub(super) fn check(self, now_ms: u64, per_second: u32, burst: u32) -> Result<(), u64> {
        self.after_one(now_ms, per_second, burst).map(|_| ())
    }

    fn after_one(self, now_ms: u64, per_second: u32, burst: u32) -> Result<u64, u64> {
        if per_second == 0 {
            return Ok(self.full_at_us);
        }
        let now_us = now_ms.saturating_mul(1000);
        let step_us = (1_000_000 / u64::from(per_second)).max(1);
        let window_us = step_us * u64::from(burst.max(1));
        let full_at_us = self.full_at_us.max(now_us) + step_us;
        if full_at_us > now_us + window_us {
            return Err((full_at_us - window_us).div_ceil(1000));
        }
        Ok(full_at_us)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_then_the_rate() {
        let mut rate = Rate::default();
        for i in 0..20 {
            assert_eq!(rate.take(1000, 10, 20), Ok(()), "{i}");
        }
        assert_eq!(rate.check(1000, 10, 20), Err(1100));
        assert_eq!(rate.take(1099, 10, 20), Err(1100));
        assert_eq!(rate.take(1100, 10, 20), Ok(()));
        assert_eq!(rate.take(1100, 10, 20), Err(1200));
        // Two seconds later the whole burst is there again, and no more than that.
        assert_eq!((0..30).filter(|_| rate.take(3200, 10, 20).is_ok()).count(), 20);
    }

    #[test]
    fn zero_is_no_bound() {
        let mut rate = Rate::default();
        assert!((0..10_000).all(|_| rate.take(0, 0, 1).is_ok()));
    }

    #[test]
    fn rates_beyond_the_clock_still_count() {
        let mut rate = Rate::default();
        assert_eq!((0..100_000).filter(|_| rate.take(5, 4_000_000, 7).is_ok()).count(), 7);
    }
}
