//! File descriptors: as many as the bound on connections needs, if the machine gives
//! them. With fewer the server still runs: accepting rests when they are used up.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What the server needs besides connections: the databases with their logs and
/// indexes, twice, the lock, the poll, the wakers, the signals, standard streams.
const OWN: u64 = 48;

/// Raises this process's soft limit as far as `connections` need and the hard limit
/// allows; says so if that is not enough.
pub(super) fn provide(connections: usize) {
    let needed = connections as u64 + OWN;
    let limit = getrlimit(Resource::Nofile);
    // `None` is no limit.
    let enough = |have: Option<u64>| have.is_none_or(|have| have >= needed);
    if enough(limit.current) {
        return;
    }
    let wanted = limit.maximum.map_or(needed, |maximum| maximum.min(needed));
    let raised = setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), ..limit });
    if raised.is_err() || wanted < needed {
        let have = if raised.is_ok() { Some(wanted) } else { limit.current };
        log::warn!(
            "this process may open {} files, and limits.connections asks for {needed}: raise the \
             limit (ulimit -n, LimitNOFILE=) or lower limits.connections",
            have.unwrap_or(0)
        );
    }
}
