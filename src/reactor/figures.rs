//! How the reactor does, for who asks: what the hub cannot know. Asked by STATS alone,
//! so nothing here is counted that costs anything when nobody asks.

use std::fs;

use super::Reactor;
use crate::hub::Figures;

impl Reactor {
    /// The figures at this moment.
    pub(super) fn figures(&self) -> Figures {
        Figures {
            uptime_secs: self.now.mono_ms / 1000,
            connections: self.connections.len(),
            evicted: self.counters.evicted_stalled + self.counters.evicted_unsent,
            memory_bytes: resident_bytes(),
        }
    }
}

/// Memory that the process has resident. The kernel answers from memory: no disk is
/// waited for. `None` where there is no /proc.
fn resident_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
}
