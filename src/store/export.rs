//! `taifas export`: what was said in rooms, in the order of its ids, read beside a
//! server that goes on writing.
//!
//! A portion at a time and each in a read of its own, so that a slow reader of the
//! output never keeps the server from using its -wal again. Called by the command
//! line, which knows how a line is written; never by a server.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension as _, Row};

use super::batch::sql_id;
use super::database;
use super::schema::MESSAGES;
use crate::protocol::{RoomName, Timestamp};

/// Messages read at a time.
const PORTION: usize = 1000;

/// The messages of a data folder.
pub struct Export {
    conn: Connection,
    /// The file, for error messages.
    path: PathBuf,
    /// The room asked for, as it is folded; `None` for all.
    room: Option<String>,
    /// The last id that was given.
    after: u64,
    /// The last id there is to give: the last there was at the beginning, or the export
    /// of a busy server would never end.
    upto: u64,
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its id.
    pub id: u64,
    /// When it was said.
    pub at: Timestamp,
    /// Where, without the `#`.
    pub room: String,
    /// By whom.
    pub from: String,
    /// What.
    pub text: String,
}

/// Why nothing, or nothing more, can be exported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// No server has used the data folder.
    #[error("there is nothing to export: {} is not there; say which folder with --data DIR", _0.display())]
    Nothing(PathBuf),
    /// Nobody ever spoke in this room.
    #[error("nobody has ever spoken in {0}")]
    NoSuchRoom(RoomName),
    /// SQLite refused.
    #[error("cannot read {}: {source}", path.display())]
    Sqlite {
        /// Which file.
        path: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },
}

impl Export {
    /// Begins behind the id `after`, in one room or in all.
    ///
    /// # Errors
    /// If there is no such database or room, or it cannot be read.
    pub fn open(dir: &Path, after: u64, room: Option<&RoomName>) -> Result<Export, ExportError> {
        let path = dir.join(MESSAGES.file);
        if !path.exists() {
            return Err(ExportError::Nothing(path));
        }
        let fail = |source| ExportError::Sqlite { path: path.clone(), source };
        let conn = database::connect(&path, false).map_err(fail)?;
        let upto = "SELECT ifnull(max(id), 0) FROM messages";
        let upto: i64 = conn.query_row(upto, (), |row| row.get(0)).map_err(fail)?;
        if let Some(room) = room {
            let known = conn
                .query_row("SELECT 1 FROM rooms WHERE folded = ?1", (room.folded(),), |_| Ok(()))
                .optional();
            known.map_err(fail)?.ok_or(ExportError::NoSuchRoom(*room))?;
        }
        let room = room.map(RoomName::folded);
        Ok(Export { conn, path, room, after, upto: upto.unsigned_abs() })
    }

    /// The next portion; an empty one is the end.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn portion(&mut self) -> Result<Vec<Line>, ExportError> {
        let lines = self.read().map_err(|source| {
            let path = self.path.clone();
            ExportError::Sqlite { path, source }
        })?;
        if let Some(last) = lines.last() {
            self.after = last.id;
        }
        Ok(lines)
    }

    fn read(&self) -> rusqlite::Result<Vec<Line>> {
        // Only what was said in a room has one. The order of the tables is fixed by
        // CROSS JOIN: by the ids, whatever a planner thinks of so few rooms.
        let mut select = self.conn.prepare_cached(
            "SELECT m.id, m.at, r.name, m.name, m.text
             FROM messages AS m CROSS JOIN rooms AS r ON r.id = m.room
             WHERE m.id > ?1 AND m.id <= ?2 AND (?3 IS NULL OR r.folded = ?3)
             ORDER BY m.id LIMIT ?4",
        )?;
        let portion = PORTION as i64;
        let rows =
            select.query_map((sql_id(self.after), sql_id(self.upto), &self.room, portion), line)?;
        rows.collect()
    }
}

fn line(row: &Row<'_>) -> rusqlite::Result<Line> {
    Ok(Line {
        id: row.get::<_, i64>(0)?.unsigned_abs(),
        at: Timestamp::from_ms(row.get::<_, i64>(1)?.unsigned_abs()),
        room: row.get(2)?,
        from: row.get(3)?,
        text: row.get(4)?,
    })
}
