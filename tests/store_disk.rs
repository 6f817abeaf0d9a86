//! A disk that refuses, below SQLite: a size limit on files, which fails a write in
//! its middle as a full disk does. One test for every place where that can be.

#![cfg(feature = "server")]

mod store_common;

use std::collections::BTreeSet;

use rustix::process::{Resource, Rlimit, setrlimit};
use store_common::*;
use taifas::protocol::{
    AccountAnswer, AccountRequest, MessageId, Phc, Span, StoreFailed, Timestamp,
};
use taifas::store::{Durability, Outcome};

fn limit(bytes: Option<u64>) {
    setrlimit(Resource::Fsize, Rlimit { current: bytes, maximum: None }).unwrap();
}

fn batch() -> Vec<taifas::protocol::Message> {
    (0..5).map(|n| message("#lobby", &format!("{n}").repeat(900))).collect()
}

/// Fails the -wal at every half page of a batch, and expects the store to refuse
/// that batch whole and to take the next.
#[test]
#[ignore = "needs a process of its own, which the others start"]
fn refused() {
    let dir = child_dir();
    let mut options = options(&dir);
    options.durability = std::env::var("SYNC").unwrap().parse::<Durability>().unwrap();
    let mut rig = Rig::open(options.clone());
    let mut kept = BTreeSet::new();
    let mut refusals = 0;
    for half_pages in 0..24 {
        let wal = dir.join("messages.db-wal").metadata().unwrap().len();
        limit(Some(wal + half_pages * 2048));
        let outcomes = rig.append(batch());
        limit(None);
        let refused = outcomes.iter().filter(|outcome| **outcome == Err(StoreFailed)).count();
        assert!(refused == 0 || refused == outcomes.len(), "all or nothing: {outcomes:?}");
        refusals += refused;
        kept.extend(outcomes.into_iter().flatten().map(|outcome| match outcome {
            Outcome::Stored(id) => id.0,
            other => panic!("{other:?}"),
        }));
        // By itself, as soon as there is room.
        kept.insert(rig.say("#lobby", "again"));
        assert_eq!(BTreeSet::from_iter(ids(&rig.history("#lobby", Span::Latest))), kept);
    }
    assert!(refusals >= 10, "{refusals}");

    // The file of reserved ids, which no byte can be written to.
    limit(Some(0));
    let many = (0..2000).map(|_| message("#lobby", "x"));
    let outcomes = rig.append(many);
    assert!(outcomes.iter().all(|outcome| *outcome == Err(StoreFailed)));
    let create = AccountRequest::Create {
        name: "ana".parse().unwrap(),
        password: Phc("p".into()),
        recovery: Phc("r".into()),
        terms: "1".into(),
        at: Timestamp::from_ms(NOW),
    };
    assert_eq!(rig.account(create.clone()), AccountAnswer::Failed);
    limit(None);
    assert!(matches!(rig.account(create), AccountAnswer::Created(_)));
    kept.insert(rig.say("#lobby", "again"));
    rig.store.close();

    let mut rig = Rig::open(options);
    assert_eq!(rig.opened.notes, [""; 0]);
    assert_eq!(BTreeSet::from_iter(ids(&rig.history("#lobby", Span::Latest))), kept);
    assert_eq!(rig.opened.last_id, MessageId(*kept.last().unwrap()));
    println!("refused {refusals}, and well");
}

fn run(durability: Durability) {
    let dir = Folder::new(&format!("disk-{durability}"));
    // The signal that comes with the limit would end the process.
    let output = child("refused", dir.path(), &format!("trap '' XFSZ; export SYNC={durability};"));
    let (out, err) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && out.contains("and well"), "{out}\n{err}");
}

#[test]
fn a_batch_is_refused_whole_and_the_next_taken_always() {
    run(Durability::Always);
}

#[test]
fn a_batch_is_refused_whole_and_the_next_taken_everysec() {
    run(Durability::EverySec);
}
