//! Looking messages up by id, for whoever may see them.
//!
//! Whatever finds an id (bits of a block, an index), the row itself decides whether it
//! is shown: it must be of one of the rooms asked about, or of a talk of the account's.
//! A row that is gone, or that we cannot have written, is passed over.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use rusqlite::{CachedStatement, Connection, OptionalExtension as _};

use super::talks::{self, Talk};
use crate::protocol::{AccountId, Message, MessageId, RoomName, Stored, Target, Timestamp};

/// What a question may show.
pub(super) struct Rows<'c> {
    conn: &'c Connection,
    /// Looks one message up.
    get: CachedStatement<'c>,
    /// The rooms, by number.
    rooms: Vec<(i64, RoomName)>,
    /// The account whose talks may be shown; `None` for nobody's.
    account: Option<AccountId>,
    /// Talks met so far, by number; `None` for one that may not be shown.
    talks: HashMap<i64, Option<Talk>>,
}

impl<'c> Rows<'c> {
    /// Messages of these rooms, and of the account's talks.
    pub(super) fn new(
        conn: &'c Connection,
        rooms: Vec<(i64, RoomName)>,
        account: Option<AccountId>,
    ) -> rusqlite::Result<Rows<'c>> {
        let get = conn
            .prepare_cached("SELECT room, at, account, name, text FROM messages WHERE id = ?1")?;
        Ok(Rows { conn, get, rooms, account, talks: HashMap::new() })
    }

    /// The message of this id, if it may be shown.
    pub(super) fn get(&mut self, id: i64) -> rusqlite::Result<Option<Stored>> {
        let Rows { conn, get, rooms, account: party, talks } = self;
        let found = get.query_row((id,), |row| {
            let stream: i64 = row.get(0)?;
            let account = row.get::<_, Option<i64>>(2)?.map(|id| AccountId(id.unsigned_abs()));
            let to = if stream < 0 {
                talk(conn, talks, *party, stream)?.map(|t| Target::Person(t.recipient(account)))
            } else {
                let room = rooms.iter().find(|(number, _)| *number == stream);
                room.map(|(_, name)| Target::Room(*name))
            };
            let sender = row.get_ref(3)?.as_str()?.parse();
            let (Some(to), Ok(sender)) = (to, sender) else { return Ok(None) };
            let message = Message {
                to,
                sender,
                account,
                at: Timestamp::from_ms(row.get::<_, i64>(1)?.unsigned_abs()),
                text: row.get_ref(4)?.as_str()?.into(),
                nonce: None,
            };
            Ok(Some(Stored { id: MessageId(id.unsigned_abs()), message: Arc::new(message) }))
        });
        Ok(found.optional()?.flatten())
    }
}

/// The talk of this number, if it may be shown to this account.
fn talk<'t>(
    conn: &Connection,
    talks: &'t mut HashMap<i64, Option<Talk>>,
    party: Option<AccountId>,
    stream: i64,
) -> rusqlite::Result<Option<&'t Talk>> {
    Ok(match talks.entry(stream) {
        Entry::Occupied(known) => known.into_mut().as_ref(),
        Entry::Vacant(unknown) => {
            let found = talks::by_stream(conn, stream)?;
            let shown = found.filter(|talk| party.is_some_and(|account| talk.is_of(account)));
            unknown.insert(shown).as_ref()
        }
    })
}
