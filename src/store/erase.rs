//! Erasing what was said: one message, or everything an account has said, a portion at
//! a time so that no commit waits long for it.
//!
//! What is erased is overwritten in the file before it is taken out of it. Its id stays used, and
//! so does its nonce: neither is ever given or taken again. Called by the writer; by
//! the command line only where no server has the folder.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _};

use super::batch::{Refused, sql_id};
use super::index::{Failed, Index};
use super::schema::{MESSAGES, USERS};
use super::users::UsersError;
use super::{OpenError, database, fault, index, lock, talks, users, volumes};
use crate::protocol::{AccountId, MessageId, Name};

/// Messages looked at in one portion, …
const LOOK: i64 = 1024;
/// … and the most that are erased in one: a commit that comes meanwhile waits for half a
/// millisecond or so.
const STEP: usize = 64;

/// Everything an account has said, on its way out.
#[derive(Debug)]
pub(super) struct Erasure {
    /// Whose it was.
    pub(super) account: AccountId,
    /// Everything up to this id has been looked at.
    seen: i64,
}

/// What one portion did.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Portion {
    /// Messages erased.
    pub(super) erased: u64,
    /// Whether there is no more to look at.
    pub(super) over: bool,
}

impl Erasure {
    pub(super) fn new(account: AccountId) -> Erasure {
        Erasure { account, seen: 0 }
    }

    /// Erases what is in the next portion.
    pub(super) fn step(&mut self, conn: &Connection) -> Result<Portion, Refused> {
        let upto: Option<i64> = conn
            .prepare_cached("SELECT id FROM messages WHERE id > ?1 ORDER BY id LIMIT 1 OFFSET ?2")?
            .query_row((self.seen, LOOK - 1), |row| row.get(0))
            .optional()?;
        let mut select = conn.prepare_cached(
            "SELECT id, room FROM messages WHERE id > ?1 AND id <= ?2 AND account = ?3
             ORDER BY id LIMIT ?4",
        )?;
        let last = upto.unwrap_or(i64::MAX);
        let range = (self.seen, last, sql_id(self.account.0), STEP as i64);
        let doomed = select
            .query_map(range, |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<rusqlite::Result<Vec<(i64, i64)>>>()?;
        if !doomed.is_empty() {
            erase(conn, &doomed)?;
        }
        // Only now, so that a portion that was refused is tried again.
        let full = doomed.last().filter(|_| doomed.len() >= STEP).map(|(id, _)| *id);
        self.seen = full.or(upto).unwrap_or(self.seen);
        Ok(Portion { erased: doomed.len() as u64, over: full.is_none() && upto.is_none() })
    }
}

/// Erases one message, and says whose it was; `None` if there is none.
pub(super) fn forget(conn: &Connection, id: MessageId) -> Result<Option<Name>, Refused> {
    let id = sql_id(id.0);
    let found = conn
        .prepare_cached("SELECT room, name FROM messages WHERE id = ?1")?
        .query_row((id,), |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))
        .optional()?;
    let Some((room, name)) = found else { return Ok(None) };
    let Ok(name) = name.parse() else { return Ok(None) };
    erase(conn, &[(id, room)])?;
    Ok(Some(name))
}

/// Takes messages out, by id and room, in one transaction: the one place where single
/// messages go, and so where whatever else knows their texts has to lose them too.
fn erase(conn: &Connection, doomed: &[(i64, i64)]) -> Result<(), Refused> {
    fault::point()?;
    conn.pragma_update(None, "secure_delete", "ON")?;
    let erased = erase_rows(conn, doomed);
    // As every connection has it: what costs no write more.
    conn.pragma_update(None, "secure_delete", "FAST")?;
    erased
}

fn erase_rows(conn: &Connection, doomed: &[(i64, i64)]) -> Result<(), Refused> {
    let transaction = conn.unchecked_transaction()?;
    {
        // As long as before, and so in its place: a row that is deleted may have been
        // moved between pages meanwhile, and leaves what it held where it was.
        let mut blank = conn.prepare_cached(
            "UPDATE messages SET text = substr(hex(zeroblob(octet_length(text))), 1,
                                               octet_length(text)),
                                 name = substr(hex(zeroblob(octet_length(name))), 1,
                                               octet_length(name))
             WHERE id = ?1",
        )?;
        for (id, _) in doomed {
            blank.execute((id,))?;
        }
        let mut delete = conn.prepare_cached("DELETE FROM messages WHERE id = ?1")?;
        let mut clear = conn
            .prepare_cached("UPDATE blocks SET bits = bits & ?3 WHERE room = ?1 AND block = ?2")?;
        for (id, room) in doomed {
            delete.execute((id,))?;
            also(conn, *room, *id)?;
        }
        let mut bits: Vec<(i64, i64, i64)> =
            doomed.iter().map(|(id, room)| (*room, id / 64, 1i64 << (id % 64))).collect();
        bits.sort_unstable();
        for group in bits.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            let gone = group.iter().fold(0, |all, (_, _, bit)| all | bit);
            clear.execute((group[0].0, group[0].1, !gone))?;
        }
    }
    fault::point()?;
    transaction.commit()?;
    Ok(())
}

/// What else knows of a message than its row and its room's blocks: both inboxes of what
/// one account told another, and the index of words.
fn also(conn: &Connection, room: i64, id: i64) -> rusqlite::Result<()> {
    if room < 0 {
        talks::erase(conn, room, id)?;
    }
    volumes::note_erased(conn, id)
}

/// Erases what `taifas user` has noted to be erased, in a folder that no server uses;
/// how many messages that were.
///
/// # Errors
/// [`OpenError::InUse`] if a server uses the folder: it does it itself.
pub fn without_server(dir: &Path) -> Result<u64, UsersError> {
    let _lock = lock::take(dir)?;
    let failed = |file: &str| {
        let path = dir.join(file);
        move |source| UsersError::Sqlite { path, source }
    };
    let accounts = database::open_strictly(dir, &USERS)?.conn;
    let noted = users::erasures(&accounts).map_err(failed(USERS.file))?;
    let mut erased = 0;
    // Where nothing was ever said there is no file, and none is made.
    if dir.join(MESSAGES.file).exists() {
        let messages = database::open_strictly(dir, &MESSAGES)?.conn;
        for account in &noted {
            let mut erasure = Erasure::new(*account);
            loop {
                let portion = erasure.step(&messages).map_err(|refused| match refused {
                    Refused::Sqlite(source) => failed(MESSAGES.file)(source),
                    Refused::File(source) => {
                        OpenError::File { path: dir.join(MESSAGES.file), source }.into()
                    }
                })?;
                erased += portion.erased;
                if portion.over {
                    break;
                }
            }
        }
        // Also if nothing was erased now: whoever did may have been killed before this.
        if !noted.is_empty() {
            take_words_out(dir, &messages)?;
        }
    }
    for account in noted {
        users::erased(&accounts, account).map_err(failed(USERS.file))?;
    }
    Ok(erased)
}

/// Takes the words of what was erased out of the index.
fn take_words_out(dir: &Path, messages: &Connection) -> Result<(), UsersError> {
    let mut index = Index::new(dir);
    match index.take_erased_out(messages) {
        Err(failed) if !index.is_renewed(&failed) => Err(match failed {
            Failed::Messages(source) => {
                UsersError::Sqlite { path: dir.join(MESSAGES.file), source }
            }
            Failed::Index(source) => UsersError::Sqlite { path: dir.join(index::FILE), source },
            Failed::File(source) => OpenError::File { path: dir.join(index::FILE), source }.into(),
        }),
        _ => Ok(()),
    }
}
