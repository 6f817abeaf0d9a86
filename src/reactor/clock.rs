//! The one place that reads a clock.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crate::protocol::{Now, Timestamp};

/// The system's own count of microseconds, which a service manager compares with its.
pub(super) fn system_monotonic_us() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    let us = i128::from(time.tv_sec) * 1_000_000 + i128::from(time.tv_nsec) / 1000;
    u64::try_from(us).unwrap_or_default()
}

/// Both clocks, read once a turn.
#[derive(Debug)]
pub(super) struct Clock {
    start: Instant,
}

impl Clock {
    pub(super) fn new() -> Clock {
        Clock { start: Instant::now() }
    }

    /// Microseconds since the start, for how long something took.
    pub(super) fn micros(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    pub(super) fn now(&self) -> Now {
        // A wall clock before 1970 is as wrong as one can be: call it 1970.
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let wall_ms = u64::try_from(wall.as_millis()).unwrap_or(u64::MAX);
        let mono_ms = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        // One more than elapsed: 0 is the past of everything.
        Now { mono_ms: mono_ms.saturating_add(1), wall: Timestamp::from_ms(wall_ms) }
    }
}
