//! Readers that are slow, or do not read at all, beside others that must not notice.
//!
//! `MESSAGES` says how many are said beside the slow reader (20,000).

#![cfg(feature = "server")]
#![allow(missing_docs)]

mod common;

use std::io::Read;
use std::net::Shutdown;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use common::{Client, Folder, Server, env_number};

const FAST: usize = 50;
const WRITERS: usize = 4;
/// Long enough that what the slow one misses is many times what the system and the
/// server may hold for it.
const TEXT_BYTES: usize = 1000;
/// What the server may grow by, while tens of megabytes are said and gigabytes sent.
const GROWTH_KIB: u64 = 8 * 1024;

/// A tagged line of the room: its id, its sender, and the number in its text.
fn numbered(line: &str) -> (u64, &str, usize) {
    let (tags, rest) = line.split_once(" :").unwrap();
    let id = tags.trim_start_matches("@msgid=").split(';').next().unwrap();
    let (sender, text) = rest.split_once(" MSG #lobby :").unwrap();
    let number = text.split(' ').next().unwrap();
    (id.parse().unwrap(), sender, number.parse().unwrap())
}

/// Reads `count` messages and checks their order; returns their ids.
fn read_messages(client: &mut Client, count: usize) -> Vec<u64> {
    let (mut ids, mut next) = (Vec::with_capacity(count), [0; WRITERS]);
    while ids.len() < count {
        let line = client.line().expect("nobody is closed");
        if !line.starts_with('@') {
            continue;
        }
        let (id, sender, number) = numbered(&line);
        assert!(ids.last().is_none_or(|last| *last < id), "{id} after {:?}", ids.last());
        ids.push(id);
        let writer: usize = sender.trim_start_matches("writer").parse().unwrap();
        assert_eq!(number, next[writer], "of {sender}");
        next[writer] += 1;
    }
    ids
}

/// Each writer says its share; its answers and its own lines are read elsewhere.
fn write_messages(client: &mut Client, count: usize) {
    let padding = "x".repeat(TEXT_BYTES);
    for number in 0..count {
        client.send(&format!("MSG #lobby :{number} {padding}"));
    }
}

/// Takes 2 KB a second until told to stop.
fn read_slowly(client: &mut Client, stop: &AtomicBool, taken: &mut Vec<u8>) {
    let mut bytes = [0; 256];
    while !stop.load(Ordering::SeqCst) {
        let count = client.stream.read(&mut bytes).unwrap();
        taken.extend_from_slice(&bytes[..count]);
        // The rate is what is tested: nothing waits for this.
        thread::sleep(Duration::from_millis(125));
    }
}

#[test]
fn a_slow_reader_costs_a_fixed_amount_and_misses_nothing() {
    let folder = Folder::new("slow");
    let server = Server::start(&folder, &["--sync", "everysec"]);
    let share = env_number("MESSAGES", 20_000) as usize / WRITERS;
    let count = share * WRITERS;
    let mut slow = server.connect_narrow();
    slow.ask("TAGS ON", "OK TAGS ON");
    slow.name("slow");
    let goer = server.guest("goer");
    let mut fast: Vec<Client> =
        (0..FAST - WRITERS).map(|n| server.tagged(&format!("fast{n}"))).collect();
    let mut writers: Vec<Client> =
        (0..WRITERS).map(|n| server.tagged(&format!("writer{n}"))).collect();
    // Nothing of the arrivals is on its way any more.
    slow.expect_holding(" writer3");
    slow.silence("settled");
    let before = server.kib("VmRSS");
    let done = AtomicBool::new(false);
    let mut taken = Vec::new();
    let mut comer = None;
    let ids = thread::scope(|scope| {
        scope.spawn(|| read_slowly(&mut slow, &done, &mut taken));
        let mut reading = Vec::new();
        for writer in &mut writers {
            let mut reader = writer.reader();
            scope.spawn(move || write_messages(writer, share));
            reading.push(scope.spawn(move || read_messages(&mut reader, count)));
        }
        for client in &mut fast {
            reading.push(scope.spawn(move || read_messages(client, count)));
        }
        // Somebody comes and somebody goes, of which the one who is behind is not told.
        server.log_line("slow is behind");
        drop(goer);
        comer = Some(server.tagged("comer"));
        comer.as_mut().unwrap().expect_holding(" PART #lobby goer");
        let drained = scope.spawn(|| drain(comer.as_mut().unwrap(), WRITERS, share));
        let mut all = reading.into_iter().map(|reader| reader.join().unwrap());
        let ids = all.next().unwrap();
        assert!(all.all(|others| others == ids), "one order for everybody");
        drained.join().unwrap();
        done.store(true, Ordering::SeqCst);
        ids
    });
    let grown = server.kib("VmHWM").saturating_sub(before);
    println!("{before} KiB at first, {grown} KiB more at most; the slow one took {}", taken.len());
    assert!(grown < GROWTH_KIB, "{grown} KiB more");
    assert!(taken.len() < ids.len() * TEXT_BYTES / 4, "it was not slow: {}", taken.len());

    slow.unread(&taken);
    assert_eq!(read_messages(&mut slow, count), ids, "what the slow one got");
    let names = slow.until("NAMES #lobby ").pop().unwrap();
    let is_in = |name: &str| names.split(' ').any(|word| word == name);
    assert!(is_in("comer") && is_in("slow") && !is_in("goer"), "{names}");
    // Live again: what is said now comes next, and presence as it happens.
    fast[0].send("MSG #lobby :live again");
    let line = slow.line().unwrap();
    assert!(line.ends_with(" :fast0 MSG #lobby :live again"), "{line}");
    slow.silence("live");
    server.stop();
}

/// Reads until each writer's last message has come.
fn drain(client: &mut Client, writers: usize, share: usize) {
    let mut missing = writers;
    while missing > 0 {
        let line = client.line().unwrap();
        missing -= usize::from(line.starts_with('@') && numbered(&line).2 == share - 1);
    }
}

#[test]
fn who_takes_no_byte_is_evicted_and_the_room_sees_it_go() {
    let folder = Folder::new("stalled");
    let server = Server::start(&folder, &["--set", "limits.stall_timeout_secs=1"]);
    let mut stalled = server.connect_narrow();
    stalled.name("stalled");
    let mut talker = server.tagged("talker");
    let mut watcher = server.guest("watcher");
    let mut listener = watcher.reader();
    let seen = thread::scope(|scope| {
        let watching = scope.spawn(move || {
            let lines = listener.until(":taifas PART #lobby stalled");
            lines.iter().filter(|line| line.starts_with(":talker MSG ")).count()
        });
        // Each is relayed back before the next is said: nobody waits for the stalled one.
        let text = "x".repeat(3900);
        let mut said = 0;
        while !watching.is_finished() {
            talker.say(&text);
            said += 1;
        }
        let seen = watching.join().unwrap();
        assert!(seen <= said);
        seen
    });
    assert!(seen * 3900 > 64 * 1024, "evicted before it was behind: {seen}");
    server.log_line("evicted stalled: it took no byte for too long");
    watcher.say("still here");
    talker.ask("NAMES", "NAMES #lobby talker watcher");
    talker.expect("OK NAMES 2");
    // Its connection is really over: what the system had taken for it, then the end.
    while let Ok(Some(_)) = stalled.try_line() {}
    server.stop();
}

/// What is not stored cannot be read again later: it is held back, up to the hard bound.
#[test]
fn who_is_told_more_than_they_read_is_evicted_and_the_room_sees_it_go() {
    let folder = Folder::new("told");
    let server = Server::start(&folder, &[]);
    // Whom the room has not seen come it does not see go.
    let mut talker = server.tagged("talker");
    talker.expect(":taifas JOIN #lobby talker");
    let mut stalled = server.connect_narrow();
    stalled.name("stalled");
    talker.expect(":taifas JOIN #lobby stalled");
    let text = "x".repeat(3900);
    let (mut told, mut parted) = (0, false);
    // Each is answered and relayed back before the next is said.
    while !parted {
        talker.send(&format!("TELL stalled {text}"));
        loop {
            let line = talker.line().expect("nobody else is closed");
            parted |= line == ":taifas PART #lobby stalled";
            told += usize::from(line.starts_with('@'));
            if line.starts_with('@') || line.starts_with("FAIL TELL NO_SUCH_NAME ") {
                break;
            }
        }
    }
    // Soft bound and what is held back, each 3,900 bytes and a little.
    assert!(told >= (64 + 192) * 1024 / 4400, "evicted within the hard bound: {told}");
    server.log_line("evicted stalled: past the hard bound");
    while let Ok(Some(_)) = stalled.try_line() {}
    server.stop();
}

/// Its system takes a few bytes now and then. That the server's has room for more shows
/// only when it has taken a third of megabytes: until then nothing is written to it.
#[test]
fn who_takes_a_few_bytes_now_and_then_is_not_evicted() {
    // Longer than a busy machine may leave this thread waiting.
    const STALL: Duration = Duration::from_secs(2);
    let folder = Folder::new("trickle");
    let server = Server::start(&folder, &["--set", "limits.stall_timeout_secs=2"]);
    let mut slow = server.connect_narrow();
    slow.name("slow");
    let mut talker = server.tagged("talker");
    let mut said = 0;
    let mut taken = Vec::new();
    let take = |slow: &mut Client, taken: &mut Vec<u8>| {
        let mut bytes = [0; 1024];
        let count = slow.stream.read(&mut bytes).unwrap();
        assert_ne!(count, 0, "evicted");
        taken.extend_from_slice(&bytes[..count]);
    };
    let text = "x".repeat(3900);
    while !server.all_log().contains("slow is behind") {
        talker.say(&format!("{said} {text}"));
        take(&mut slow, &mut taken);
        said += 1;
    }
    let begun = Instant::now();
    while begun.elapsed() < 3 * STALL {
        take(&mut slow, &mut taken);
        thread::sleep(STALL / 20);
    }
    assert!(taken.len() < 1_000_000, "it was not slow: {}", taken.len());
    slow.unread(&taken);
    for number in 0..said {
        slow.expect(&format!(":talker MSG #lobby :{number} x"));
    }
    // It has caught up, and is told who is here.
    slow.expect("NAMES #lobby slow talker");
    slow.silence("alive");
    server.stop();
}

#[test]
fn long_answers_never_harm_who_asks() {
    const PEOPLE: usize = 2000;
    const TIMES: usize = 100;
    let folder = Folder::new("answers");
    let server = Server::start(&folder, &["--set", "limits.connections=3000"]);
    let mut crowd = Vec::new();
    for n in 0..PEOPLE {
        let mut client = server.connect_silently();
        client.send(&format!("NAME somebody-with-a-long-name-{n}"));
        crowd.push(client);
    }
    for client in &mut crowd {
        client.expect("OK NAME ");
    }
    let text = "y".repeat(4000);
    for _ in 0..120 {
        crowd[0].say(&text);
    }
    drop(crowd.split_off(PEOPLE - 2));
    let mut asker = server.connect_narrow();
    asker.name("asker");
    asker.ask("TAGS ON", "OK TAGS ON");
    let asked = "HISTORY #lobby AFTER 0 100\nNAMES\nWHO\n".repeat(TIMES);
    let mut slow = asker.reader();
    thread::scope(|scope| {
        scope.spawn(|| asker.bytes(asked.as_bytes()));
        // Others do not wait for all that to be read.
        crowd[1].say("meanwhile");
        for _ in 0..TIMES {
            let lines = slow.until("OK HISTORY ");
            let hist = lines.iter().filter(|line| line.contains(" HIST #lobby ")).count();
            assert_eq!(hist, 12, "48 KiB of 4,000 bytes each");
            assert!(lines.last().unwrap().ends_with(" MORE"));
            let names = slow.until("OK NAMES ");
            assert_eq!(names.last().unwrap(), &format!("OK NAMES {}", PEOPLE - 1));
            let listed = names.iter().filter(|line| line.starts_with("NAMES #lobby "));
            assert_eq!(listed.map(|line| line.split(' ').count() - 2).sum::<usize>(), PEOPLE - 1);
            let who = slow.until("OK WHO ");
            assert_eq!(who.last().unwrap(), &format!("OK WHO {}", PEOPLE - 1));
            let listed = who.iter().filter(|line| line.starts_with("WHO #lobby ")).count();
            assert_eq!(listed, PEOPLE - 1);
        }
    });
    asker.silence("alive");
    server.stop();
}

#[test]
fn who_half_closes_while_behind_gets_everything_and_then_the_end() {
    let folder = Folder::new("half-close");
    let server = Server::start(&folder, &["--sync", "everysec"]);
    let mut behind = server.connect_narrow();
    behind.name("behind");
    let mut talker = server.tagged("talker");
    behind.expect_holding(" talker");
    let text = "z".repeat(4000);
    let mut said = 0;
    while !server.all_log().contains("behind is behind") {
        talker.say(&format!("{said} {text}"));
        said += 1;
    }
    // The end of its input is read while it cannot be acted upon yet; then, as it reads,
    // its socket takes more again, which is no news about its input.
    behind.stream.shutdown(Shutdown::Write).unwrap();
    for _ in 0..20 {
        talker.say(&format!("{said} {text}"));
        said += 1;
    }
    let mut next = 0;
    while let Some(line) = behind.line() {
        if let Some(text) = line.strip_prefix(":talker MSG #lobby :") {
            assert_eq!(text.split(' ').next().unwrap(), next.to_string());
            next += 1;
        }
    }
    assert_eq!(next, said, "closed before it had everything");
    talker.expect(":taifas PART #lobby behind");
    server.stop();
}
