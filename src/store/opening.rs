//! Opening the store: the folder, the lock, the ids, both files, both threads, in
//! this order, because each needs the one before.

use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::thread::{Builder, JoinHandle};

use rusqlite::Connection;

use super::accounts::{self, Accounts};
use super::batch::{Messages, begin_above};
use super::ceiling::{self, Found};
use super::erase::Erasure;
use super::index::Index;
use super::reader::{self, ReadSide, Reader};
use super::schema::{MESSAGES, USERS};
use super::times::SharedTimes;
use super::writer::{self, Writer};
use super::{Done, Durability, OpenError, Opened, Options, Store};
use super::{aside, database, lock, pages, penalties, rooms, users};
use crate::protocol::{MessageId, Query, RoomName, Span, Stored};

/// SQLite needs little; the default of 2 MiB each is only address space, but some
/// small machines count it.
const STACK_BYTES: usize = 512 * 1024;

/// Opens the store of a folder. `done` is called by both threads with every answer;
/// it must not wait.
///
/// # Errors
/// If another server uses the folder, or the machine refuses. A broken or newer
/// database is moved aside, and [`Opened::notes`] says so.
pub fn open(
    options: Options,
    done: impl Fn(Done) + Send + Clone + 'static,
) -> Result<(Store, Opened), OpenError> {
    make_folder(&options.dir)?;
    let lock = lock::take(&options.dir)?;
    let (messages, mut opened) = open_messages(&options)?;
    let users = accounts::open(&options, Some(&messages))?;
    opened.notes.extend(users.notes);
    opened.names = users::names(&users.conn).map_err(sqlite(&options, USERS.file))?;
    opened.operators = users::operators(&users.conn).map_err(sqlite(&options, USERS.file))?;
    opened.penalties = penalties::all(&users.conn).map_err(sqlite(&options, USERS.file))?;
    let erasures = users::erasures(&users.conn).map_err(sqlite(&options, USERS.file))?;

    let resets = users::resets(&users.conn).map_err(sqlite(&options, USERS.file))?;
    let read_side = Arc::new(ReadSide::default());
    let last = Arc::new(AtomicU64::new(opened.last_id.0));
    let (to_writer, to_reader) =
        (Arc::new(writer::Inlet::default()), Arc::new(reader::Inlet::default()));
    let commit_times = Arc::new(SharedTimes::default());
    let writer = Writer {
        inlet: Arc::clone(&to_writer),
        reader: Arc::clone(&to_reader),
        read_side: Arc::clone(&read_side),
        messages: Messages::new(&options, messages, Arc::clone(&read_side), Arc::clone(&last))
            .map_err(sqlite(&options, MESSAGES.file))?,
        accounts: Accounts::new(
            &options,
            users.conn,
            Arc::clone(&read_side),
            resets,
            opened.operators.clone(),
        ),
        // What a server before this one did not get done.
        erasing: erasures.into_iter().map(Erasure::new).collect(),
        erasing_rests: false,
        batches: 0,
        durability: options.durability,
        pages: 0,
        times: Arc::clone(&commit_times),
        done: done.clone(),
    };
    let reader = Reader {
        dir: options.dir.clone(),
        inlet: Arc::clone(&to_reader),
        read_side,
        writer: Arc::clone(&to_writer),
        last,
        wal: None,
        outage: false,
        index: Index::new(&options.dir),
        index_outage: false,
        index_last: opened.last_id.0,
        done,
    };
    to_reader.begin();
    let mut store = Store {
        writer: to_writer,
        reader: to_reader,
        commit_times,
        threads: Vec::new(),
        _lock: lock,
    };
    // Were the second refused, dropping the store would end the first.
    store.threads.push(start("writer", move || writer.run())?);
    store.threads.push(start("reader", move || reader.run())?);
    Ok((store, opened))
}

/// Makes the data folder, for its owner alone; one that is there stays as it is.
pub(super) fn make_folder(dir: &Path) -> Result<(), OpenError> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .map_err(|source| OpenError::File { path: dir.to_owned(), source })
}

/// Opens messages.db and finds out where the ids go on.
fn open_messages(options: &Options) -> Result<(Connection, Opened), OpenError> {
    let dir = &options.dir;
    let fail_ids = |source: io::Error| OpenError::File { path: dir.join("ids"), source };
    let mut found = ceiling::read(dir).map_err(fail_ids)?;
    let full = options.durability == Durability::Always;
    let messages = database::open(dir, &MESSAGES, full)?;
    let fail = || sqlite(options, MESSAGES.file);
    if messages.fresh && !messages.notes.is_empty() && found == Found::Nothing {
        // There were messages, and nothing says how many.
        found = Found::Garbled;
    }
    let highest =
        if messages.fresh { None } else { Some(highest(&messages.conn).map_err(fail())?) };
    let (last, guessed) = ceiling::last_used(&found, highest, aside::now().ms());
    let mut notes = messages.notes;
    if guessed {
        let file = dir.join("ids");
        notes.push(format!(
            "{} is lost: message ids go on above {last}, which leaves a gap",
            file.display()
        ));
    }
    if last > 0 && found != Found::Ceiling(last) {
        ceiling::replace(dir, last).map_err(fail_ids)?;
    }
    if messages.fresh {
        begin_above(&messages.conn, last).map_err(fail())?;
    }
    let rooms = rooms::rooms(&messages.conn).map_err(fail())?;
    let rooms = rooms.into_iter().map(|room| room.record).collect();
    let recent = recent(&messages.conn, options.recent_lines).map_err(fail())?;
    let last_id = MessageId(last);
    let opened = Opened { recent, rooms, last_id, notes, ..Opened::default() };
    Ok((messages.conn, opened))
}

/// The highest id that a messages.db knows of.
pub(super) fn highest(conn: &Connection) -> rusqlite::Result<u64> {
    // What was pruned, or was in a file before this one, was used too.
    conn.query_row(
        "SELECT max(ifnull((SELECT max(id) FROM messages), 0),
                    ifnull((SELECT max(pruned) FROM rooms), 0),
                    ifnull((SELECT max(pruned) FROM talks), 0),
                    ifnull((SELECT max(above) FROM origin), 0))",
        (),
        |row| row.get::<_, i64>(0),
    )
    .map(i64::unsigned_abs)
}

/// The newest lines of the lobby, which everybody enters. Other rooms' are read when
/// somebody enters, so that a start does not take longer for each room there ever was.
fn recent(conn: &Connection, lines: usize) -> rusqlite::Result<Vec<Stored>> {
    if lines == 0 {
        return Ok(Vec::new());
    }
    let (room, span, upto) = (RoomName::LOBBY, Span::Latest, MessageId(u64::MAX));
    let query = Query::History { room, span, upto, lines, bytes: usize::MAX };
    Ok(pages::answer(conn, &query, 0)?.lines)
}

fn sqlite(options: &Options, file: &str) -> impl Fn(rusqlite::Error) -> OpenError + use<> {
    let path = options.dir.join(file);
    move |source| OpenError::Database { path: path.clone(), source }
}

fn start(name: &str, run: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, OpenError> {
    let builder = Builder::new().name(name.to_owned()).stack_size(STACK_BYTES);
    builder.spawn(run).map_err(OpenError::Thread)
}
