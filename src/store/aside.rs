//! Moving a database aside: it is renamed, with its -wal and -shm, never deleted and
//! never written to. Whoever calls has closed every connection to it first; SQLite
//! would otherwise delete the new file's -wal when the old connection closes.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use super::database;
use crate::protocol::Timestamp;

/// The wall clock: for the names of files, and where ids begin when all else is lost.
pub(super) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_ms(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// Renames `messages.db` to `messages.db.<why>-20261123T044045Z`, or the same with
/// `.2`, `.3`… if there is one, and gives the new name.
pub(super) fn move_aside(path: &Path, why: &str, at: Timestamp) -> io::Result<PathBuf> {
    let mut stamp = at.to_string().replace(['-', ':'], "");
    stamp.truncate("20261123T044045".len());
    let base = format!("{}.{why}-{stamp}Z", path.display());
    let mut target = PathBuf::from(&base);
    let mut copy = 1;
    while target.try_exists()? {
        copy += 1;
        target = PathBuf::from(format!("{base}.{copy}"));
    }
    // The -wal and -shm first: were the power cut in between, the database found again
    // at the next start would be broken still, and not mixed up with a new one's -wal.
    for suffix in ["-wal", "-shm"] {
        match fs::rename(with_suffix(path, suffix), with_suffix(&target, suffix)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    fs::rename(path, &target)?;
    Ok(target)
}

/// Moves a file aside that turned out broken while it was in use, and says so.
pub(super) fn at_run_time(path: &Path, what: &str) {
    match move_aside(path, "broken", now()) {
        Ok(target) => {
            let what = format!("is broken ({what})");
            log::error!("{}", database::aside_note(path, &what, &target));
        }
        Err(error) => log::error!("cannot move {} aside: {error}", path.display()),
    }
}

/// `messages.db` and `-wal`: `messages.db-wal`.
pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
