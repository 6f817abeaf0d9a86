//! Numbers for whoever watches the server: counted where things happen, given out at
//! an address of their own (`--metrics`).
//!
//! Part of the reactor: a listener and a few connections in the same poll, none of
//! which is ever waited for. They are served last in a turn. Who reads metrics has
//! nothing to say: there is one request, and one answer.

mod http;
mod server;
mod text;

pub(super) use server::{MetricsServer, is_ours};

use super::Reactor;
use crate::store::Times;
use text::Numbers;

/// What the reactor counts, from its start on.
#[derive(Debug, Default)]
pub(super) struct Counters {
    /// Connections taken in, those included that were then refused.
    pub(super) accepted: u64,
    /// Connections closed without a place to be refused in.
    pub(super) no_place: u64,
    /// Connections that ended because TLS with them failed, mostly in the handshake.
    pub(super) tls_failed: u64,
    /// Messages stored.
    pub(super) stored: u64,
    /// Messages that the disk refused.
    pub(super) not_stored: u64,
    /// How often a session fell behind.
    pub(super) fell_behind: u64,
    /// Sessions evicted because they took no byte.
    pub(super) evicted_stalled: u64,
    /// Sessions evicted because too much was unsent.
    pub(super) evicted_unsent: u64,
    /// How long turns took; nothing while nobody can ask.
    pub(super) turns: Times,
}

impl Reactor {
    /// Serves whoever reads the metrics, if anybody does.
    pub(super) fn serve_metrics(&mut self) {
        let Some(mut server) = self.metrics.take() else { return };
        let now_ms = self.now.mono_ms;
        server.serve(now_ms, self.poll.registry(), || self.numbers());
        self.metrics = Some(server);
    }

    /// When a connection of theirs is to be closed, if there is one.
    pub(super) fn metrics_due(&self) -> Option<u64> {
        self.metrics.as_ref()?.next_due()
    }

    fn numbers(&self) -> String {
        let numbers = Numbers {
            counters: &self.counters,
            census: self.hub.census(),
            connections: self.connections.len(),
            commits: self.store.commit_times(),
            resident_bytes: resident_bytes(),
            started_ms: self.started.ms(),
        };
        numbers.text()
    }
}

/// The kernel keeps this number; reading it is no reading of a disk.
#[cfg(target_os = "linux")]
fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()?.saturating_mul(1024))
}

#[cfg(not(target_os = "linux"))]
fn resident_bytes() -> Option<u64> {
    None
}
