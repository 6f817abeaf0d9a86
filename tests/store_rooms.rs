//! Rooms on the disk: made and given topics, there again after a start of any kind, and in
//! a file that was written before rooms had any of that.

#![cfg(feature = "server")]

mod store_common;

use rusqlite::Connection;
use store_common::*;
use taifas::protocol::{
    AccountId, MessageId, Query, RoomRecord, RoomRequest, Span, Timestamp, Topic,
};
use taifas::store::Durability;

fn make(name: &str, account: Option<u64>) -> RoomRequest {
    let (by, at) = ("Ana".parse().unwrap(), Timestamp::from_ms(NOW));
    RoomRequest::Make { room: room(name), account: account.map(AccountId), by, at }
}

fn topic(text: &str) -> Topic {
    Topic { text: text.into(), by: "ion".parse().unwrap(), at: Timestamp::from_ms(NOW + 1) }
}

fn set(name: &str, text: &str) -> RoomRequest {
    RoomRequest::SetTopic { room: room(name), topic: topic(text) }
}

fn record(name: &str, text: Option<&str>, made_by: Option<u64>) -> RoomRecord {
    let made_by = made_by.map(AccountId);
    RoomRecord { name: room(name), topic: text.map(topic), made_by }
}

/// As they are spelled, which comparing them does not see.
fn spelled(rooms: &[RoomRecord]) -> Vec<&str> {
    rooms.iter().map(|record| record.name.as_str()).collect()
}

#[test]
fn rooms_and_topics_last() {
    for durability in Durability::ALL {
        let dir = Folder::new(&format!("rooms-last-{durability}"));
        let open = || Rig::open(taifas::store::Options { durability, ..options(dir.path()) });
        let mut rig = open();
        assert_eq!(rig.opened.rooms, []);
        assert_eq!(rig.room(make("#Dev", Some(7))), Ok(()));
        assert_eq!(rig.room(make("#guests", None)), Ok(()));
        assert_eq!(rig.room(set("#DEV", "a 'topic'; --")), Ok(()));
        // Made a second time it stays whose it is; a topic of nothing is one too.
        assert_eq!(rig.room(make("#dev", Some(8))), Ok(()));
        assert_eq!(rig.room(set("#guests", "x")), Ok(()));
        assert_eq!(rig.room(set("#guests", "")), Ok(()));
        // Of a room that was only spoken in, as the lobby, or not even that.
        rig.say("#Lobby", "hello");
        assert_eq!(rig.room(set("#lobby", "all of us")), Ok(()));
        assert_eq!(rig.room(set("#silent", "shh")), Ok(()));
        rig.say("#dev", "in the new room");
        let expected = [
            record("#dev", Some("a 'topic'; --"), Some(7)),
            record("#guests", Some(""), None),
            record("#lobby", Some("all of us"), None),
            record("#silent", Some("shh"), None),
        ];
        for _ in 0..2 {
            rig.store.close();
            rig = open();
            assert_eq!(rig.opened.rooms, expected);
            assert_eq!(spelled(&rig.opened.rooms), ["Dev", "guests", "Lobby", "silent"]);
            assert_eq!(ids(&rig.history("#dev", Span::Latest)), [2]);
        }
    }
}

#[test]
fn a_file_of_the_first_schema_is_brought_up_to_date() {
    let dir = Folder::new("rooms-migration");
    std::fs::create_dir_all(dir.path()).unwrap();
    let conn = Connection::open(dir.path().join("messages.db")).unwrap();
    // As version 1 made it, with one room that was spoken in.
    conn.execute_batch(
        "CREATE TABLE messages(
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
        INSERT INTO rooms VALUES(1, 'lobby', 'lobby', 0);
        INSERT INTO messages VALUES(5, 1, 1795000000000, NULL, 'ana', 'from before');
        INSERT INTO blocks VALUES(1, 0, 32);
        PRAGMA user_version = 1;",
    )
    .unwrap();
    drop(conn);
    std::fs::write(dir.path().join("ids"), "5\n").unwrap();

    let mut rig = Rig::open(options(dir.path()));
    assert_eq!(rig.opened.notes.len(), 1, "{:?}", rig.opened.notes);
    assert!(rig.opened.notes[0].contains("from schema 1 to"), "{:?}", rig.opened.notes);
    assert_eq!(rig.opened.rooms, [record("#lobby", None, None)]);
    assert_eq!(ids(&rig.history("#lobby", Span::Latest)), [5]);
    assert_eq!(rig.opened.recent.len(), 1);
    assert_eq!(rig.room(make("#dev", Some(1))), Ok(()));
    assert_eq!(rig.room(set("#lobby", "welcome")), Ok(()));
    assert!(rig.say("#dev", "new") > 5);
    rig.store.close();
    let rig = Rig::open(options(dir.path()));
    assert_eq!(rig.opened.notes, [""; 0]);
    let expected = [record("#lobby", Some("welcome"), None), record("#dev", None, Some(1))];
    assert_eq!(rig.opened.rooms, expected);
}

#[test]
fn a_quiet_room_is_found_among_many() {
    let dir = Folder::new("rooms-quiet");
    let mut rig = Rig::open(options(dir.path()));
    assert_eq!(rig.room(make("#quiet", None)), Ok(()));
    let mut quiet = Vec::new();
    for n in 0..300 {
        let others = (0..40).map(|m| message(&format!("#r{}", (n * 7 + m) % 90), "noise"));
        rig.append(others);
        if n % 3 == 0 {
            quiet.push(rig.say("#quiet", "hush"));
        }
    }
    let upto = MessageId(u64::MAX);
    let (lines, bytes) = (100, 48 * 1024);
    for (span, from) in [(Span::Latest, 0), (Span::After(MessageId(quiet[49])), 50)] {
        let page = rig.ask(Query::History { room: room("#quiet"), span, upto, lines, bytes });
        assert_eq!(ids(&page.unwrap()), quiet[from..], "{span:?}");
    }
    assert_eq!(rig.opened.rooms, []);
    rig.store.close();
    let mut rig = Rig::open(options(dir.path()));
    assert_eq!(rig.opened.rooms.len(), 91);
    assert_eq!(ids(&rig.history("#quiet", Span::Latest)), quiet);
}
