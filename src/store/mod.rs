//! SQLite behind two threads: what was said and who may log in, on the disk.
//!
//! The *writer* takes everything queued at once, writes it in one transaction and
//! answers once (group commit); the *reader* answers questions about history and
//! accounts, and does the slow chores (checkpoints, the `everysec` sync) so that no
//! commit waits for them. The reactor calls [`Store`] and is answered through the
//! closure it gave. Nothing here knows the hub, a socket or mio, and no text, hash
//! or nonce reaches a log line.
//!
//! ```text
//!  append, account ──► writer ──► messages.db, users.db, ids ──┐
//!  ask, Find       ──► reader ──► (reads, syncs, checkpoints) ─┴─► done(Done)
//!                             └─► search.db
//! ```

mod accounts;
mod aside;
pub mod backup;
mod batch;
mod ceiling;
mod database;
mod durability;
pub mod erase;
pub mod export;
mod fault;
mod index;
mod insert;
pub mod lock;
mod opening;
mod pages;
mod penalties;
mod prune;
mod reader;
#[cfg(test)]
mod refusals;
mod rooms;
mod rows;
mod schema;
mod search;
#[cfg(test)]
mod searches;
mod streams;
mod talks;
mod times;
pub mod users;
mod volumes;
mod writer;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;

use crate::protocol::{
    AccountAnswer, AccountId, AccountRequest, Message, MessageId, Name, Page, Penalty, Query,
    RoomRecord, RoomRequest, StoreFailed, Stored, Ticket, Told,
};

pub use durability::Durability;
pub use opening::open;
pub use times::{BOUNDS_US, Times};

/// What the store is to know before it opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The data folder; made, for its owner alone, if it is not there.
    pub dir: PathBuf,
    /// When a message counts as written.
    pub durability: Durability,
    /// Days a message is kept.
    pub history_days: u32,
    /// Messages kept, over all rooms.
    pub history_messages: u64,
    /// How many lines [`Opened::recent`] holds at most.
    pub recent_lines: usize,
}

/// One message to be stored, or only to be given an id
/// ([`Target::Passing`](crate::protocol::Target::Passing)).
#[derive(Debug, Clone)]
pub struct Append {
    /// What its answer will be marked with.
    pub ticket: Ticket,
    /// The message.
    pub message: Arc<Message>,
}

/// What became of one [`Append`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// The ticket it came with.
    pub ticket: Ticket,
    /// Where it is, or that the disk refused the whole batch.
    pub outcome: Result<Outcome, StoreFailed>,
}

/// Where a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Stored under this id.
    Stored(MessageId),
    /// Given this id, and not stored: it is not to be kept.
    Passed(MessageId),
    /// This account sent this nonce within a day, under this id; nothing was stored.
    Duplicate(MessageId),
}

/// An answer of the store's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Done {
    /// One whole batch, in the order in which it was handed in.
    Appended(Vec<Appended>),
    /// To [`Store::ask`].
    Page(Ticket, Result<Page, StoreFailed>),
    /// To [`Store::room`].
    Room(Ticket, Result<(), StoreFailed>),
    /// To [`Store::account`].
    Account(Ticket, AccountAnswer),
    /// To [`Store::reread_names`]: all accounts.
    Names(Vec<(Name, AccountId)>),
    /// To [`Store::reread_names`], before the names, if there are any: accounts whose
    /// password an operator has set since the last time.
    Reset(Vec<Name>),
    /// To [`Store::reread_names`], behind the names, if they are others than before:
    /// all accounts that are operators'.
    Operators(Vec<AccountId>),
    /// To [`Store::reread_names`], last, if there are any: removed accounts whose
    /// messages are to be erased; [`Store::erase`] begins it.
    Erasures(Vec<AccountId>),
    /// To [`Store::forget`]: who had said it; `None` if there is no such message.
    Forgotten(Ticket, Result<Option<Name>, StoreFailed>),
    /// Everything that this account had said is erased.
    Erased(AccountId),
}

/// What was there when the store opened.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Opened {
    /// The newest lines of `#lobby`, oldest first.
    pub recent: Vec<Stored>,
    /// Every room that was ever made or spoken in, the oldest first.
    pub rooms: Vec<RoomRecord>,
    /// All accounts.
    pub names: Vec<(Name, AccountId)>,
    /// The accounts that are operators'.
    pub operators: Vec<AccountId>,
    /// Every ban and mute, whether or not it is over.
    pub penalties: Vec<Penalty>,
    /// The highest id that may have been used; the next is above it.
    pub last_id: MessageId,
    /// Sentences to say loudly: what was moved aside, what was migrated.
    pub notes: Vec<String>,
}

/// Why the store did not open. A database that is broken or newer than this program
/// is no reason: it is moved aside.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Another server uses the folder.
    #[error("the data folder {} is in use by another taifas, process {pid}", dir.display())]
    InUse {
        /// The folder.
        dir: PathBuf,
        /// The other server's process; 0 if it has not said yet.
        pid: u32,
    },
    /// A file or the folder cannot be made, read or written.
    #[error("cannot use {}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// SQLite cannot work with a file that is not broken: no room, no permission.
    #[error("cannot open {}: {source}", path.display())]
    Database {
        /// Which.
        path: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },
    /// The system gives no thread.
    #[error("cannot start a thread: {0}")]
    Thread(io::Error),
}

/// The open store. Dropping it is [`Store::close`].
pub struct Store {
    /// The writer's queue.
    writer: Arc<writer::Inlet>,
    /// The reader's queue.
    reader: Arc<reader::Inlet>,
    /// How long batches took.
    commit_times: Arc<times::SharedTimes>,
    /// Both threads, the writer first; empty once closed.
    threads: Vec<JoinHandle<()>>,
    /// Held until both threads are gone: nobody else may open the folder before.
    _lock: lock::Lock,
}

impl Store {
    /// Queues messages for the next batch and leaves `batch` empty. Never waits for
    /// the disk. How many may be queued is the caller's to bound (`store_queue`).
    pub fn append(&self, batch: &mut Vec<Append>) {
        self.writer.append(batch);
    }

    /// Asks for a page of history. The queue is bounded by the callers: a session
    /// has one question under way at most.
    pub fn ask(&self, ticket: Ticket, query: Query) {
        self.reader.put(reader::Job::ask(ticket, query));
    }

    /// Notes how far an account has been told what was said to it, before anything that
    /// is queued later. Not answered; a handful a session at most.
    pub fn told(&self, told: Told) {
        self.writer.told(told);
    }

    /// Asks for a room to be made, or for a topic. It is answered when it is on the disk,
    /// whatever the durability. The queue is bounded as that of [`Store::ask`] is.
    pub fn room(&self, ticket: Ticket, request: RoomRequest) {
        self.writer.room(ticket, request);
    }

    /// Asks for an account, or for a change of one. What changes is answered when it
    /// is on the disk, whatever the durability.
    pub fn account(&self, ticket: Ticket, request: AccountRequest) {
        match request {
            AccountRequest::Find(name) => self.reader.put(reader::Job::Find(ticket, name)),
            request => self.writer.account(ticket, request),
        }
    }

    /// Runs this on the reader's thread, for whoever must not wait for the disk.
    pub fn run(&self, run: Box<dyn FnOnce() + Send>) {
        self.reader.put(reader::Job::Run(run));
    }

    /// Keeps messages for so many days, and so many of them, from now on.
    pub fn keep(&self, days: u32, messages: u64) {
        self.writer.keep(prune::Keep { messages, days });
    }

    /// Asks for all accounts, because another process changed users.db.
    pub fn reread_names(&self) {
        self.writer.reread_names();
    }

    /// How long it took to write each batch since the start, whether the disk took it
    /// or not.
    pub fn commit_times(&self) -> Times {
        self.commit_times.read()
    }

    /// Erases a message: its row, its place in a room or in a talk and two inboxes, and its
    /// words. These go a moment later than it is answered, and are not found meanwhile.
    pub fn forget(&self, ticket: Ticket, id: MessageId) {
        self.writer.forget(ticket, id);
    }

    /// Erases everything that an account has said, of what was handed in so far: in
    /// pauses, a portion at a time.
    pub fn erase(&self, account: AccountId) {
        self.writer.erase(account);
    }

    /// Carries out everything queued, checkpoints, gives the reserved ids back, and
    /// waits for both threads.
    pub fn close(mut self) {
        self.shut();
    }

    fn shut(&mut self) {
        // The writer first: its last batch is then checkpointed by the reader, whose
        // connections are the last to close.
        let stops: [&dyn Fn(); 2] = [&|| self.writer.close(), &|| self.reader.close()];
        for (stop, thread) in stops.into_iter().zip(self.threads.drain(..)) {
            stop();
            if thread.join().is_err() {
                log::error!("a thread of the store had panicked");
            }
        }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.shut();
    }
}
