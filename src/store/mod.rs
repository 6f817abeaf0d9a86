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
mod batch;
mod ceiling;
mod database;
mod durability;
mod fault;
mod forget;
mod index;
pub mod lock;
mod opening;
mod pages;
mod prune;
mod reader;
#[cfg(test)]
mod refusals;
mod rows;
mod schema;
mod search;
#[cfg(test)]
mod searches;
mod streams;
mod talks;
pub mod users;
mod writer;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;

use crate::protocol::{
    AccountAnswer, AccountId, AccountRequest, Message, MessageId, Name, Page, Query, RoomName,
    StoreFailed, Stored, Ticket, Told,
};

pub use durability::Durability;
pub use opening::open;

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
    /// How many lines of each room [`Opened::recent`] holds at most.
    pub recent_lines: usize,
}

/// One message to be stored.
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
    /// To [`Store::forget`]: how many messages there were.
    Forgotten(Ticket, Result<u64, StoreFailed>),
    /// To [`Store::account`].
    Account(Ticket, AccountAnswer),
    /// To [`Store::reread_names`]: all accounts.
    Names(Vec<(Name, AccountId)>),
    /// To [`Store::reread_names`], before the names, if there are any: accounts whose
    /// password an operator has set since the last time.
    Reset(Vec<Name>),
}

/// What was there when the store opened.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Opened {
    /// The newest lines of each room, oldest first within a room.
    pub recent: Vec<Stored>,
    /// Every room that was ever spoken in.
    pub rooms: Vec<RoomName>,
    /// All accounts.
    pub names: Vec<(Name, AccountId)>,
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

    /// Erases messages: the rows, their places in rooms, talks and inboxes, and their
    /// words. Answered when it is done; the words go a moment later, and are not found
    /// meanwhile.
    pub fn forget(&self, ticket: Ticket, ids: Vec<MessageId>) {
        self.writer.forget(ticket, ids);
    }

    /// Asks for an account, or for a change of one. What changes is answered when it
    /// is on the disk, whatever the durability.
    pub fn account(&self, ticket: Ticket, request: AccountRequest) {
        match request {
            AccountRequest::Find(name) => self.reader.put(reader::Job::Find(ticket, name)),
            request => self.writer.account(ticket, request),
        }
    }

    /// Asks for all accounts, because another process changed users.db.
    pub fn reread_names(&self) {
        self.writer.reread_names();
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
