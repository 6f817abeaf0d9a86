//! The log: one line a record on standard error,
//! `2026-11-23T01:52:07.123Z INFO  listening on 127.0.0.1:7667 (plain)`.
//!
//! `RUST_LOG` chooses what is logged, as everywhere in Rust; where it says nothing, the
//! configuration does, while the server runs too.

use std::io::Write;
use std::time::{SystemTime, UNIX_EPOCH};

use env_logger::{Builder, Target};
use log::LevelFilter;
use taifas::protocol::Timestamp;

/// Starts logging, at this level where `RUST_LOG` says nothing.
pub fn start(level: LevelFilter) {
    let mut builder = Builder::new();
    match said_outside() {
        Some(filters) => builder.parse_filters(&filters),
        // All that the level may ever be; the level itself is a lower bound on top.
        None => builder.filter_level(LevelFilter::Warn).filter_module("taifas", LevelFilter::Debug),
    };
    builder
        .target(Target::Stderr)
        .format(|line, record| writeln!(line, "{} {:<5} {}", now(), record.level(), record.args()))
        .init();
    set_level(level);
}

/// Logs at this level from now on, where `RUST_LOG` says nothing.
pub fn set_level(level: LevelFilter) {
    if said_outside().is_none() {
        log::set_max_level(level);
    }
}

fn said_outside() -> Option<String> {
    std::env::var("RUST_LOG").ok().filter(|filters| !filters.is_empty())
}

/// The wall clock, for showing. A machine without a battery starts in 1970 or,
/// misconfigured, before it.
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_ms(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
