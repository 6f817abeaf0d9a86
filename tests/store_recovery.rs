//! Starts of every kind: after a clean close, after an abort, over a database that
//! is broken or newer, beside another server. Ids never repeat, and what was
//! acknowledged is there.

#![cfg(feature = "server")]

mod store_common;

use std::collections::BTreeMap;
use std::path::Path;

use store_common::*;
use taifas::protocol::{MessageId, Query, Span, StoreFailed};
use taifas::store::{self, Durability, OpenError, Options, lock};

fn with(dir: &Path, durability: Durability) -> Options {
    Options { durability, ..options(dir) }
}

/// Stores messages, tells their ids on standard output, and dies with more queued.
#[test]
#[ignore = "the process that is killed; the others start it"]
fn dying() {
    let dir = child_dir();
    let durability = std::env::var("SYNC").unwrap().parse().unwrap();
    let mut rig = Rig::open(with(&dir, durability));
    for n in 0..5 {
        let outcomes = rig.append((0..40).map(|m| message("#lobby", &format!("{n} {m}"))));
        for (m, outcome) in outcomes.into_iter().enumerate() {
            println!("stored {} {n} {m}", stored(outcome));
        }
    }
    rig.queue((0..3000).map(|_| message("#lobby", "nobody was told")));
    std::process::abort();
}

/// Runs `dying` and gives what it was told is stored.
fn die(dir: &Path, durability: Durability) -> BTreeMap<u64, String> {
    let output = child("dying", dir, &format!("export SYNC={durability};"));
    let told = String::from_utf8(output.stdout).unwrap();
    let told: BTreeMap<u64, String> = told
        .lines()
        .filter_map(|line| line.split("stored ").nth(1)?.split_once(' '))
        .map(|(id, text)| (id.parse().unwrap(), text.to_owned()))
        .collect();
    assert!(!output.status.success());
    assert_eq!(told.len(), 200, "{}", String::from_utf8_lossy(&output.stderr));
    told
}

#[test]
fn twenty_starts_of_mixed_kind() {
    let dir = Folder::new("recovery-twenty");
    // What was acknowledged and is in the present database; the highest id ever seen.
    let mut kept = BTreeMap::new();
    let mut highest = 0;
    let mut acknowledge = |told: BTreeMap<u64, String>, kept: &mut BTreeMap<u64, String>| {
        for (id, text) in told {
            assert!(id > highest, "{id} was given before {highest}");
            highest = id;
            kept.insert(id, text);
        }
    };
    for start in 0..20 {
        match start % 5 {
            0..=2 => acknowledge(die(dir.path(), Durability::ALL[start % 3]), &mut kept),
            3 if start % 2 == 1 => {
                std::fs::write(dir.path().join("messages.db"), vec![b'?'; 20_000]).unwrap();
                kept.clear();
            }
            3 => {
                let conn = rusqlite::Connection::open(dir.path().join("messages.db")).unwrap();
                conn.pragma_update(None, "user_version", 99).unwrap();
                kept.clear();
            }
            _ => {}
        }
        let mut rig = Rig::open(with(dir.path(), Durability::ALL[start % 3]));
        let there = texts(&rig.history("#lobby", Span::Latest));
        for (id, text) in &kept {
            assert_eq!(there.get(id), Some(text), "start {start}: acknowledged and gone");
        }
        let told = rig.append((0..30).map(|_| message("#lobby", "clean")));
        let told = told.into_iter().map(|outcome| (stored(outcome), "clean".to_owned()));
        acknowledge(told.collect(), &mut kept);
        rig.store.close();
    }
    assert!(!dir.files("messages.db.broken-").is_empty());
    assert!(!dir.files("messages.db.newer-").is_empty());
    assert_eq!(dir.files("messages.db"), {
        let mut files = dir.files("messages.db.");
        files.insert(0, "messages.db".to_owned());
        files
    });
}

#[test]
fn a_clean_close_leaves_no_jump_and_an_abort_a_block() {
    let dir = Folder::new("recovery-jump");
    let mut rig = Rig::open(options(dir.path()));
    assert_eq!((rig.opened.last_id.0, rig.say("#lobby", "a")), (0, 1));
    rig.store.close();
    let mut rig = Rig::open(options(dir.path()));
    assert_eq!((rig.opened.last_id.0, rig.say("#lobby", "b")), (1, 2));
    rig.store.close();
    die(dir.path(), Durability::Never);
    let rig = Rig::open(options(dir.path()));
    assert!(rig.opened.last_id.0 >= 1026, "{}", rig.opened.last_id);
}

#[test]
fn everything_queued_is_carried_out_at_the_close() {
    let dir = Folder::new("recovery-close");
    let mut rig = Rig::open(options(dir.path()));
    for _ in 0..50 {
        rig.queue((0..100).map(|n| message("#lobby", &n.to_string())));
    }
    rig.store.close();
    assert_eq!(dir.files("messages.db"), ["messages.db"], "checkpointed");
    let mut rig = Rig::open(options(dir.path()));
    assert_eq!(ids(&rig.history("#lobby", Span::Latest)), (1..=5000).collect::<Vec<_>>());
    assert_eq!(rig.opened.last_id.0, 5000);
}

#[test]
fn a_database_moved_aside_is_a_gap() {
    let dir = Folder::new("recovery-gap");
    let mut rig = Rig::open(options(dir.path()));
    rig.append((0..100).map(|_| message("#lobby", "old")));
    rig.store.close();
    std::fs::write(dir.path().join("messages.db"), b"SQLite format 3\0 and then nothing").unwrap();

    let mut rig = Rig::open(options(dir.path()));
    assert!(rig.opened.notes[0].contains("messages.db.broken-"), "{:?}", rig.opened.notes);
    assert_eq!((rig.opened.last_id.0, rig.opened.recent.len()), (100, 0));
    let after = |rig: &mut Rig, id| {
        let page = rig.history("#lobby", Span::After(MessageId(id)));
        (page.gap.map(|id| id.0), ids(&page))
    };
    assert_eq!(after(&mut rig, 50), (Some(101), vec![]));
    assert_eq!(after(&mut rig, 100), (None, vec![]));
    assert_eq!(rig.say("#lobby", "new"), 101);
    assert_eq!(after(&mut rig, 99), (Some(101), vec![101]));
    assert_eq!(after(&mut rig, 100), (None, vec![101]));
    rig.store.close();
    let mut rig = Rig::open(options(dir.path()));
    assert!(rig.opened.notes.is_empty());
    assert_eq!(after(&mut rig, 50), (Some(101), vec![101]), "and stays one");
}

#[test]
fn lost_ids_are_jumped_over() {
    let dir = Folder::new("recovery-ids");
    let mut rig = Rig::open(options(dir.path()));
    rig.say("#lobby", "a");
    rig.store.close();
    for garbled in [Some("12"), None] {
        let file = dir.path().join("ids");
        match garbled {
            Some(text) => std::fs::write(file, text).unwrap(),
            None => std::fs::remove_file(file).unwrap(),
        }
        let mut rig = Rig::open(options(dir.path()));
        let last = rig.opened.last_id.0;
        assert!(rig.opened.notes[0].contains("is lost"), "{:?}", rig.opened.notes);
        assert!(last >= 1 << 24);
        assert_eq!(rig.say("#lobby", "b"), last + 1);
        rig.store.close();
        let rig = Rig::open(options(dir.path()));
        assert_eq!((rig.opened.last_id.0, rig.opened.notes.len()), (last + 1, 0));
    }
}

#[test]
fn a_database_that_breaks_while_in_use_is_moved_aside() {
    let dir = Folder::new("recovery-breaks");
    let mut rig = Rig::open(options(dir.path()));
    for _ in 0..200 {
        rig.append((0..20).map(|_| message("#lobby", &"long ".repeat(40))));
    }
    rig.store.close();
    let path = dir.path().join("messages.db");
    let mut rig = Rig::open(options(dir.path()));
    let bytes = std::fs::metadata(&path).unwrap().len() as usize;
    std::fs::write(&path, vec![0x55; bytes]).unwrap();

    let (room, upto, lines, bytes) = (room("#lobby"), MessageId(u64::MAX), 100, usize::MAX);
    let query = Query::History { room, span: Span::After(MessageId(0)), upto, lines, bytes };
    // Whoever meets it first: the reader now, or the writer, looking what to prune.
    match rig.ask(query.clone()) {
        Err(StoreFailed) => {}
        Ok(page) => assert_eq!((ids(&page), page.gap), (vec![], Some(MessageId(4001)))),
    }
    assert_eq!(rig.say("#lobby", "new"), 4001);
    let page = rig.ask(query.clone()).unwrap();
    assert_eq!((ids(&page), page.gap), (vec![4001], Some(MessageId(4001))));
    assert!(!dir.files("messages.db.broken-").is_empty());
    rig.store.close();
    let mut rig = Rig::open(options(dir.path()));
    assert_eq!(ids(&rig.ask(query).unwrap()), [4001]);
}

#[test]
fn one_server_a_folder() {
    let dir = Folder::new("recovery-lock");
    assert_eq!(lock::server_pid(dir.path()), None);
    let rig = Rig::open(options(dir.path()));
    assert_eq!(lock::server_pid(dir.path()), Some(std::process::id()));
    match store::open(options(dir.path()), |_| {}) {
        Err(OpenError::InUse { pid, .. }) => assert_eq!(pid, std::process::id()),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it opened twice"),
    }
    rig.store.close();
    released(dir.path());
    Rig::open(options(dir.path())).store.close();
}

#[test]
fn the_folder_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = Folder::new("recovery-mode");
    let mut rig = Rig::open(options(dir.path()));
    rig.say("#lobby", "a");
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(dir.path()), 0o700);
    let files = dir.files("");
    assert!(files.len() >= 6, "{files:?}");
    for file in files {
        assert_eq!(mode(&dir.path().join(&file)), 0o600, "{file}");
    }
}
