//! File descriptors: as many as the system lets us have, and a few of them kept for
//! the store.
//!
//! Connections must never take the last one: reserving ids and opening a page of
//! history need one for a moment, and who is already here has to be able to talk on.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::limits::DESCRIPTORS_KEPT;

/// Raises the soft limit to the hard one, and says how many connections there may be
/// with what is then left; warns if that is fewer than `wanted`.
pub(super) fn for_connections(wanted: usize) -> usize {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let raised = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).is_ok();
    let Some(limit) = (if raised { maximum } else { current }) else {
        return usize::MAX;
    };
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let there_may_be = limit.saturating_sub(DESCRIPTORS_KEPT).max(1);
    if there_may_be < wanted {
        log::warn!(
            "this process may open {limit} files, enough for {there_may_be} connections and not \
             for the {wanted} of limits.connections: raise the limit (ulimit -n, LimitNOFILE=)"
        );
    }
    there_may_be
}
