//! The writer: takes everything queued, writes it in one transaction, answers once,
//! and again. While one group commits the next gathers: the busier, the larger.
//!
//! It sleeps without a timeout when there is nothing to do, and prunes only then,
//! unless pruning is overdue.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::accounts::{Accounts, Reread};
use super::batch::Messages;
use super::prune::Keep;
use super::reader::{self, ReadSide};
use super::times::SharedTimes;
use super::{Append, Done, Durability};
use crate::protocol::{AccountRequest, RoomRequest, Ticket};

/// Pages written to the -wal at which the reader is asked for a checkpoint.
const CHECKPOINT_PAGES: u64 = 1000;

/// The writer's queue.
#[derive(Default)]
pub(super) struct Inlet {
    queue: Mutex<Queue>,
    wake: Condvar,
}

#[derive(Default)]
struct Queue {
    work: Work,
    /// Whether the thread waits to be woken.
    asleep: bool,
    /// Whether the thread is to end when the work is done.
    closing: bool,
}

/// What queued up while the last of it was carried out.
#[derive(Default)]
struct Work {
    appends: Vec<Append>,
    rooms: Vec<(Ticket, RoomRequest)>,
    accounts: Vec<(Ticket, AccountRequest)>,
    /// Whether the names are to be read again.
    reread: bool,
    /// What is kept from now on, if that is new.
    keep: Option<Keep>,
    /// Files that the reader found broken.
    suspects: Vec<Suspect>,
}

/// A file that the reader found broken.
struct Suspect {
    /// messages.db, or else users.db.
    of_messages: bool,
    /// When: a file opened since is another one.
    generation: u64,
    /// What SQLite said.
    what: String,
}

impl Work {
    fn is_empty(&self) -> bool {
        self.appends.is_empty()
            && self.rooms.is_empty()
            && self.accounts.is_empty()
            && self.suspects.is_empty()
            && !self.reread
            && self.keep.is_none()
    }
}

/// What the thread does next.
enum Next {
    Work,
    Idle,
    End,
}

impl Inlet {
    /// Queues messages; at most one wake-up, however many they are.
    pub(super) fn append(&self, batch: &mut Vec<Append>) {
        if !batch.is_empty() {
            self.change(|queue| queue.work.appends.append(batch));
        }
    }

    /// Queues something about a room.
    pub(super) fn room(&self, ticket: Ticket, request: RoomRequest) {
        self.change(|queue| queue.work.rooms.push((ticket, request)));
    }

    /// Queues a change of an account.
    pub(super) fn account(&self, ticket: Ticket, request: AccountRequest) {
        self.change(|queue| queue.work.accounts.push((ticket, request)));
    }

    /// Asks for the names of all accounts.
    pub(super) fn reread_names(&self) {
        self.change(|queue| queue.work.reread = true);
    }

    /// Keeps this from now on.
    pub(super) fn keep(&self, keep: Keep) {
        self.change(|queue| queue.work.keep = Some(keep));
    }

    /// Reports a broken file.
    pub(super) fn suspect(&self, of_messages: bool, generation: u64, what: String) {
        let suspect = Suspect { of_messages, generation, what };
        self.change(|queue| queue.work.suspects.push(suspect));
    }

    /// Ends the thread when everything queued is done.
    pub(super) fn close(&self) {
        self.change(|queue| queue.closing = true);
    }

    fn change(&self, change: impl FnOnce(&mut Queue)) {
        let mut queue = self.lock();
        change(&mut queue);
        if std::mem::take(&mut queue.asleep) {
            self.wake.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Swaps the work queued into `work`, which is empty; waits for some unless
    /// there is something to do in a pause.
    fn next(&self, work: &mut Work, has_chores: bool) -> Next {
        let mut queue = self.lock();
        loop {
            if !queue.work.is_empty() {
                // The buffers go back and forth: none is allocated for a batch.
                std::mem::swap(&mut queue.work, work);
                return Next::Work;
            }
            if queue.closing {
                return Next::End;
            }
            if has_chores {
                return Next::Idle;
            }
            queue.asleep = true;
            queue = self.wake.wait(queue).unwrap_or_else(PoisonError::into_inner);
            queue.asleep = false;
        }
    }
}

/// The thread's own.
pub(super) struct Writer<F> {
    pub(super) inlet: Arc<Inlet>,
    /// Where syncs and checkpoints are asked for.
    pub(super) reader: Arc<reader::Inlet>,
    pub(super) read_side: Arc<ReadSide>,
    pub(super) messages: Messages,
    pub(super) accounts: Accounts,
    pub(super) durability: Durability,
    /// Pages written since a checkpoint was asked for, roughly.
    pub(super) pages: u64,
    /// How long batches took, for whoever watches.
    pub(super) times: Arc<SharedTimes>,
    pub(super) done: F,
}

impl<F: Fn(Done)> Writer<F> {
    pub(super) fn run(mut self) {
        let mut work = Work::default();
        loop {
            match self.inlet.next(&mut work, self.messages.prune_due()) {
                Next::Work => self.carry_out(&mut work),
                Next::Idle => {
                    self.messages.prune();
                    self.committed();
                }
                Next::End => break,
            }
        }
        self.messages.close();
    }

    fn carry_out(&mut self, work: &mut Work) {
        // Before anything more is written to a file that is to be moved aside.
        for suspect in work.suspects.drain(..) {
            if suspect.generation != self.read_side.generation() {
                continue;
            }
            if suspect.of_messages {
                self.messages.replace(&suspect.what);
            } else {
                self.accounts.replace(&suspect.what);
            }
        }
        if let Some(keep) = work.keep.take() {
            self.messages.keep(keep);
        }
        if !work.appends.is_empty() {
            let begun = Instant::now();
            let answers = self.messages.append(&work.appends);
            self.times.note(u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX));
            work.appends.clear();
            self.committed();
            (self.done)(Done::Appended(answers));
            if self.messages.prune_overdue() {
                self.messages.prune();
                self.committed();
            }
        }
        if !work.rooms.is_empty() {
            let outcome = self.messages.write_rooms(&work.rooms);
            self.committed();
            for (ticket, _) in work.rooms.drain(..) {
                (self.done)(Done::Room(ticket, outcome));
            }
        }
        if !work.accounts.is_empty() {
            let answers = self.accounts.carry_out(&work.accounts);
            for ((ticket, _), answer) in work.accounts.drain(..).zip(answers) {
                (self.done)(Done::Account(ticket, answer));
            }
        }
        // By this thread and last, so that nobody who has just registered is missing.
        if std::mem::take(&mut work.reread)
            && let Some(Reread { resets, names }) = self.accounts.reread()
        {
            if !resets.is_empty() {
                (self.done)(Done::Reset(resets));
            }
            (self.done)(Done::Names(names));
        }
    }

    /// Something may have been written: sees to its sync and to checkpoints.
    fn committed(&mut self) {
        let pages = self.messages.take_pages();
        if pages == 0 {
            return;
        }
        if self.durability == Durability::EverySec {
            self.reader.committed();
        }
        self.pages += pages;
        if self.pages >= CHECKPOINT_PAGES {
            self.pages = 0;
            self.reader.checkpoint();
        }
    }
}
