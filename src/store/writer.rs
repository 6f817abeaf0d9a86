//! The writer: takes everything queued, writes it in one transaction, answers once,
//! and again. While one group commits the next gathers: the busier, the larger.
//!
//! It sleeps without a timeout when there is nothing to do, and prunes only then,
//! unless pruning is overdue.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::accounts::{Accounts, Reread};
use super::batch::Messages;
use super::erase::{Erasure, Portion};
use super::insert::is_written;
use super::prune::Keep;
use super::reader::{self, ReadSide};
use super::times::SharedTimes;
use super::{Append, Done, Durability, erase};
use crate::protocol::{
    AccountId, AccountRequest, MessageId, RoomRequest, StoreFailed, Ticket, Told,
};

/// Pages written to the -wal at which the reader is asked for a checkpoint.
const CHECKPOINT_PAGES: u64 = 1000;

/// Batches after which a portion is erased even though there was no pause.
const BATCHES_PER_PORTION: u32 = 16;

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
    /// How far accounts have been told.
    told: Vec<Told>,
    /// Messages to be erased.
    forgets: Vec<(Ticket, MessageId)>,
    /// Accounts whose messages are to be erased.
    erases: Vec<AccountId>,
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
            && self.told.is_empty()
            && self.forgets.is_empty()
            && self.erases.is_empty()
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

    /// Queues a mark of how far an account has been told.
    pub(super) fn told(&self, told: Told) {
        self.change(|queue| queue.work.told.push(told));
    }

    /// Queues the erasing of a message.
    pub(super) fn forget(&self, ticket: Ticket, id: MessageId) {
        self.change(|queue| queue.work.forgets.push((ticket, id)));
    }

    /// Queues the erasing of everything an account has said.
    pub(super) fn erase(&self, account: AccountId) {
        self.change(|queue| queue.work.erases.push(account));
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
    /// What is being erased in pauses, the first of them now.
    pub(super) erasing: VecDeque<Erasure>,
    /// Whether the disk has refused that: it is tried again when it takes a message.
    pub(super) erasing_rests: bool,
    /// Batches since the last portion was erased.
    pub(super) batches: u32,
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
            let erases = !self.erasing.is_empty() && !self.erasing_rests;
            match self.inlet.next(&mut work, erases || self.messages.prune_due()) {
                Next::Work => self.carry_out(&mut work),
                Next::Idle if self.messages.prune_due() => self.prune(),
                Next::Idle => self.erase_on(),
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
        // Before the messages, which may be told to who has come since.
        if !work.told.is_empty() {
            self.messages.mark(&work.told);
            work.told.clear();
            self.committed();
        }
        if !work.appends.is_empty() {
            self.append(&mut work.appends);
        }
        for (ticket, id) in work.forgets.drain(..) {
            let outcome = self.messages.change(|conn| {
                let sender = erase::forget(conn, id)?;
                Ok((sender, u64::from(sender.is_some())))
            });
            self.committed();
            // What it was overwritten with has to get from the -wal into the file, and what
            // it was out of the -wal.
            self.reader.empty_wal();
            self.reader.erased();
            (self.done)(Done::Forgotten(ticket, outcome.ok_or(StoreFailed)));
        }
        for account in work.erases.drain(..) {
            if self.erasing.iter().all(|erasure| erasure.account != account) {
                self.erasing.push_back(Erasure::new(account));
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
            && let Some(Reread { resets, names, operators, erasures }) = self.accounts.reread()
        {
            if !resets.is_empty() {
                (self.done)(Done::Reset(resets));
            }
            (self.done)(Done::Names(names));
            if let Some(operators) = operators {
                (self.done)(Done::Operators(operators));
            }
            if !erasures.is_empty() {
                (self.done)(Done::Erasures(erasures));
            }
        }
    }

    /// Writes a batch, and sees to what is due after so many.
    fn append(&mut self, batch: &mut Vec<Append>) {
        // Otherwise there are only ids to give, and nothing is due.
        let is_written = batch.iter().any(is_written);
        let begun = Instant::now();
        let answers = self.messages.append(batch);
        if is_written {
            self.times.note(u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX));
        }
        batch.clear();
        self.committed();
        (self.done)(Done::Appended(answers));
        if !is_written {
            return;
        }
        self.reader.stored(self.messages.last());
        if self.messages.prune_overdue() {
            self.prune();
        }
        self.erasing_rests = false;
        self.batches += 1;
        if self.batches >= BATCHES_PER_PORTION {
            self.erase_on();
        }
    }

    /// Erases the next portion of what is to be erased, if anything is.
    fn erase_on(&mut self) {
        self.batches = 0;
        let Some(erasure) = self.erasing.front_mut() else {
            return;
        };
        let portion = self.messages.change(|conn| {
            let portion = erasure.step(conn)?;
            let erased = portion.erased;
            Ok((portion, erased))
        });
        self.committed();
        match portion {
            None => self.erasing_rests = true,
            Some(Portion { over: false, .. }) => {}
            Some(Portion { over: true, .. }) => {
                if let Some(Erasure { account, .. }) = self.erasing.pop_front() {
                    self.reader.empty_wal();
                    self.reader.erased();
                    self.accounts.erased(account);
                    (self.done)(Done::Erased(account));
                }
            }
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
