//! The reader: answers questions, and does what must not hold up a commit: the sync
//! within a second that `everysec` promises, checkpoints while nobody asks, emptying the
//! -wal of what was erased, and the index of words.
//!
//! It sleeps without a timeout unless one of these is due. Its connections are shared with
//! the writer in one respect: before a file is renamed the writer closes them.

use std::collections::VecDeque;
use std::fs::File;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::index::{self, Failed, Index, Opened};
use super::schema::{MESSAGES, Schema, USERS};
use super::search::{Search, Task};
use super::volumes::{self, PORTION};
use super::{Done, database, pages, users, writer};
use crate::protocol::{AccountAnswer, Name, Query, StoreFailed, Ticket};

/// From the first commit that is not synced to its sync: a second, less what the sync
/// itself may take.
const SYNC_AFTER: Duration = Duration::from_millis(800);

/// How long after a -wal could not be emptied that is tried again.
const EMPTY_AGAIN: Duration = Duration::from_secs(1);

/// From one portion of the index to the next while messages are being stored: 2 % of the
/// time. While none are, they follow at once.
const INDEX_PAUSE: Duration = Duration::from_millis(100);

/// From the start, or from the erasing of a message, until the index is looked at. Not at
/// once, because more of either may follow.
const INDEX_AFTER: Duration = Duration::from_secs(1);

/// From pruning until the words of what is gone are taken out of the index too.
const SWEEP_AFTER: Duration = Duration::from_secs(60 * 60);

/// Jobs that go before a search in a row, however many wait.
const JOBS_BEFORE_SEARCH: u32 = 64;

/// What the reader is asked.
pub(super) enum Job {
    /// A page.
    Ask(Ticket, Query),
    /// An account.
    Find(Ticket, Name),
    /// A search; between its steps others have their turn.
    Search(Box<Search>),
    /// Something else that waits for a disk.
    Run(Box<dyn FnOnce() + Send>),
}

impl Job {
    /// What answers this question.
    pub(super) fn ask(ticket: Ticket, query: Query) -> Job {
        match query {
            Query::Search { rooms, account, words, upto, lines, bytes } => {
                let task = Task { rooms, account, words, upto, lines, bytes };
                Job::Search(Box::new(Search::new(ticket, task)))
            }
            query => Job::Ask(ticket, query),
        }
    }
}

/// The reader's queue.
#[derive(Default)]
pub(super) struct Inlet {
    queue: Mutex<Queue>,
    wake: Condvar,
    /// Whether a sync is due: read by the writer at each commit, so not in the queue.
    dirty: AtomicBool,
    /// When this id is stored there is a portion for the index; read at each commit.
    index_from: AtomicU64,
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Job>,
    /// Searches, each for its next step: behind the jobs, so that who asks for anything
    /// else waits for one of them and not for as many as there are.
    searches: VecDeque<Box<Search>>,
    /// Jobs that have gone before the searches that wait.
    before_search: u32,
    /// When the -wal is to be synced; `None` while it is.
    sync_at: Option<Instant>,
    /// Whether a checkpoint is due.
    checkpoint: bool,
    /// When the -wal is to be emptied; `None` while it holds nothing that was erased.
    empty_at: Option<Instant>,
    /// When the index is to be looked at; `None` while there is nothing to do for it.
    index_at: Option<Instant>,
    /// When what was pruned is to be taken out of it; `None` if nothing was.
    sweep_at: Option<Instant>,
    /// Whether the thread waits to be woken.
    asleep: bool,
    /// Whether the thread is to end when the jobs are done.
    closing: bool,
}

/// What the thread does next.
enum Next {
    Job(Job),
    Search(Box<Search>),
    Sync,
    Checkpoint,
    EmptyWal,
    /// Something for the index; whether what was pruned is to be taken out.
    Index(bool),
    End,
}

impl Inlet {
    /// Queues a job.
    pub(super) fn put(&self, job: Job) {
        self.change(|queue| match job {
            Job::Search(search) => queue.searches.push_back(search),
            job => queue.jobs.push_back(job),
        });
    }

    /// Something was committed and not synced.
    pub(super) fn committed(&self) {
        if !self.dirty.swap(true, Ordering::AcqRel) {
            self.change(|queue| queue.sync_at = Some(Instant::now() + SYNC_AFTER));
        }
    }

    /// The -wal has grown enough.
    pub(super) fn checkpoint(&self) {
        self.change(|queue| queue.checkpoint = true);
    }

    /// Something was erased, and the -wal still has it.
    pub(super) fn empty_wal(&self) {
        self.change(|queue| queue.empty_at = Some(Instant::now()));
    }

    /// The -wal could not be emptied.
    fn empty_wal_later(&self) {
        self.change(|queue| queue.empty_at = Some(Instant::now() + EMPTY_AGAIN));
    }

    /// The store is open: the index may have to catch up with it, and who was killed
    /// between erasing something and emptying the -wal has left it there.
    pub(super) fn begin(&self) {
        self.empty_wal();
        self.index_from.store(u64::MAX, Ordering::Release);
        self.index_in(INDEX_AFTER);
    }

    /// Messages up to this id are committed.
    pub(super) fn stored(&self, last: u64) {
        if last >= self.index_from.load(Ordering::Acquire) {
            self.index_from.store(u64::MAX, Ordering::Release);
            self.index_in(INDEX_PAUSE);
        }
    }

    /// Messages were erased: so are their words, a moment later.
    pub(super) fn erased(&self) {
        self.index_in(INDEX_AFTER);
    }

    /// Messages were pruned: so are their words, in time.
    pub(super) fn pruned(&self) {
        self.change(|queue| {
            queue.sweep_at.get_or_insert_with(|| Instant::now() + SWEEP_AFTER);
        });
    }

    fn index_in(&self, pause: Duration) {
        self.change(|queue| queue.index_at = Some(Instant::now() + pause));
    }

    /// Ends the thread when all jobs are done.
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

    fn next(&self) -> Next {
        let mut queue = self.lock();
        loop {
            let now = Instant::now();
            if queue.sync_at.is_some_and(|at| at <= now) {
                queue.sync_at = None;
                // Before the sync: what is committed during it needs another.
                self.dirty.store(false, Ordering::Release);
                return Next::Sync;
            }
            let has_its_turn = queue.before_search >= JOBS_BEFORE_SEARCH;
            if has_its_turn && let Some(search) = queue.searches.pop_front() {
                queue.before_search = 0;
                return Next::Search(search);
            }
            if let Some(job) = queue.jobs.pop_front() {
                queue.before_search += u32::from(!queue.searches.is_empty());
                return Next::Job(job);
            }
            // Before searches: where there is always one, the -wal would only grow, and
            // keep what was erased.
            if !queue.closing && std::mem::take(&mut queue.checkpoint) {
                return Next::Checkpoint;
            }
            if !queue.closing && queue.empty_at.is_some_and(|at| at <= now) {
                queue.empty_at = None;
                return Next::EmptyWal;
            }
            if let Some(search) = queue.searches.pop_front() {
                queue.before_search = 0;
                return Next::Search(search);
            }
            if queue.closing {
                return Next::End;
            }
            let sweeps = queue.sweep_at.is_some_and(|at| at <= now);
            if sweeps || queue.index_at.is_some_and(|at| at <= now) {
                queue.index_at = None;
                queue.sweep_at.take_if(|_| sweeps);
                return Next::Index(sweeps);
            }
            queue.asleep = true;
            let due = [queue.sync_at, queue.empty_at, queue.index_at, queue.sweep_at];
            queue = match due.into_iter().flatten().min() {
                None => self.wake.wait(queue).unwrap_or_else(PoisonError::into_inner),
                Some(at) => {
                    let left = at.saturating_duration_since(now);
                    let woken = self.wake.wait_timeout(queue, left);
                    woken.unwrap_or_else(PoisonError::into_inner).0
                }
            };
            queue.asleep = false;
        }
    }
}

/// The reader's connections, each `None` until it is used. Whoever holds the guard
/// has the file: the writer renames it only then.
#[derive(Default)]
pub(super) struct ReadSide {
    messages: Mutex<Option<Connection>>,
    users: Mutex<Option<Connection>>,
    /// How often either file was opened anew: what was found out about an earlier one
    /// is no longer true.
    generation: AtomicU64,
}

impl ReadSide {
    pub(super) fn messages(&self) -> MutexGuard<'_, Option<Connection>> {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn users(&self) -> MutexGuard<'_, Option<Connection>> {
        self.users.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A file was opened anew.
    pub(super) fn renewed(&self) {
        self.generation.fetch_add(1, Ordering::AcqRel);
    }

    pub(super) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }
}

/// The thread's own.
pub(super) struct Reader<F> {
    /// The data folder.
    pub(super) dir: PathBuf,
    pub(super) inlet: Arc<Inlet>,
    pub(super) read_side: Arc<ReadSide>,
    /// Where a broken file is reported.
    pub(super) writer: Arc<writer::Inlet>,
    /// The highest id given so far.
    pub(super) last: Arc<AtomicU64>,
    /// The -wal, and the generation it belongs to; `None` until the first sync.
    pub(super) wal: Option<(u64, File)>,
    /// Whether the last read failed: that is said once.
    pub(super) outage: bool,
    /// The words of the messages.
    pub(super) index: Index,
    /// The same of the index.
    pub(super) index_outage: bool,
    /// The highest id when the index was looked at last.
    pub(super) index_last: u64,
    pub(super) done: F,
}

impl<F: Fn(Done)> Reader<F> {
    pub(super) fn run(mut self) {
        loop {
            match self.inlet.next() {
                Next::Job(job) => self.carry_out(job),
                Next::Search(search) => self.search_on(search),
                Next::Sync => self.sync(),
                Next::Checkpoint => self.checkpoint(),
                Next::EmptyWal => self.empty_wal(),
                Next::Index(sweep) => self.index_on(sweep),
                Next::End => break,
            }
        }
        // The last connections: closing them checkpoints and removes the -wal.
        *self.read_side.messages() = None;
        *self.read_side.users() = None;
    }

    fn carry_out(&mut self, job: Job) {
        match job {
            Job::Ask(ticket, query) => {
                let last = self.last.load(Ordering::Acquire);
                let page = self.read(&MESSAGES, |conn| pages::answer(conn, &query, last));
                (self.done)(Done::Page(ticket, page.ok_or(StoreFailed)));
            }
            Job::Find(ticket, name) => {
                let found = self.read(&USERS, |conn| users::find(conn, &name));
                let answer = found.map_or(AccountAnswer::Failed, AccountAnswer::Found);
                (self.done)(Done::Account(ticket, answer));
            }
            // Has a queue of its own.
            Job::Search(search) => self.inlet.put(Job::Search(search)),
            Job::Run(run) => run(),
        }
    }

    /// One step of a search; the next one waits behind whoever asks for something else, and
    /// behind the other searches.
    fn search_on(&mut self, mut search: Box<Search>) {
        let last = self.last.load(Ordering::Acquire);
        match self.with_index(|index, messages| search.step(index, messages, last)) {
            Some(true) => (self.done)(Done::Page(search.ticket, Ok(search.into_page()))),
            Some(false) => self.inlet.put(Job::Search(search)),
            None => (self.done)(Done::Page(search.ticket, Err(StoreFailed))),
        }
    }

    /// Does something for the index, and sees to it that it is looked at again.
    fn index_on(&mut self, sweep: bool) {
        let last = self.last.load(Ordering::Acquire);
        let pause = if last == self.index_last { Duration::ZERO } else { INDEX_PAUSE };
        self.index_last = last;
        // Where hardly anything was ever said there is no index until somebody searches.
        let extent = self.read(&MESSAGES, |messages| volumes::extent(messages, last));
        let rest = match extent {
            Some(extent) if !self.index.exists() && extent.last - extent.first < PORTION => {
                Some(Some(extent.last - extent.first + 1))
            }
            Some(_) => {
                self.with_index(|index, messages| volumes::chore(index, messages, last, sweep))
            }
            None => None,
        };
        match rest {
            Some(None) => self.inlet.index_in(pause),
            Some(Some(rest)) => self.index_rests(last.saturating_sub(rest.unsigned_abs())),
            // It failed: not before there is more to do.
            None => self.index_rests(last),
        }
    }

    /// Everything up to this id is in the index, or to be left alone.
    fn index_rests(&self, upto: u64) {
        let from = upto.saturating_add(PORTION.unsigned_abs());
        self.inlet.index_from.store(from, Ordering::Release);
        // It may have been stored meanwhile.
        self.inlet.stored(self.last.load(Ordering::Acquire));
    }

    /// Does something with the index; one that turns out broken is made anew, once.
    fn with_index<T>(
        &mut self,
        mut with: impl FnMut(&Opened, &Connection) -> Result<T, Failed>,
    ) -> Option<T> {
        let mut index = std::mem::replace(&mut self.index, Index::new(&self.dir));
        let mut result = None;
        for _ in 0..2 {
            let done = self.read(&MESSAGES, |messages| {
                match index.open(messages).and_then(|index| with(index, messages)) {
                    Err(Failed::Messages(error)) => Err(error),
                    done => Ok(done),
                }
            });
            match done {
                Some(Ok(value)) => {
                    self.index_outage = false;
                    result = Some(value);
                }
                Some(Err(failed)) if index.is_renewed(&failed) => continue,
                Some(Err(failed)) if !std::mem::replace(&mut self.index_outage, true) => {
                    log::error!("cannot use {}: {failed}", index::FILE);
                }
                Some(Err(_)) | None => {}
            }
            break;
        }
        self.index = index;
        result
    }

    /// Reads with the connection to one of the files, opened if need be.
    fn read<T>(
        &mut self,
        schema: &Schema,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Option<T> {
        let read_side = Arc::clone(&self.read_side);
        let of_messages = schema.file == MESSAGES.file;
        let mut slot = if of_messages { read_side.messages() } else { read_side.users() };
        let generation = read_side.generation();
        let result = match &*slot {
            Some(conn) => read(conn),
            None => database::connect(&self.dir.join(schema.file), false)
                .and_then(|conn| read(slot.insert(conn))),
        };
        drop(slot);
        match result {
            Ok(value) => {
                self.outage = false;
                Some(value)
            }
            Err(error) => {
                if database::is_broken(&error) {
                    self.writer.suspect(of_messages, generation, error.to_string());
                } else if !std::mem::replace(&mut self.outage, true) {
                    log::error!("cannot read {}: {error}", schema.file);
                }
                None
            }
        }
    }

    /// Puts everything committed so far on the disk.
    fn sync(&mut self) {
        let generation = self.read_side.generation();
        if self.wal.as_ref().is_none_or(|(of, _)| *of != generation) {
            let path = database::wal_path(&self.dir, &MESSAGES);
            self.wal = File::open(path).ok().map(|file| (generation, file));
        }
        let synced = match &self.wal {
            Some((_, file)) => file.sync_data(),
            None => Err(std::io::ErrorKind::NotFound.into()),
        };
        if let Err(error) = synced {
            log::error!("messages of the last second may not be on the disk: {error}");
            self.wal = None;
            self.inlet.committed();
        }
    }

    /// Copies what is committed from the -wal to the database, holding nobody up.
    fn checkpoint(&mut self) {
        self.read(&MESSAGES, |conn| {
            conn.query_row("PRAGMA wal_checkpoint(PASSIVE)", (), |_| Ok(()))
        });
    }

    /// Empties the -wal: a checkpoint alone leaves what is in it where it is until
    /// something else is written over it, which in a quiet place can take months.
    fn empty_wal(&mut self) {
        // First as far as it holds nobody up: what is left to be done under the writer's
        // lock is little.
        self.checkpoint();
        let emptied = self.read(&MESSAGES, |conn| {
            // A backup may be reading, and the writer may be at it: neither is waited for,
            // because the writer would wait, too.
            conn.busy_timeout(Duration::ZERO)?;
            let emptied = conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |row| {
                let busy: i64 = row.get(0)?;
                Ok(busy == 0)
            });
            conn.busy_timeout(database::BUSY)?;
            emptied
        });
        if emptied != Some(true) {
            self.inlet.empty_wal_later();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{MessageId, SearchWord, SearchWords};

    fn search() -> Job {
        let words = vec![SearchWord { text: "word".into(), begins: false }];
        let (words, upto) = (SearchWords::new(words).unwrap(), MessageId(1));
        Job::ask(
            Ticket(1),
            Query::Search { rooms: Vec::new(), account: None, words, upto, lines: 1, bytes: 1 },
        )
    }

    /// What the reader does next: a job, or a search.
    fn order(inlet: &Inlet, count: usize) -> String {
        let kinds = (0..count).map(|_| match inlet.next() {
            Next::Job(_) => 'j',
            Next::Search(_) => 's',
            Next::Checkpoint => 'c',
            Next::EmptyWal => 'e',
            _ => '?',
        });
        kinds.collect()
    }

    #[test]
    fn searches_wait_for_jobs_but_not_for_ever() {
        let inlet = Inlet::default();
        let job = || Job::Run(Box::new(|| ()));
        for _ in 0..3 {
            inlet.put(search());
        }
        inlet.put(job());
        assert_eq!(order(&inlet, 2), "js", "it waits for none of them");
        inlet.put(job());
        assert_eq!(order(&inlet, 3), "jss");
        (0..2).for_each(|_| inlet.put(search()));
        inlet.checkpoint();
        inlet.empty_wal();
        assert_eq!(order(&inlet, 4), "cess", "nor do they hold up what has to be done");
        let many = JOBS_BEFORE_SEARCH as usize;
        (0..2 * many).for_each(|_| inlet.put(job()));
        (0..2).for_each(|_| inlet.put(search()));
        let jobs = "j".repeat(many);
        assert_eq!(order(&inlet, 2 * many + 2), format!("{jobs}s{jobs}s"));
    }
}
