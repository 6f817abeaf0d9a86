//! Searches against a naive model, through the store's threads; what is erased leaves
//! talks, inboxes and the index; and talks are no rooms, in files of any schema.

#![cfg(feature = "server")]

mod query_model;
mod store_common;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use query_model::{occurs, words};
use rusqlite::Connection;
use store_common::*;
use taifas::protocol::line::hist_len;
use taifas::protocol::{
    AccountAnswer, AccountId, AccountRequest, Message, MessageId, Name, Page, Phc, Query, Span,
    Stored, Target, Timestamp,
};
use taifas::store::Done;
use taifas::store::erase::without_server;
use taifas::store::export::Export;
use taifas::store::users::Users;

const ROOMS: [&str; 3] = ["#lobby", "#Two", "#three"];
const WORDS: [&str; 8] = ["tea", "Teapot", "ȘTEFAN", "stefan", "don't", "a-b", "x1", "…"];

/// A question for these words, with no bounds but those given.
fn search(rooms: &[&str], account: Option<u64>, text: &str, lines: usize, bytes: usize) -> Query {
    let rooms = rooms.iter().map(|name| room(name)).collect();
    let (account, upto) = (account.map(AccountId), MessageId(u64::MAX));
    Query::Search { rooms, account, words: words(text), upto, lines, bytes }
}

fn found(rig: &mut Rig, rooms: &[&str], account: Option<u64>, text: &str) -> Vec<u64> {
    ids(&rig.ask(search(rooms, account, text, usize::MAX, usize::MAX)).unwrap())
}

fn talk(rig: &mut Rig, account: u64, with: u64) -> Vec<u64> {
    let (account, with) = (AccountId(account), format!("u{with}").parse().unwrap());
    let (span, upto) = (Span::Latest, MessageId(u64::MAX));
    let (lines, bytes) = (usize::MAX, usize::MAX);
    ids(&rig.ask(Query::Talk { account, with, span, upto, lines, bytes }).unwrap())
}

fn untold(rig: &mut Rig, account: u64) -> Vec<u64> {
    let (account, upto) = (AccountId(account), MessageId(u64::MAX));
    ids(&rig.ask(Query::Untold { account, upto, lines: usize::MAX, bytes: usize::MAX }).unwrap())
}

fn any_message(random: &mut Random) -> Message {
    let count = 1 + random.below(4);
    let text: Vec<&str> = (0..count).map(|_| WORDS[random.below(8) as usize]).collect();
    let text = text.join([" ", ", ", "-"][random.below(3) as usize]);
    if random.below(3) == 0 {
        return tell(1 + random.below(3), 1 + random.below(3), &text, random.below(2) == 0);
    }
    message(ROOMS[random.below(3) as usize], &text)
}

fn any_search(random: &mut Random, last: u64) -> Query {
    let mut rooms = ROOMS.to_vec();
    rooms.rotate_left(random.below(3) as usize);
    rooms.truncate(random.below(4) as usize);
    let account = [None, Some(1), Some(3), Some(9)][random.below(4) as usize];
    let one = |random: &mut Random| {
        let word = ["tea", "TEA*", "s*", "stefan", "don't", "a-b", "a", "x1", "pot", "t*"];
        word[random.below(10) as usize]
    };
    let text = match random.below(3) {
        0 => format!("{} {}", one(random), one(random)),
        _ => one(random).to_owned(),
    };
    let lines = [1 + random.below(60), 1000][random.below(2) as usize] as usize;
    let bytes = [random.below(3000), 1 << 20][random.below(2) as usize] as usize;
    let Query::Search { rooms, account, words, lines, bytes, .. } =
        search(&rooms, account, &text, lines, bytes)
    else {
        unreachable!("made above")
    };
    let upto = [MessageId(u64::MAX), MessageId(random.below(last + 2))][random.below(2) as usize];
    Query::Search { rooms, account, words, upto, lines, bytes }
}

/// The newest that fit, of all that were ever said and are left.
fn answer(all: &BTreeMap<u64, Message>, query: &Query) -> Page {
    let Query::Search { rooms, account, words, upto, lines, bytes } = query else {
        unreachable!("only searches are asked")
    };
    let may = |message: &Message| match &message.to {
        Target::Room(room) => rooms.contains(room),
        Target::Person(_) | Target::Passing(_) => {
            account.is_some_and(|account| message.is_told_with(account))
        }
    };
    let (mut page, mut total) = (Page::default(), 0);
    for (id, message) in all.range(..=upto.0).rev() {
        if !may(message) || !occurs(words, &message.text) {
            continue;
        }
        let stored = Stored { id: MessageId(*id), message: message.clone().into() };
        total += hist_len(&stored);
        if !page.lines.is_empty() && (page.lines.len() >= *lines || total > *bytes) {
            page.more = true;
            break;
        }
        page.lines.push(stored);
    }
    page.lines.reverse();
    page
}

/// A message as it is read: that nobody was there is no news any more.
fn read_back(mut message: Message) -> Message {
    if let Target::Person(to) = &mut message.to {
        to.away = false;
    }
    message
}

fn forget(rig: &mut Rig, id: u64) -> Option<Name> {
    let ticket = rig.ticket();
    rig.store.forget(ticket, MessageId(id));
    match rig.wait() {
        Done::Forgotten(answered, outcome) if answered == ticket => outcome.unwrap(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn searches_are_the_models() {
    let random = &mut Random(0x5eed_0002);
    let dir = Folder::new("search-model");
    let mut rig = Rig::open(options(dir.path()));
    let (mut all, mut last, mut matched) = (BTreeMap::new(), 0, 0);
    for round in 0..10 {
        let said: Vec<_> = (0..random.below(200)).map(|_| any_message(random)).collect();
        for (outcome, message) in rig.append(said.clone()).into_iter().zip(said) {
            last = stored(outcome);
            all.insert(last, read_back(message));
        }
        for _ in 0..random.below(4) {
            let id = 1 + random.below(last.max(1));
            assert_eq!(forget(&mut rig, id).is_some(), all.remove(&id).is_some(), "{id}");
        }
        for _ in 0..60 {
            let query = any_search(random, last);
            let expected = answer(&all, &query);
            matched += expected.lines.len();
            assert_eq!(rig.ask(query.clone()), Ok(expected), "{query:?}");
        }
        if round % 4 == 3 {
            rig.store.close();
            rig = Rig::open(options(dir.path()));
        }
    }
    assert!(matched > 1000, "hardly anything was ever found: {matched}");
}

#[test]
fn as_many_lines_and_bytes_as_are_asked_for() {
    let dir = Folder::new("search-bounds");
    let mut rig = Rig::open(options(dir.path()));
    // In the room and told, so that each answer has both.
    let said = (0..100).map(|n| match n % 2 {
        0 => message("#lobby", "needle"),
        _ => tell(1, 2, "needle", true),
    });
    rig.append(said.collect::<Vec<_>>());
    let mut ask = |lines, bytes| {
        let page = rig.ask(search(&["#lobby"], Some(2), "needle", lines, bytes)).unwrap();
        assert_eq!(page.lines.last().map(|stored| stored.id.0), Some(100), "the newest");
        let total: usize = page.lines.iter().map(hist_len).sum();
        (page.lines.len(), total, page.more)
    };
    let (_, total, _) = ask(usize::MAX, usize::MAX);
    for (lines, expected, more) in [(99, 99, true), (100, 100, false), (101, 100, false)] {
        let (count, _, is_more) = ask(lines, usize::MAX);
        assert_eq!((count, is_more), (expected, more), "{lines} lines");
    }
    for (bytes, expected, more) in
        [(total - 1, 99, true), (total, 100, false), (total + 1, 100, false)]
    {
        let (count, _, is_more) = ask(usize::MAX, bytes);
        assert_eq!((count, is_more), (expected, more), "{bytes} bytes");
    }
    assert_eq!(ask(1, 0).0, 1, "one at least");
    // What is announced at a login is bounded likewise.
    let mut told = |lines| {
        let (account, upto) = (AccountId(2), MessageId(u64::MAX));
        let page = rig.ask(Query::Untold { account, upto, lines, bytes: usize::MAX }).unwrap();
        (page.lines.len(), page.more)
    };
    assert_eq!([told(49), told(50), told(51)], [(49, true), (50, false), (50, false)]);
}

/// Whether the word is anywhere in the files of the index. Not its first letter: FTS5
/// writes only what a word does not share with the one before it.
fn is_indexed(dir: &Path, word: &str) -> bool {
    ["search.db", "search.db-wal"].iter().any(|file| {
        let bytes = std::fs::read(dir.join(file)).unwrap_or_default();
        bytes.windows(word.len() - 1).any(|window| window == &word.as_bytes()[1..])
    })
}

fn account(rig: &mut Rig, name: &str) {
    let request = AccountRequest::Create {
        name: name.parse().unwrap(),
        password: Phc("p".into()),
        recovery: Phc("r".into()),
        terms: "1".into(),
        at: Timestamp::from_ms(NOW),
    };
    assert!(matches!(rig.account(request), AccountAnswer::Created(_)));
}

/// What u1 and u2 told each other and said in the lobby, and the index of it.
fn told_and_said(dir: &Path) -> Rig {
    let mut rig = Rig::open(options(dir));
    account(&mut rig, "u1");
    account(&mut rig, "u2");
    let mine = Message { account: Some(AccountId(1)), ..message("#lobby", "xylophone said") };
    let said = [
        tell(1, 2, "archaeopteryx told", true),
        tell(2, 1, "zeppelin back", true),
        mine,
        tell(1, 1, "quicksilver note", true),
        message("#lobby", "velociraptor stays"),
    ];
    assert!(rig.append(said).iter().all(Result::is_ok));
    for (word, id) in [("archaeopteryx", 1), ("zeppelin", 2), ("quicksilver", 4)] {
        assert_eq!(found(&mut rig, &["#lobby"], Some(1), word), [id]);
        assert!(is_indexed(dir, word), "or this test could not fail");
    }
    rig
}

#[test]
fn who_is_erased_leaves_talks_inboxes_and_the_index() {
    let dir = Folder::new("search-erase");
    let mut rig = told_and_said(dir.path());
    assert_eq!([untold(&mut rig, 1), untold(&mut rig, 2)], [[2], [1]]);
    let users = Users::open(dir.path()).unwrap();
    users.remove_with_messages(&"u1".parse().unwrap()).unwrap();
    rig.store.erase(AccountId(1));
    assert_eq!(rig.wait(), Done::Erased(AccountId(1)));
    // What u1 told is gone for both; what u2 told is u2's.
    assert_eq!(talk(&mut rig, 2, 1), [2]);
    assert_eq!(untold(&mut rig, 2), [0; 0]);
    for word in ["archaeopteryx", "quicksilver", "xylophone"] {
        for asks in [1, 2] {
            assert_eq!(found(&mut rig, &ROOMS, Some(asks), word), [0; 0], "{word}");
        }
    }
    assert_eq!(found(&mut rig, &ROOMS, Some(2), "zeppelin"), [2]);
    assert_eq!(found(&mut rig, &ROOMS, None, "velociraptor"), [5]);
    // The searches above began the volume anew; nothing of it may be left behind.
    for word in ["archaeopteryx", "quicksilver", "xylophone"] {
        assert!(!is_indexed(dir.path(), word), "{word}");
    }
}

#[test]
fn words_of_what_is_erased_go_though_nobody_searches() {
    let dir = Folder::new("search-forget");
    let mut rig = told_and_said(dir.path());
    // Thrice: the first time it may be the look that follows the start, and the second
    // time one that sees to the rest of the first.
    let all = [(1, 2, "archaeopteryx"), (2, 1, "zeppelin"), (4, 1, "quicksilver")];
    for (id, asks, word) in all {
        assert_eq!(found(&mut rig, &[], Some(asks), word), [id]);
        assert!(is_indexed(dir.path(), word), "or this test could not fail");
        assert!(forget(&mut rig, id).is_some());
        let begun = Instant::now();
        while is_indexed(dir.path(), word) {
            assert!(begun.elapsed() < Duration::from_secs(30), "{word} is never taken out");
            std::thread::yield_now();
        }
        assert_eq!(untold(&mut rig, asks), [0; 0]);
    }
    assert_eq!([talk(&mut rig, 1, 2), talk(&mut rig, 2, 1)], [[0; 0]; 2]);
}

#[test]
fn without_a_server_the_words_go_at_once() {
    let dir = Folder::new("search-offline");
    let rig = told_and_said(dir.path());
    rig.store.close();
    released(dir.path());
    let users = Users::open(dir.path()).unwrap();
    users.remove_with_messages(&"u1".parse().unwrap()).unwrap();
    assert_eq!(without_server(dir.path()).unwrap(), 3);
    for word in ["archaeopteryx", "quicksilver", "xylophone"] {
        assert!(!is_indexed(dir.path(), word), "{word}");
    }
    // An index that is none is thrown away rather than left.
    users.remove_with_messages(&"u2".parse().unwrap()).unwrap();
    std::fs::write(dir.path().join("search.db"), b"zeppelin, and no database").unwrap();
    assert_eq!(without_server(dir.path()).unwrap(), 1);
    assert!(!is_indexed(dir.path(), "zeppelin"));
    let mut rig = Rig::open(options(dir.path()));
    assert_eq!(talk(&mut rig, 2, 1), [0; 0]);
    assert_eq!(found(&mut rig, &ROOMS, Some(2), "velociraptor"), [5]);
}

#[test]
fn talks_are_no_rooms() {
    let dir = Folder::new("search-no-rooms");
    let rig = told_and_said(dir.path());
    rig.store.close();
    let mut rig = Rig::open(options(dir.path()));
    let rooms: Vec<_> = rig.opened.rooms.iter().map(|record| record.name).collect();
    assert_eq!(rooms, [room("#lobby")]);
    let recent: Vec<u64> = rig.opened.recent.iter().map(|stored| stored.id.0).collect();
    assert_eq!(recent, [3, 5], "who enters the lobby is shown what was said there");
    assert_eq!(ids(&rig.history("#lobby", Span::Latest)), [3, 5]);
    // Neither by the number that a talk has, nor by a name.
    for name in ["#-1", "#1", "#u1", "#u2"] {
        if let Ok(name) = name.parse() {
            let (span, upto) = (Span::Latest, MessageId(u64::MAX));
            let (lines, bytes) = (usize::MAX, usize::MAX);
            let page = rig.ask(Query::History { room: name, span, upto, lines, bytes }).unwrap();
            assert_eq!(ids(&page), [0; 0], "{name}");
        }
    }
    for only in [None, Some(&room("#lobby"))] {
        let mut export = Export::open(dir.path(), 0, only).unwrap();
        let lines = export.portion().unwrap();
        let exported: Vec<u64> = lines.iter().map(|line| line.id).collect();
        assert_eq!(exported, [3, 5], "{only:?}");
        assert!(export.portion().unwrap().is_empty());
    }
}

/// A file of a version is the newest one without what came since: columns and tables.
fn made_old(dir: &Path, version: u32) {
    let conn = Connection::open(dir.join("messages.db")).unwrap();
    for table in ["talks", "inboxes", "told", "erased", "identity"] {
        conn.execute_batch(&format!("DROP TABLE {table}")).unwrap();
    }
    if version < 2 {
        for column in ["topic", "topic_by", "topic_at", "made_by", "made_by_name", "made_at"] {
            conn.execute_batch(&format!("ALTER TABLE rooms DROP COLUMN {column}")).unwrap();
        }
    }
    conn.pragma_update(None, "user_version", version).unwrap();
}

#[test]
fn files_of_every_older_schema_keep_their_lines() {
    for version in [1, 2] {
        let dir = Folder::new(&format!("search-schema-{version}"));
        let mut rig = Rig::open(options(dir.path()));
        for text in ["from long ago", "and on"] {
            rig.say("#lobby", text);
        }
        rig.say("#two", "elsewhere, long ago");
        rig.append([with_nonce("marked", 7, "n", NOW)]);
        rig.store.close();
        released(dir.path());
        made_old(dir.path(), version);

        let mut rig = Rig::open(options(dir.path()));
        let notes = &rig.opened.notes;
        let expected = format!("from schema {version} to 3");
        assert!(notes.len() == 1 && notes[0].contains(&expected), "{notes:?}");
        assert_eq!(rig.opened.last_id, MessageId(4));
        assert_eq!(ids(&rig.history("#lobby", Span::Latest)), [1, 2, 4]);
        assert_eq!(ids(&rig.history("#two", Span::Latest)), [3]);
        assert_eq!(found(&mut rig, &ROOMS, None, "long"), [1, 3]);
        // And from here on it is one like any other.
        let next = stored(rig.append([tell(1, 2, "long since", true)])[0]);
        assert_eq!(found(&mut rig, &ROOMS, Some(2), "long"), [1, 3, next]);
        assert_eq!([talk(&mut rig, 1, 2), untold(&mut rig, 2)], [[next], [next]]);
        assert_eq!(rig.append([with_nonce("marked", 7, "n", NOW + 1)]).len(), 1);
        assert_eq!(ids(&rig.history("#lobby", Span::Latest)), [1, 2, 4], "the mark is known");
        rig.store.close();
        let rig = Rig::open(options(dir.path()));
        assert_eq!(rig.opened.notes, [""; 0]);
    }
}
