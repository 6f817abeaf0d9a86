//! TLS at the real binary, with rustls as the client: talk, half-close, slow and stalled
//! readers, floods, and whatever is no handshake or only the beginning of one.
//!
//! That every conversation is the same by TLS is held by `transcripts.rs`; certificates
//! by `certificates.rs`, other people's tools by `tools.rs`.

#![cfg(feature = "server")]
#![allow(missing_docs)]

mod common;

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;

use common::tls::{self, TlsStream, Wire};
use common::{Client, Folder, PATIENCE, Random, Server, env_number};
use rustls::version::{TLS12, TLS13};

const TLS: [&str; 2] = ["--listen-tls", "127.0.0.1:0"];

/// A raw connection to the port for TLS.
fn raw(server: &Server) -> TcpStream {
    let stream = TcpStream::connect(server.tls_address()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

/// Everything up to the end, however it comes.
fn rest(mut stream: &TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    // A reset is an end too.
    let _ = stream.read_to_end(&mut bytes);
    bytes
}

/// What a client begins a handshake with.
fn hello(versions: &[&'static rustls::SupportedProtocolVersion]) -> Vec<u8> {
    let mut bytes = Vec::new();
    tls::client(versions).write_tls(&mut bytes).unwrap();
    bytes
}

#[test]
fn by_tls_and_plainly_they_talk_to_each_other() {
    let folder = Folder::new("tls-talk");
    let server = Server::start(&folder, &TLS);
    let mut ana = server.connect_tls();
    ana.register("ana");
    let mut ion = server.guest("ion");
    for version in [&TLS12, &TLS13] {
        let stream = raw(&server);
        let wire = TlsStream::with_versions(stream.try_clone().unwrap(), &[version]);
        let mut phone = Client::with(stream, Wire::Tls(wire));
        phone.login("ana");
        for n in 0..20 {
            phone.say(&format!("have you read {n}? ă 😀"));
            ion.expect(&format!(":ana MSG #lobby :have you read {n}? ă 😀"));
            ion.say(&format!("yes, {n}"));
            phone.expect(&format!(":ion MSG #lobby :yes, {n}"));
            ana.expect(&format!(":ion MSG #lobby :yes, {n}"));
        }
        phone.ask("QUIT", "OK QUIT");
        assert_eq!(phone.line(), None, "closed with close_notify");
    }
    server.stop();
}

#[test]
fn who_is_connected_is_told_that_the_server_stops() {
    let folder = Folder::new("tls-stop");
    let server = Server::start(&folder, &TLS);
    let mut ana = server.connect_tls();
    ana.name("ana");
    // Neither this one nor that one holds it up.
    let (mut half, silent) = (raw(&server), raw(&server));
    half.write_all(&hello(&[&TLS13])[..50]).unwrap();
    server.stop();
    ana.expect(":taifas NOTICE :the server is going down; goodbye");
    assert_eq!(ana.line(), None, "closed with close_notify");
    assert!(rest(&half).is_empty() && rest(&silent).is_empty());
}

#[test]
fn the_end_of_the_socket_is_the_end_of_input_too() {
    let folder = Folder::new("tls-unclean");
    let server = Server::start(&folder, &TLS);
    let mut bot = server.connect_tls();
    bot.bytes(b"NAME bot\nMSG hi\nHISTORY\nMSG and by");
    bot.stream.shutdown(Shutdown::Write).unwrap();
    bot.expect("OK NAME bot");
    bot.expect(":bot MSG #lobby :hi");
    bot.expect("OK HISTORY 1 ");
    assert_eq!(bot.line(), None, "a line without an end is none");
    server.stop();
}

/// Finished, what is said and close_notify in one burst.
#[test]
fn all_at_once_is_carried_out_and_answered() {
    let folder = Folder::new("tls-burst");
    let server = Server::start(&folder, &TLS);
    for version in [&TLS12, &TLS13] {
        let mut stream = raw(&server);
        let mut client = tls::client(&[version]);
        client.writer().write_all(b"NAME bot\nMSG hi\n").unwrap();
        let mut said_all = false;
        let mut heard = Vec::new();
        loop {
            let mut burst = Vec::new();
            if !client.is_handshaking() && !said_all {
                said_all = true;
                client.send_close_notify();
            }
            while client.wants_write() {
                client.write_tls(&mut burst).unwrap();
            }
            if said_all && !burst.is_empty() {
                // What is behind the end is not heard, and must not make the system destroy
                // the last words: closing on unread input does.
                burst.extend_from_slice(&[b'?'; 20_000]);
            }
            stream.write_all(&burst).unwrap();
            if client.read_tls(&mut stream).unwrap() == 0 {
                break;
            }
            let state = client.process_new_packets().unwrap();
            let len = heard.len();
            heard.resize(len + state.plaintext_bytes_to_read(), 0);
            client.reader().read_exact(&mut heard[len..]).unwrap();
        }
        assert_eq!(client.reader().read(&mut [0]).unwrap(), 0, "closed with close_notify");
        assert_eq!(stream.read(&mut [0]).expect("no reset"), 0);
        let heard = String::from_utf8(heard).unwrap();
        assert!(heard.contains("\r\nOK NAME bot\r\n"), "{heard}");
        assert!(heard.contains("\r\n:bot MSG #lobby :hi\r\n"), "{heard}");
    }
    server.stop();
}

#[test]
fn who_reads_slowly_is_behind_and_misses_nothing() {
    let folder = Folder::new("tls-behind");
    let server = Server::start(&folder, &[&TLS[..], &["--sync", "everysec"]].concat());
    let mut slow = server.connect_narrow_tls();
    slow.ask("TAGS ON", "OK TAGS ON");
    slow.name("slow");
    let mut talker = server.tagged("talker");
    slow.expect_holding(" talker");
    let text = "z".repeat(4000);
    let mut said = 0;
    while !server.all_log().contains("slow is behind") {
        talker.say(&format!("{said} {text}"));
        said += 1;
    }
    let before = server.kib("VmRSS");
    for _ in 0..1000 {
        talker.say(&format!("{said} {text}"));
        said += 1;
    }
    let grown = server.kib("VmRSS").saturating_sub(before);
    println!("{said} said, {grown} KiB more for who is behind");
    assert!(grown < 4096, "{grown} KiB more");
    for n in 0..said {
        let line = slow.expect_holding(":talker MSG #lobby :");
        assert!(line.contains(&format!(" MSG #lobby :{n} z")), "{n}: {}", &line[..80]);
    }
    let names = slow.until("NAMES #lobby slow talker");
    assert_eq!(names.len(), 1, "{names:?}");
    talker.say("live again");
    slow.expect_holding(" :talker MSG #lobby :live again");
    slow.silence("live");
    server.stop();
}

#[test]
fn long_answers_come_whole_to_who_reads_slowly() {
    const TIMES: usize = 60;
    let folder = Folder::new("tls-answers");
    let server = Server::start(&folder, &TLS);
    let mut talker = server.tagged("talker");
    let text = "y".repeat(4000);
    for n in 0..100 {
        talker.say(&format!("{n} {text}"));
    }
    let mut asker = server.connect_narrow_tls();
    asker.ask("TAGS ON", "OK TAGS ON");
    asker.name("asker");
    let mut reader = asker.reader();
    thread::scope(|scope| {
        scope.spawn(|| asker.bytes("HISTORY #lobby AFTER 0 100\n".repeat(TIMES).as_bytes()));
        // Others do not wait for all that to be read.
        talker.say("meanwhile");
        for _ in 0..TIMES {
            let lines = reader.until("OK HISTORY ");
            let lines: Vec<&String> = lines.iter().filter(|l| l.contains(" HIST ")).collect();
            assert_eq!(lines.len(), 12, "48 KiB of 4,000 bytes each");
            for (n, line) in lines.iter().enumerate() {
                assert!(line.contains(&format!(" :{n} y")), "{n}");
            }
        }
    });
    server.stop();
}

#[test]
fn who_takes_no_byte_is_evicted() {
    let folder = Folder::new("tls-stalled");
    let server =
        Server::start(&folder, &[&TLS[..], &["--set", "limits.stall_timeout_secs=1"]].concat());
    let mut stalled = server.connect_narrow_tls();
    stalled.name("stalled");
    let mut talker = server.tagged("talker");
    let mut watcher = server.connect_tls();
    watcher.name("watcher");
    let mut listener = watcher.reader();
    thread::scope(|scope| {
        let watching = scope.spawn(move || listener.until(":taifas PART #lobby stalled").len());
        let text = "x".repeat(3900);
        while !watching.is_finished() {
            talker.say(&text);
        }
    });
    server.log_line("evicted stalled: it took no byte for too long");
    watcher.say("still here");
    // Its connection is really over: what the system had taken for it, then an end that
    // nobody has said.
    while let Ok(Some(_)) = stalled.try_line() {}
    server.stop();
}

#[test]
fn two_megabytes_at_once_are_said_in_their_order() {
    const LINES: usize = 2000;
    let folder = Folder::new("tls-pipelined");
    let server = Server::start(&folder, &[&TLS[..], &["--sync", "never"]].concat());
    let mut watcher = server.guest("watcher");
    let mut bot = server.connect_tls();
    bot.ask("TAGS ON", "OK TAGS ON");
    bot.name("bot");
    let mut answers = bot.reader();
    let mut all = String::new();
    for n in 0..LINES {
        all.push_str(&format!("MSG #lobby :{n} {}\n", "x".repeat(1024)));
    }
    assert!(all.len() > 2_000_000);
    thread::scope(|scope| {
        scope.spawn(move || {
            bot.bytes(all.as_bytes());
            bot.wire.end_input().unwrap();
        });
        scope.spawn(move || {
            for n in 0..LINES {
                answers.expect("OK MSG ");
                answers.expect_holding(&format!(" :bot MSG #lobby :{n} x"));
            }
            while answers.line().is_some() {}
        });
        for n in 0..LINES {
            let line = watcher.expect(":bot MSG ");
            assert!(line.starts_with(&format!(":bot MSG #lobby :{n} x")), "{n}");
        }
    });
    watcher.expect(":taifas PART #lobby bot");
    server.stop();
}

/// Lines that had to wait come out of records that were decrypted long before.
#[test]
fn a_rate_holds_back_what_is_decrypted_already() {
    let folder = Folder::new("tls-rate");
    let rate = ["--set", "limits.message_rate=100", "--set", "limits.message_burst=10"];
    let server = Server::start(&folder, &[&TLS[..], &rate].concat());
    let mut bot = server.connect_tls();
    bot.name("bot");
    let lines: String = (0..150).map(|n| format!("MSG {n} {}\n", "r".repeat(100))).collect();
    bot.bytes(lines.as_bytes());
    bot.wire.end_input().unwrap();
    for n in 0..150 {
        bot.expect(&format!(":bot MSG #lobby :{n} r"));
    }
    assert_eq!(bot.line(), None);
    server.stop();
}

#[test]
fn who_speaks_plainly_is_told_so_plainly() {
    let folder = Folder::new("tls-plain");
    let server = Server::start(&folder, &TLS);
    for bytes in [
        &b"NAME ana\n"[..],
        b"\n",
        b"LOGIN ana a secret\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"SSH-2.0-x\r\n",
        b"\x15\x03\x01\0\x02",
        b"\x16\x02",
        b"\x80\x2e\x01\x03\x01",
    ] {
        let mut stream = raw(&server);
        stream.write_all(bytes).unwrap();
        let told = String::from_utf8(rest(&stream)).unwrap();
        assert!(
            told.starts_with("FAIL LINE UNKNOWN_COMMAND :") && told.ends_with("\r\n"),
            "{told}"
        );
        assert!(
            told.contains(" takes TLS, not plain lines; ") && told.lines().count() == 1,
            "{told}"
        );
    }
    assert!(!server.all_log().contains("a secret"));
    server.connect_tls().name("ana");
    server.stop();
}

#[test]
fn garbage_ends_in_an_alert_and_harms_nobody() {
    let folder = Folder::new("tls-garbage");
    let server = Server::start(&folder, &TLS);
    let mut ana = server.connect_tls();
    ana.name("ana");
    let mut long = b"\x16\x03\x01\x40\x00\x01\x00\xff\xff".to_vec();
    long.resize(64 * 1024, 0);
    let mut type_of_nothing = hello(&[&TLS13]);
    type_of_nothing[5] = 99;
    let mut too_long = hello(&[&TLS13]);
    too_long[3] = 0xff;
    for bytes in
        [&b"\x16\x03garbage after the first two bytes"[..], &long, &type_of_nothing, &too_long]
    {
        let mut stream = raw(&server);
        // It may be closed before all is written.
        let _ = stream.write_all(bytes);
        let told = rest(&stream);
        assert!(told.is_empty() || told[0] == 0x15, "an alert or nothing: {told:?}");
    }
    server.log_line("TLS with 127.0.0.1:");
    // In the middle of a conversation, too.
    let mut ion = server.connect_tls();
    ion.name("ion");
    ana.expect_holding(" ion");
    ion.stream.write_all(b"\x17\x03\x03\x00\x20this was never encrypted by ion!").unwrap();
    ana.expect(":taifas PART #lobby ion");
    // And an alert of the peer's own.
    let mut refuses = raw(&server);
    refuses.write_all(&hello(&[&TLS13])).unwrap();
    refuses.write_all(b"\x15\x03\x03\x00\x02\x02\x30").unwrap();
    server.log_line("received fatal alert: UnknownCA");
    ana.say("still here");
    server.stop();
}

#[test]
fn a_handshake_has_as_long_as_a_name() {
    let folder = Folder::new("tls-loris");
    let limits = ["--set", "limits.name_timeout_secs=1", "--set", "limits.connections=20"];
    let server = Server::start(&folder, &[&TLS[..], &limits].concat());
    let mut ana = server.connect_tls();
    ana.name("ana");
    let hello = hello(&[&TLS13]);
    let mut crowd: Vec<TcpStream> = (0..19).map(|_| raw(&server)).collect();
    for (n, stream) in crowd.iter_mut().enumerate() {
        stream.write_all(&hello[..n]).unwrap();
    }
    ana.say("while they wait");
    for stream in &crowd {
        assert!(rest(stream).is_empty(), "nothing can be said");
    }
    // Who has shaken hands is told.
    let mut nameless = server.connect_tls();
    nameless.expect("FAIL LINE NAME_TIMEOUT :");
    assert_eq!(nameless.line(), None);
    ana.say("all places are free again");
    let all: Vec<Client> = (0..19).map(|_| server.connect_tls()).collect();
    drop(all);
    server.stop();
}

#[test]
fn who_is_refused_is_told_so_after_the_handshake() {
    let folder = Folder::new("tls-full");
    let server = Server::start(&folder, &[&TLS[..], &["--set", "limits.connections=1"]].concat());
    let mut ana = server.connect_tls();
    ana.name("ana");
    for _ in 0..3 {
        let mut refused = Client::over_tls(raw(&server));
        refused.expect("FAIL LINE SERVER_FULL :");
        assert_eq!(refused.line(), None, "closed with close_notify");
    }
    let mut plainly = raw(&server);
    plainly.write_all(b"NAME ion\n").unwrap();
    assert!(rest(&plainly).starts_with(b"FAIL LINE SERVER_FULL :"));
    // Who never shakes hands has as long as anybody for their last words.
    assert!(rest(&raw(&server)).is_empty());
    ana.say("still here");
    server.stop();
}

/// Cut behind every byte, and then either over or continued: each ends as it should.
#[test]
fn a_handshake_cut_behind_every_byte() {
    let folder = Folder::new("tls-cuts");
    let server = Server::start(&folder, &[&TLS[..], &["--set", "limits.connections=4"]].concat());
    let mut ana = server.connect_tls();
    ana.name("ana");
    for version in [&TLS12, &TLS13] {
        let whole = hello(&[version]).len();
        for cut in 0..whole {
            let mut over = raw(&server);
            over.write_all(&hello(&[version])[..cut]).unwrap();
            over.shutdown(Shutdown::Write).unwrap();
            let told = rest(&over);
            assert!(told.is_empty(), "{cut}: {told:?}");
        }
        for cut in 1..whole {
            greeted_in_two(&server, version, cut, usize::MAX);
        }
        // The second flight: what follows the server's.
        for cut in 1..60 {
            greeted_in_two(&server, version, usize::MAX, cut);
        }
    }
    ana.say("still here");
    server.stop();
}

/// A client whose flights are each written in two pieces, and which is greeted.
fn greeted_in_two(
    server: &Server,
    version: &'static rustls::SupportedProtocolVersion,
    first: usize,
    second: usize,
) {
    let mut stream = raw(server);
    let mut client = tls::client(&[version]);
    let mut cuts = [first, second].into_iter();
    let mut heard = [0; 4];
    loop {
        let mut flight = Vec::new();
        while client.wants_write() {
            client.write_tls(&mut flight).unwrap();
        }
        if !flight.is_empty() {
            let cut = cuts.next().unwrap_or(0).min(flight.len());
            stream.write_all(&flight[..cut]).unwrap();
            // The kernel may join them again; most it does not.
            thread::yield_now();
            stream.write_all(&flight[cut..]).unwrap();
        }
        assert_ne!(client.read_tls(&mut stream).unwrap(), 0, "{version:?} {first} {second}");
        client.process_new_packets().unwrap();
        if client.reader().read(&mut heard).is_ok_and(|len| len == 4) {
            break;
        }
    }
    assert_eq!(&heard, b"NAME");
}

/// Whatever a peer makes of its bytes: an end, an alert, or a conversation.
#[test]
fn noise_in_any_flight_harms_nobody() {
    let folder = Folder::new("tls-noise");
    let server = Server::start(&folder, &TLS);
    let mut ana = server.connect_tls();
    ana.name("ana");
    let mut random = Random::new("noise_in_any_flight_harms_nobody");
    for round in 0..env_number("ROUNDS", 400) {
        let mut stream = raw(&server);
        let version = if random.below(2) == 0 { &TLS12 } else { &TLS13 };
        let mut client = tls::client(&[version]);
        let noisy = random.below(4);
        for flight in 0..4 {
            let mut bytes = Vec::new();
            if !client.is_handshaking() {
                client.writer().write_all(b"NAME noise\nPING 1\nQUIT\n").unwrap();
            }
            while client.wants_write() {
                client.write_tls(&mut bytes).unwrap();
            }
            if flight >= noisy {
                spoil(&mut bytes, &mut random);
            }
            let cut = random.below(bytes.len() as u64 + 1) as usize;
            if stream
                .write_all(&bytes[..cut])
                .and_then(|()| stream.write_all(&bytes[cut..]))
                .is_err()
            {
                break;
            }
            if flight >= noisy {
                // It may be closed already.
                let _ = stream.shutdown(Shutdown::Write);
                rest(&stream);
                break;
            }
            if !matches!(client.read_tls(&mut stream), Ok(1..))
                || client.process_new_packets().is_err()
            {
                break;
            }
        }
        if round % 50 == 0 {
            ana.say(&format!("{round}"));
        }
    }
    ana.say("still here");
    server.stop();
}

/// Changes, takes out, puts in or repeats some bytes.
fn spoil(bytes: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..=random.below(3) {
        let at = random.below(bytes.len() as u64 + 1) as usize;
        let until = (at + random.below(40) as usize).min(bytes.len());
        match random.below(4) {
            0 => drop(bytes.drain(at..until)),
            1 => bytes[at..until].iter_mut().for_each(|byte| *byte = random.below(256) as u8),
            2 => bytes.insert(at, random.below(256) as u8),
            _ => bytes.extend_from_within(at..until),
        }
    }
}

#[test]
fn two_hundred_handshakes_at_once_all_come_in() {
    const PEOPLE: usize = 200;
    let folder = Folder::new("tls-crowd");
    let server = Server::start(&folder, &TLS);
    let mut talk = server.guest("ana");
    let before = server.kib("VmRSS");
    let mut crowd: Vec<Client> = (0..PEOPLE).map(|_| Client::over_tls(raw(&server))).collect();
    thread::scope(|scope| {
        for part in crowd.chunks_mut(PEOPLE / 8) {
            scope.spawn(|| {
                for client in part {
                    client.expect("NAME taifas ");
                }
            });
        }
        talk.say("meanwhile");
    });
    let each = (server.kib("VmRSS").saturating_sub(before)) * 1024 / PEOPLE as u64;
    println!("{each} bytes resident for each idle connection with TLS");
    assert!(each < 16 * 1024, "{each}");
    server.stop();
}
