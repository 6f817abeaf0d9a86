//! Operators and the real binary: what survives a kill -9, what the log says and what
//! not, whom an address ban meets, and what is left on the disk of what was erased.

#![cfg(feature = "server")]
#![allow(missing_docs)]

mod common;

use std::fs;
use std::io::Read as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::thread;
use std::time::{Duration, Instant};

use common::{Client, Folder, Server};
use socket2::{Domain, Socket, Type};

fn user(folder: &Folder, arguments: &[&str], input: &str) -> String {
    let all = [&["--set", "hash=small", "user"], arguments].concat();
    let (status, out, err) = folder.taifas(&all, input);
    assert!(status.success(), "{arguments:?}: {out}{err}");
    out
}

/// A folder in which ana is an operator.
fn with_operator(name: &str) -> Folder {
    let folder = Folder::new(name);
    user(&folder, &["add", "ana"], "password of ana\n");
    user(&folder, &["op", "ana"], "");
    folder
}

fn operator(server: &Server) -> Client {
    let mut ana = server.connect();
    ana.login("ana");
    ana
}

/// Somebody who connects from another address of this machine.
fn from(server: SocketAddr, address: Ipv4Addr) -> Client {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::from((address, 0)).into()).unwrap();
    socket.connect(&server.into()).unwrap();
    Client::new(socket.into())
}

#[test]
fn what_was_said_to_be_done_survives_a_kill() {
    let folder = with_operator("order-kill");
    for round in 0..8 {
        let mut server = Server::start(&folder, &[]);
        let mut ana = operator(&server);
        ana.ask("BANS", &format!("OK BANS {round}"));
        ana.ask(&format!("BAN b{round} 1w :round {round}"), &format!("OK BAN b{round} "));
        server.kill();
        let mut server = Server::start(&folder, &[]);
        let refused = server.connect().ask(&format!("NAME B{round}"), "FAIL NAME BANNED ");
        assert!(refused.ends_with(&format!(": round {round}")), "{refused}");
        let mut ana = operator(&server);
        ana.ask("MUTE ana", "FAIL MUTE NOT_ALLOWED ");
        ana.ask(&format!("BAN lifted{round}"), "OK BAN ");
        ana.ask(&format!("UNBAN lifted{round}"), "OK UNBAN ");
        server.kill();
    }
    let server = Server::start(&folder, &[]);
    let mut free = server.connect();
    free.name("lifted7");
    let mut ana = operator(&server);
    ana.ask("MUTE lifted7 1h :hush", "OK MUTE lifted7 ");
    free.ask("MSG hello", "FAIL MSG MUTED :you are muted for 1 hour more: hush");
    server.stop();
}

#[test]
fn an_address_ban_meets_those_who_are_here_and_those_who_come() {
    let folder = with_operator("order-address");
    let server = Server::start(&folder, &[]);
    let mut ana = operator(&server);
    let (two, three) = (Ipv4Addr::new(127, 0, 0, 2), Ipv4Addr::new(127, 0, 1, 3));
    let mut ion = from(server.address, two);
    ion.expect("NAME taifas ");
    ion.name("ion");
    let mut silent = from(server.address, two);
    silent.expect("NAME taifas ");
    let mut mara = from(server.address, three);
    mara.expect("NAME taifas ");
    mara.name("mara");
    ana.ask("BAN 127.0.0.0/8", "FAIL BAN NOT_ALLOWED :you are there yourself");
    ana.ask("BAN 127.0.0.1", "FAIL BAN NOT_ALLOWED :you are there yourself");
    ana.ask("BAN 127.0.0.2/31 1h :spam", "OK BAN 127.0.0.2/31 ");
    for banned in [&mut ion, &mut silent, &mut from(server.address, Ipv4Addr::new(127, 0, 0, 3))] {
        banned.expect("FAIL LINE BANNED :you are banned for 1 hour more: spam");
        assert_eq!(banned.line(), None, "closed");
    }
    mara.say("still here");
    ana.ask("UNBAN 127.0.0.3/31", "OK UNBAN 127.0.0.2/31");
    let mut back = from(server.address, two);
    back.expect("NAME taifas ");
    back.name("ion");
    server.stop();
}

/// Who is refused is waited for until they have gone, in places of their own.
#[test]
fn whoever_is_banned_takes_nobody_elses_place() {
    let folder = with_operator("order-places");
    let arguments = ["--set", "limits.connections=3", "--metrics", "127.0.0.1:0"];
    let server = Server::start(&folder, &arguments);
    let mut ana = operator(&server);
    ana.ask("BAN 127.0.0.2", "OK BAN 127.0.0.2 never");
    let mut crowd: Vec<Client> =
        (0..200).map(|_| from(server.address, Ipv4Addr::new(127, 0, 0, 2))).collect();
    for banned in &mut crowd {
        banned.expect("FAIL LINE BANNED :you are banned for good");
        assert_eq!(banned.line(), None, "closed");
    }
    // They are still there, and none of them closes.
    let (mut ion, _eva) = (server.guest("ion"), server.guest("eva"));
    ion.say("there is a place for me");
    ana.expect(":ion MSG #lobby :there is a place for me");
    let mut fourth = server.connect_silently();
    fourth.expect("FAIL LINE SERVER_FULL :");
    let metrics = server.log_line(" (metrics)");
    let metrics = metrics.split(' ').find_map(|word| word.parse::<SocketAddr>().ok()).unwrap();
    let mut metrics = from(metrics, Ipv4Addr::LOCALHOST);
    metrics.send("GET /metrics HTTP/1.0\n");
    let mut text = String::new();
    metrics.stream.read_to_string(&mut text).unwrap();
    assert!(text.contains("refused_total{reason=\"banned\"} 200\n"), "{text}");
    server.stop();
}

/// Those who were let in and fail are logged, and their number has a bound.
#[test]
fn whoever_is_banned_cannot_fill_the_log_with_broken_handshakes() {
    let folder = with_operator("order-handshakes");
    let server = Server::start(&folder, &["--listen-tls", "127.0.0.1:0"]);
    let mut ana = operator(&server);
    ana.ask("BAN 127.0.0.2", "OK BAN 127.0.0.2 never");
    // A hello that is none.
    let broken = b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00";
    for host in [2, 2, 2, 1] {
        let mut client = from(server.tls_address(), Ipv4Addr::new(127, 0, 0, host));
        client.bytes(broken);
        let _ = client.stream.read_to_end(&mut Vec::new());
    }
    assert!(server.log_line("TLS with 127.0.0.1:").contains(" INFO "));
    let log = server.all_log();
    let banned: Vec<&str> = log.lines().filter(|l| l.contains("TLS with 127.0.0.2:")).collect();
    assert!(banned.len() == 3 && banned.iter().all(|l| l.contains(" DEBUG ")), "{banned:?}");
    server.stop();
}

#[test]
fn the_log_says_who_did_what_to_whom_and_never_what_was_said() {
    let folder = with_operator("order-log");
    let server = Server::start(&folder, &[]);
    let mut ana = operator(&server);
    let mut ion = server.guest("ion");
    let mut eva = server.guest("eva");
    let mut bot = server.tagged("bot");
    bot.say("a secret of the bot's");
    ion.say("a secret of ion's");
    for (asked, answer, logged) in [
        ("BAN 192.0.2.7/24 2h :spam", "OK BAN ", "ana banned 192.0.2.0/24 for 2 hours: spam"),
        ("UNBAN 192.0.2.7/24", "OK UNBAN ", "ana lifted the ban of 192.0.2.0/24"),
        ("MUTE ion 30m", "OK MUTE ", "ana muted ion for 30 minutes"),
        ("UNMUTE ion", "OK UNMUTE ", "ana lifted the mute of ion"),
        ("WHOIS ion", "OK WHOIS ", "ana asked who ion is"),
        ("KICK #lobby ion :out", "OK KICK ", "ana sent ion out of #lobby: out"),
        ("KICK ion", "OK KICK ", "ana disconnected ion"),
        ("BAN eva :for good", "OK BAN ", "ana banned eva for good: for good"),
        ("NOTICE a secret of everybody's", "OK NOTICE ", "ana sent a notice to all 2"),
        ("FORGET 1", "OK FORGET ", "ana erased message 1 of bot"),
    ] {
        ana.ask(asked, answer);
        let line = server.log_line(logged);
        assert!(line.contains(" INFO ") && line.ends_with(logged), "{line}");
    }
    eva.expect("FAIL LINE BANNED ");
    let refused = ana.ask("KICK bot\u{1b}", "FAIL KICK ");
    assert!(!refused.contains('\u{1b}'));
    user(&folder, &["deop", "ana"], "");
    ana.expect(":taifas NOTICE :you are an operator no longer");
    server.log_line("ana is no longer an operator");
    assert!(!server.all_log().contains("secret"), "{}", server.all_log());
    server.stop();
}

#[test]
fn a_long_list_of_bans_harms_nobody_who_reads_it_late() {
    let folder = with_operator("order-many");
    let server = Server::start(&folder, &["--set", "limits.outbox_soft_bytes=16384"]);
    let mut ana = server.connect_narrow();
    ana.login("ana");
    let reason = "x".repeat(256);
    let lines: String = (0..400).map(|n| format!("BAN b{n:03} 1w :{reason}\n")).collect();
    ana.bytes(lines.as_bytes());
    ana.expect("OK BAN b399 ");
    let mut talker = server.guest("talker");
    ana.bytes(b"BANS\nPING done\n");
    // More than the soft bound while nothing of it is read: it falls behind, and is
    // given the rest, and what was said, as it reads.
    for n in 0..200 {
        talker.say(&format!("{n} {}", "y".repeat(400)));
    }
    let listed = ana.until("OK BANS 400");
    let bans = listed.iter().filter(|line| line.starts_with("BAN b")).count();
    assert_eq!(bans, 400);
    ana.expect("OK PING done");
    talker.say("the last");
    ana.expect(":talker MSG #lobby :the last");
    server.stop();
}

/// Every file of the folder that messages can be in, as one, with what is no ASCII as
/// dots.
fn bytes_of(folder: &Folder) -> String {
    let files = ["messages.db", "messages.db-wal"].map(|file| folder.0.join(file));
    let bytes = files.iter().flat_map(|file| fs::read(file).unwrap_or_default());
    bytes.map(|b| if b.is_ascii_graphic() || b == b' ' { char::from(b) } else { '.' }).collect()
}

#[test]
fn what_is_erased_is_in_no_file_any_more() {
    let folder = with_operator("order-erase");
    user(&folder, &["add", "eva"], "password of eva\n");
    user(&folder, &["add", "zoe"], "password of zoe\n");
    let server = Server::start(&folder, &["--sync", "never"]);
    let mut ana = operator(&server);
    let people = ["eva", "zoe"].map(|name| {
        let mut client = server.connect();
        client.login(name);
        client
    });
    for n in 0..300 {
        for mut client in people.iter().map(Client::reader) {
            client.bytes(format!("MSG line {n} is erased-word\n").as_bytes());
            client.bytes(format!("TELL ana told {n}: erased-word\nMSG kept {n}\n").as_bytes());
        }
    }
    let [mut eva, zoe] = people;
    eva.expect(":eva MSG #lobby :kept 299");
    ana.say("of mine: kept");
    ana.ask("SEARCH erased", "OK SEARCH 100 MORE");
    ana.ask("FORGET 1", "OK FORGET 1");
    // Beside the server, which is waited for.
    let said = user(&folder, &["remove", "eva", "--yes", "--messages"], "");
    assert_eq!(said, "eva is removed, with everything that eva said.\n");
    eva.expect(":taifas NOTICE :your account was removed by the operator");
    let mut reader = server.tagged("reader");
    let (mut after, mut left) = (String::from("0"), Vec::new());
    loop {
        reader.send(&format!("HISTORY #lobby AFTER {after}"));
        let mut lines = reader.until("OK HISTORY ");
        let end = lines.pop().unwrap();
        left.extend(lines);
        after = end.split(' ').nth(3).unwrap().to_owned();
        if !end.ends_with(" MORE") {
            break;
        }
    }
    assert!(left.iter().all(|line| !line.starts_with(":eva ")), "nothing of eva's");
    assert!(left.iter().filter(|line| line.starts_with(":zoe ")).count() >= 599);
    assert!(left.iter().all(|line| !line.starts_with("GAP ")), "no hole that looks like one");
    drop(zoe);
    server.stop();
    // Without a server, at once.
    user(&folder, &["remove", "zoe", "--yes", "--messages"], "");
    let left = bytes_of(&folder);
    assert!(left.contains("of mine: kept"), "what is not erased is there");
    let traces: Vec<&str> = left
        .match_indices("erased-word")
        .map(|(at, _)| &left[at.saturating_sub(18)..at + 12])
        .collect();
    assert_eq!(traces, Vec::<&str>::new(), "what is erased is not");
    let server = Server::start(&folder, &[]);
    let mut ana = operator(&server);
    ana.ask("HISTORY", "OK HISTORY 1 ");
    for name in ["eva", "zoe"] {
        ana.ask(&format!("HISTORY {name}"), "OK HISTORY 0 ");
    }
    ana.ask("SEARCH erased", "OK SEARCH 0");
    server.stop();
}

/// Nobody else writes, and the server does not stop.
#[test]
fn what_is_erased_is_not_in_the_wal_of_a_server_that_runs() {
    let folder = with_operator("order-wal");
    user(&folder, &["add", "eva"], "password of eva\n");
    let server = Server::start(&folder, &["--set", "limits.message_rate=0"]);
    let mut ana = operator(&server);
    for n in 0..100 {
        ana.say(&format!("kept {n}"));
    }
    ana.say("erased-word");
    let mut eva = server.connect();
    eva.login("eva");
    eva.say("erased-word, too");
    drop(eva);
    // A backup that takes its time holds nobody up, and is waited for.
    let backup = rusqlite::Connection::open(folder.0.join("messages.db")).unwrap();
    let snapshot = "BEGIN; SELECT count(*) FROM messages;";
    backup.execute_batch(snapshot).unwrap();
    ana.ask("FORGET 101", "OK FORGET 101");
    user(&folder, &["remove", "eva", "--yes", "--messages"], "");
    let begun = Instant::now();
    ana.say("kept while somebody reads");
    assert!(begun.elapsed() < Duration::from_secs(1), "the writer waits");
    assert!(bytes_of(&folder).contains("erased-word"), "it is being read");
    backup.execute_batch("COMMIT").unwrap();
    let end = Instant::now() + Duration::from_secs(30);
    while bytes_of(&folder).contains("erased-word") {
        assert!(Instant::now() < end, "what is erased is in a file");
        thread::sleep(Duration::from_millis(20));
    }
    ana.ask("HISTORY", "OK HISTORY 100 ");
    server.stop();
}

/// The kill comes between an erasure and the emptying.
#[test]
fn what_was_erased_before_a_kill_is_in_no_file_after_the_next_start() {
    let folder = with_operator("order-wal-kill");
    let mut server = Server::start(&folder, &[]);
    let mut ana = operator(&server);
    ana.say("erased-word");
    // While it reads, the -wal cannot be emptied.
    let reading = rusqlite::Connection::open(folder.0.join("messages.db")).unwrap();
    reading.execute_batch("BEGIN; SELECT count(*) FROM messages;").unwrap();
    ana.ask("FORGET 1", "OK FORGET 1");
    server.kill();
    // Open on, so that it is not the last one to leave, who would empty the -wal.
    reading.execute_batch("COMMIT").unwrap();
    assert!(bytes_of(&folder).contains("erased-word"), "nothing was to be seen");
    let server = Server::start(&folder, &[]);
    let end = Instant::now() + Duration::from_secs(30);
    while bytes_of(&folder).contains("erased-word") {
        assert!(Instant::now() < end, "what is erased is in a file");
        thread::sleep(Duration::from_millis(20));
    }
    drop(reading);
    server.stop();
}
