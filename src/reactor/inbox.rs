//! Completions of the helper threads, on their way to the reactor. Bounded by what
//! the reactor has asked for: each request is answered once.

use std::sync::{Arc, Mutex, PoisonError};

use mio::Waker;

use super::reload::Read;
use crate::hub::SessionId;
use crate::protocol::{HashAnswer, Ticket};
use crate::store::Done;

/// Something a helper thread has finished.
#[derive(Debug)]
pub(super) enum Completion {
    /// The store has.
    Store(Done),
    /// The auth thread has.
    Hashed(Ticket, HashAnswer),
    /// What SIGHUP asks for was read again.
    Reread(Read),
    /// Nobody has: this session wants to know how the reactor does.
    Figures(SessionId),
}

/// Where they wait. Every clone is the same inbox.
#[derive(Debug, Clone)]
pub(super) struct Inbox {
    waiting: Arc<Mutex<Vec<Completion>>>,
    waker: Arc<Waker>,
}

impl Inbox {
    pub(super) fn new(waker: Waker) -> Inbox {
        Inbox { waiting: Arc::default(), waker: Arc::new(waker) }
    }

    /// Leaves a completion and wakes the reactor, once for as many as it finds there.
    pub(super) fn push(&self, completion: Completion) {
        let first = {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.push(completion);
            waiting.len() == 1
        };
        if first && let Err(error) = self.waker.wake() {
            log::error!("the reactor cannot be woken: {error}");
        }
    }

    /// Moves everything that waits to the end of `into`.
    pub(super) fn take(&self, into: &mut Vec<Completion>) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        into.append(&mut waiting);
    }
}
