//! Erasing single messages, wherever something is known of them.
//!
//! What is erased is overwritten in the file, not only unlinked; its id stays used. One
//! transaction, for the writer.

use rusqlite::{Connection, OptionalExtension as _};

use super::batch::{Refused, sql_id};
use super::{fault, index, talks};
use crate::protocol::MessageId;

/// Erases these messages, and says how many there were.
pub(super) fn forget(conn: &Connection, ids: &[MessageId]) -> Result<u64, Refused> {
    fault::point()?;
    conn.pragma_update(None, "secure_delete", true)?;
    let erased = rows(conn, ids);
    // Pruning has no secrets to keep, and is faster without.
    conn.pragma_update(None, "secure_delete", false)?;
    erased
}

fn rows(conn: &Connection, ids: &[MessageId]) -> Result<u64, Refused> {
    let transaction = conn.unchecked_transaction()?;
    let mut erased = 0;
    for id in ids.iter().map(|id| sql_id(id.0)) {
        let room: Option<i64> = conn
            .prepare_cached("SELECT room FROM messages WHERE id = ?1")?
            .query_row((id,), |row| row.get(0))
            .optional()?;
        if let Some(room) = room {
            conn.prepare_cached("DELETE FROM messages WHERE id = ?1")?.execute((id,))?;
            conn.prepare_cached(
                "UPDATE blocks SET bits = bits & ?3 WHERE room = ?1 AND block = ?2",
            )?
            .execute((room, id / 64, !(1i64 << (id % 64))))?;
            also(conn, room, id)?;
            erased += 1;
        }
    }
    fault::point()?;
    transaction.commit()?;
    Ok(erased)
}

/// What else knows of a message than its row and its room's blocks: both inboxes of a
/// TELL, and the index of words. Part of the transaction that erases the row.
pub(super) fn also(conn: &Connection, room: i64, id: i64) -> rusqlite::Result<()> {
    if room < 0 {
        talks::erase(conn, room, id)?;
    }
    index::note_erased(conn, id)
}
