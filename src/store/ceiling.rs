//! Ids that never repeat: the file `ids` says up to which one they may have been
//! used, and says so on the disk before they are.
//!
//! A start after a crash begins above that ceiling, whatever the database still
//! knows. The writer reserves a block at a time, each twice the last one, and a
//! clean close lowers the ceiling to the last id, so that ids continue without a
//! jump. The file is replaced, never rewritten: written new, synced, renamed, and
//! the folder synced.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use super::fault;

/// The first block reserved in a run.
const BLOCK_MIN: u64 = 1024;

/// The largest block: what a crash can cost of the number space.
const BLOCK_MAX: u64 = 65_536;

/// The jump when the file is lost but the database is whole: beyond what can have
/// been used in the second that `everysec` may lose, and beyond what was passed on and
/// left nothing in the database, unless that was millions since the last message.
const JUMP: u64 = 1 << 24;

const FILE: &str = "ids";

/// The reserved ids.
#[derive(Debug)]
pub(super) struct Ceiling {
    /// The data folder.
    dir: PathBuf,
    /// No id above this one has been used. Invariant: the file says at least this.
    top: u64,
    /// How many the next reservation takes.
    block: u64,
}

/// What the file says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// This ceiling.
    Ceiling(u64),
    /// There is no file.
    Nothing,
    /// Something that is no ceiling.
    Garbled,
}

/// Reads the file.
pub(super) fn read(dir: &Path) -> io::Result<Found> {
    match fs::read(dir.join(FILE)) {
        Ok(bytes) => Ok(parse(&bytes).map_or(Found::Garbled, Found::Ceiling)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Found::Nothing),
        Err(error) => Err(error),
    }
}

/// The digits and the newline behind them, without which the number may be cut off.
fn parse(bytes: &[u8]) -> Option<u64> {
    let digits = std::str::from_utf8(bytes).ok()?.strip_suffix('\n')?;
    digits.parse().ok().filter(|&top| top < i64::MAX as u64)
}

/// The highest id that may have been used, and whether that had to be guessed.
///
/// `highest` is the database's, `None` if there is no database; `now_ms` is the
/// guess of last resort, since no server hands out 1,000 ids a second for 50 years.
pub(super) fn last_used(found: &Found, highest: Option<u64>, now_ms: u64) -> (u64, bool) {
    match (found, highest) {
        (Found::Ceiling(top), highest) => ((*top).max(highest.unwrap_or(0)), false),
        (Found::Nothing, None | Some(0)) => (0, false),
        (Found::Garbled, None | Some(0)) => (now_ms, true),
        (_, Some(highest)) => (highest + JUMP, true),
    }
}

/// A ceiling for a copy whose original goes on: above all that was used, and beyond
/// what will be until the copy takes its place.
pub(super) fn beyond(found: &Found, highest: Option<u64>, now_ms: u64) -> u64 {
    let (last, _) = last_used(found, highest, now_ms);
    last.saturating_add(JUMP).min(i64::MAX as u64 - 1)
}

impl Ceiling {
    /// A ceiling of which nothing is reserved above `last`.
    pub(super) fn new(dir: &Path, last: u64) -> Ceiling {
        Ceiling { dir: dir.to_owned(), top: last, block: BLOCK_MIN }
    }

    /// Makes sure that ids up to `id` may be used.
    ///
    /// # Errors
    /// If it is not on the disk: then none above the old ceiling may be used.
    pub(super) fn reach(&mut self, id: u64) -> io::Result<()> {
        if id <= self.top {
            return Ok(());
        }
        let top = id.max(self.top.saturating_add(self.block));
        replace(&self.dir, top)?;
        self.top = top;
        self.block = (self.block * 2).min(BLOCK_MAX);
        Ok(())
    }

    /// Gives back what is reserved above `last`.
    pub(super) fn lower(&mut self, last: u64) -> io::Result<()> {
        if last == self.top {
            return Ok(());
        }
        replace(&self.dir, last)?;
        self.top = last;
        Ok(())
    }
}

/// Puts a ceiling on the disk.
pub(super) fn replace(dir: &Path, top: u64) -> io::Result<()> {
    fault::point()?;
    let new = dir.join("ids.new");
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
    file.write_all(format!("{top}\n").as_bytes())?;
    file.sync_all()?;
    fault::point()?;
    fs::rename(&new, dir.join(FILE))?;
    File::open(dir)?.sync_all()?;
    fault::point()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::database::tests::Folder;

    #[test]
    fn blocks_double_up_to_the_largest() {
        let dir = Folder::new("ceiling-doubles");
        let mut ceiling = Ceiling::new(dir.path(), 0);
        let mut tops = Vec::new();
        for _ in 0..9 {
            ceiling.reach(ceiling.top + 1).unwrap();
            assert_eq!(read(dir.path()).unwrap(), Found::Ceiling(ceiling.top));
            tops.push(ceiling.top);
        }
        let blocks: Vec<u64> = tops.windows(2).map(|w| w[1] - w[0]).collect();
        assert_eq!(tops[0], 1024);
        assert_eq!(blocks, [2048, 4096, 8192, 16_384, 32_768, 65_536, 65_536, 65_536]);
        ceiling.lower(1000).unwrap();
        assert_eq!(read(dir.path()).unwrap(), Found::Ceiling(1000));
    }

    #[test]
    fn a_batch_beyond_the_block_is_reserved_whole() {
        let dir = Folder::new("ceiling-whole");
        let mut ceiling = Ceiling::new(dir.path(), 7);
        ceiling.reach(5000).unwrap();
        assert_eq!(read(dir.path()).unwrap(), Found::Ceiling(5000));
    }

    #[test]
    fn a_cut_off_number_is_no_ceiling() {
        assert_eq!(parse(b"1042\n"), Some(1042));
        for bytes in
            [&b""[..], b"10", b"\n", b"-1\n", b"10 \n", b"\xff\n", b"9223372036854775807\n"]
        {
            assert_eq!(parse(bytes), None, "{bytes:?}");
        }
    }

    #[test]
    fn a_copy_begins_beyond_what_its_original_goes_on_to_give() {
        for (found, highest, expected) in [
            (Found::Ceiling(1024), Some(7), 1024 + JUMP),
            (Found::Ceiling(7), Some(1024), 1024 + JUMP),
            (Found::Nothing, Some(0), JUMP),
            (Found::Nothing, Some(9), 9 + 2 * JUMP),
            (Found::Ceiling(i64::MAX as u64 - 1), Some(0), i64::MAX as u64 - 1),
        ] {
            let top = beyond(&found, highest, 0);
            assert_eq!(top, expected, "{found:?}");
            assert_eq!(parse(format!("{top}\n").as_bytes()), Some(top), "it can be read again");
        }
    }

    #[test]
    fn where_a_start_begins() {
        for (found, highest, expected) in [
            (Found::Ceiling(1024), Some(7), (1024, false)),
            (Found::Ceiling(7), Some(1024), (1024, false)),
            (Found::Ceiling(7), None, (7, false)),
            (Found::Nothing, None, (0, false)),
            (Found::Nothing, Some(0), (0, false)),
            (Found::Nothing, Some(9), (9 + JUMP, true)),
            (Found::Garbled, Some(9), (9 + JUMP, true)),
            (Found::Garbled, None, (1_795_000_000_000, true)),
        ] {
            assert_eq!(last_used(&found, highest, 1_795_000_000_000), expected, "{found:?}");
        }
    }
}
