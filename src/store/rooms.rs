//! The rooms of messages.db: read at the start, made and given topics by the writer.
//!
//! A row lasts as long as the file: what is pruned are a room's messages, never the room.
//! Each function is part of its caller's transaction; nothing here knows who may do what.

use rusqlite::{Connection, OptionalExtension as _, Row};

use super::batch::sql_id;
use crate::protocol::{AccountId, RoomName, RoomRecord, RoomRequest, Timestamp, Topic};

/// A room as the table has it.
pub(super) struct Room {
    /// Its number in `messages` and `blocks`.
    pub(super) number: i64,
    /// What the hub is told of it.
    pub(super) record: RoomRecord,
}

/// All rooms. A name that no room can have was not written by us and is passed over.
pub(super) fn rooms(conn: &Connection) -> rusqlite::Result<Vec<Room>> {
    let mut select =
        conn.prepare("SELECT id, name, made_by, topic, topic_by, topic_at FROM rooms ORDER BY id")?;
    let mut rows = select.query(())?;
    let mut rooms = Vec::new();
    while let Some(row) = rows.next()? {
        if let Ok(name) = format!("#{}", row.get_ref(1)?.as_str()?).parse() {
            let made_by: Option<i64> = row.get(2)?;
            let made_by = made_by.map(|account| AccountId(account.unsigned_abs()));
            let record = RoomRecord { name, topic: topic(row)?, made_by };
            rooms.push(Room { number: row.get(0)?, record });
        }
    }
    Ok(rooms)
}

fn topic(row: &Row<'_>) -> rusqlite::Result<Option<Topic>> {
    let Some(text) = row.get::<_, Option<Box<str>>>(3)? else { return Ok(None) };
    let by: Option<String> = row.get(4)?;
    let at: Option<i64> = row.get(5)?;
    // One without a name that somebody can have was not written by us.
    let by = by.and_then(|by| by.parse().ok());
    let at = Timestamp::from_ms(at.unwrap_or_default().unsigned_abs());
    Ok(by.map(|by| Topic { text, by, at }))
}

/// Carries out one request, and says which room it was about and its number.
pub(super) fn carry_out(
    conn: &Connection,
    request: &RoomRequest,
) -> rusqlite::Result<(RoomName, i64)> {
    let room = match request {
        RoomRequest::Make { room, account, by, at } => {
            let account = account.map(|account| sql_id(account.0));
            add(conn, room)?;
            // One that is made already keeps its maker; one that was only spoken in has none.
            conn.prepare_cached(
                "UPDATE rooms SET made_by = ?2, made_by_name = ?3, made_at = ?4
                 WHERE folded = ?1 AND made_at IS NULL",
            )?
            .execute((room.folded(), account, by.as_str(), at.ms() as i64))?;
            room
        }
        RoomRequest::SetTopic { room, topic } => {
            add(conn, room)?;
            conn.prepare_cached(
                "UPDATE rooms SET topic = ?2, topic_by = ?3, topic_at = ?4 WHERE folded = ?1",
            )?
            .execute((
                room.folded(),
                &*topic.text,
                topic.by.as_str(),
                topic.at.ms() as i64,
            ))?;
            room
        }
    };
    let number = conn
        .prepare_cached("SELECT id FROM rooms WHERE folded = ?1")?
        .query_row((room.folded(),), |row| row.get(0))
        .optional()?
        .ok_or(rusqlite::Error::QueryReturnedNoRows)?;
    Ok((*room, number))
}

/// Adds a room if there is none of its name. Nothing of it is before this file.
pub(super) fn add(conn: &Connection, name: &RoomName) -> rusqlite::Result<()> {
    conn.prepare_cached(
        "INSERT INTO rooms(name, folded, pruned) SELECT ?1, ?2, above FROM origin WHERE true
         ON CONFLICT(folded) DO NOTHING",
    )?
    .execute((name.as_str(), name.folded()))
    .map(drop)
}
