//! The metrics as Prometheus reads them: the text format, version 0.0.4.
//!
//! Numbers come in, lines go out. A name never changes its meaning; docs/OPERATIONS.md
//! lists them all.

use std::fmt::{Display, Write as _};

use super::Counters;
use crate::hub::Census;
use crate::store::{BOUNDS_US, Times};

/// Everything that is said of the server, at one moment.
pub(super) struct Numbers<'a> {
    /// What the reactor has counted.
    pub(super) counters: &'a Counters,
    /// What the hub counts.
    pub(super) census: Census,
    /// Connections that are open.
    pub(super) connections: usize,
    /// How long commits took.
    pub(super) commits: Times,
    /// Memory, in bytes, where the system says it cheaply.
    pub(super) resident_bytes: Option<u64>,
    /// When the server started, in milliseconds since 1970.
    pub(super) started_ms: u64,
}

impl Numbers<'_> {
    /// The whole text.
    pub(super) fn text(&self) -> String {
        let mut out = Text(String::with_capacity(8 * 1024));
        self.process(&mut out);
        self.people(&mut out);
        self.messages(&mut out);
        out.0
    }

    fn process(&self, out: &mut Text) {
        out.family("taifas_build_info", "gauge", "The version that runs; always 1.");
        out.sample("taifas_build_info", &[("version", env!("CARGO_PKG_VERSION"))], 1);
        let started = self.started_ms as f64 / 1000.0;
        let help = "When the server started, in seconds since 1970.";
        out.one("process_start_time_seconds", "gauge", help, started);
        if let Some(bytes) = self.resident_bytes {
            let help = "Resident memory, the program's file included, in bytes.";
            out.one("process_resident_memory_bytes", "gauge", help, bytes);
        }
        let help = "How long turns of the reactor took, in seconds, without waiting.";
        out.histogram("taifas_turn_seconds", help, &self.counters.turns);
    }

    fn people(&self, out: &mut Text) {
        let (counters, census) = (self.counters, &self.census);
        out.one("taifas_connections", "gauge", "Open connections.", self.connections);
        let help = "Connections that were accepted.";
        out.one("taifas_connections_accepted_total", "counter", help, counters.accepted);
        let name = "taifas_connections_refused_total";
        out.family(name, "counter", "Connections that were refused, by reason.");
        for (reason, count) in census.refused {
            out.sample(name, &[("reason", reason)], count);
        }
        out.sample(name, &[("reason", "no_place")], counters.no_place);
        let help = "Connections with which TLS failed, mostly in the handshake.";
        out.one("taifas_tls_failed_total", "counter", help, counters.tls_failed);
        out.one("taifas_sessions_named", "gauge", "Sessions that have a name.", census.named);
        let help = "Sessions that are behind.";
        out.one("taifas_sessions_behind", "gauge", help, census.behind);
        let help = "How often a session fell behind.";
        out.one("taifas_sessions_fell_behind_total", "counter", help, counters.fell_behind);
        let name = "taifas_sessions_evicted_total";
        out.family(name, "counter", "Sessions that were evicted, by reason.");
        out.sample(name, &[("reason", "stalled")], counters.evicted_stalled);
        out.sample(name, &[("reason", "unsent")], counters.evicted_unsent);
        let help = "Passwords that wait to be looked at.";
        out.one("taifas_hash_queue", "gauge", help, census.hash_queue);
    }

    fn messages(&self, out: &mut Text) {
        let counters = self.counters;
        let help = "Messages that were relayed to their room, or to whom they were told.";
        out.one("taifas_messages_relayed_total", "counter", help, self.census.relayed);
        let help = "Messages that were stored.";
        out.one("taifas_messages_stored_total", "counter", help, counters.stored);
        let help = "Messages that the disk refused.";
        out.one("taifas_messages_not_stored_total", "counter", help, counters.not_stored);
        let help = "Messages that wait to be stored.";
        out.one("taifas_store_queue", "gauge", help, self.census.store_queue);
        let help = "How long it took to write batches of messages, in seconds.";
        out.histogram("taifas_commit_seconds", help, &self.commits);
    }
}

/// Lines of the text format.
struct Text(String);

impl Text {
    /// The two lines above a metric's samples.
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        let _ = write!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
    }

    /// One sample. Labels' values are ours and need no escaping.
    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        self.0.push_str(name);
        for (n, (label, text)) in labels.iter().enumerate() {
            let _ = write!(self.0, "{}{label}=\"{text}\"", if n == 0 { "{" } else { "," });
        }
        let _ = writeln!(self.0, "{} {value}", if labels.is_empty() { "" } else { "}" });
    }

    /// A metric with one sample.
    fn one(&mut self, name: &str, kind: &str, help: &str, value: impl Display) {
        self.family(name, kind, help);
        self.sample(name, &[], value);
    }

    /// A histogram: each bucket has all that is below its bound.
    fn histogram(&mut self, name: &str, help: &str, times: &Times) {
        self.family(name, "histogram", help);
        let bucket = format!("{name}_bucket");
        let mut below = 0;
        for (bound, count) in BOUNDS_US.iter().zip(&times.counts) {
            below += count;
            let bound = (*bound as f64 / 1e6).to_string();
            self.sample(&bucket, &[("le", &bound)], below);
        }
        let all: u64 = times.counts.iter().sum();
        self.sample(&bucket, &[("le", "+Inf")], all);
        self.sample(&format!("{name}_sum"), &[], times.sum_us as f64 / 1e6);
        self.sample(&format!("{name}_count"), &[], all);
    }
}
