//! Talks: what pairs of accounts have told each other, and how far each account has been
//! told of it.
//!
//! A talk is to messages.db what a room is, with a negative number; both names are kept
//! as they were, so that one account's talks outlive the other. Called by the writer
//! within its transactions, and by whoever reads.

use rusqlite::{Connection, OptionalExtension as _, Row};

use super::batch::sql_id;
use crate::protocol::{AccountId, Message, MessageId, Name, Recipient, Told};

/// A talk.
#[derive(Debug, Clone, Copy)]
pub(super) struct Talk {
    /// Its number, above 0; in `messages` and `blocks` it stands negated.
    number: i64,
    /// Both accounts, the lower number first; the same twice for notes to oneself.
    low: (i64, Name),
    high: (i64, Name),
    /// The highest id that is gone from it.
    pub(super) pruned: u64,
}

impl Talk {
    /// The talk's number as it stands in `messages` and `blocks`.
    pub(super) fn stream(&self) -> i64 {
        -self.number
    }

    /// Whether the account is one of the two.
    pub(super) fn is_of(&self, account: AccountId) -> bool {
        [self.low.0, self.high.0].contains(&sql_id(account.0))
    }

    /// Whom this account told what it said in it.
    pub(super) fn recipient(&self, sender: Option<AccountId>) -> Recipient {
        let from_low = sender.is_some_and(|sender| sql_id(sender.0) == self.low.0);
        let (account, name) = if from_low { self.high } else { self.low };
        Recipient { name, account: AccountId(account.unsigned_abs()), away: false }
    }
}

/// The talk that has this number in `messages`. `None` if there is none, or not one that
/// we can have written.
pub(super) fn by_stream(conn: &Connection, stream: i64) -> rusqlite::Result<Option<Talk>> {
    let found = conn
        .prepare_cached(
            "SELECT id, low, high, low_name, high_name, pruned FROM talks WHERE id = ?1",
        )?
        .query_row((stream.saturating_neg(),), talk)
        .optional()?;
    Ok(found.flatten())
}

/// The talks of an account with whoever is or was called so: more than one if an account
/// of that name was removed and another one registered.
pub(super) fn with(
    conn: &Connection,
    account: AccountId,
    name: &Name,
) -> rusqlite::Result<Vec<Talk>> {
    let mut select = conn.prepare_cached(
        "SELECT id, low, high, low_name, high_name, pruned FROM talks WHERE low = ?1 AND high_name = ?2
         UNION SELECT id, low, high, low_name, high_name, pruned FROM talks WHERE high = ?1 AND low_name = ?2",
    )?;
    let rows = select.query_map((sql_id(account.0), name.as_str()), talk)?;
    rows.filter_map(Result::transpose).collect()
}

/// The highest id that is gone from any talk of the account.
pub(super) fn pruned(conn: &Connection, account: AccountId) -> rusqlite::Result<u64> {
    conn.prepare_cached(
        "SELECT max(ifnull((SELECT max(pruned) FROM talks WHERE low = ?1), 0),
                    ifnull((SELECT max(pruned) FROM talks WHERE high = ?1), 0))",
    )?
    .query_row((sql_id(account.0),), |row| row.get::<_, i64>(0))
    .map(i64::unsigned_abs)
}

/// The number in `messages` of the talk that a message belongs to; a first message makes
/// it.
pub(super) fn stream_of(
    conn: &Connection,
    message: &Message,
    to: &Recipient,
) -> rusqlite::Result<i64> {
    let sender = (message.account.map_or(0, |account| sql_id(account.0)), message.sender);
    let recipient = (sql_id(to.account.0), to.name);
    let (low, high) =
        if sender.0 <= recipient.0 { (sender, recipient) } else { (recipient, sender) };
    let found: Option<i64> = conn
        .prepare_cached("SELECT id FROM talks WHERE low = ?1 AND high = ?2")?
        .query_row((low.0, high.0), |row| row.get(0))
        .optional()?;
    if let Some(number) = found {
        return Ok(-number);
    }
    conn.prepare_cached(
        "INSERT INTO talks(low, high, low_name, high_name, pruned)
         SELECT ?1, ?2, ?3, ?4, above FROM origin",
    )?
    .insert((low.0, high.0, low.1.as_str(), high.1.as_str()))
    .map(|number| -number)
}

/// Moves the mark of how far an account has been told.
pub(super) fn mark(conn: &Connection, told: &Told) -> rusqlite::Result<()> {
    let sql = if told.back {
        "UPDATE told SET upto = ?2 WHERE account = ?1 AND upto > ?2"
    } else {
        "INSERT INTO told(account, upto) VALUES(?1, ?2)
         ON CONFLICT DO UPDATE SET upto = max(upto, excluded.upto)"
    };
    conn.prepare_cached(sql)?.execute((sql_id(told.account.0), sql_id(told.upto.0))).map(drop)
}

/// Up to which id an account has been told what was said to it.
pub(super) fn marked(conn: &Connection, account: AccountId) -> rusqlite::Result<MessageId> {
    let upto: Option<i64> = conn
        .prepare_cached("SELECT upto FROM told WHERE account = ?1")?
        .query_row((sql_id(account.0),), |row| row.get(0))
        .optional()?;
    Ok(MessageId(upto.unwrap_or_default().unsigned_abs()))
}

/// Everything in a talk up to this id is gone: takes it out of both inboxes.
pub(super) fn prune(conn: &Connection, stream: i64, id: i64) -> rusqlite::Result<()> {
    conn.prepare_cached("UPDATE talks SET pruned = ?2 WHERE id = ?1")?
        .execute((stream.saturating_neg(), id))?;
    let mut drop_whole = conn.prepare_cached(
        "DELETE FROM inboxes WHERE block < ?2 AND account IN
         (SELECT low FROM talks WHERE id = ?1 UNION SELECT high FROM talks WHERE id = ?1)",
    )?;
    drop_whole.execute((stream.saturating_neg(), id / 64))?;
    clear(conn, stream, id / 64, !(u64::MAX >> (63 - id % 64)) as i64)
}

/// One message of a talk is gone: takes it out of both inboxes.
pub(super) fn erase(conn: &Connection, stream: i64, id: i64) -> rusqlite::Result<()> {
    clear(conn, stream, id / 64, !(1 << (id % 64)))
}

/// Keeps only these bits of a block of both inboxes.
fn clear(conn: &Connection, stream: i64, block: i64, kept: i64) -> rusqlite::Result<()> {
    conn.prepare_cached(
        "UPDATE inboxes SET bits = bits & ?3 WHERE block = ?2 AND account IN
         (SELECT low FROM talks WHERE id = ?1 UNION SELECT high FROM talks WHERE id = ?1)",
    )?
    .execute((stream.saturating_neg(), block, kept))
    .map(drop)
}

fn talk(row: &Row<'_>) -> rusqlite::Result<Option<Talk>> {
    let name = |at| Ok::<_, rusqlite::Error>(row.get_ref(at)?.as_str()?.parse::<Name>().ok());
    let (Some(low), Some(high)) = (name(3)?, name(4)?) else { return Ok(None) };
    Ok(Some(Talk {
        number: row.get(0)?,
        low: (row.get(1)?, low),
        high: (row.get(2)?, high),
        pruned: row.get::<_, i64>(5)?.unsigned_abs(),
    }))
}
