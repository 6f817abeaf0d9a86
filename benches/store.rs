//! What the store costs: CPU of the writer a message in batches of 64 and 100, with
//! one room and with eight; the -wal and the slowest batch while a million messages
//! go in, into eight rooms and into a thousand; what the reader then takes to index
//! them; HISTORY, of a quiet room among them as well, the talk of two accounts and SEARCH
//! out of them; and SEARCH for beginnings out of lines that were made to make it dear.
//! `cargo bench --bench store`; the last one alone with `-- hostile`, and a million
//! messages in eight rooms with `-- million`.
//!
//! Compare with a bare SQLite table without any index on this kind of machine:
//! 0.7 to 1.0 µs a row, and 1.2 to 1.4 µs with an index on the room.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread::sleep;
use std::time::{Duration, Instant};

use taifas::protocol::{
    AccountId, Message, MessageId, Page, Query, Recipient, RoomName, SearchWord, SearchWords, Span,
    Target, Ticket, Timestamp,
};
use taifas::store::{self, Append, Done, Durability, Options, Store};

const TOTAL: u64 = 1_000_000;

/// One message in so many is the quiet room's: a hundred in a million.
const QUIET: u64 = 10_000;

fn main() {
    let dir = std::env::temp_dir().join(format!("taifas-bench-store-{}", std::process::id()));
    let only = |what: &str| std::env::args().any(|argument| argument == what);
    if !only("million") {
        // First, while little is resident: its memory is what is looked at.
        hostile(&dir);
    }
    if !only("hostile") && !only("million") {
        appending(&dir);
        million(&dir, 1000);
    }
    if !only("hostile") {
        million(&dir, 8);
    }
    let _ = fs::remove_dir_all(&dir);
}

/// What storing costs the writer.
fn appending(dir: &Path) {
    for durability in [Durability::EverySec, Durability::Always] {
        for rooms in [1, 8] {
            for batch in [64, 100] {
                let _ = fs::remove_dir_all(dir);
                let (store, answers) = open(dir, durability);
                let run = fill(&store, &answers, dir, 200_000, batch, rooms);
                store.close();
                println!(
                    "{durability}, {rooms} rooms, batches of {batch}: {run}",
                    durability = durability.as_str()
                );
            }
        }
    }
}

/// A million messages in so many rooms: stored, indexed, and asked for.
fn million(dir: &Path, rooms: u64) {
    let _ = fs::remove_dir_all(dir);
    let (store, answers) = open(dir, Durability::EverySec);
    let run = fill(&store, &answers, dir, TOTAL, 100, rooms);
    println!("everysec, a million in {rooms} rooms: {run}");
    println!("resident: {}", status("VmRSS"));
    index(&store, &answers, TOTAL);
    let waited = merged();
    let file = fs::metadata(dir.join("search.db")).map_or(0, |file| file.len());
    println!("merged after {} ms more; {} bytes a message", waited.as_millis(), file / TOTAL);
    println!("resident: {}", status("VmRSS"));
    history(&store, &answers);
    search(&store, &answers);
    store.close();
    let started = Instant::now();
    let (store, _answers) = open(dir, Durability::EverySec);
    println!("start over a million: {} ms", started.elapsed().as_millis());
    store.close();
}

fn open(dir: &Path, durability: Durability) -> (Store, Receiver<Done>) {
    let (to, answers) = channel();
    let options = Options {
        dir: dir.to_owned(),
        durability,
        history_days: 90,
        history_messages: 2 * TOTAL,
        recent_lines: 20,
    };
    let done = move |done| to.send(done).expect("the bench outlives the store");
    let (store, _) = store::open(options, done).expect("the temporary folder is writable");
    println!("resident at start: {}", status("VmRSS"));
    (store, answers)
}

/// Stores messages, one batch in flight and one gathering, as under load.
fn fill(
    store: &Store,
    answers: &Receiver<Done>,
    dir: &Path,
    total: u64,
    batch: u64,
    rooms: u64,
) -> String {
    let names = self::rooms(rooms);
    let quiet: RoomName = "#quiet".parse().expect("a room's name");
    let (began, cpu) = (Instant::now(), cpu_of("writer"));
    let (mut slowest, mut wal) = (0, 0);
    for first in (0..total).step_by(batch as usize) {
        let mut appends: Vec<Append> = (first..first + batch)
            .map(|n| match n % QUIET {
                0 => Append { ticket: Ticket(n), message: one(n, quiet) },
                _ => Append { ticket: Ticket(n), message: one(n, names[(n % rooms) as usize]) },
            })
            .collect();
        let sent = Instant::now();
        store.append(&mut appends);
        answers.recv().expect("an answer");
        slowest = slowest.max(sent.elapsed().as_micros());
        if first % 6400 == 0 {
            let file = fs::metadata(dir.join("messages.db-wal"));
            wal = wal.max(file.map_or(0, |file| file.len()));
        }
    }
    let cpu = (cpu_of("writer") - cpu) as f64 / 1000.0 / total as f64;
    let wall = began.elapsed().as_micros() as f64 / total as f64;
    format!(
        "{cpu:.2} us CPU a message ({:.0} a batch), {wall:.2} us in all, slowest batch {} ms, -wal at most {} MiB",
        cpu * batch as f64,
        slowest / 1000,
        wal >> 20
    )
}

/// Of a thousand messages one is told by one account to another.
fn one(n: u64, room: RoomName) -> Arc<Message> {
    let name = "recipient".parse().expect("a name");
    let told = Recipient { name, account: AccountId(2), away: false };
    let is_told = n % 1000 == 999;
    Arc::new(Message {
        to: if is_told { Target::Person(told) } else { Target::Room(room) },
        sender: "sender".parse().expect("a name"),
        account: is_told.then_some(AccountId(1)),
        at: Timestamp::from_ms(1_795_000_000_000),
        text: text(n).into(),
        nonce: None,
    })
}

/// Some 64 bytes of words: the lower a word's number, the more often it occurs, as in
/// any language.
fn text(n: u64) -> String {
    let mut seed = n.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut text = String::with_capacity(72);
    while text.len() < 58 {
        let number = 20_000f64.powf((next(&mut seed) >> 11) as f64 / (1u64 << 53) as f64) as u64;
        text.push_str(&word(number));
        text.push(' ');
    }
    text
}

/// The word of this number: 1 is the most frequent.
fn word(number: u64) -> String {
    let mut rest = number.wrapping_mul(7919) + 26;
    let mut word = String::new();
    while rest > 0 {
        word.push((b'a' + (rest % 26) as u8) as char);
        rest /= 26;
    }
    word
}

/// What the reader takes to index what is not indexed yet, which a search waits for.
fn index(store: &Store, answers: &Receiver<Done>, messages: u64) {
    let (began, cpu) = (Instant::now(), cpu_of("reader"));
    while ask(store, answers, &searching("nosuchword", &rooms(8), None)).more {}
    let cpu = (cpu_of("reader") - cpu) as f64 / 1000.0 / messages as f64;
    let wall = began.elapsed().as_millis();
    println!("indexed: {cpu:.2} us CPU of the reader a message, {wall} ms in all");
}

/// Waits until the reader has merged what indexing left behind, which slows down whoever
/// asks meanwhile: until it does nothing.
fn merged() -> Duration {
    let began = Instant::now();
    loop {
        let cpu = cpu_of("reader");
        sleep(Duration::from_millis(300));
        if cpu_of("reader") == cpu {
            return began.elapsed();
        }
    }
}

fn search(store: &Store, answers: &Receiver<Done>) {
    let (all, first) = (rooms(8), rooms(1));
    let told = Some(AccountId(2));
    let two = |one, other| format!("{} {}", word(one), word(other));
    for (what, query) in [
        ("the most frequent word", searching(&word(1), &all, None)),
        ("the same in one room", searching(&word(1), &first, None)),
        ("a rare word", searching(&word(1500), &all, None)),
        ("a very rare word", searching(&word(18_000), &all, None)),
        ("the same in one room", searching(&word(18_000), &first, None)),
        ("no such word", searching("nosuchword", &all, None)),
        ("two frequent words", searching(&two(2, 3), &all, None)),
        ("a frequent and a rare one", searching(&two(1, 19_000), &all, None)),
        ("a beginning of two letters", searching("ab*", &all, None)),
        ("a beginning of one letter", searching("a*", &all, None)),
        ("the most frequent word, told", searching(&word(1), &[], told)),
        ("a rare word, told", searching(&word(1500), &[], told)),
    ] {
        time(store, answers, &format!("SEARCH {what}"), &query, 51);
    }
}

/// Messages for [`hostile`]: 60 MB of text.
const HOSTILE: u64 = 15_000;

/// SEARCH for beginnings where every word begins so.
fn hostile(dir: &Path) {
    for (what, all_alike) in [("words that all differ", false), ("one word again and again", true)]
    {
        let _ = fs::remove_dir_all(dir);
        let (store, answers) = open(dir, Durability::EverySec);
        fill_hostile(&store, &answers, all_alike);
        println!("{HOSTILE} lines of {what}; {} at the most so far", status("VmHWM"));
        index(&store, &answers, HOSTILE);
        println!("{} at the most", status("VmHWM"));
        for words in ["a*", "a* a* a* a*"] {
            // The highest from now on, not that of the indexing.
            let _ = fs::write("/proc/self/clear_refs", "5");
            let query = searching(words, &rooms(1), None);
            time(&store, &answers, &format!("SEARCH {words}"), &query, 5);
            let (now, most) = (status("VmRSS"), status("VmHWM"));
            println!("{now} resident, {most} at the most");
        }
        store.close();
    }
}

/// Stores lines of 4 KB in which every word begins with an `a`, or is one.
fn fill_hostile(store: &Store, answers: &Receiver<Done>, all_alike: bool) {
    let room = "#room0".parse().expect("a room's name");
    let mut seed = 88_172_645_463_325_252;
    for first in (0..HOSTILE).step_by(100) {
        let mut appends: Vec<Append> = (first..first + 100)
            .map(|n| {
                let mut text = String::with_capacity(4096);
                while text.len() < 4000 {
                    text.push('a');
                    if !all_alike {
                        text.push_str(&word(next(&mut seed) >> 36));
                    }
                    text.push(' ');
                }
                let message = Message { text: text.into(), ..Message::clone(&one(0, room)) };
                Append { ticket: Ticket(n), message: Arc::new(message) }
            })
            .collect();
        store.append(&mut appends);
        answers.recv().expect("an answer");
    }
}

/// The next of some numbers that look like chance (xorshift).
fn next(seed: &mut u64) -> u64 {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    *seed
}

fn searching(words: &str, rooms: &[RoomName], account: Option<AccountId>) -> Query {
    let words = words.split(' ').map(|word| SearchWord {
        text: word.trim_end_matches('*').into(),
        begins: word.ends_with('*'),
    });
    let words = SearchWords::new(words.collect()).expect("words");
    let (upto, lines, bytes) = (MessageId(u64::MAX), 100, 48 * 1024);
    Query::Search { rooms: rooms.to_vec(), account, words, upto, lines, bytes }
}

fn rooms(count: u64) -> Vec<RoomName> {
    (0..count).map(|n| format!("#room{n}").parse().expect("a room's name")).collect()
}

fn ask(store: &Store, answers: &Receiver<Done>, query: &Query) -> Page {
    store.ask(Ticket(0), query.clone());
    match answers.recv() {
        Ok(Done::Page(_, Ok(page))) => page,
        other => panic!("{other:?}"),
    }
}

/// The middle one of so many, the slowest, and what the reader's CPU has of one.
fn time(store: &Store, answers: &Receiver<Done>, what: &str, query: &Query, times: usize) {
    let (mut lines, cpu) = (0, cpu_of("reader"));
    let mut took: Vec<u128> = (0..times)
        .map(|_| {
            let asked = Instant::now();
            lines = ask(store, answers, query).lines.len();
            asked.elapsed().as_micros()
        })
        .collect();
    took.sort_unstable();
    let (middle, slowest) = (took[times / 2], took[times - 1]);
    let cpu = (cpu_of("reader") - cpu) / 1000 / times as u64;
    println!("{what}: {lines} lines, {middle} us, slowest {slowest} us; {cpu} us CPU");
}

fn history(store: &Store, answers: &Receiver<Done>) {
    let room: RoomName = "#room3".parse().expect("a room's name");
    let (all, account) = (rooms(8), AccountId(1));
    let with = "recipient".parse().expect("a name");
    let (upto, lines, bytes) = (MessageId(u64::MAX), 100, 48 * 1024);
    let of = |room, span| Query::History { room, span, upto, lines, bytes };
    let history = |span| of(room, span);
    let quiet: RoomName = "#quiet".parse().expect("a room's name");
    let middle = MessageId(TOTAL / 2);
    for (what, query) in [
        ("latest", history(Span::Latest)),
        ("before the middle", history(Span::Before(middle))),
        ("after the middle", history(Span::After(middle))),
        ("of a quiet room, latest", of(quiet, Span::Latest)),
        ("of a quiet room, all", of(quiet, Span::After(MessageId(0)))),
        (
            "catch-up of 8 rooms",
            Query::CatchUp {
                rooms: all,
                account: Some(account),
                after: middle,
                upto,
                lines,
                bytes,
            },
        ),
        (
            "of one talk",
            Query::Talk { account, with, span: Span::Before(middle), upto, lines, bytes },
        ),
    ] {
        time(store, answers, &format!("HISTORY {what}"), &query, 51);
    }
}

/// Nanoseconds of CPU that this process's thread of that name has had.
fn cpu_of(thread: &str) -> u64 {
    let tasks = fs::read_dir("/proc/self/task").expect("Linux");
    tasks
        .filter_map(|task| Some(task.ok()?.path()))
        .filter(|task| fs::read_to_string(task.join("comm")).is_ok_and(|c| c.trim() == thread))
        .filter_map(|task| fs::read_to_string(task.join("schedstat")).ok())
        .filter_map(|stat| stat.split(' ').next()?.parse::<u64>().ok())
        .sum()
}

fn status(key: &str) -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(key)).unwrap_or_default();
    line.split_once(':').map_or("", |(_, value)| value.trim()).to_owned()
}
