//! Accounts: what the hub asks, and what `taifas user` changes beside the server.

#![cfg(feature = "server")]

mod store_common;

use rusqlite::Connection;
use store_common::*;
use taifas::protocol::{
    Account, AccountAnswer, AccountId, AccountRequest, Name, Penalty, PenaltyKind, Phc, Timestamp,
};
use taifas::store::users::{Users, UsersError};
use taifas::store::{Done, Durability};

fn phc(text: &str) -> Phc {
    Phc(text.into())
}

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn create(text: &str) -> AccountRequest {
    AccountRequest::Create {
        name: name(text),
        password: phc("p1"),
        recovery: phc("r1"),
        terms: "1".into(),
        at: Timestamp::from_ms(NOW),
    }
}

fn found(rig: &mut Rig, text: &str) -> Option<Account> {
    match rig.account(AccountRequest::Find(name(text))) {
        AccountAnswer::Found(account) => account,
        other => panic!("{other:?}"),
    }
}

#[test]
fn changes_compare_before_they_set() {
    let dir = Folder::new("accounts-compare");
    let mut rig = Rig::open(options(dir.path()));
    assert_eq!(found(&mut rig, "ana"), None);
    assert_eq!(rig.account(create("Ana")), AccountAnswer::Created(AccountId(1)));
    assert_eq!(rig.account(create("aNA")), AccountAnswer::NameTaken);
    let id = AccountId(1);
    let expected = Account { id, name: name("Ana"), password: phc("p1"), recovery: phc("r1") };
    let account = found(&mut rig, "ANA").unwrap();
    assert_eq!(account, expected);
    assert!(account.name.is_spelled_like(&name("Ana")));

    let set =
        |old: &str, new: &str| AccountRequest::SetPassword { id, old: phc(old), new: phc(new) };
    assert_eq!(rig.account(set("p0", "px")), AccountAnswer::Gone);
    assert_eq!(rig.account(set("p1", "p2")), AccountAnswer::Changed);
    assert_eq!(rig.account(set("p1", "p3")), AccountAnswer::Gone, "a race is lost once");

    let recover = |old: &str| AccountRequest::Recover {
        id,
        old_recovery: phc(old),
        password: phc("p4"),
        recovery: phc("r2"),
    };
    assert_eq!(rig.account(recover("r1")), AccountAnswer::Changed);
    assert_eq!(rig.account(recover("r1")), AccountAnswer::Gone, "a code works once");
    let terms =
        |id| AccountRequest::AcceptTerms { id, terms: "2".into(), at: Timestamp::from_ms(NOW + 1) };
    assert_eq!(rig.account(terms(id)), AccountAnswer::Changed);
    assert_eq!(rig.account(terms(AccountId(9))), AccountAnswer::Gone);
    assert_eq!(found(&mut rig, "ana").unwrap().password, phc("p4"));
    rig.store.close();

    let rig = Rig::open(options(dir.path()));
    assert_eq!(rig.opened.names, [(name("Ana"), id)]);
    let list = Users::open(dir.path()).unwrap().list().unwrap();
    assert_eq!(list[0].terms.as_deref(), Some("2"));
    assert_eq!(list[0].registered_at, Timestamp::from_ms(NOW));
}

#[test]
fn the_command_line_beside_the_server() {
    let dir = Folder::new("accounts-beside");
    let mut rig = Rig::open(options(dir.path()));
    assert_eq!(rig.account(create("ana")), AccountAnswer::Created(AccountId(1)));
    let users = Users::open(dir.path()).unwrap();
    let at = Timestamp::from_ms(NOW);
    assert_eq!(users.add(&name("Ion"), &phc("p"), &phc("r"), at).unwrap(), AccountId(2));
    let taken = users.add(&name("ANA"), &phc("p"), &phc("r"), at).unwrap_err();
    assert!(matches!(taken, UsersError::NameTaken(_)), "{taken}");
    users.set_password(&name("ANA"), &phc("p9")).unwrap();
    assert_eq!(found(&mut rig, "ana").unwrap().password, phc("p9"));
    users.remove(&name("ion")).unwrap();
    assert_eq!(found(&mut rig, "ion"), None);
    for error in [users.remove(&name("ion")), users.set_password(&name("ion"), &phc("p"))] {
        assert!(matches!(error.unwrap_err(), UsersError::NoSuchName(_)));
    }
    rig.store.reread_names();
    assert_eq!(rig.wait(), Done::Reset(vec![name("ana")]));
    assert_eq!(rig.wait(), Done::Names(vec![(name("ana"), AccountId(1))]));
    // It is told once.
    rig.store.reread_names();
    assert_eq!(rig.wait(), Done::Names(vec![(name("ana"), AccountId(1))]));
    assert_eq!(rig.account(create("Ion")), AccountAnswer::Created(AccountId(3)), "never reused");
    assert_eq!(users.list().unwrap().len(), 2);
}

#[test]
fn numbers_go_on_above_those_of_a_broken_file() {
    let dir = Folder::new("accounts-broken");
    let mut rig = Rig::open(options(dir.path()));
    for n in 1..=7 {
        assert_eq!(rig.account(create(&format!("u{n}"))), AccountAnswer::Created(AccountId(n)));
    }
    rig.append([with_nonce("said by the last one", 7, "n", NOW)]);
    rig.store.close();
    std::fs::write(dir.path().join("users.db"), vec![7; 9000]).unwrap();
    assert!(matches!(Users::open(dir.path()), Err(UsersError::Open(_))), "not the command line's");

    let mut rig = Rig::open(options(dir.path()));
    assert!(rig.opened.notes[0].contains("users.db.broken-"), "{:?}", rig.opened.notes);
    assert_eq!(dir.files("users.db.broken-").len(), 1);
    assert_eq!(rig.opened.names, []);
    assert_eq!(rig.account(create("u1")), AccountAnswer::Created(AccountId(8)));
}

#[test]
fn queued_together_they_are_answered_in_order() {
    let dir = Folder::new("accounts-order");
    let mut options = options(dir.path());
    options.durability = Durability::Always;
    let mut rig = Rig::open(options);
    let tickets: Vec<_> = (0..50).map(|_| rig.ticket()).collect();
    for (n, ticket) in tickets.iter().enumerate() {
        rig.store.account(*ticket, create(&format!("u{}", n / 2)));
    }
    for (n, ticket) in tickets.iter().enumerate() {
        let answer = match n % 2 {
            0 => AccountAnswer::Created(AccountId(n as u64 / 2 + 1)),
            _ => AccountAnswer::NameTaken,
        };
        assert_eq!(rig.wait(), Done::Account(*ticket, answer));
    }
}

#[test]
fn a_file_of_the_first_schema_is_brought_up_to_date() {
    let dir = Folder::new("accounts-migration");
    std::fs::create_dir_all(dir.path()).unwrap();
    let conn = Connection::open(dir.path().join("users.db")).unwrap();
    // As version 1 made it, with one account, and one that was removed.
    conn.execute_batch(
        "CREATE TABLE users(
            id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL,
            folded TEXT NOT NULL UNIQUE, password TEXT NOT NULL, recovery TEXT NOT NULL,
            terms TEXT, terms_at INTEGER, registered_at INTEGER NOT NULL,
            resets INTEGER NOT NULL DEFAULT 0);
        INSERT INTO users VALUES(6, 'Ana', 'ana', 'p1', 'r1', '1', 5, 5, 0);
        INSERT INTO users VALUES(7, 'ion', 'ion', 'p1', 'r1', '1', 5, 5, 0);
        DELETE FROM users WHERE id = 7;
        PRAGMA user_version = 1;",
    )
    .unwrap();
    drop(conn);

    let mut rig = Rig::open(options(dir.path()));
    assert_eq!(rig.opened.notes.len(), 1, "{:?}", rig.opened.notes);
    assert!(rig.opened.notes[0].contains("from schema 1 to"), "{:?}", rig.opened.notes);
    assert_eq!(rig.opened.names, [(name("Ana"), AccountId(6))]);
    assert_eq!((rig.opened.operators.len(), rig.opened.penalties.len()), (0, 0));
    assert_eq!(found(&mut rig, "ana").unwrap().password, phc("p1"));
    let ban = Penalty {
        kind: PenaltyKind::Ban,
        mask: "ion".parse().unwrap(),
        until: None,
        by: name("Ana"),
        reason: "why".into(),
        made: Timestamp::from_ms(NOW),
    };
    assert_eq!(rig.account(AccountRequest::Penalise(ban.clone())), AccountAnswer::Changed);
    assert_eq!(rig.account(create("ion")), AccountAnswer::Created(AccountId(8)));
    Users::open(dir.path()).unwrap().set_operator(&name("ana"), true).unwrap();
    rig.store.close();
    let rig = Rig::open(options(dir.path()));
    assert_eq!(rig.opened.notes, [""; 0]);
    assert_eq!(rig.opened.operators, [AccountId(6)]);
    assert_eq!(rig.opened.penalties, [ban]);
}
