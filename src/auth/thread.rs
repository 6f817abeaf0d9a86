//! The thread named "auth", and the queue in front of it.
//!
//! The reactor asks and never waits: a full queue hands the request back, and the
//! answers come through the closure it gave, on this thread. One request is one turn.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, TrySendError, sync_channel};
use std::thread::{Builder, JoinHandle};

use super::hasher::Hasher;
use super::profile::Profile;
use crate::protocol::{HashAnswer, HashRequest, Ticket};

/// The asking end of the auth thread. Dropping it is the same as [`Auth::close`].
pub struct Auth {
    /// The queue; `None` once closing has begun.
    queue: Option<SyncSender<(Ticket, HashRequest)>>,
    /// Set when what still waits is to be dropped.
    pub(super) closing: Arc<AtomicBool>,
    /// The thread; `None` once it has been joined.
    thread: Option<JoinHandle<()>>,
}

/// Starts the auth thread. At most `queue` requests wait, one more is being worked
/// on; `done` is called on the thread with each answer, in the order of asking. It
/// must not block: [`Auth::close`] waits for it.
///
/// # Errors
/// Whatever the operating system says when it has no thread to give.
pub fn start(
    profile: Profile,
    queue: usize,
    done: impl Fn(Ticket, HashAnswer) + Send + 'static,
) -> std::io::Result<Auth> {
    let (sender, receiver) = sync_channel(queue);
    let closing = Arc::new(AtomicBool::new(false));
    let seen_closing = Arc::clone(&closing);
    let thread = Builder::new()
        .name("auth".to_owned())
        .spawn(move || run(Hasher::new(profile), &receiver, &seen_closing, done))?;
    Ok(Auth { queue: Some(sender), closing, thread: Some(thread) })
}

impl Auth {
    /// Queues a request; its answer comes through `done` with the same ticket.
    ///
    /// # Errors
    /// The request itself if the queue is full: nothing was taken.
    pub fn ask(&self, ticket: Ticket, request: HashRequest) -> Result<(), HashRequest> {
        let Some(queue) = &self.queue else { return Err(request) };
        queue.try_send((ticket, request)).map_err(|refused| match refused {
            TrySendError::Full((_, request)) | TrySendError::Disconnected((_, request)) => request,
        })
    }

    /// Ends the thread: the hash that runs is finished and answered, those that wait
    /// are dropped without an answer (64 of them would hold the end for half a minute
    /// on a small machine), their secrets wiped. Returns when the thread is gone.
    pub fn close(self) {
        drop(self);
    }
}

impl Drop for Auth {
    fn drop(&mut self) {
        self.closing.store(true, Ordering::Release);
        self.queue = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            log::error!("the auth thread ended in a panic");
        }
    }
}

/// How far the auth thread stands back: it still gets a tenth of a busy core.
#[cfg(target_os = "linux")]
const NICE: i32 = 10;

fn run(
    mut hasher: Hasher,
    queue: &Receiver<(Ticket, HashRequest)>,
    closing: &AtomicBool,
    done: impl Fn(Ticket, HashAnswer),
) {
    // On Linux this is the thread's own priority (man 2 setpriority, "C library/kernel
    // differences"): where there is one core, a hash gives way to whoever is talking.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::setpriority_process(None, NICE);
    while let Some((ticket, request)) = next(&mut hasher, queue) {
        if closing.load(Ordering::Acquire) {
            return;
        }
        done(ticket, hasher.answer(request));
    }
}

/// The next request, or `None` when nobody can ask any more. Before it waits, the
/// memory is wiped: no password's traces stay while nothing happens.
fn next(
    hasher: &mut Hasher,
    queue: &Receiver<(Ticket, HashRequest)>,
) -> Option<(Ticket, HashRequest)> {
    match queue.try_recv() {
        Ok(asked) => Some(asked),
        Err(TryRecvError::Disconnected) => None,
        Err(TryRecvError::Empty) => {
            hasher.rest();
            queue.recv().ok()
        }
    }
}
