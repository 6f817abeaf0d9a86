//! users.db: who may log in. The requests of the hub, carried out on a connection,
//! and [`Users`], the same file for `taifas user`, which may run beside the server.
//!
//! Every change compares before it sets, so that of two that race one is told so.
//! Hashes go in and out; nothing here knows a password.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension as _, Row};

use super::schema::USERS;
use super::{OpenError, database, penalties};
use crate::protocol::{Account, AccountAnswer, AccountId, AccountRequest, Name, Phc, Timestamp};

/// The accounts, for administration.
pub struct Users {
    conn: Connection,
    /// The file, for error messages.
    path: PathBuf,
}

/// An account in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its number.
    pub id: AccountId,
    /// Its name as it was registered.
    pub name: Name,
    /// When it was made.
    pub registered_at: Timestamp,
    /// The version of the terms it accepted last; `None` if an operator made it.
    pub terms: Option<String>,
    /// Whether it is an operator's.
    pub operator: bool,
}

/// Why the accounts could not be listed or changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UsersError {
    /// The file does not open.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// SQLite refused.
    #[error("cannot work with {}: {source}", path.display())]
    Sqlite {
        /// Which file.
        path: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },
    /// There is an account of this name.
    #[error("the name {0} is taken")]
    NameTaken(Name),
    /// There is no account of this name.
    #[error("there is no account {0}")]
    NoSuchName(Name),
}

impl Users {
    /// Opens the accounts of a data folder, which is made if it is not there. A file
    /// that is broken or newer is left alone: moving it aside is the server's.
    ///
    /// # Errors
    /// If the folder or the file cannot be used.
    pub fn open(dir: &Path) -> Result<Users, UsersError> {
        super::opening::make_folder(dir)?;
        let opened = database::open_strictly(dir, &USERS)?;
        Ok(Users { conn: opened.conn, path: dir.join(USERS.file) })
    }

    /// All accounts, by their number.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn list(&self) -> Result<Vec<Entry>, UsersError> {
        let list = || {
            let mut select = self.conn.prepare(
                "SELECT id, name, registered_at, terms, operator FROM users ORDER BY id",
            )?;
            let rows = select.query_map((), |row| {
                let id = AccountId(row.get::<_, i64>(0)?.unsigned_abs());
                let registered_at = Timestamp::from_ms(row.get::<_, i64>(2)?.unsigned_abs());
                Ok(name(row, 1)?.map(|name| (id, name, registered_at, row.get(3), row.get(4))))
            })?;
            let mut entries = Vec::new();
            for row in rows {
                if let Some((id, name, registered_at, terms, operator)) = row? {
                    let (terms, operator) = (terms?, operator?);
                    entries.push(Entry { id, name, registered_at, terms, operator });
                }
            }
            Ok(entries)
        };
        list().map_err(|source| self.sqlite(source))
    }

    /// Makes an account that has accepted no terms yet.
    ///
    /// # Errors
    /// [`UsersError::NameTaken`], or if the file cannot be written.
    pub fn add(
        &self,
        name: &Name,
        password: &Phc,
        recovery: &Phc,
        at: Timestamp,
    ) -> Result<AccountId, UsersError> {
        create(&self.conn, name, password, recovery, None, at)
            .map_err(|source| self.sqlite(source))?
            .ok_or(UsersError::NameTaken(*name))
    }

    /// Sets an account's password, whatever it was.
    ///
    /// # Errors
    /// [`UsersError::NoSuchName`], or if the file cannot be written.
    pub fn set_password(&self, name: &Name, password: &Phc) -> Result<(), UsersError> {
        // Counted, so that a running server sees whose sessions are to end.
        let sql = "UPDATE users SET password = ?2, resets = resets + 1 WHERE folded = ?1";
        let changed = self.conn.execute(sql, (name.folded(), &*password.0));
        self.one(changed, name)
    }

    /// Removes an account. Its number is never given again; what it said stays.
    ///
    /// # Errors
    /// [`UsersError::NoSuchName`], or if the file cannot be written.
    pub fn remove(&self, name: &Name) -> Result<(), UsersError> {
        let changed = self.conn.execute("DELETE FROM users WHERE folded = ?1", (name.folded(),));
        self.one(changed, name)
    }

    /// Removes an account, and notes that everything it has said is to be erased: by
    /// the server, or by [`without_server`](super::erase::without_server).
    ///
    /// # Errors
    /// [`UsersError::NoSuchName`], or if the file cannot be written.
    pub fn remove_with_messages(&self, name: &Name) -> Result<(), UsersError> {
        let remove = || {
            let transaction = self.conn.unchecked_transaction()?;
            let note = "INSERT OR IGNORE INTO erasures SELECT id FROM users WHERE folded = ?1";
            self.conn.execute(note, (name.folded(),))?;
            let sql = "DELETE FROM users WHERE folded = ?1";
            let changed = self.conn.execute(sql, (name.folded(),))?;
            transaction.commit()?;
            Ok(changed)
        };
        self.one(remove(), name)
    }

    /// Whether something is still to be erased.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn is_erasing(&self) -> Result<bool, UsersError> {
        let noted = erasures(&self.conn).map_err(|source| self.sqlite(source))?;
        Ok(!noted.is_empty())
    }

    /// Makes an account an operator's, or no longer one.
    ///
    /// # Errors
    /// [`UsersError::NoSuchName`], or if the file cannot be written.
    pub fn set_operator(&self, name: &Name, operator: bool) -> Result<(), UsersError> {
        let sql = "UPDATE users SET operator = ?2 WHERE folded = ?1";
        let changed = self.conn.execute(sql, (name.folded(), operator));
        self.one(changed, name)
    }

    fn one(&self, changed: rusqlite::Result<usize>, name: &Name) -> Result<(), UsersError> {
        match changed {
            Ok(0) => Err(UsersError::NoSuchName(*name)),
            Ok(_) => Ok(()),
            Err(source) => Err(self.sqlite(source)),
        }
    }

    fn sqlite(&self, source: rusqlite::Error) -> UsersError {
        UsersError::Sqlite { path: self.path.clone(), source }
    }
}

/// The account of this name, as it is on the disk now.
pub(super) fn find(conn: &Connection, name: &Name) -> rusqlite::Result<Option<Account>> {
    let found = conn
        .prepare_cached("SELECT id, name, password, recovery FROM users WHERE folded = ?1")?
        .query_row((name.folded(),), |row| {
            let id = AccountId(row.get::<_, i64>(0)?.unsigned_abs());
            let phc = |column| row.get::<_, Box<str>>(column).map(Phc);
            Ok(self::name(row, 1)?.map(|name| (id, name, phc(2), phc(3))))
        })
        .optional()?;
    match found.flatten() {
        None => Ok(None),
        Some((id, name, password, recovery)) => {
            Ok(Some(Account { id, name, password: password?, recovery: recovery? }))
        }
    }
}

/// All accounts' names and numbers.
pub(super) fn names(conn: &Connection) -> rusqlite::Result<Vec<(Name, AccountId)>> {
    let mut select = conn.prepare_cached("SELECT id, name FROM users ORDER BY id")?;
    let mut rows = select.query(())?;
    let mut names = Vec::new();
    while let Some(row) = rows.next()? {
        if let Some(name) = name(row, 1)? {
            names.push((name, AccountId(row.get::<_, i64>(0)?.unsigned_abs())));
        }
    }
    Ok(names)
}

/// The accounts that are operators'.
pub(super) fn operators(conn: &Connection) -> rusqlite::Result<Vec<AccountId>> {
    numbers(conn, "SELECT id FROM users WHERE operator <> 0 ORDER BY id")
}

/// The removed accounts whose messages are still to be erased.
pub(super) fn erasures(conn: &Connection) -> rusqlite::Result<Vec<AccountId>> {
    numbers(conn, "SELECT account FROM erasures ORDER BY account")
}

/// Everything that this account has said is erased.
pub(super) fn erased(conn: &Connection, account: AccountId) -> rusqlite::Result<()> {
    conn.execute("DELETE FROM erasures WHERE account = ?1", (number(account),)).map(drop)
}

fn numbers(conn: &Connection, sql: &str) -> rusqlite::Result<Vec<AccountId>> {
    let mut select = conn.prepare_cached(sql)?;
    let rows = select.query_map((), |row| row.get::<_, i64>(0))?;
    rows.map(|id| Ok(AccountId(id?.unsigned_abs()))).collect()
}

/// How often an operator has set the password of each account that had it set.
pub(super) fn resets(conn: &Connection) -> rusqlite::Result<HashMap<i64, Reset>> {
    let sql = "SELECT id, name, resets FROM users WHERE resets > 0";
    let mut select = conn.prepare_cached(sql)?;
    let mut rows = select.query(())?;
    let mut resets = HashMap::new();
    while let Some(row) = rows.next()? {
        if let Some(name) = name(row, 1)? {
            resets.insert(row.get(0)?, Reset { name, times: row.get(2)? });
        }
    }
    Ok(resets)
}

/// That an operator has set an account's password.
pub(super) struct Reset {
    pub(super) name: Name,
    /// How often so far.
    pub(super) times: i64,
}

/// Carries out one request; what it changes is part of the caller's transaction.
pub(super) fn carry_out(
    conn: &Connection,
    request: &AccountRequest,
) -> rusqlite::Result<AccountAnswer> {
    let changed = match request {
        AccountRequest::Find(name) => return Ok(AccountAnswer::Found(find(conn, name)?)),
        AccountRequest::Create { name, password, recovery, terms, at } => {
            let made = create(conn, name, password, recovery, Some(terms), *at)?;
            return Ok(made.map_or(AccountAnswer::NameTaken, AccountAnswer::Created));
        }
        AccountRequest::SetPassword { id, old, new } => conn
            .prepare_cached("UPDATE users SET password = ?3 WHERE id = ?1 AND password = ?2")?
            .execute((number(*id), &*old.0, &*new.0))?,
        AccountRequest::Recover { id, old_recovery, password, recovery } => conn
            .prepare_cached(
                "UPDATE users SET password = ?3, recovery = ?4 WHERE id = ?1 AND recovery = ?2",
            )?
            .execute((number(*id), &*old_recovery.0, &*password.0, &*recovery.0))?,
        AccountRequest::AcceptTerms { id, terms, at } => conn
            .prepare_cached("UPDATE users SET terms = ?2, terms_at = ?3 WHERE id = ?1")?
            .execute((number(*id), &**terms, at.ms() as i64))?,
        AccountRequest::Penalise(penalty) => penalties::put(conn, penalty)?,
        AccountRequest::Pardon(kind, mask) => penalties::lift(conn, *kind, &mask.to_string())?,
    };
    Ok(if changed == 0 { AccountAnswer::Gone } else { AccountAnswer::Changed })
}

/// Makes a file's first account get a number above this one: accounts of a file that
/// was moved aside may still be named in the messages.
pub(super) fn number_above(conn: &Connection, last: i64) -> rusqlite::Result<()> {
    conn.execute("DELETE FROM sqlite_sequence WHERE name = 'users'", ())?;
    conn.execute("INSERT INTO sqlite_sequence(name, seq) VALUES('users', ?1)", (last,)).map(drop)
}

fn create(
    conn: &Connection,
    name: &Name,
    password: &Phc,
    recovery: &Phc,
    terms: Option<&str>,
    at: Timestamp,
) -> rusqlite::Result<Option<AccountId>> {
    let at = at.ms() as i64;
    let terms_at = terms.map(|_| at);
    let id: Option<i64> = conn
        .prepare_cached(
            // Not ON CONFLICT DO NOTHING, which uses up a number for nobody.
            "INSERT INTO users(name, folded, password, recovery, terms, terms_at, registered_at)
             SELECT ?1,?2,?3,?4,?5,?6,?7
             WHERE NOT EXISTS (SELECT 1 FROM users WHERE folded = ?2) RETURNING id",
        )?
        .query_row(
            (name.as_str(), name.folded(), &*password.0, &*recovery.0, terms, terms_at, at),
            |row| row.get(0),
        )
        .optional()?;
    Ok(id.map(|id| AccountId(id.unsigned_abs())))
}

fn number(id: AccountId) -> i64 {
    super::batch::sql_id(id.0)
}

/// A name from a row; `None` if nobody can have it, and so not written by us.
fn name(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Name>> {
    Ok(row.get_ref(column)?.as_str()?.parse().ok())
}
