//! Opening one SQLite file: made for its owner alone, checked, migrated, and moved
//! aside if it is broken or newer than this program.
//!
//! What is wrong with the machine (no room, no permission) is an error; what is
//! wrong with the file never is. Called by the opening and by both threads.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::OpenError;
use super::aside::{move_aside, now};
use super::schema::Schema;

/// Files up to this size are checked when they are opened (some 0.2 s at most); in
/// larger ones a broken page is found when it is met.
const CHECK_BYTES: u64 = 64 * 1024 * 1024;

/// How long a connection waits for another one's lock.
pub(super) const BUSY: Duration = Duration::from_secs(2);

/// Where the writer checkpoints by itself, in pages: the bound on the -wal. The
/// reader does it long before, unless it is busy.
const WAL_PAGES_MAX: u32 = 4000;

/// Statements kept prepared on one connection: as many as there are, and a few volumes'.
const STATEMENTS: usize = 48;

/// A file that is open.
pub(super) struct Database {
    /// The connection.
    pub(super) conn: Connection,
    /// Whether the file is new.
    pub(super) fresh: bool,
    /// What to say loudly about it.
    pub(super) notes: Vec<String>,
}

/// Why a file did not open.
enum Trouble {
    /// It is no database of ours, or not in order.
    Broken(String),
    /// A later program wrote it.
    Newer(u32),
    /// The machine.
    Sqlite(rusqlite::Error),
    /// The machine.
    File(io::Error),
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Trouble {
        if is_broken(&error) { Trouble::Broken(error.to_string()) } else { Trouble::Sqlite(error) }
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Trouble {
        Trouble::File(error)
    }
}

/// Whether the error says that the file is not what it should be: not a database,
/// corrupt, or without the tables we made.
pub(super) fn is_broken(error: &rusqlite::Error) -> bool {
    match error {
        // Our SQL is fixed: if it does not compile, the schema is not ours.
        rusqlite::Error::SqlInputError { error, .. } => {
            error.extended_code == rusqlite::ffi::SQLITE_ERROR
        }
        rusqlite::Error::SqliteFailure(failure, _) => {
            matches!(failure.code, ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
        }
        _ => false,
    }
}

/// Opens a file of the data folder; a broken or newer one is moved aside and a new
/// one made. `synchronous=FULL` if `full`.
pub(super) fn open(dir: &Path, schema: &Schema, full: bool) -> Result<Database, OpenError> {
    let path = dir.join(schema.file);
    let mut moved = Vec::new();
    loop {
        let (why, what) = match open_once(&path, schema, full) {
            Ok(mut database) => {
                database.notes.splice(0..0, moved);
                return Ok(database);
            }
            Err(Trouble::Sqlite(source)) => return Err(OpenError::Database { path, source }),
            Err(Trouble::File(source)) => return Err(OpenError::File { path, source }),
            // A file just made that is broken again is the machine's fault.
            Err(Trouble::Broken(what)) if !moved.is_empty() => {
                return Err(OpenError::File { path, source: io::Error::other(what) });
            }
            Err(Trouble::Broken(what)) => ("broken", format!("is broken ({what})")),
            Err(Trouble::Newer(version)) => (
                "newer",
                format!(
                    "was written by a newer taifas (schema {version}, this one knows {})",
                    schema.steps.len()
                ),
            ),
        };
        let target = move_aside(&path, why, now())
            .map_err(|source| OpenError::File { path: path.clone(), source })?;
        moved.push(aside_note(&path, &what, &target));
    }
}

/// The sentence that says what was moved aside.
pub(super) fn aside_note(path: &Path, what: &str, target: &Path) -> String {
    format!(
        "{} {what}: it was moved aside to {} and a new one was made",
        path.display(),
        target.display()
    )
}

/// Another connection to a file that is open already, for the reader.
pub(super) fn connect(path: &Path, full: bool) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)?;
    conn.busy_timeout(BUSY)?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS);
    // Small: the system's own cache holds the file; ours only spares the copying.
    // Pages that are written anyway keep nothing of what was moved elsewhere: otherwise
    // what is erased one day (erase.rs) could be left where it once was.
    conn.execute_batch(&format!(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = {};
         PRAGMA cache_size = -256;
         PRAGMA temp_store = MEMORY;
         PRAGMA secure_delete = FAST;
         PRAGMA journal_size_limit = {};
         PRAGMA wal_autocheckpoint = {WAL_PAGES_MAX};",
        if full { "FULL" } else { "NORMAL" },
        u64::from(WAL_PAGES_MAX) * 4096,
    ))?;
    Ok(conn)
}

/// Whether closing the last connection leaves the -wal as it is, instead of copying
/// it into the database: a broken file is evidence, and is not to be written to.
pub(super) fn leave_alone(conn: &Connection, alone: bool) -> rusqlite::Result<()> {
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, alone).map(drop)
}

/// Closes a connection to a broken file.
pub(super) fn let_go(conn: Connection) {
    if let Err(error) = leave_alone(&conn, true) {
        log::warn!("cannot keep the -wal of a broken database: {error}");
    }
}

/// Opens a file of the data folder and moves nothing aside.
pub(super) fn open_strictly(dir: &Path, schema: &Schema) -> Result<Database, OpenError> {
    let path = dir.join(schema.file);
    open_once(&path, schema, true).map_err(|trouble| match trouble {
        Trouble::Sqlite(source) => OpenError::Database { path, source },
        Trouble::File(source) => OpenError::File { path, source },
        Trouble::Broken(what) => {
            let source = io::Error::other(format!("it is broken ({what})"));
            OpenError::File { path, source }
        }
        Trouble::Newer(version) => {
            let source = io::Error::other(format!("a newer taifas wrote it (schema {version})"));
            OpenError::File { path, source }
        }
    })
}

fn open_once(path: &Path, schema: &Schema, full: bool) -> Result<Database, Trouble> {
    let bytes = touch(path)?;
    let conn = connect(path, full)?;
    leave_alone(&conn, true)?;
    // A negative version is nobody's: it reads as one beyond ours.
    let version: i64 = conn.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let known = schema.steps.len();
    let version = match usize::try_from(version) {
        Ok(version) if version <= known => version,
        _ => return Err(Trouble::Newer(version as u32)),
    };
    if bytes <= CHECK_BYTES {
        let verdict: String = conn.query_row("PRAGMA quick_check(1)", (), |row| row.get(0))?;
        if verdict != "ok" {
            return Err(Trouble::Broken(verdict));
        }
    }
    let mut notes = Vec::new();
    if version < known {
        migrate(&conn, schema, version)?;
        if version > 0 {
            notes.push(format!("{} was brought from schema {version} to {known}", path.display()));
        }
    }
    for probe in schema.probes {
        conn.prepare(probe)?;
    }
    leave_alone(&conn, false)?;
    Ok(Database { conn, fresh: version == 0, notes })
}

/// Makes a file if there is none, and says how large it is. Made by us, because SQLite
/// would make it readable for everybody; -wal and -shm get the mode that the database has.
pub(super) fn touch(path: &Path) -> io::Result<u64> {
    let file =
        OpenOptions::new().append(true).create(true).truncate(false).mode(0o600).open(path)?;
    Ok(file.metadata()?.len())
}

/// Runs the missing steps, all or none.
fn migrate(conn: &Connection, schema: &Schema, version: usize) -> rusqlite::Result<()> {
    let transaction = conn.unchecked_transaction()?;
    for step in &schema.steps[version..] {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "user_version", schema.steps.len() as i64)?;
    transaction.commit()
}

/// The -wal beside a database.
pub(super) fn wal_path(dir: &Path, schema: &Schema) -> PathBuf {
    super::aside::with_suffix(&dir.join(schema.file), "-wal")
}

#[cfg(test)]
pub(super) mod tests {
    //! A folder for a test, and the files that do not open as they are.

    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    /// A folder of its own, removed at the end.
    pub(crate) struct Folder(PathBuf);

    impl Folder {
        pub(crate) fn new(name: &str) -> Folder {
            let path = std::env::temp_dir().join(format!("taifas-{name}-{}", std::process::id()));
            let _ = fs::remove_dir_all(&path);
            fs::create_dir_all(&path).unwrap();
            Folder(path)
        }

        pub(crate) fn path(&self) -> &Path {
            &self.0
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    const ONE: Schema = Schema {
        file: "t.db",
        steps: &["CREATE TABLE t(a INTEGER); INSERT INTO t VALUES(41);"],
        probes: &["SELECT a FROM t"],
    };

    const TWO: Schema = Schema {
        file: "t.db",
        steps: &[ONE.steps[0], "ALTER TABLE t ADD COLUMN b INTEGER; UPDATE t SET b = a + 1;"],
        probes: &["SELECT a, b FROM t"],
    };

    const WRONG: Schema =
        Schema { steps: &[ONE.steps[0], "DELETE FROM t; SELECT nonsense"], ..ONE };

    #[test]
    fn an_older_file_is_migrated_and_a_newer_one_moved_aside() {
        let dir = Folder::new("migrates");
        let first = open(dir.path(), &ONE, true).unwrap();
        assert!(first.fresh && first.notes.is_empty());
        drop(first);

        let second = open(dir.path(), &TWO, true).unwrap();
        assert!(!second.fresh);
        assert_eq!(second.notes.len(), 1, "{:?}", second.notes);
        let b: i64 = second.conn.query_row("SELECT b FROM t", (), |row| row.get(0)).unwrap();
        assert_eq!(b, 42);
        drop(second);

        let older_program = open(dir.path(), &ONE, true).unwrap();
        assert!(older_program.fresh);
        assert!(older_program.notes[0].contains("newer"), "{:?}", older_program.notes);
        let aside = fs::read_dir(dir.path())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .find(|path| {
                let path = path.to_string_lossy();
                path.contains("t.db.newer-20") && path.ends_with('Z')
            })
            .unwrap();
        let kept = Connection::open(aside).unwrap();
        let b: i64 = kept.query_row("SELECT b FROM t", (), |row| row.get(0)).unwrap();
        assert_eq!(b, 42, "what was moved aside is whole");
    }

    #[test]
    fn a_migration_that_fails_changes_nothing() {
        let dir = Folder::new("migration-fails");
        drop(open(dir.path(), &ONE, true).unwrap());
        let conn = connect(&dir.path().join("t.db"), true).unwrap();
        assert!(migrate(&conn, &WRONG, 1).is_err());
        let a: i64 = conn.query_row("SELECT a FROM t", (), |row| row.get(0)).unwrap();
        let version: i64 = conn.pragma_query_value(None, "user_version", |r| r.get(0)).unwrap();
        assert_eq!((a, version), (41, 1));
    }

    #[test]
    fn files_are_their_owners_alone() {
        let dir = Folder::new("modes");
        let opened = open(dir.path(), &ONE, true).unwrap();
        opened.conn.execute("INSERT INTO t VALUES(1)", ()).unwrap();
        for file in ["t.db", "t.db-wal"] {
            let mode = fs::metadata(dir.path().join(file)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{file}");
        }
    }

    #[test]
    fn another_programs_database_is_moved_aside() {
        let dir = Folder::new("foreign");
        let path = dir.path().join("t.db");
        Connection::open(&path).unwrap().execute_batch("CREATE TABLE t(x TEXT)").unwrap();
        let opened = open(dir.path(), &ONE, true).unwrap();
        assert!(opened.fresh);
        assert!(opened.notes[0].contains("t.db.broken-20"), "{:?}", opened.notes);
    }

    #[test]
    fn strictly_nothing_is_moved() {
        let dir = Folder::new("strict");
        let path = dir.path().join("t.db");
        fs::write(&path, vec![b'x'; 5000]).unwrap();
        assert!(open_strictly(dir.path(), &ONE).is_err());
        assert_eq!(fs::read(&path).unwrap(), vec![b'x'; 5000]);
    }
}
