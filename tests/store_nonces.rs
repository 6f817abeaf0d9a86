//! A message sent twice with one nonce is stored once.

#![cfg(feature = "server")]

mod store_common;

use store_common::*;
use taifas::protocol::{MessageId, Span};
use taifas::store::Outcome;

#[test]
fn twice_in_one_batch_and_in_two() {
    let dir = Folder::new("nonces-twice");
    let mut rig = Rig::open(options(dir.path()));
    let outcomes = rig.append([
        with_nonce("a", 1, "n1", NOW),
        with_nonce("a", 1, "n1", NOW),
        with_nonce("b", 2, "n1", NOW),
        with_nonce("c", 1, "n2", NOW),
        message("#lobby", "d"),
        with_nonce("c", 1, "n2", NOW),
    ]);
    let outcomes: Vec<_> = outcomes.into_iter().map(Result::unwrap).collect();
    let (new, old) = (|id| Outcome::Stored(MessageId(id)), |id| Outcome::Duplicate(MessageId(id)));
    assert_eq!(outcomes, [new(1), old(1), new(2), new(3), new(4), old(3)]);
    rig.store.close();

    let mut rig = Rig::open(options(dir.path()));
    assert_eq!(rig.append([with_nonce("a", 1, "n1", NOW + 5)]), [Ok(old(1))]);
    assert_eq!(rig.history("#lobby", Span::Latest).lines.len(), 4);
}

#[test]
fn for_a_day_and_not_longer() {
    let dir = Folder::new("nonces-day");
    let mut rig = Rig::open(options(dir.path()));
    let new = |id| [Ok(Outcome::Stored(MessageId(id)))];
    let old = |id| [Ok(Outcome::Duplicate(MessageId(id)))];
    assert_eq!(rig.append([with_nonce("a", 1, "n", NOW)]), new(1));
    assert_eq!(rig.append([with_nonce("a", 1, "n", NOW - DAY)]), old(1), "a clock set back");
    assert_eq!(rig.append([with_nonce("a", 1, "n", NOW + DAY - 1)]), old(1));
    assert_eq!(rig.append([with_nonce("a", 1, "n", NOW + DAY)]), new(2));
    assert_eq!(rig.append([with_nonce("a", 1, "n", NOW + 2 * DAY - 1)]), old(2));
}

#[test]
fn the_table_of_nonces_does_not_grow_for_ever() {
    let dir = Folder::new("nonces-grow");
    let mut rig = Rig::open(options(dir.path()));
    for n in 0..600 {
        rig.append([with_nonce("a", 1, &format!("n{n}"), NOW)]);
    }
    let later = (0..600).map(|n| with_nonce("a", 1, &format!("m{n}"), NOW + 2 * DAY));
    rig.append(later);
    let conn = rusqlite::Connection::open(dir.path().join("messages.db")).unwrap();
    let count = || conn.query_row("SELECT count(*) FROM nonces", (), |r| r.get::<_, i64>(0));
    while count().unwrap() > 600 {
        std::thread::yield_now();
    }
    assert_eq!(count().unwrap(), 600);
}
