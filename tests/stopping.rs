//! Going down in good order, coming up where something is in the way, and accounts
//! that change while the server runs.

#![cfg(feature = "server")]
#![allow(missing_docs)]

mod common;

use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use common::{Folder, Server};
use rustix::process::{Pid, Signal, kill_process};

/// Five seconds, and something for a busy machine.
const STOP_WITHIN: Duration = Duration::from_secs(8);

/// Stops a server that has talk in flight; gives back what each saw to its end.
fn stop_in_the_middle(signal: Signal, stubborn: bool) {
    let folder = Folder::new(&format!("stop-{}-{stubborn}", signal.as_raw()));
    let mut server = Server::start(&folder, &[]);
    let mut talker = server.tagged("talker");
    let mut watcher = server.guest("watcher");
    let nameless = server.connect();
    let mut others = Vec::new();
    if stubborn {
        // One that never reads with much unsent, and one that never closes.
        let mut never_reads = server.connect_narrow();
        never_reads.name("never-reads");
        never_reads.bytes("HISTORY\nHELP\n".repeat(20_000).as_bytes());
        others.push(never_reads);
        others.push(server.guest("never-closes"));
    }
    talker.say("the first");
    watcher.expect(":talker MSG #lobby :the first");
    let mut hand = talker.reader();
    let (acknowledged, relayed, seen) = thread::scope(|scope| {
        let saying = scope.spawn(move || {
            for n in 0.. {
                let line = format!("MSG #lobby :number {n}\n");
                if std::io::Write::write_all(&mut hand.stream, line.as_bytes()).is_err() {
                    break;
                }
            }
        });
        let watching = scope.spawn(move || {
            let mut lines = Vec::new();
            while let Ok(Some(line)) = watcher.try_line() {
                lines.push(line);
            }
            lines
        });
        // In the middle of it: some of the talk is through, more is on its way.
        talker.expect("OK MSG ");
        talker.expect("OK MSG ");
        server.signal(signal);
        let start = Instant::now();
        let (mut acknowledged, mut relayed) = (2, 0);
        let mut last = None;
        while let Ok(Some(line)) = talker.try_line() {
            acknowledged += usize::from(line.starts_with("OK MSG "));
            relayed += usize::from(line.contains(" MSG #lobby :number "));
            last = Some(line);
        }
        let notice = last.unwrap_or_default();
        assert!(notice.starts_with(":taifas NOTICE :"), "the last line was {notice:?}");
        drop(talker);
        let status = server.ended();
        assert_eq!(status.code(), Some(0), "{status}");
        assert!(start.elapsed() < STOP_WITHIN, "{:?}", start.elapsed());
        saying.join().unwrap();
        (acknowledged, relayed, watching.join().unwrap())
    });
    assert!(seen.last().unwrap().starts_with(":taifas NOTICE :"), "{:?}", seen.last());
    let seen: Vec<_> = seen.iter().filter(|line| line.contains(" :number ")).collect();
    assert!(seen.len() >= acknowledged, "{} of {acknowledged} were relayed", seen.len());
    assert!(acknowledged >= relayed);
    drop((nameless, others));

    // All of it is there again, as it was seen.
    let server = Server::start(&folder, &[]);
    let mut reader = server.tagged("reader");
    let (mut after, mut history) = (0, Vec::new());
    loop {
        reader.send(&format!("HISTORY #lobby AFTER {after}"));
        let mut lines = reader.until("OK HISTORY ");
        let end = lines.pop().unwrap();
        after = end.split(' ').nth(3).unwrap().parse().unwrap();
        history.extend(lines.into_iter().filter(|line| line.contains(" :number ")));
        if !end.ends_with(" MORE") {
            break;
        }
    }
    assert_eq!(history.len(), seen.len());
    for (n, (stored, seen)) in history.iter().zip(&seen).enumerate() {
        let text = format!(" :number {n}");
        assert!(stored.ends_with(&text) && seen.ends_with(&text), "{n}: {stored}, {seen}");
    }
    server.stop();
}

#[test]
fn sigterm_ends_in_good_order() {
    stop_in_the_middle(Signal::TERM, false);
}

#[test]
fn sigint_ends_in_good_order() {
    stop_in_the_middle(Signal::INT, false);
}

#[test]
fn nobody_can_hold_up_the_end() {
    stop_in_the_middle(Signal::TERM, true);
}

#[test]
fn a_second_server_on_the_folder_is_refused_and_harms_nothing() {
    let folder = Folder::new("second");
    let server = Server::start(&folder, &[]);
    let mut ana = server.guest("ana");
    let (status, out, err) = folder.taifas(&["--listen", "127.0.0.1:0"], "");
    assert_eq!((status.code(), &*out), (Some(1), ""));
    let pid = server.pid().as_raw_nonzero();
    let says = format!(
        "the data folder {} is in use by another taifas, process {pid}",
        folder.0.display()
    );
    assert!(err.contains(&says), "{err}");
    assert!(!err.contains("listening on"), "{err}");
    ana.say("still here");
    server.stop();
}

#[test]
fn nobody_needs_to_listen_to_what_it_says() {
    let folder = Folder::new("deaf");
    let mut command = Command::new(env!("CARGO_BIN_EXE_taifas"));
    command.args(["--data".as_ref(), folder.0.as_os_str()]);
    command.args(["--listen", "127.0.0.1:0", "--listen", "127.0.0.1:0"]);
    // From the first word on: the reader of its pipe is gone before it begins.
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut child = command.stderr(writer).spawn().unwrap();
    while !folder.0.join("messages.db-wal").exists() {
        assert_eq!(child.try_wait().unwrap(), None, "it has ended");
    }
    // Once it has taken the signals over it ends by them in good order.
    while child.try_wait().unwrap().is_none() {
        kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    }
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_port_in_use_is_said_with_what_to_do() {
    let (folder, other) = (Folder::new("port-1"), Folder::new("port-2"));
    let server = Server::start(&folder, &[]);
    let address = server.address.to_string();
    let (status, out, err) = other.taifas(&["--listen", &address], "");
    assert_eq!((status.code(), &*out), (Some(1), ""));
    assert!(err.contains(&format!("cannot listen on {address}: ")), "{err}");
    assert!(err.contains("--listen 127.0.0.1:0"), "{err}");
    server.stop();
}

#[test]
fn accounts_changed_on_the_host_hold_at_once() {
    let folder = Folder::new("host");
    let server = Server::start(&folder, &[]);
    let user = |arguments: &[&str], input: &str| {
        let all = [&["--set", "hash=small", "user"], arguments].concat();
        let (status, out, err) = folder.taifas(&all, input);
        assert!(status.success(), "{arguments:?}: {out}{err}");
    };
    let mut ana = server.connect();
    ana.ask("LOGIN ana password of ana", "FAIL LOGIN BAD_CREDENTIALS ");
    user(&["add", "ana"], "password of ana\n");
    ana.login("ana");
    // The name is hers from here on.
    server.connect().ask("NAME ana", "FAIL NAME NAME_REGISTERED ");
    user(&["passwd", "ana"], "another password\n");
    ana.expect(":taifas NOTICE :the operator has set the password of ana");
    assert_eq!(ana.line(), None, "whoever knew the old password is out");
    let mut again = server.connect();
    again.ask("LOGIN ana password of ana", "FAIL LOGIN BAD_CREDENTIALS ");
    again.ask("LOGIN ana another password", "OK LOGIN ana ");
    let mut watcher = server.guest("watcher");
    // Whoever comes and goes before the room is told is not spoken of.
    watcher.expect_holding(" watcher");
    user(&["remove", "ana"], "");
    again.expect(":taifas NOTICE :");
    assert_eq!(again.line(), None, "its session ends");
    watcher.expect(":taifas PART #lobby ana");
    let mut guest = server.guest("ana");
    guest.say("the name is free");
    server.stop();
}
