//! One server a folder: an exclusive lock on the file `lock`, which holds the
//! server's process id.
//!
//! The system lets go of the lock when the process ends, however it ends, so a lock
//! is never stale. `taifas user` asks [`server_pid`] whether there is a server to
//! tell; it needs no lock itself.

use std::fs::{self, File, Metadata, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::time::Duration;

use super::OpenError;

/// The lock, held for as long as this lives.
pub(super) struct Lock {
    /// Open, because closing it unlocks.
    _file: File,
}

const FILE: &str = "lock";

/// The process of the server that uses this folder, if there is one.
pub fn server_pid(dir: &Path) -> Option<u32> {
    let mut file = File::open(dir.join(FILE)).ok()?;
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => read_pid(&mut file),
        _ => None,
    }
}

/// Whether that process is the one that has the folder, as far as the system says. A
/// number that was written down inside a container is somebody else's outside of it.
pub fn is_held_by(dir: &Path, pid: u32) -> bool {
    let number = |file: Metadata| (file.dev(), file.ino());
    let (Ok(lock), Ok(open)) =
        (fs::metadata(dir.join(FILE)), fs::read_dir(format!("/proc/{pid}/fd")))
    else {
        // There is no /proc, or no leave to look: it has to be taken at its word.
        return true;
    };
    let lock = number(lock);
    open.flatten().any(|entry| fs::metadata(entry.path()).is_ok_and(|file| number(file) == lock))
}

/// Takes the folder.
pub(super) fn take(dir: &Path) -> Result<Lock, OpenError> {
    let path = dir.join(FILE);
    let fail = |source: io::Error| OpenError::File { path: path.clone(), source };
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(&path)
        .map_err(fail)?;
    // A `server_pid` elsewhere holds a shared lock for the blink of an eye; somebody
    // who holds it for longer is a server.
    let mut tries = 5;
    loop {
        match file.try_lock() {
            Ok(()) => break,
            Err(TryLockError::WouldBlock) if tries > 0 => {
                tries -= 1;
                std::thread::sleep(Duration::from_millis(10));
            }
            Err(TryLockError::WouldBlock) => {
                let pid = read_pid(&mut file).unwrap_or(0);
                return Err(OpenError::InUse { dir: dir.to_owned(), pid });
            }
            Err(TryLockError::Error(source)) => return Err(fail(source)),
        }
    }
    // On a full disk the folder is still ours; only its owner's number is not told.
    let told = file
        .set_len(0)
        .and_then(|()| file.rewind())
        .and_then(|()| file.write_all(format!("{}\n", std::process::id()).as_bytes()));
    if let Err(error) = told {
        log::warn!("cannot write the process id into {}: {error}", path.display());
    }
    Ok(Lock { _file: file })
}

fn read_pid(file: &mut File) -> Option<u32> {
    let mut digits = String::new();
    file.take(16).read_to_string(&mut digits).ok()?;
    digits.trim().parse().ok()
}
