//! The two files' schemas, as steps: a file of version N has seen the first N.
//! Another version is one more string at the end; a step that shipped never changes.
//!
//! `blocks` is why history is fast and inserts are cheap. A row index on (room, id)
//! costs 0.5 µs a row with one room and triples the price of a batch with eight
//! (1.2 against 0.7 µs a row; 3 against 1.1). Instead there is one row for each room
//! and each 64 ids, with a bit for each id that is of that room: one upsert a batch
//! and room, and whoever reads walks the bits and looks each id up.
//!
//! What two accounts tell each other is a *talk*, a stream of messages as a room is: its
//! messages' and blocks' `room` is the talk's number, negative. `inboxes` has the same
//! bits once more for each of the two, so that what an account was told by anybody can
//! be read in the order of the ids. `erased` and `identity` tie the index in search.db
//! to this file.

/// One of the two files.
#[derive(Debug, Clone, Copy)]
pub(super) struct Schema {
    /// The file's name in the data folder.
    pub(super) file: &'static str,
    /// SQL that brings version N to N + 1, for N from 0.
    pub(super) steps: &'static [&'static str],
    /// Queries that the newest version can prepare: whether it is what it says.
    pub(super) probes: &'static [&'static str],
}

/// What was said.
pub(super) const MESSAGES: Schema = Schema {
    file: "messages.db",
    steps: &[
        "
        CREATE TABLE messages(
            id INTEGER PRIMARY KEY, room INTEGER NOT NULL, at INTEGER NOT NULL,
            account INTEGER, name TEXT NOT NULL, text TEXT NOT NULL);
        CREATE TABLE rooms(
            id INTEGER PRIMARY KEY, name TEXT NOT NULL, folded TEXT NOT NULL UNIQUE,
            pruned INTEGER NOT NULL);
        CREATE TABLE blocks(
            room INTEGER NOT NULL, block INTEGER NOT NULL, bits INTEGER NOT NULL,
            PRIMARY KEY(room, block)) WITHOUT ROWID;
        CREATE TABLE nonces(
            account INTEGER NOT NULL, nonce TEXT NOT NULL, id INTEGER NOT NULL,
            at INTEGER NOT NULL, PRIMARY KEY(account, nonce)) WITHOUT ROWID;
        CREATE INDEX nonces_by_time ON nonces(at);
        CREATE TABLE origin(above INTEGER NOT NULL);
        INSERT INTO origin VALUES(0);
    ",
        "
        ALTER TABLE rooms ADD COLUMN topic TEXT;
        ALTER TABLE rooms ADD COLUMN topic_by TEXT;
        ALTER TABLE rooms ADD COLUMN topic_at INTEGER;
        ALTER TABLE rooms ADD COLUMN made_by INTEGER;
        ALTER TABLE rooms ADD COLUMN made_by_name TEXT;
        ALTER TABLE rooms ADD COLUMN made_at INTEGER;
    ",
        "
        CREATE TABLE talks(
            id INTEGER PRIMARY KEY, low INTEGER NOT NULL, high INTEGER NOT NULL,
            low_name TEXT NOT NULL COLLATE NOCASE, high_name TEXT NOT NULL COLLATE NOCASE,
            pruned INTEGER NOT NULL, UNIQUE(low, high));
        CREATE INDEX talks_by_high ON talks(high);
        CREATE TABLE inboxes(
            account INTEGER NOT NULL, block INTEGER NOT NULL, bits INTEGER NOT NULL,
            PRIMARY KEY(account, block)) WITHOUT ROWID;
        CREATE TABLE told(account INTEGER PRIMARY KEY, upto INTEGER NOT NULL);
        CREATE TABLE erased(volume INTEGER PRIMARY KEY, times INTEGER NOT NULL);
        CREATE TABLE identity(mark INTEGER NOT NULL);
        INSERT INTO identity VALUES(random());
    ",
    ],
    probes: &[
        "SELECT id, room, at, account, name, text FROM messages",
        "SELECT id, name, folded, pruned, topic, topic_by, topic_at, made_by, made_by_name,
          made_at FROM rooms",
        "SELECT room, block, bits FROM blocks",
        "SELECT account, nonce, id, at FROM nonces",
        "SELECT above FROM origin",
        "SELECT id, low, high, low_name, high_name, pruned FROM talks",
        "SELECT account, block, bits FROM inboxes",
        "SELECT account, upto FROM told",
        "SELECT volume, times FROM erased",
        "SELECT mark FROM identity",
    ],
};

/// Who may log in, who is shut out, and whose messages are still to be erased.
/// AUTOINCREMENT: a removed account's number is never given again.
pub(super) const USERS: Schema = Schema {
    file: "users.db",
    steps: &[
        "
        CREATE TABLE users(
            id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL,
            folded TEXT NOT NULL UNIQUE, password TEXT NOT NULL, recovery TEXT NOT NULL,
            terms TEXT, terms_at INTEGER, registered_at INTEGER NOT NULL,
            resets INTEGER NOT NULL DEFAULT 0);
    ",
        "
        ALTER TABLE users ADD COLUMN operator INTEGER NOT NULL DEFAULT 0;
        CREATE TABLE penalties(
            kind INTEGER NOT NULL, mask TEXT NOT NULL COLLATE NOCASE, until INTEGER,
            by TEXT NOT NULL, reason TEXT NOT NULL, made INTEGER NOT NULL,
            PRIMARY KEY(kind, mask)) WITHOUT ROWID;
        CREATE TABLE erasures(account INTEGER PRIMARY KEY);
    ",
    ],
    probes: &[
        "SELECT id, name, folded, password, recovery, terms, terms_at, registered_at,
          resets, operator FROM users",
        "SELECT kind, mask, until, by, reason, made FROM penalties",
        "SELECT account FROM erasures",
        "SELECT seq FROM sqlite_sequence",
    ],
};
