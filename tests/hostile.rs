//! Peers that mean harm, or are something else altogether: whatever they do, the
//! named go on talking, and what it costs has a bound.
//!
//! Nothing here is timed: that others are served meanwhile shows in the order of
//! events.

#![cfg(feature = "server")]
#![allow(missing_docs)]

mod common;

use std::io::{ErrorKind, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use common::{Client, Folder, Random, Server};

/// Two who talk, and must go on doing so.
struct Talk(Client, Client, u64);

impl Talk {
    fn new(server: &Server) -> Talk {
        Talk(server.guest("ana"), server.tagged("ion"), 0)
    }

    /// Each says something that the other hears.
    fn goes_on(&mut self) {
        self.2 += 1;
        let text = format!("number {}", self.2);
        self.0.say(&text);
        self.1.expect_holding(&format!(" :ana MSG #lobby :{text}"));
        self.1.say(&text);
        self.0.expect(&format!(":ion MSG #lobby :{text}"));
    }
}

#[test]
fn without_descriptors_accepting_rests_and_the_named_talk_on() {
    let folder = Folder::new("descriptors");
    let script = "ulimit -n 64 && exec \"$@\"";
    let server = Server::start_in_shell(&["env"], script, &folder.0, &[]);
    let mut talk = Talk::new(&server);
    let crowd: Vec<Client> = (0..80).map(|_| server.connect_silently()).collect();
    server.log_line("accepting rests: ");
    talk.goes_on();
    talk.0.ask("HISTORY", "OK HISTORY 2 ");
    let before = server.ticks();
    for _ in 0..100 {
        talk.goes_on();
    }
    println!("{} ticks for 200 messages without a descriptor", server.ticks() - before);
    // One of those who wait gets in for each who goes, and so does who comes later.
    drop(crowd);
    let mut late = server.guest("late");
    late.say("here");
    talk.goes_on();
    server.stop();
}

#[test]
fn slowloris_holds_a_place_for_as_long_as_a_name_may_take() {
    let folder = Folder::new("slowloris");
    let server = Server::start(
        &folder,
        &["--set", "limits.connections=40", "--set", "limits.name_timeout_secs=1"],
    );
    let mut talk = Talk::new(&server);
    let mut crowd: Vec<Client> = (0..38).map(|_| server.connect()).collect();
    let mut refused = server.connect_silently();
    refused.expect("FAIL LINE SERVER_FULL :");
    assert_eq!(refused.line(), None);
    for round in 0..10 {
        for client in &mut crowd {
            // A byte at a time is no name. Some are gone already.
            let _ = client.stream.write_all(if round == 0 { b"N" } else { b"x" });
        }
        talk.goes_on();
    }
    for client in &mut crowd {
        client.expect("FAIL LINE NAME_TIMEOUT :");
        assert_eq!(client.line(), None);
    }
    talk.goes_on();
    let mut late = server.guest("late");
    late.say("a place was free");
    server.stop();
}

#[test]
fn everybody_who_is_refused_is_told_so() {
    let folder = Folder::new("refused");
    let server = Server::start(&folder, &["--set", "limits.connections=2"]);
    let mut talk = Talk::new(&server);
    // More than there are places for seeing them go.
    let mut crowd: Vec<Client> = (0..200).map(|_| server.connect_silently()).collect();
    for client in &mut crowd {
        client.expect("FAIL LINE SERVER_FULL :");
        assert_eq!(client.line(), None);
    }
    talk.goes_on();
    server.stop();
}

#[test]
fn who_reads_slowly_needs_a_name_as_soon() {
    let folder = Folder::new("nameless");
    let bounds = ["--set", "limits.connections=3", "--set", "limits.name_timeout_secs=1"];
    let server = Server::start(&folder, &bounds);
    let mut talk = Talk::new(&server);
    let slow = server.connect_narrow();
    // Megabytes of answers, of which it reads nothing.
    thread::scope(|scope| {
        let mut writer = slow.reader();
        let flood = scope.spawn(move || {
            let lines = "HELP\n".repeat(1000);
            while writer.stream.write_all(lines.as_bytes()).is_ok() {}
        });
        // Its place is free although it is behind.
        while !server.connect_silently().line().is_some_and(|line| line.starts_with("NAME ")) {}
        talk.goes_on();
        slow.stream.shutdown(std::net::Shutdown::Both).unwrap();
        flood.join().unwrap();
    });
    server.stop();
}

#[test]
fn long_lines_get_one_answer_and_no_memory() {
    let folder = Folder::new("lines");
    let server = Server::start(&folder, &[]);
    let mut talk = Talk::new(&server);
    let mut long = server.guest("long");
    let before = server.kib("VmRSS");
    let mut line = vec![b'x'; 300_000];
    line.push(b'\n');
    for _ in 0..20 {
        long.bytes(&line);
        long.expect("FAIL LINE TOO_LONG :");
        long.silence("one");
    }
    // A password, too, is a line.
    long.ask("LOGIN nobody", "PASSWORD :");
    long.bytes(&line);
    long.expect("FAIL LINE TOO_LONG :");
    long.send("");
    long.expect("FAIL LOGIN CANCELLED");
    talk.goes_on();
    let grown = server.kib("VmHWM").saturating_sub(before);
    assert!(grown < 2048, "{grown} KiB");
    server.stop();
}

#[test]
fn a_thousand_half_open_lines_are_bounded() {
    const CROWD: usize = 1000;
    let folder = Folder::new("half");
    let server = Server::start(&folder, &["--set", "limits.connections=1100"]);
    let mut talk = Talk::new(&server);
    let before = server.kib("VmRSS");
    let mut crowd: Vec<Client> = (0..CROWD).map(|_| server.connect()).collect();
    // Just under a line, then far beyond one: what is beyond is not kept.
    for bytes in [4000, 60_000] {
        for client in &mut crowd {
            client.bytes(&vec![b'x'; bytes]);
        }
        talk.goes_on();
    }
    for client in &mut crowd {
        client.bytes(b"\nPING still\n");
        client.expect("FAIL LINE TOO_LONG :");
        assert_eq!(client.line().as_deref(), Some("OK PING still"));
    }
    talk.goes_on();
    let grown = server.kib("VmHWM").saturating_sub(before);
    println!("{grown} KiB for {CROWD} half-open lines");
    assert!(grown < CROWD as u64 * 10, "{grown} KiB for {CROWD}");
    server.stop();
}

#[test]
fn a_flood_of_questions_waits_for_its_answers() {
    let folder = Folder::new("flood");
    let server = Server::start(&folder, &[]);
    let mut talk = Talk::new(&server);
    for _ in 0..50 {
        talk.0.say(&"z".repeat(1000));
    }
    let before = server.kib("VmRSS");
    const ASKED: usize = 300;
    let question = b"HELP\r\nHISTORY\r\n";
    // Two ask until neither side takes any more, which is the server's way of saying
    // wait; two ask for some megabytes, and will read them.
    let mut floods: Vec<Client> = (0..2).map(|n| server.guest(&format!("flood{n}"))).collect();
    let mut askers: Vec<Client> = (0..2).map(|n| server.guest(&format!("asker{n}"))).collect();
    for client in &mut askers {
        client.bytes(&question.repeat(ASKED));
    }
    for client in &mut floods {
        client.stream.set_nonblocking(true).unwrap();
        println!("{} bytes of questions were taken", fill(client, question));
        talk.goes_on();
    }
    for _ in 0..20 {
        talk.goes_on();
    }
    let grown = server.kib("VmHWM").saturating_sub(before);
    println!("{grown} KiB for all of them");
    assert!(grown < 4 * 1024, "{grown} KiB");
    for client in &mut askers {
        for _ in 0..ASKED {
            client.expect("OK HELP");
            client.expect("OK HISTORY ");
        }
        client.silence("all");
    }
    drop(floods);
    talk.goes_on();
    server.stop();
}

/// Writes the same again and again until nothing more is taken, with two looks in
/// between at which nothing was.
fn fill(client: &mut Client, question: &[u8]) -> usize {
    let mut sent = 0;
    let mut refused = 0;
    while refused < 3 && sent < 64 << 20 {
        match client.stream.write(&question[sent % question.len()..]) {
            Ok(count) => (sent, refused) = (sent + count, 0),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                refused += 1;
                thread::sleep(Duration::from_millis(20));
            }
            Err(error) => panic!("{error}"),
        }
    }
    sent
}

#[test]
fn many_logins_at_once_are_all_answered_and_nobody_waits_for_them() {
    const CROWD: usize = 80;
    let folder = Folder::new("logins");
    let server = Server::start(&folder, &["--set", "hash=standard"]);
    let mut talk = Talk::new(&server);
    server.connect().register("dan");
    let mut crowd: Vec<Client> = (0..CROWD).map(|_| server.connect()).collect();
    let (logged_in, later) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for client in &mut crowd {
            client.send("LOGIN dan password of dan");
        }
        for client in &mut crowd {
            scope.spawn(|| {
                let answer = loop {
                    let line = client.line().expect("an answer");
                    if line.starts_with("OK LOGIN ") || line.starts_with("FAIL LOGIN ") {
                        break line;
                    }
                };
                let what = if answer.starts_with("OK LOGIN dan ") { &logged_in } else { &later };
                let known = answer.starts_with("OK") || answer.starts_with("FAIL LOGIN TRY_LATER ");
                assert!(known, "{answer}");
                what.fetch_add(1, Ordering::SeqCst);
            });
        }
        // All the talk of before the last login was talked before the last login.
        let mut said = 0;
        while logged_in.load(Ordering::SeqCst) < 32 {
            talk.goes_on();
            said += 1;
        }
        println!("{said} exchanges while 32 logged in");
        assert!(said > 8, "talk waited for logins: {said} exchanges while 32 logged in");
    });
    let (logged_in, later) = (logged_in.into_inner(), later.into_inner());
    assert_eq!(logged_in + later, CROWD);
    // The line has 64 places, and one more is being looked at.
    assert!((64..=66).contains(&logged_in), "{logged_in} logged in, {later} are to come later");
    server.stop();
}

#[test]
fn two_thousand_connections_reset_at_once_leave_nothing() {
    let folder = Folder::new("resets");
    let server = Server::start(&folder, &["--set", "limits.connections=3000"]);
    let mut talk = Talk::new(&server);
    let mut crowd = Vec::new();
    for n in 0..2000 {
        let mut client = server.connect_silently();
        match n % 4 {
            0 => {}
            1 => client.send(&format!("NAME somebody{n}")),
            2 => client.bytes(b"NAM"),
            _ => client.send("HELP\nTERMS\nHELP"),
        }
        crowd.push(client);
        if n % 100 == 0 {
            talk.goes_on();
        }
    }
    crowd.into_iter().for_each(Client::reset);
    // Who is gone is gone from the room, however late the reset is noticed.
    loop {
        talk.0.send("NAMES");
        if talk.0.expect("OK NAMES ") == "OK NAMES 2" {
            break;
        }
    }
    talk.goes_on();
    server.guest("somebody1").say("the name is free again");
    server.stop();
}

#[test]
fn other_protocols_get_one_line_and_a_good_bye() {
    let folder = Folder::new("foreign");
    let server = Server::start(&folder, &[]);
    for (hello, what) in [
        (&b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..], "TLS"),
        (b"GET / HTTP/1.1\r\nHost: here\r\nAccept: */*\r\n\r\n", "HTTP"),
        (b"POST /x HTTP/1.1\r\nContent-Length: 100000\r\n\r\n", "HTTP"),
        (b"SSH-2.0-OpenSSH_9.2p1\r\n", "SSH"),
    ] {
        for split in [hello.len(), 1, 3] {
            let mut client = server.connect();
            client.bytes(&hello[..split]);
            if split < hello.len() {
                client.bytes(&hello[split..]);
            }
            let line = client.line().expect("one line");
            assert!(line.contains(what), "{line}");
            assert_eq!(client.line(), None, "and no more");
        }
    }
    let before = server.times_run();
    thread::sleep(Duration::from_millis(200));
    assert!(server.times_run() - before < 20, "it spins on what it has closed");
    server.stop();
}

#[test]
fn telnets_line_ends_and_commands_may_come_in_any_pieces() {
    let folder = Folder::new("telnet");
    let server = Server::start(&folder, &[]);
    let mut ana = server.guest("ana");
    let mut ion = server.guest("ion");
    ion.expect(":taifas JOIN #lobby ana ion");
    // Return as CR NUL, options in the middle of a word, an IAC IAC, a BOM in front.
    let typed = b"MSG on\xff\xfd\x03e\r\0MSG two\r\nMSG th\xff\xfa\x18\x00\xff\xf0ree\nPING x\r\0";
    for at in 1..typed.len() {
        ana.bytes(&typed[..at]);
        // Somebody else's round trip: the first piece has been read by then.
        ion.silence("read");
        ana.bytes(&typed[at..]);
        for text in ["one", "two", "three"] {
            assert_eq!(ion.line().unwrap(), format!(":ana MSG #lobby :{text}"), "cut at {at}");
        }
        ana.expect("OK PING x");
    }
    server.stop();
}

#[test]
fn a_reset_in_the_middle_of_anything_harms_nobody() {
    let folder = Folder::new("middle");
    let server = Server::start(&folder, &[]);
    server.connect().register("dan");
    let mut talk = Talk::new(&server);
    let mut random = Random::new("reset");
    let whole = "TAGS ON\nNAME going\nMSG one\nMSG two\nHISTORY\nNAMES\nLOGIN dan password of dan\n\
                 @nonce=n1 MSG #lobby :three\nHISTORY AFTER 0\nPASSWD\npassword of dan\n\
                 password of dan\nQUIT\n";
    for round in 0..120 {
        let mut client = server.connect();
        let cut = random.below(whole.len() as u64 + 1) as usize;
        client.bytes(&whole.as_bytes()[..cut]);
        // Each whole line gets one line at least; how many are read first is left open.
        let whole_lines = whole[..cut].matches('\n').count() as u64;
        for _ in 0..random.below(1 + whole_lines) {
            client.line().expect("an answer");
        }
        if round % 3 == 0 {
            drop(client)
        } else {
            client.reset()
        }
        if round % 10 == 0 {
            talk.goes_on();
        }
    }
    loop {
        talk.0.send("NAMES");
        if talk.0.expect("OK NAMES ") == "OK NAMES 2" {
            break;
        }
    }
    talk.goes_on();
    server.stop();
}

#[test]
fn nothing_runs_while_nothing_happens() {
    let folder = Folder::new("idle");
    let server = Server::start(&folder, &["--sync", "everysec", "--metrics", "127.0.0.1:0"]);
    let mut crowd: Vec<Client> = (0..100).map(|n| server.guest(&format!("idle{n}"))).collect();
    crowd[0].say("so that there is something to write down");
    for client in &mut crowd[1..] {
        client.expect_holding(" MSG #lobby :so that");
    }
    // What was begun is finished first: the second's sync, the last arrivals.
    let mut before = server.times_run();
    for _ in 0..10 {
        let ticks = server.ticks();
        thread::sleep(Duration::from_secs(1));
        let now = server.times_run();
        if now == before {
            assert_eq!(server.ticks(), ticks, "CPU used without running");
            crowd[0].silence("awake");
            return server.stop();
        }
        before = now;
    }
    panic!("the server still runs every second with nothing to do");
}
