//! users.db as the writer has it: the changes that queued up together are one
//! transaction, on the disk before any of them is answered, whatever the durability
//! of messages. A file that turns out broken is moved aside and a new one made.

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::Connection;

use super::reader::ReadSide;
use super::schema::{MESSAGES, USERS};
use super::users::Reset;
use super::{OpenError, Options, aside, database, fault, users};
use crate::protocol::{AccountAnswer, AccountId, AccountRequest, Name, Ticket};

/// The writer's side of users.db.
pub(super) struct Accounts {
    options: Options,
    /// The connection; `None` while the file cannot be opened.
    conn: Option<Connection>,
    /// The reader's connection to the same file.
    read_side: Arc<ReadSide>,
    /// Whether the last transaction was refused: that is said once.
    outage: bool,
    /// The passwords that an operator had set when this was last told.
    resets: HashMap<i64, Reset>,
    /// The operators when this was last told.
    operators: Vec<AccountId>,
}

/// What was changed from outside.
pub(super) struct Reread {
    /// Whose password an operator has set since this was last asked.
    pub(super) resets: Vec<Name>,
    /// All accounts there are.
    pub(super) names: Vec<(Name, AccountId)>,
    /// All operators, if they are others than before.
    pub(super) operators: Option<Vec<AccountId>>,
    /// Removed accounts whose messages are to be erased.
    pub(super) erasures: Vec<AccountId>,
}

impl Accounts {
    pub(super) fn new(
        options: &Options,
        conn: Connection,
        read_side: Arc<ReadSide>,
        resets: HashMap<i64, Reset>,
        operators: Vec<AccountId>,
    ) -> Accounts {
        let options = options.clone();
        Accounts { options, conn: Some(conn), read_side, outage: false, resets, operators }
    }

    /// Everything that this account has said is erased: that is noted.
    pub(super) fn erased(&mut self, account: AccountId) {
        let noted = self.conn.as_ref().map_or(Ok(()), |conn| users::erased(conn, account));
        if let Err(error) = noted {
            // At the next start it is looked for once more, and nothing is found.
            log::error!("that account {account} is erased cannot be noted: {error}");
        }
    }

    /// Reads the names again. `None` if they cannot be read: they stay what they were.
    pub(super) fn reread(&mut self) -> Option<Reread> {
        let conn = self.conn.as_ref()?;
        let read = || {
            let (resets, names) = (users::resets(conn)?, users::names(conn)?);
            Ok::<_, rusqlite::Error>((
                resets,
                names,
                users::operators(conn)?,
                users::erasures(conn)?,
            ))
        };
        let (resets, names, operators, erasures) = match read() {
            Ok(read) => read,
            Err(error) => {
                log::error!("the accounts cannot be read again: {error}");
                return None;
            }
        };
        let known = |id| self.resets.get(id).map_or(0, |reset| reset.times);
        let mut new: Vec<Name> = resets
            .iter()
            .filter(|(id, reset)| reset.times != known(id))
            .map(|(_, reset)| reset.name)
            .collect();
        new.sort_unstable();
        self.resets = resets;
        let changed = self.operators != operators;
        self.operators.clone_from(&operators);
        Some(Reread { resets: new, names, operators: changed.then_some(operators), erasures })
    }

    /// Carries the requests out: one answer for each, in order.
    pub(super) fn carry_out(&mut self, batch: &[(Ticket, AccountRequest)]) -> Vec<AccountAnswer> {
        let mut result = self.attempt(batch);
        if let Err(error) = &result
            && database::is_broken(error)
        {
            let what = error.to_string();
            self.replace(&what);
            result = self.attempt(batch);
        }
        match result {
            Ok(answers) => {
                if std::mem::take(&mut self.outage) {
                    log::warn!("accounts can be changed again");
                }
                answers
            }
            Err(error) => {
                if !std::mem::replace(&mut self.outage, true) {
                    log::error!("accounts cannot be changed: {error}");
                }
                batch.iter().map(|_| AccountAnswer::Failed).collect()
            }
        }
    }

    fn attempt(
        &mut self,
        batch: &[(Ticket, AccountRequest)],
    ) -> rusqlite::Result<Vec<AccountAnswer>> {
        if self.conn.is_none() {
            self.reopen();
        }
        let Some(conn) = &self.conn else {
            return Err(rusqlite::Error::InvalidPath(self.options.dir.join(USERS.file)));
        };
        match run(conn, batch) {
            Ok(answers) => Ok(answers),
            Err(error) => {
                if !conn.is_autocommit() && conn.execute_batch("ROLLBACK").is_err() {
                    self.conn = None;
                }
                Err(error)
            }
        }
    }

    fn reopen(&mut self) {
        let read_side = Arc::clone(&self.read_side);
        let mut reading = read_side.users();
        *reading = None;
        match open(&self.options, None) {
            Ok(opened) => {
                for note in &opened.notes {
                    log::error!("{note}");
                }
                self.conn = Some(opened.conn);
                read_side.renewed();
            }
            Err(error) => log::error!("{error}"),
        }
    }

    /// Moves the broken file aside and makes a new one.
    pub(super) fn replace(&mut self, what: &str) {
        let read_side = Arc::clone(&self.read_side);
        let mut reading = read_side.users();
        for conn in [reading.take(), self.conn.take()].into_iter().flatten() {
            database::let_go(conn);
        }
        aside::at_run_time(&self.options.dir.join(USERS.file), what);
        drop(reading);
        self.reopen();
    }
}

/// Opens users.db. A new one gives numbers above those that messages bear.
pub(super) fn open(
    options: &Options,
    messages: Option<&Connection>,
) -> Result<database::Database, OpenError> {
    let opened = database::open(&options.dir, &USERS, true)?;
    if opened.fresh {
        let fail = |file: &str| {
            let path = options.dir.join(file);
            move |source| OpenError::Database { path, source }
        };
        let own;
        let messages = match messages {
            Some(messages) => messages,
            None => {
                let path = options.dir.join(MESSAGES.file);
                own = database::connect(&path, true).map_err(fail(MESSAGES.file))?;
                &own
            }
        };
        let last = messages
            .query_row(
                "SELECT max(ifnull((SELECT max(account) FROM messages), 0),
                            ifnull((SELECT max(account) FROM nonces), 0),
                            ifnull((SELECT max(high) FROM talks), 0))",
                (),
                |row| row.get(0),
            )
            .map_err(fail(MESSAGES.file))?;
        users::number_above(&opened.conn, last).map_err(fail(USERS.file))?;
    }
    Ok(opened)
}

/// One transaction.
fn run(
    conn: &Connection,
    batch: &[(Ticket, AccountRequest)],
) -> rusqlite::Result<Vec<AccountAnswer>> {
    let refused = |error| rusqlite::Error::ToSqlConversionFailure(Box::new(error));
    fault::point().map_err(refused)?;
    conn.prepare_cached("BEGIN IMMEDIATE")?.execute(())?;
    let answers = batch
        .iter()
        .map(|(_, request)| {
            fault::point().map_err(refused)?;
            users::carry_out(conn, request)
        })
        .collect::<rusqlite::Result<Vec<_>>>()?;
    fault::point().map_err(refused)?;
    conn.prepare_cached("COMMIT")?.execute(())?;
    Ok(answers)
}
