//! What a configuration that was read again changes, and what it cannot change while
//! the server runs.
//!
//! Compares two checked configurations through the table of keys. A key that is not
//! listed here is one that needs a restart, so a new one is on the safe side.

use super::keys::{KEYS, Kind};
use super::{Config, LoadedTerms};

/// Keys whose new value holds at once. Not `stall_timeout_secs`: the kernel was told of
/// it when the sockets were made.
const AT_ONCE: [&str; 17] = [
    "log",
    "limits.connections",
    "limits.connections_per_address",
    "limits.new_connections_per_minute",
    "limits.name_timeout_secs",
    "limits.message_rate",
    "limits.message_burst",
    "limits.outbox_soft_bytes",
    "limits.outbox_hard_bytes",
    "limits.password_tries",
    "limits.hash_queue",
    "limits.store_queue",
    "limits.rooms_per_session",
    "limits.rooms",
    "limits.bans",
    "limits.history_days",
    "limits.history_messages",
];

/// One key that is not what it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What it is about, in one sentence.
    pub text: String,
    /// Whether it holds now; otherwise it needs a restart.
    pub holds: bool,
}

/// Takes over into `running` what can change while the server runs; says of everything
/// that differs whether it does. What needs a restart stays different, and is said
/// again the next time.
pub fn take_over(running: &mut Config, fresh: &Config) -> Vec<Change> {
    let mut changes = Vec::new();
    for key in &KEYS {
        // A profile is only other defaults: what it changes is said of each key.
        if key.path == "profile" {
            continue;
        }
        let (was, is) = (key.written(running), key.written(fresh));
        if was == is {
            continue;
        }
        let [was, is] = [was, is].map(|value| value.unwrap_or_else(|| "not set".to_owned()));
        let path = key.path;
        if path == "terms_file" {
            running.terms_file.clone_from(&fresh.terms_file);
            changes.push(Change { text: format!("{path} is {is}, was {was}"), holds: true });
        } else if AT_ONCE.contains(&path) {
            match &key.kind {
                Kind::Number(_, _, get, set) => set(&mut running.limits, get(&fresh.limits)),
                // The one that is no number.
                _ => running.log = fresh.log,
            }
            changes.push(Change { text: format!("{path} is {is}, was {was}"), holds: true });
        } else {
            let text = format!("{path} stays {was}: restart the server to make it {is}");
            changes.push(Change { text, holds: false });
        }
    }
    changes
}

/// The same for the terms, whose text may change while the name of the file does not.
pub fn take_over_terms(running: &mut LoadedTerms, fresh: LoadedTerms) -> Option<Change> {
    if *running == fresh {
        return None;
    }
    let text = format!("the terms have the version {}, was {}", fresh.version, running.version);
    *running = fresh;
    Some(Change { text, holds: true })
}
