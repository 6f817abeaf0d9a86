//! What is not to be kept: it has an id of the one sequence and leaves nothing behind,
//! but for the nonce of an account, by which it is known again.

#![cfg(feature = "server")]
#![allow(missing_docs)]

mod store_common;

use std::fs;
use std::path::Path;

use store_common::{DAY, Folder, NOW, Rig, ids, message, options, stored, tell, with_nonce};
use taifas::protocol::{
    AccountId, Message, MessageId, Query, SearchWord, SearchWords, Span, Target,
};
use taifas::store::{Durability, Options, Outcome};

/// What a guest tells, or is told.
fn passing(text: &str) -> Message {
    Message { to: Target::Passing("ion".parse().unwrap()), ..message("#lobby", text) }
}

fn marked(nonce: &str, at: u64) -> Message {
    Message { to: passing("").to, ..with_nonce("marked", 7, nonce, at) }
}

/// Every file in the folder with what is in it, but for the one of the ids.
fn files(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap())
        // Shared memory, and locks.
        .filter(|entry| {
            !["-shm", "lock", "ids"].iter().any(|end| entry.path().to_str().unwrap().ends_with(end))
        })
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()))
        .collect();
    files.sort();
    files
}

#[test]
fn it_has_an_id_in_its_place_and_is_nowhere() {
    let dir = Folder::new("passing-nowhere");
    let mut rig = Rig::open(options(dir.path()));
    let batch =
        [message("#lobby", "one"), passing("two"), tell(1, 2, "three", false), passing("four")];
    let outcomes = rig.append(batch).into_iter().map(Result::unwrap);
    let id = MessageId;
    let expected = [
        Outcome::Stored(id(1)),
        Outcome::Passed(id(2)),
        Outcome::Stored(id(3)),
        Outcome::Passed(id(4)),
    ];
    assert_eq!(outcomes.collect::<Vec<_>>(), expected);
    assert_eq!(rig.say("#lobby", "five"), 5);

    let (upto, lines, bytes) = (id(u64::MAX), usize::MAX, usize::MAX);
    assert_eq!(ids(&rig.history("#lobby", Span::Latest)), [1, 5]);
    for account in [None, Some(AccountId(1)), Some(AccountId(7))] {
        let (rooms, after) = (vec!["#lobby".parse().unwrap()], id(0));
        let query = Query::CatchUp { rooms: rooms.clone(), account, after, upto, lines, bytes };
        let told: &[u64] = if account == Some(AccountId(1)) { &[1, 3, 5] } else { &[1, 5] };
        let page = rig.ask(query).unwrap();
        assert_eq!((ids(&page), page.gap), (told.to_vec(), None));
        for word in ["two", "four"] {
            let words =
                SearchWords::new(vec![SearchWord { text: word.into(), begins: false }]).unwrap();
            let (rooms, account) = (rooms.clone(), account);
            let query = Query::Search { rooms, account, words, upto, lines, bytes };
            assert_eq!(ids(&rig.ask(query).unwrap()), [0; 0]);
        }
    }
    rig.store.close();
    let found = files(dir.path()).into_iter().filter(|(_, bytes)| {
        ["two", "four"].iter().any(|text| bytes.windows(text.len()).any(|w| w == text.as_bytes()))
    });
    assert_eq!(found.map(|(name, _)| name).collect::<Vec<_>>(), [""; 0]);
    // A clean start goes on behind it.
    let mut rig = Rig::open(options(dir.path()));
    assert_eq!(rig.say("#lobby", "six"), 6);
}

#[test]
fn alone_it_writes_nothing_but_reserves_its_id_first() {
    let dir = Folder::new("passing-alone");
    let options = Options { durability: Durability::Always, ..options(dir.path()) };
    let mut rig = Rig::open(options.clone());
    assert_eq!(rig.say("#lobby", "one"), 1);
    // Otherwise that one is still on its way from the -wal.
    rig.store.close();
    let mut rig = Rig::open(options);
    let (before, commits) = (files(dir.path()), rig.store.commit_times());
    let mut last = 1;
    // Past the first block of reserved ids.
    for _ in 0..30 {
        for outcome in rig.append((0..100).map(|_| passing("x"))) {
            last += 1;
            assert_eq!(outcome, Ok(Outcome::Passed(MessageId(last))));
        }
        let reserved = fs::read_to_string(dir.path().join("ids")).unwrap();
        assert!(reserved.trim_end().parse::<u64>().unwrap() >= last, "{reserved} and {last}");
    }
    let after = files(dir.path());
    let changed: Vec<&str> = std::iter::zip(&before, &after)
        .filter(|(before, after)| before != after)
        .map(|(_, (name, _))| &**name)
        .collect();
    assert!(before.len() == after.len() && changed.is_empty(), "written to: {changed:?}");
    assert_eq!(rig.store.commit_times(), commits, "no batch was written");
    assert_eq!(rig.say("#lobby", "two"), last + 1);
}

#[test]
fn its_nonce_is_known_for_a_day_and_after_a_restart() {
    let dir = Folder::new("passing-nonce");
    let mut rig = Rig::open(options(dir.path()));
    let once = Outcome::Passed(MessageId(1));
    assert_eq!(rig.append([marked("n", NOW)]), [Ok(once)]);
    let again = Ok(Outcome::Duplicate(MessageId(1)));
    assert_eq!(rig.append([marked("n", NOW + DAY - 1)]), [again]);
    rig.store.close();
    let mut rig = Rig::open(options(dir.path()));
    // The same mark of a message that is kept is the same mark.
    assert_eq!(rig.append([with_nonce("kept", 7, "n", NOW + 1)]), [again]);
    assert_eq!(rig.append([marked("n", NOW + DAY)]), [Ok(Outcome::Passed(MessageId(2)))]);
    let kept = stored(rig.append([with_nonce("kept", 7, "m", NOW)])[0]);
    assert_eq!(rig.append([marked("m", NOW)]), [Ok(Outcome::Duplicate(MessageId(kept)))]);
    // A guest has none.
    let guest = Message { account: None, ..marked("n", NOW) };
    assert_eq!(rig.append([guest]), [Ok(Outcome::Passed(MessageId(kept + 1)))]);
}

#[test]
fn it_counts_for_nothing_that_is_kept() {
    let dir = Folder::new("passing-pruned");
    let mut rig = Rig::open(Options { history_messages: 10, ..options(dir.path()) });
    for n in 0..10 {
        rig.say("#lobby", &n.to_string());
    }
    for _ in 0..10 {
        // With a message beside it, so that there is a commit.
        let outcomes = rig.append((0..500).map(|_| passing("x")).chain([marked("n", NOW)]));
        assert!(outcomes.iter().all(Result::is_ok));
    }
    rig.store.close();
    let mut rig = Rig::open(options(dir.path()));
    assert_eq!(ids(&rig.history("#lobby", Span::Latest)), (1..=10).collect::<Vec<_>>());
}
