//! What of the limits the reactor holds itself, worked out once.
//!
//! Numbers alone; whoever reads, writes or evicts compares with them.

use super::{descriptors, patience};
use crate::limits::{HISTORY_BYTES, Limits, REFUSALS, RELAY_BYTES_PER_TURN};

/// The bounds of [`Limits`](crate::limits::Limits) that the reactor holds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub(super) slots: usize,
    /// Connections that there are descriptors for.
    pub(super) descriptors: usize,
    pub(super) soft_bytes: usize,
    pub(super) hard_bytes: usize,
    pub(super) patience: patience::Bounds,
}

impl Bounds {
    pub(super) fn of(limits: &Limits) -> Bounds {
        Bounds {
            slots: limits.connections + REFUSALS,
            descriptors: descriptors::for_connections(limits.connections),
            soft_bytes: limits.outbox_soft_bytes,
            // Stored lines and answers are given in portions to whoever is below the
            // soft bound: one of each must never be what evicts.
            hard_bytes: limits
                .outbox_hard_bytes
                .max(limits.outbox_soft_bytes + RELAY_BYTES_PER_TURN + HISTORY_BYTES),
            patience: patience::Bounds { stall_ms: limits.stall_timeout_secs.saturating_mul(1000) },
        }
    }
}
