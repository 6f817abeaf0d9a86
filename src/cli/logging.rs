//! The log: one line a record on standard error,
//! `2026-11-23T01:52:07.123Z INFO  listening on 127.0.0.1:7667 (plain)`.
//!
//! `RUST_LOG` chooses what is logged, as everywhere in Rust.

use std::io::Write;
use std::time::{SystemTime, UNIX_EPOCH};

use env_logger::{Builder, Env, Target};
use taifas::protocol::Timestamp;

/// Starts logging, at this level where `RUST_LOG` says nothing.
pub fn start(level: &str) {
    Builder::from_env(Env::default().default_filter_or(level))
        .target(Target::Stderr)
        .format(|line, record| writeln!(line, "{} {:<5} {}", now(), record.level(), record.args()))
        .init();
}

/// The wall clock, for showing. A machine without a battery starts in 1970 or,
/// misconfigured, before it.
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_ms(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
