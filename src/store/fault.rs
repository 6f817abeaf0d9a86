//! Where the disk may refuse, for tests: each write that can fail passes a
//! [`point`] first, and a test arms the thread it runs in so that the Nth one
//! fails. Outside of tests a point is nothing at all.
//!
//! Faults below SQLite (a full disk, a size limit) are tried in tests/store_disk.rs.

#[cfg(not(test))]
#[inline(always)]
pub(super) fn point() -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
pub(super) use armed::point;

#[cfg(test)]
pub(super) mod armed {
    use std::cell::Cell;
    use std::io;

    thread_local! {
        /// Points still to pass before one fails; `None`: none ever fails.
        static LEFT: Cell<Option<u64>> = const { Cell::new(None) };
    }

    /// Lets the point after `passes` more of them fail, once.
    pub(crate) fn arm(passes: Option<u64>) {
        LEFT.set(passes);
    }

    /// Whether none has failed since [`arm`].
    pub(crate) fn is_armed() -> bool {
        LEFT.get().is_some()
    }

    pub(crate) fn point() -> io::Result<()> {
        match LEFT.get() {
            None => Ok(()),
            Some(0) => {
                LEFT.set(None);
                Err(io::Error::from(io::ErrorKind::StorageFull))
            }
            Some(left) => {
                LEFT.set(Some(left - 1));
                Ok(())
            }
        }
    }
}
