//! The writer: takes everything queued, writes it in one transaction, answers once,
//! and again. While one group commits the next gathers: the busier, the larger.
//!
//! It sleeps without a timeout when there is nothing to do, and prunes only then,
//! unless pruning is overdue.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::accounts::{Accounts, Reread};
use super::batch::Messages;
use super::reader::{self, ReadSide};
use super::{Append, Done, Durability};
use crate::protocol::{AccountRequest, MessageId, StoreFailed, Ticket, Told};

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
    accounts: Vec<(Ticket, AccountRequest)>,
    /// How far accounts have been told.
    told: Vec<Told>,
    /// Messages to be erased.
    forgets: Vec<(Ticket, Vec<MessageId>)>,
    /// Whether the names are to be read again.
    reread: bool,
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
            && self.accounts.is_empty()
            && self.suspects.is_empty()
            && self.told.is_empty()
            && self.forgets.is_empty()
            && !self.reread
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

    /// Queues a change of an account.
    pub(super) fn account(&self, ticket: Ticket, request: AccountRequest) {
        self.change(|queue| queue.work.accounts.push((ticket, request)));
    }

    /// Queues a mark of how far an account has been told.
    pub(super) fn told(&self, told: Told) {
        self.change(|queue| queue.work.told.push(told));
    }

    /// Queues the erasing of messages.
    pub(super) fn forget(&self, ticket: Ticket, ids: Vec<MessageId>) {
        self.change(|queue| queue.work.forgets.push((ticket, ids)));
    }

    /// Asks for the names of all accounts.
    pub(super) fn reread_names(&self) {
        self.change(|queue| queue.work.reread = true);
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
    pub(super) done: F,
}

impl<F: Fn(Done)> Writer<F> {
    pub(super) fn run(mut self) {
        let mut work = Work::default();
        loop {
            match self.inlet.next(&mut work, self.messages.prune_due()) {
                Next::Work => self.carry_out(&mut work),
                Next::Idle => self.prune(),
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
        // Before the messages, which may be told to who has come since.
        if !work.told.is_empty() {
            self.messages.mark(&work.told);
            work.told.clear();
            self.committed();
        }
        if !work.appends.is_empty() {
            let answers = self.messages.append(&work.appends);
            work.appends.clear();
            self.committed();
            (self.done)(Done::Appended(answers));
            self.reader.stored(self.messages.last());
            if self.messages.prune_overdue() {
                self.prune();
            }
        }
        for (ticket, ids) in work.forgets.drain(..) {
            let erased = self.messages.forget(&ids).ok_or(StoreFailed);
            self.committed();
            // What it was overwritten with has to get from the -wal into the file.
            self.reader.checkpoint();
            self.reader.erased();
            (self.done)(Done::Forgotten(ticket, erased));
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

    /// Takes a few of the oldest messages out.
    fn prune(&mut self) {
        if self.messages.prune() {
            self.reader.pruned();
        }
        self.committed();
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
