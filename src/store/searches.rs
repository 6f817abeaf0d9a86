//! Tests of the index and of searching in it, below the threads: volumes that are made,
//! left behind by pruning and erasing, and thrown away.

use rusqlite::Connection;

use super::batch::sql_id;
use super::database::tests::Folder;
use super::index::{self, Index};
use super::schema::MESSAGES;
use super::search::{Search, Task};
use super::volumes::{self, PORTION, PORTION_BYTES, SPAN, State, VOLUME_BYTES};
use super::{database, erase};
use crate::protocol::{AccountId, MessageId, Page, RoomName, SearchWord, SearchWords, Ticket};

/// messages.db and its index.
struct Rig {
    dir: Folder,
    messages: Connection,
    index: Index,
    last: u64,
}

impl Rig {
    fn new(name: &str) -> Rig {
        let dir = Folder::new(&format!("searches-{name}"));
        let messages = database::open(dir.path(), &MESSAGES, false).unwrap().conn;
        messages
            .execute_batch(
                "INSERT INTO rooms(id, name, folded, pruned) VALUES(1, 'lobby', 'lobby', 0), (2, 'two', 'two', 0);
                 INSERT INTO talks VALUES(1, 7, 9, 'ana', 'ion', 0);",
            )
            .unwrap();
        let index = Index::new(dir.path());
        Rig { dir, messages, index, last: 0 }
    }

    /// Writes a message as the writer would; `room` is a room's number, or -1 for the
    /// talk of accounts 7 and 9.
    fn say(&mut self, id: i64, room: i64, text: &str) {
        let insert = "INSERT INTO messages VALUES(?1, ?2, 0, 7, 'ana', ?3)";
        self.messages.prepare_cached(insert).unwrap().execute((id, room, text)).unwrap();
        let bits = "INSERT INTO blocks VALUES(?1, ?2, ?3)
                    ON CONFLICT DO UPDATE SET bits = bits | excluded.bits";
        let bit = 1i64 << (id % 64);
        self.messages.prepare_cached(bits).unwrap().execute((room, id / 64, bit)).unwrap();
        if room < 0 {
            for account in [7, 9] {
                let bits = bits.replace("blocks", "inboxes");
                self.messages.execute(&bits, (account, id / 64, bit)).unwrap();
            }
        }
        self.last = self.last.max(id.unsigned_abs());
    }

    fn many(&mut self, ids: std::ops::RangeInclusive<i64>, room: i64, text: &str) {
        self.messages.execute_batch("BEGIN").unwrap();
        ids.for_each(|id| self.say(id, room, text));
        self.messages.execute_batch("END").unwrap();
    }

    fn search(&mut self, rooms: &[&str], account: Option<u64>, word: &str) -> Vec<u64> {
        let page = self.page(rooms, account, word, 100);
        page.lines.iter().map(|stored| stored.id.0).collect()
    }

    /// All in the lobby, however long that takes: what one search has not got to, the
    /// next one does.
    fn find(&mut self, word: &str) -> Vec<i64> {
        for _ in 0..100 {
            let page = self.page(&["#lobby"], None, word, usize::MAX);
            if !page.more {
                return page.lines.iter().map(|stored| sql_id(stored.id.0)).collect();
            }
        }
        panic!("there is no end of {word}");
    }

    fn page(&mut self, rooms: &[&str], account: Option<u64>, word: &str, lines: usize) -> Page {
        let mut search = self.begun(rooms, account, word, lines);
        let index = self.index.open(&self.messages).unwrap();
        while !search.step(index, &self.messages, self.last).unwrap() {}
        search.into_page()
    }

    fn begun(&self, rooms: &[&str], account: Option<u64>, word: &str, lines: usize) -> Search {
        let rooms = rooms.iter().map(|room| room.parse::<RoomName>().unwrap()).collect();
        let (text, begins) = (word.trim_end_matches('*').into(), word.ends_with('*'));
        let words = vec![SearchWord { text, begins }];
        let (words, upto) = (SearchWords::new(words).unwrap(), MessageId(self.last));
        let account = account.map(AccountId);
        Search::new(Ticket(1), Task { rooms, account, words, upto, lines, bytes: usize::MAX })
    }

    /// Does what is to be done in pauses; how many messages are left for later.
    fn chores(&mut self, sweep: bool) -> i64 {
        let index = self.index.open(&self.messages).unwrap();
        loop {
            if let Some(rest) = volumes::chore(index, &self.messages, self.last, sweep).unwrap() {
                return rest;
            }
        }
    }

    /// First ids and bytes of the volumes.
    fn volumes(&mut self) -> Vec<(i64, i64)> {
        let index = self.index.open(&self.messages).unwrap();
        let mut select = index.prepare("SELECT first, bytes FROM volumes ORDER BY first").unwrap();
        let rows = select.query_map((), |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.map(Result::unwrap).collect()
    }

    /// The spans that there is something of.
    fn spans(&mut self) -> Vec<i64> {
        let mut spans: Vec<i64> = self.volumes().iter().map(|(first, _)| first / SPAN).collect();
        spans.dedup();
        spans
    }

    /// Whether the word is anywhere in the files of the index.
    fn is_on_disk(&self, word: &str) -> bool {
        [index::FILE.to_owned(), format!("{}-wal", index::FILE)].iter().any(|file| {
            let bytes = std::fs::read(self.dir.path().join(file)).unwrap_or_default();
            bytes.windows(word.len()).any(|window| window == word.as_bytes())
        })
    }
}

#[test]
fn across_volumes_and_never_what_one_may_not_see() {
    let mut rig = Rig::new("volumes");
    let ids = [1, SPAN - 1, SPAN, SPAN + 1, 3 * SPAN, 3 * SPAN + 64];
    for (id, room) in ids.into_iter().zip([1, 2, 1, -1, 1, 2]) {
        rig.say(id, room, "Hello, world");
    }
    let v = SPAN.unsigned_abs();
    assert_eq!(rig.search(&["#lobby"], None, "hello"), [1, v, 3 * v]);
    assert_eq!(rig.search(&["#lobby", "#TWO"], None, "WORLD").len(), 5);
    assert_eq!(rig.search(&[], Some(9), "hello"), [v + 1]);
    assert_eq!(rig.search(&[], Some(8), "hello"), [0; 0]);
    assert_eq!(rig.search(&["#nowhere"], None, "hello"), [0; 0]);
    assert_eq!(rig.search(&["#two"], Some(7), "hello"), [v - 1, v + 1, 3 * v + 64]);
    // A volume in which nothing may be seen is not even made.
    assert_eq!(rig.spans(), [0, 1, 3]);
    let page = rig.page(&["#lobby"], None, "hello", 2);
    assert_eq!((page.lines.len(), page.more), (2, true));
    assert_eq!(page.lines[0].id.0, v, "the newest two");
}

#[test]
fn what_is_not_indexed_yet_is_found_all_the_same() {
    let mut rig = Rig::new("tail");
    rig.many(1..=PORTION - 1, 1, "early");
    assert_eq!(rig.chores(false), PORTION - 1, "less than a portion waits");
    assert_eq!(rig.spans(), [0; 0]);
    rig.many(PORTION..=3 * PORTION, 1, "late");
    assert!(rig.chores(false) < PORTION);
    rig.say(3 * PORTION + 1, 1, "last");
    assert_eq!(rig.search(&["#lobby"], None, "last").len(), 1);
    assert_eq!(rig.search(&["#lobby"], None, "early").len(), 100);
}

#[test]
fn a_small_room_is_found_among_many_matches_elsewhere() {
    let mut rig = Rig::new("leap");
    rig.say(1, 2, "word");
    rig.many(2..=9_982, 1, "word");
    // In the middle of a long row of misses, on both sides of a block's edge.
    rig.many(9_983..=9_985, 2, "other");
    rig.many(9_986..=20_000, 1, "word");
    rig.say(20_001, 2, "word");
    assert_eq!(rig.search(&["#two"], None, "word"), [1, 20_001]);
    assert_eq!(rig.search(&["#two"], None, "other"), [9_983, 9_984, 9_985]);
}

#[test]
fn what_is_erased_is_in_no_file_any_more() {
    let mut rig = Rig::new("erased");
    rig.many(1..=600, 1, "ordinary");
    rig.say(601, -1, "xylophonist");
    rig.say(SPAN, 1, "elsewhere");
    assert_eq!(rig.chores(false), 1);
    assert_eq!(rig.search(&["#lobby"], Some(7), "xylophonist"), [601]);
    assert!(rig.is_on_disk("ylophonist"), "or this test could not fail");
    assert_eq!(erase::forget(&rig.messages, MessageId(5000)).unwrap(), None);
    let sender = erase::forget(&rig.messages, MessageId(601)).unwrap();
    assert!(sender.is_some());
    assert_eq!(rig.search(&["#lobby"], Some(7), "xylophonist"), [0; 0]);
    rig.chores(false);
    assert!(!rig.is_on_disk("ylophonist"));
    assert_eq!(rig.search(&["#lobby"], None, "ordinary").len(), 100);
    for account in [7, 9] {
        let bits: i64 = rig
            .messages
            .query_row("SELECT bits FROM inboxes WHERE account = ?1", (account,), |row| row.get(0))
            .unwrap();
        assert_eq!(bits, 0, "the inbox of {account}");
    }
}

#[test]
fn erasing_in_one_volume_leaves_the_others() {
    let mut rig = Rig::new("erased-others");
    rig.say(1, 1, "one");
    rig.say(SPAN, 1, "two");
    rig.say(2 * SPAN, 1, "three");
    assert_eq!(rig.search(&["#lobby"], None, "one"), [1]);
    assert_eq!(rig.spans(), [0, 1, 2]);
    erase::forget(&rig.messages, MessageId(SPAN.unsigned_abs())).unwrap();
    let index = rig.index.open(&rig.messages).unwrap();
    let lacks = |volume| {
        let upto = 2 * SPAN;
        volumes::state(index, &rig.messages, volume, 1, upto).unwrap() != State::Complete
    };
    assert_eq!([lacks(0), lacks(1), lacks(2)], [false, true, false]);
    assert_eq!(rig.search(&["#lobby"], None, "two"), [0; 0]);
}

#[test]
fn what_is_pruned_leaves_the_index() {
    let mut rig = Rig::new("pruned");
    rig.say(1, 1, "archaeopteryx");
    rig.many(2..=2000, 1, "ordinary");
    rig.say(SPAN, 1, "ordinary");
    rig.chores(false);
    rig.search(&["#lobby"], None, "archaeopteryx");
    assert!(rig.is_on_disk("archaeopteryx"));
    rig.messages.execute_batch("DELETE FROM messages WHERE id <= 10").unwrap();
    assert_eq!(rig.search(&["#lobby"], None, "archaeopteryx"), [0; 0]);
    rig.chores(false);
    assert!(rig.is_on_disk("archaeopteryx"), "not before its time");
    rig.chores(true);
    assert!(!rig.is_on_disk("archaeopteryx"));
    assert_eq!(rig.search(&["#lobby"], None, "ordinary").len(), 100);
    // A second sweep finds nothing to do, or it would never rest.
    rig.chores(true);
    rig.messages.execute_batch("DELETE FROM messages WHERE id < 60000").unwrap();
    rig.chores(false);
    assert_eq!(rig.spans(), [1], "a volume with nothing left in it goes at once");
    rig.messages.execute_batch("DELETE FROM messages").unwrap();
    assert_eq!(rig.search(&["#lobby"], None, "ordinary"), [0; 0]);
}

#[test]
fn an_index_that_is_not_ours_is_made_anew() {
    let mut rig = Rig::new("anew");
    rig.many(1..=600, 1, "word");
    rig.chores(false);
    assert_eq!(rig.spans(), [0]);
    // Of another messages.db: this one was restored, or moved here.
    rig.messages.execute_batch("UPDATE identity SET mark = mark + 1").unwrap();
    assert_eq!(rig.spans(), [0; 0]);
    assert_eq!(rig.search(&["#lobby"], None, "word").len(), 100);
    let path = rig.dir.path().join(index::FILE);
    for garbage in [&b"nonsense"[..], &[0; 10_000], b""] {
        rig.index = Index::new(rig.dir.path());
        std::fs::write(&path, garbage).unwrap();
        assert_eq!(rig.search(&["#lobby"], None, "word").len(), 100);
    }
    rig.index = Index::new(rig.dir.path());
    assert_eq!(rig.spans(), [0], "and kept when it is ours");
}

#[test]
fn messages_of_older_schemas_are_found() {
    for version in 1..MESSAGES.steps.len() {
        let mut rig = Rig::new(&format!("schema-{version}"));
        let path = rig.dir.path().join(MESSAGES.file);
        rig.messages = Connection::open_in_memory().unwrap();
        std::fs::remove_file(&path).unwrap();
        let old = Connection::open(&path).unwrap();
        MESSAGES.steps[..version].iter().for_each(|step| old.execute_batch(step).unwrap());
        old.pragma_update(None, "user_version", version as i64).unwrap();
        old.execute_batch(
            "INSERT INTO rooms(id, name, folded, pruned) VALUES(1, 'lobby', 'lobby', 0);
             INSERT INTO messages VALUES(3, 1, 0, NULL, 'ana', 'from long ago');
             INSERT INTO blocks VALUES(1, 0, 8);",
        )
        .unwrap();
        drop(old);
        let opened = database::open(rig.dir.path(), &MESSAGES, false).unwrap();
        let note = format!("from schema {version} to 3");
        assert!(opened.notes[0].contains(&note), "{:?}", opened.notes);
        (rig.messages, rig.last) = (opened.conn, 3);
        assert_eq!(rig.search(&["#lobby"], None, "long"), [3]);
        rig.say(4, -1, "told");
        assert_eq!(rig.search(&["#lobby"], Some(7), "told"), [0; 0], "there is no such talk");
    }
}

#[test]
fn a_search_that_takes_too_long_says_that_there_may_be_more() {
    let mut rig = Rig::new("long");
    rig.many(1..=40_000, 1, "word");
    let mut search = rig.begun(&["#lobby"], None, "nothing", 100);
    let index = rig.index.open(&rig.messages).unwrap();
    let mut steps = 0;
    // 80 portions are to be made first: that is more than there is time for on no
    // machine, so the clock is helped.
    while !search.step(index, &rig.messages, rig.last).unwrap() {
        steps += 1;
        if steps == 3 {
            search.waste();
        }
    }
    assert_eq!(steps, 3, "others have their turn in between");
    let page = search.into_page();
    assert!(page.lines.is_empty() && page.more);
    // What was done is not lost: in the end it is found that there is nothing.
    rig.chores(false);
    assert!(!rig.page(&["#lobby"], None, "nothing", 100).more);
}

/// The longest line there is of the shortest word there is.
fn long_line() -> String {
    "a ".repeat(2048)
}

#[test]
fn what_one_question_gathers_does_not_grow_with_the_lines() {
    let mut rig = Rig::new("long-lines");
    let line = long_line();
    rig.many(1..=600, 1, &line);
    // Or the last ones would wait until they are a portion.
    rig.say(SPAN, 2, "elsewhere");
    // What a step adds is bounded, because FTS5 keeps it in memory until it is written, …
    let (most, mut before) = (PORTION_BYTES + line.len() as i64, 0);
    for _ in 0..600 * line.len() as i64 / PORTION_BYTES {
        let index = rig.index.open(&rig.messages).unwrap();
        assert_eq!(volumes::chore(index, &rig.messages, rig.last, false).unwrap(), None);
        let after = rig.volumes().iter().map(|(_, bytes)| bytes).sum();
        assert!(before < after && after <= before + most, "from {before} to {after}");
        before = after;
    }
    rig.chores(false);
    // … and what it asks, because FTS5 gathers all places of a beginning in a volume.
    let volumes = rig.volumes();
    let (last, ended) = volumes.split_last().unwrap();
    assert_eq!(ended.len(), 2, "{volumes:?}");
    let bounds = VOLUME_BYTES..VOLUME_BYTES + most;
    assert!(ended.iter().all(|(_, bytes)| bounds.contains(bytes)), "{volumes:?}");
    assert!(last.1 < bounds.end, "{volumes:?}");
    assert_eq!(rig.spans(), [0]);
    // A search goes from one to the next.
    let all: Vec<i64> = (1..=600).collect();
    for word in ["a", "a*"] {
        assert_eq!(rig.find(word), all, "{word}");
    }
    assert_eq!(rig.find("ab*"), [0; 0]);
}

#[test]
fn all_volumes_of_a_span_go_with_what_is_gone() {
    let mut rig = Rig::new("volumes-go");
    let line = long_line();
    rig.many(1..=200, 1, &line);
    rig.say(201, 1, "archaeopteryx");
    rig.many(202..=600, 1, &line);
    rig.say(601, 1, "xylophonist");
    rig.many(602..=800, 1, &line);
    rig.say(SPAN, 1, "elsewhere");
    rig.chores(false);
    let all = rig.volumes();
    assert!(rig.spans() == [0] && all.len() >= 3, "{all:?}");
    assert_eq!(rig.find("xylophonist"), [601]);
    // Erased from a volume in the middle: no other one is asked either.
    erase::forget(&rig.messages, MessageId(601)).unwrap();
    let index = rig.index.open(&rig.messages).unwrap();
    let lacks = State::Lacks(800);
    assert_eq!(volumes::state(index, &rig.messages, 0, 1, 800).unwrap(), lacks);
    assert_eq!(rig.find("xylophonist"), [0; 0]);
    assert_eq!(rig.find("a*").len(), 799);
    rig.chores(false);
    assert!(!rig.is_on_disk("ylophonist"));
    // Pruned up to the middle of a volume.
    assert!(rig.is_on_disk("rchaeopteryx"));
    rig.messages.execute_batch("DELETE FROM messages WHERE id <= 400").unwrap();
    assert_eq!(rig.find("archaeopteryx"), [0; 0]);
    assert_eq!(rig.find("a*").len(), 399);
    rig.chores(true);
    assert!(!rig.is_on_disk("rchaeopteryx"));
    assert_eq!(rig.volumes()[0].0, 401);
    assert_eq!(rig.find("a*").len(), 399);
}

#[test]
fn the_file_is_opened_again_before_it_keeps_too_much() {
    let mut rig = Rig::new("opened-again");
    rig.many(1..=600, 1, "word");
    assert_eq!(rig.search(&["#lobby"], None, "word").len(), 100);
    // What belongs to a connection shows which one it is.
    let index = rig.index.open(&rig.messages).unwrap();
    index.execute_batch("CREATE TEMP TABLE here(x)").unwrap();
    let is_same = |rig: &mut Rig| {
        let index = rig.index.open(&rig.messages).unwrap();
        index.prepare("SELECT x FROM here").is_ok()
    };
    // One of them, that was written to, counts as eight.
    for volume in 1..=145 {
        rig.index.open(&rig.messages).unwrap().reads(volume * SPAN);
        assert!(is_same(&mut rig), "{volume} volumes were read");
    }
    rig.index.open(&rig.messages).unwrap().reads(1);
    assert!(is_same(&mut rig), "it has counted already");
    rig.index.open(&rig.messages).unwrap().reads(146 * SPAN);
    assert!(!is_same(&mut rig));
    assert_eq!(rig.search(&["#lobby"], None, "word").len(), 100);
}
