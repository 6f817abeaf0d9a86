//! What of the limits the reactor holds itself, worked out once.
//!
//! Numbers alone; whoever reads, writes or evicts compares with them.

use super::{descriptors, patience};
use crate::limits::{Limits, REFUSALS};

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
            hard_bytes: limits.hard_bytes(),
            patience: patience::Bounds { stall_ms: limits.stall_timeout_secs.saturating_mul(1000) },
        }
    }
}
