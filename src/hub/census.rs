//! Numbers about the hub for whoever watches the server: counted when they are asked
//! for, but for refusals and messages relayed, which leave nothing else behind.

use super::Hub;
use super::gate::Refused;

/// How many there are of what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Census {
    /// Sessions with a name.
    pub named: usize,
    /// Sessions that are behind.
    pub behind: usize,
    /// Jobs that wait for a password to be looked at: `hash_queue` bounds them.
    pub hash_queue: usize,
    /// Messages that wait for the store: `store_queue` bounds them.
    pub store_queue: usize,
    /// Messages relayed since the start, to a room or to somebody.
    pub relayed: u64,
    /// Connections that were refused since the start, by reason.
    pub refused: [(&'static str, u64); Refused::ALL.len()],
}

impl Hub {
    /// Counts.
    pub fn census(&self) -> Census {
        Census {
            named: self.sessions.iter().filter(|s| s.name.is_some()).count(),
            behind: self.behind.len(),
            hash_queue: self.jobs.queued(),
            store_queue: self.said.waiting(),
            relayed: self.said.relayed_count(),
            refused: Refused::ALL.map(|why| (why.as_str(), self.gate.refused(why))),
        }
    }
}
