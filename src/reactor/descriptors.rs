//! File descriptors: as many as the system lets us have, and a few of them kept for
//! the store.
//!
//! Connections must never take the last one: reserving ids and opening a page of
//! history need one for a moment, and who is already here has to be able to talk on.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::limits::DESCRIPTORS_KEPT;

/// Raises the soft limit to the hard one, and says how many connections there may be
/// with what is then left.
pub(super) fn for_connections() -> usize {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let raised = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).is_ok();
    match if raised { maximum } else { current } {
        None => usize::MAX,
        Some(limit) => {
            let limit = usize::try_from(limit).unwrap_or(usize::MAX);
            limit.saturating_sub(DESCRIPTORS_KEPT).max(1)
        }
    }
}
