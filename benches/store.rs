//! What the store costs: CPU of the writer a message in batches of 64 and 100, with
//! one room and with eight; the -wal and the slowest batch while a million messages
//! go in, into eight rooms and into a thousand; HISTORY out of them, and of a quiet room
//! among them. `cargo bench --bench store`.
//!
//! Compare with a bare SQLite table without any index on this kind of machine:
//! 0.7 to 1.0 µs a row, and 1.2 to 1.4 µs with an index on the room.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Instant;

use taifas::protocol::{Message, MessageId, Query, RoomName, Span, Ticket, Timestamp};
use taifas::store::{self, Append, Done, Durability, Options, Store};

const TOTAL: u64 = 1_000_000;

/// One message in so many is the quiet room's: a hundred in a million.
const QUIET: u64 = 10_000;

fn main() {
    let dir = std::env::temp_dir().join(format!("taifas-bench-store-{}", std::process::id()));
    for durability in [Durability::EverySec, Durability::Always] {
        for rooms in [1, 8] {
            for batch in [64, 100] {
                let _ = fs::remove_dir_all(&dir);
                let (store, answers) = open(&dir, durability);
                let run = fill(&store, &answers, &dir, 200_000, batch, rooms);
                store.close();
                println!(
                    "{durability}, {rooms} rooms, batches of {batch}: {run}",
                    durability = durability.as_str()
                );
            }
        }
    }
    for rooms in [8, 1000] {
        let _ = fs::remove_dir_all(&dir);
        let (store, answers) = open(&dir, Durability::EverySec);
        let run = fill(&store, &answers, &dir, TOTAL, 100, rooms);
        println!("everysec, a million in {rooms} rooms: {run}");
        println!("resident: {}", status("VmRSS"));
        history(&store, &answers);
        store.close();
        let started = Instant::now();
        let (store, _answers) = open(&dir, Durability::EverySec);
        println!("start over a million: {} ms", started.elapsed().as_millis());
        store.close();
    }
    let _ = fs::remove_dir_all(&dir);
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
    let names: Vec<RoomName> =
        (0..rooms).map(|n| format!("#room{n}").parse().expect("a room's name")).collect();
    let quiet: RoomName = "#quiet".parse().expect("a room's name");
    let (began, cpu) = (Instant::now(), cpu_of("writer"));
    let (mut slowest, mut wal) = (0, 0);
    for first in (0..total).step_by(batch as usize) {
        let mut appends: Vec<Append> = (first..first + batch)
            .map(|n| match n % QUIET {
                0 => Append { ticket: Ticket(n), message: one(quiet) },
                _ => Append { ticket: Ticket(n), message: one(names[(n % rooms) as usize]) },
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

fn one(room: RoomName) -> Arc<Message> {
    Arc::new(Message {
        room,
        sender: "sender".parse().expect("a name"),
        account: None,
        at: Timestamp::from_ms(1_795_000_000_000),
        text: "x".repeat(64).into(),
        nonce: None,
    })
}

fn history(store: &Store, answers: &Receiver<Done>) {
    let room: RoomName = "#room3".parse().expect("a room's name");
    let all: Vec<RoomName> =
        (0..8).map(|n| format!("#room{n}").parse().expect("a room's name")).collect();
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
        ("catch-up of 8 rooms", Query::CatchUp { rooms: all, after: middle, upto, lines, bytes }),
    ] {
        let mut took: Vec<u128> = (0..51)
            .map(|n| {
                let asked = Instant::now();
                store.ask(Ticket(n), query.clone());
                answers.recv().expect("an answer");
                asked.elapsed().as_micros()
            })
            .collect();
        took.sort_unstable();
        println!("100 lines, {what}: {} us, slowest {} us", took[25], took[50]);
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
