//! SIGKILL at random moments under load, and a restart on the same folder, again and
//! again: nothing acknowledged is lost, nothing seen was not stored, no id is used
//! twice, and a nonce sent again is stored once. Every fifth message is told to another
//! account instead of said in the room.
//!
//! `KILLS` says how often (20), `SEED` repeats a run as far as the machine lets it.

#![cfg(feature = "server")]
#![allow(missing_docs)]

mod common;

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::io::Write;
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use common::{Client, Folder, Random, Server, env_number};

const WRITERS: usize = 4;
/// Messages of one writer on their way at a time.
const WINDOW: usize = 8;

#[test]
fn kill_with_sync_always() {
    kill_again_and_again("always");
}

#[test]
fn kill_with_sync_everysec() {
    kill_again_and_again("everysec");
}

/// What a writer has said.
struct Writer {
    name: String,
    /// Texts in the order they were first sent; the number of one is its place.
    said: Vec<String>,
    /// The ids of the first of them.
    acknowledged: Vec<u64>,
}

/// A message as somebody saw it.
type Seen = (u64, String, String);

/// Everything that was ever seen or acknowledged: id, sender, text.
#[derive(Default)]
struct World {
    by_id: BTreeMap<u64, (String, String)>,
    /// What plain readers saw, who are told no ids: the texts, which are all different.
    plain: Vec<String>,
    /// As many of them were found in the history already.
    plain_found: usize,
    /// What the histories have shown so far, and the last id of each: of the room, and of
    /// each writer's talk with the next one.
    texts: HashSet<String>,
    stored: BTreeMap<u64, (String, String)>,
    checked: BTreeMap<String, u64>,
}

/// What the threads of one life of the server share.
#[derive(Default)]
struct Life {
    acknowledged: AtomicU64,
    over: AtomicBool,
}

fn kill_again_and_again(sync: &str) {
    let mut random = Random::new(sync);
    let folder = Folder::new(&format!("kill-{sync}"));
    let arguments = ["--sync", sync, "--set", "limits.name_timeout_secs=600"];
    let mut writers: Vec<Writer> = (0..WRITERS).map(Writer::new).collect();
    let server = Server::start(&folder, &arguments);
    for writer in &writers {
        server.connect().register(&writer.name);
    }
    server.stop();
    let mut world = World::default();
    let kills = env_number("KILLS", 20);
    for kill in 0..kills {
        if random.below(4) == 0 {
            folder.kill_on_its_way_up(Duration::from_micros(random.below(8_000)));
        }
        let mut server = Server::start(&folder, &arguments);
        world.check(&server, &writers, false);
        live(&mut server, &mut writers, &mut world, &mut random);
        println!("{sync}: kill {kill}: {} ids known", world.by_id.len());
    }
    let server = Server::start(&folder, &arguments);
    world.forget_checks();
    world.check(&server, &writers, true);
    let said: usize = writers.iter().map(|writer| writer.acknowledged.len()).sum();
    println!("{sync}: {said} acknowledged, {} stored, {kills} kills", world.texts.len());
    assert!(said as u64 >= kills, "hardly anything was said between the kills");
    server.stop();
}

/// One life of the server, to its end.
fn live(server: &mut Server, writers: &mut [Writer], world: &mut World, random: &mut Random) {
    let life = Life::default();
    // One in five dies while people still log in; the others in the middle of talk.
    let target = if random.below(5) == 0 { 0 } else { 1 + random.below(600) };
    let more = Duration::from_micros(random.below(30_000));
    let mut readers: Vec<Client> = (0..2).map(|n| server.guest(&format!("reader{n}"))).collect();
    let clients: Vec<Client> = writers.iter().map(|_| server.connect()).collect();
    let (seen, plain) = thread::scope(|scope| {
        let life = &life;
        let writing: Vec<_> = std::iter::zip(writers.iter_mut(), clients)
            .map(|(writer, client)| scope.spawn(move || writer.write(client, life)))
            .collect();
        let reading: Vec<_> =
            readers.iter_mut().map(|reader| scope.spawn(move || read_plain(reader))).collect();
        while life.acknowledged.load(Ordering::Relaxed) < target {
            assert!(!writing.iter().any(|w| w.is_finished()), "a writer ended before the kill");
            thread::yield_now();
        }
        // The random moment.
        thread::sleep(more);
        life.over.store(true, Ordering::SeqCst);
        server.kill();
        let seen: Vec<Seen> = writing.into_iter().flat_map(|w| w.join().unwrap()).collect();
        let plain: Vec<_> = reading.into_iter().flat_map(|r| r.join().unwrap()).collect();
        (seen, plain)
    });
    for (id, sender, text) in seen {
        world.learn(id, &sender, &text);
    }
    world.plain.extend(plain);
}

impl Writer {
    fn new(number: usize) -> Writer {
        Writer { name: format!("writer{number}"), said: Vec::new(), acknowledged: Vec::new() }
    }

    fn command(&self, number: usize) -> String {
        let text = &self.said[number];
        let to =
            if number % 5 == 4 { format!("TELL {}", self.next()) } else { "MSG #lobby".into() };
        format!("@nonce={}-{number} {to} :{text}\n", self.name)
    }

    /// Whom it tells something now and then.
    fn next(&self) -> String {
        let own: usize = self.name.trim_start_matches("writer").parse().expect("a number");
        format!("writer{}", (own + 1) % WRITERS)
    }

    /// Writes until the server is gone. Returns what it saw, its acknowledged messages
    /// among it.
    fn write(&mut self, mut client: Client, life: &Life) -> Vec<Seen> {
        let mut seen = Vec::new();
        // Numbers of what is on its way, in order.
        let mut waiting: VecDeque<usize> = VecDeque::new();
        let hello = format!("TAGS ON\nLOGIN {0} password of {0}\n", self.name);
        // What was not acknowledged is sent again, and so is the last one that was.
        let from = self.acknowledged.len().saturating_sub(1);
        let mut again: String = hello;
        for number in from..self.said.len() {
            again.push_str(&self.command(number));
            waiting.push_back(number);
        }
        let mut alive = client.stream.write_all(again.as_bytes()).is_ok();
        let mut logged_in = false;
        while let Ok(Some(line)) = client.try_line() {
            let id = line.strip_prefix("OK MSG ").or(line.strip_prefix("OK TELL "));
            if let Some(id) = id {
                let number = waiting.pop_front().expect("one answer for each MSG");
                let id = id.parse().expect("an id");
                self.acknowledge(number, id);
                seen.push((id, self.name.clone(), self.said[number].clone()));
                life.acknowledged.fetch_add(1, Ordering::Relaxed);
            } else if line.starts_with("@msgid=") {
                seen.push(tagged(&line));
            } else if line.starts_with("OK LOGIN ") {
                logged_in = true;
            } else {
                assert!(!line.starts_with("FAIL"), "{line}");
            }
            while alive && logged_in && waiting.len() < WINDOW {
                alive = self.send_next(&mut client.stream, &mut waiting);
            }
        }
        assert!(life.over.load(Ordering::SeqCst), "the server closed before it was killed");
        let _ = client.stream.shutdown(Shutdown::Both);
        seen
    }

    fn send_next(&mut self, stream: &mut TcpStream, waiting: &mut VecDeque<usize>) -> bool {
        let number = self.said.len();
        let padding = "x".repeat(number * 37 % 200);
        self.said.push(format!("{} says {number} {padding}.", self.name));
        waiting.push_back(number);
        stream.write_all(self.command(number).as_bytes()).is_ok()
    }

    fn acknowledge(&mut self, number: usize, id: u64) {
        if let Some(first) = self.acknowledged.get(number) {
            assert_eq!(*first, id, "{} {number} was given another id", self.name);
            return;
        }
        assert_eq!(number, self.acknowledged.len(), "answers come in order");
        assert!(self.acknowledged.last().is_none_or(|last| *last < id), "{} {id}", self.name);
        self.acknowledged.push(id);
    }
}

/// `@msgid=1042;time=... :ana MSG #lobby :hello`, or `:ana TELL ion :hello`
fn tagged(line: &str) -> Seen {
    let (tags, rest) = line.split_once(" :").unwrap();
    let id = tags.trim_start_matches("@msgid=").split(';').next().unwrap().parse().unwrap();
    let (head, text) = rest.split_once(" :").unwrap();
    (id, head.split(' ').next().unwrap().to_owned(), text.to_owned())
}

fn read_plain(reader: &mut Client) -> Vec<String> {
    let mut seen = Vec::new();
    while let Ok(Some(line)) = reader.try_line() {
        if let Some((_, text)) = line.split_once(" MSG #lobby :") {
            seen.push(text.to_owned());
        }
    }
    seen
}

impl World {
    /// Reads one history on; `key` is whose place in it that is.
    fn read_on(&mut self, reader: &mut Client, target: &str, key: &str) {
        let mut checked = self.checked.get(key).copied().unwrap_or(0);
        loop {
            reader.send(&format!("HISTORY {target} AFTER {checked}"));
            let lines = reader.until("OK HISTORY ");
            // What is shown on entering is HIST lines as well, of ids before.
            let (end, lines) = lines.split_last().unwrap();
            let count: usize = end.split(' ').nth(2).unwrap().parse().unwrap();
            for line in &lines[lines.len() - count..] {
                let (id, sender, text) = hist(line);
                assert!(id > checked, "{id} after {checked}");
                checked = id;
                assert!(self.texts.insert(text.clone()), "stored twice: {text}");
                self.stored.insert(id, (sender, text));
            }
            if !end.ends_with(" MORE") {
                break;
            }
        }
        self.checked.insert(key.to_owned(), checked);
    }

    /// An id belongs to one message for ever.
    fn learn(&mut self, id: u64, sender: &str, text: &str) {
        let message = (sender.to_owned(), text.to_owned());
        let known = self.by_id.entry(id).or_insert_with(|| message.clone());
        assert_eq!(*known, message, "the id {id} was used twice");
    }

    /// The next check is of everything.
    fn forget_checks(&mut self) {
        self.plain_found = 0;
        self.checked.clear();
        self.stored.clear();
        self.texts.clear();
    }

    /// Reads the histories from where they were last read, and holds them against
    /// everything that is known.
    fn check(&mut self, server: &Server, writers: &[Writer], all: bool) {
        self.read_on(&mut server.guest("checker"), "#lobby", "#lobby");
        for writer in writers {
            let mut client = server.connect();
            client.send(&format!("LOGIN {0} password of {0}", writer.name));
            client.until("OK LOGIN ");
            let (with, talk) = (writer.next(), format!("{} {}", writer.name, writer.next()));
            self.read_on(&mut client, &with, &talk);
        }
        for (id, message) in &self.by_id {
            assert_eq!(self.stored.get(id), Some(message), "{id} was seen or acknowledged");
        }
        for (id, (sender, text)) in self.stored.clone() {
            self.learn(id, &sender, &text);
        }
        for text in &self.plain[self.plain_found..] {
            assert!(self.texts.contains(text), "a reader saw what was not stored: {text}");
        }
        self.plain_found = self.plain.len();
        if all {
            for writer in writers {
                for (number, id) in writer.acknowledged.iter().enumerate() {
                    let (sender, text) = &self.stored[id];
                    assert_eq!((sender, text), (&writer.name, &writer.said[number]));
                }
            }
        }
    }
}

/// `:ana HIST #lobby 1042 2026-11-23T01:52:07.123Z :hello`, or with a name that was told
fn hist(line: &str) -> Seen {
    let (head, text) = line[1..].split_once(" :").unwrap();
    let words: Vec<&str> = head.split(' ').collect();
    assert_eq!(words[1], "HIST", "{line}");
    (words[3].parse().unwrap(), words[0].to_owned(), text.to_owned())
}
