//! Tests: the disk refuses at the Nth operation, for each N, in the thread of the
//! test: a batch is stored whole or refused whole, no id is given twice, and the
//! next batch is taken.

use std::collections::BTreeSet;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::accounts::{self, Accounts};
use super::batch::Messages;
use super::database::tests::Folder;
use super::erase::{Erasure, Portion};
use super::fault::armed::{arm, is_armed};
use super::reader::ReadSide;
use super::schema::MESSAGES;
use super::{Append, Durability, Options, Outcome, database, erase, pages, rooms};
use crate::protocol::{
    AccountAnswer, AccountId, AccountRequest, Message, MessageId, Name, Phc, Query, RoomName,
    RoomRequest, Span, Target, Ticket, Timestamp,
};

fn options(dir: &Folder) -> Options {
    Options {
        dir: dir.path().to_owned(),
        durability: Durability::Never,
        history_days: 90,
        history_messages: 300,
        recent_lines: 20,
    }
}

fn batch(round: u64) -> Vec<Append> {
    let one = |n: u64| Message {
        to: Target::Room(format!("#r{}", (round + n) % 9).parse().unwrap()),
        sender: "ana".parse().unwrap(),
        account: Some(AccountId(1)),
        at: Timestamp::from_ms(1_795_000_000_000),
        text: "x".into(),
        nonce: Some(format!("{round}-{n}").parse().unwrap()),
    };
    (0..40).map(|n| Append { ticket: Ticket(n), message: Arc::new(one(n)) }).collect()
}

fn batch_of(room: &str) -> Vec<Append> {
    let mut batch = batch(0);
    let message = Arc::make_mut(&mut batch[0].message);
    message.to = Target::Room(room.parse().unwrap());
    batch.truncate(1);
    batch
}

fn all(messages_db: &Folder) -> BTreeSet<u64> {
    let conn = database::connect(&messages_db.path().join(MESSAGES.file), false).unwrap();
    let names: Vec<RoomName> =
        rooms::rooms(&conn).unwrap().into_iter().map(|room| room.record.name).collect();
    let mut ids = BTreeSet::new();
    for room in names {
        let (span, upto, lines, bytes) =
            (Span::Latest, MessageId(u64::MAX), usize::MAX, usize::MAX);
        let query = Query::History { room, span, upto, lines, bytes };
        ids.extend(pages::answer(&conn, &query, 0).unwrap().lines.iter().map(|s| s.id.0));
    }
    ids
}

#[test]
fn a_batch_at_every_operation() {
    let dir = Folder::new("refusals-batch");
    let options = options(&dir);
    let conn = database::open(dir.path(), &MESSAGES, false).unwrap().conn;
    let last = Arc::new(AtomicU64::new(0));
    let mut messages = Messages::new(&options, conn, Arc::default(), Arc::clone(&last)).unwrap();
    let (mut kept, mut refusals) = (BTreeSet::new(), 0);
    for round in 0.. {
        arm(Some(round));
        let answers = messages.append(&batch(round));
        let struck = !is_armed();
        arm(None);
        assert_eq!(answers.iter().any(|a| a.outcome.is_err()), struck, "round {round}");
        if struck {
            refusals += 1;
            assert!(answers.iter().all(|a| a.outcome.is_err()), "all or nothing");
            assert_eq!(all(&dir), kept, "nothing of it is there");
        }
        // Sent again: not one of the refused is taken for a duplicate.
        let again = if struck { messages.append(&batch(round)) } else { answers };
        for answer in again {
            let Ok(Outcome::Stored(id)) = answer.outcome else { panic!("{answer:?}") };
            assert!(kept.insert(id.0), "{id} twice");
        }
        assert_eq!(all(&dir), kept);
        assert_eq!(last.load(Ordering::Relaxed), *kept.last().unwrap());
        if !struck {
            break;
        }
    }
    // Begin, each of 40 rows, commit; some rounds also reserve ids.
    assert!(refusals >= 42, "{refusals}");
}

/// What is not to be kept, without a nonce or with this one.
fn passing(nonce: Option<&str>) -> Append {
    let mut append = batch(0).remove(0);
    let message = Arc::make_mut(&mut append.message);
    message.to = Target::Passing("ion".parse().unwrap());
    message.nonce = nonce.map(|nonce| nonce.parse().unwrap());
    append
}

#[test]
fn what_is_not_kept_needs_an_id_and_no_file() {
    let dir = Folder::new("refusals-passing");
    let options = options(&dir);
    let conn = database::open(dir.path(), &MESSAGES, false).unwrap().conn;
    let last = Arc::new(AtomicU64::new(0));
    let mut messages = Messages::new(&options, conn, Arc::default(), Arc::clone(&last)).unwrap();
    // No id can be reserved, the file that says so not replaced, or not synced.
    for operation in 0..3 {
        arm(Some(operation));
        let answers = messages.append(&[passing(None)]);
        assert!(!is_armed(), "operation {operation} was reached");
        assert!(answers[0].outcome.is_err());
    }
    // From here on there are reserved ones, and the disk is not asked.
    arm(None);
    assert_eq!(messages.append(&[passing(None)])[0].outcome, Ok(Outcome::Passed(MessageId(1))));
    arm(Some(0));
    assert_eq!(messages.append(&[passing(None)])[0].outcome, Ok(Outcome::Passed(MessageId(2))));
    assert!(is_armed(), "nothing was written");
    assert_eq!((messages.take_pages(), messages.last()), (0, 2));

    // In a batch that is refused it passes, but for what has to leave its nonce.
    let mut mixed = batch(1);
    mixed.truncate(2);
    mixed.insert(1, passing(None));
    mixed.push(passing(Some("p-1")));
    let outcomes = |messages: &mut Messages| -> Vec<Option<Outcome>> {
        messages.append(&mixed).iter().map(|answer| answer.outcome.ok()).collect()
    };
    let mut id = 2;
    // Begin, each of four, commit.
    for operation in 0..6 {
        arm(Some(operation));
        // Behind those that were refused: they may be in the -wal after all.
        id += mixed.len() as u64 + 1;
        let passed = Some(Outcome::Passed(MessageId(id)));
        assert_eq!(outcomes(&mut messages), [None, passed, None, None]);
        assert!(!is_armed(), "operation {operation} was reached");
        assert_eq!(last.load(Ordering::Relaxed), id);
        assert_eq!(all(&dir).len(), 0);
    }
    arm(None);
    let id = |above: u64| MessageId(id + above);
    let (first, second) = (Outcome::Stored(id(1)), Outcome::Stored(id(3)));
    let (plain, marked) = (Outcome::Passed(id(2)), Outcome::Passed(id(4)));
    assert_eq!(outcomes(&mut messages), [first, plain, second, marked].map(Some));
    assert_eq!(all(&dir), BTreeSet::from([id(1).0, id(3).0]));
    // Sent again, all but the one without a nonce are known.
    let known = |outcome| match outcome {
        Outcome::Stored(id) | Outcome::Passed(id) => Some(Outcome::Duplicate(id)),
        Outcome::Duplicate(_) => None,
    };
    let again = [known(first), Some(Outcome::Passed(id(5))), known(second), known(marked)];
    assert_eq!(outcomes(&mut messages), again);
}

#[test]
fn rooms_at_every_operation() {
    let dir = Folder::new("refusals-rooms");
    let options = options(&dir);
    let conn = database::open(dir.path(), &MESSAGES, false).unwrap().conn;
    let mut messages = Messages::new(&options, conn, Arc::default(), Arc::default()).unwrap();
    let by: Name = "ana".parse().unwrap();
    let make = |name: &str| {
        let (room, at) = (name.parse().unwrap(), Timestamp::default());
        (Ticket(0), RoomRequest::Make { room, account: None, by, at })
    };
    let batch = [make("#a"), make("#b")];
    let there = || {
        let conn = database::connect(&dir.path().join(MESSAGES.file), false).unwrap();
        rooms::rooms(&conn).unwrap().len()
    };
    // Begin, each of two, commit.
    for operation in 0..4 {
        arm(Some(operation));
        assert!(messages.write_rooms(&batch).is_err());
        assert!(!is_armed(), "operation {operation} was reached");
        assert_eq!(there(), 0, "nothing of it is there");
    }
    assert!(messages.write_rooms(&batch).is_ok());
    assert_eq!(there(), 2);
    // It knows their numbers: who speaks there makes no second one.
    messages.append(&batch_of("#A"));
    assert_eq!(there(), 2);
}

#[test]
fn pruning_at_every_operation() {
    let dir = Folder::new("refusals-prune");
    let options = options(&dir);
    let conn = database::open(dir.path(), &MESSAGES, false).unwrap().conn;
    let mut messages = Messages::new(&options, conn, Arc::default(), Arc::default()).unwrap();
    for round in 0..20 {
        messages.append(&batch(round));
    }
    let before = all(&dir);
    assert_eq!(before.len(), 800);
    for operation in 0..2 {
        arm(Some(operation));
        assert!(!messages.prune());
        assert!(!is_armed(), "operation {operation} was reached");
        assert_eq!(all(&dir), before);
    }
    arm(None);
    while messages.prune() {}
    assert_eq!(all(&dir), (501..=800).collect());
    messages.append(&batch(20));
    assert_eq!(all(&dir).len(), 340);
}

#[test]
fn accounts_at_every_operation() {
    let dir = Folder::new("refusals-accounts");
    let options = options(&dir);
    let messages = database::open(dir.path(), &MESSAGES, false).unwrap().conn;
    let conn = accounts::open(&options, Some(&messages)).unwrap().conn;
    let read_side = Arc::new(ReadSide::default());
    let mut accounts = Accounts::new(&options, conn, read_side, HashMap::new(), Vec::new());
    let batch: Vec<(Ticket, AccountRequest)> = ["ana", "ion", "eva"]
        .iter()
        .map(|name| AccountRequest::Create {
            name: name.parse().unwrap(),
            password: Phc("p".into()),
            recovery: Phc("r".into()),
            terms: "1".into(),
            at: Timestamp::default(),
        })
        .map(|request| (Ticket(0), request))
        .collect();
    for operation in 0..5 {
        arm(Some(operation));
        let answers = accounts.carry_out(&batch);
        assert!(!is_armed());
        assert_eq!(answers, [AccountAnswer::Failed, AccountAnswer::Failed, AccountAnswer::Failed]);
    }
    let made: Vec<_> = (1..=3).map(|id| AccountAnswer::Created(AccountId(id))).collect();
    assert_eq!(accounts.carry_out(&batch), made);
}

#[test]
fn erasing_at_every_operation() {
    let dir = Folder::new("refusals-erase");
    let options = options(&dir);
    let conn = database::open(dir.path(), &MESSAGES, false).unwrap().conn;
    let mut messages = Messages::new(&options, conn, Arc::default(), Arc::default()).unwrap();
    messages.append(&batch(0));
    let forget = |messages: &mut Messages| {
        messages.change(|conn| Ok((erase::forget(conn, MessageId(7))?, 1))).flatten()
    };
    let mut erasure = Erasure::new(AccountId(1));
    for operation in 0..2 {
        arm(Some(operation));
        assert_eq!(forget(&mut messages), None);
        assert!(!is_armed(), "operation {operation} was reached");
        arm(Some(operation));
        assert!(messages.change(|conn| Ok((erasure.step(conn)?, 0))).is_none());
        assert!(!is_armed(), "operation {operation} was reached");
        assert_eq!(all(&dir).len(), 40, "nothing is gone");
    }
    arm(None);
    assert_eq!(forget(&mut messages), "ana".parse().ok());
    assert_eq!(all(&dir).len(), 39);
    // What was refused is not passed over.
    let portion = messages.change(|conn| Ok((erasure.step(conn)?, 39))).unwrap();
    assert_eq!(portion, Portion { erased: 39, over: true });
    assert_eq!(all(&dir).len(), 0);
}
