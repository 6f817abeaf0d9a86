//! The server as a service: what it tells the service manager, and SIGHUP.

#![cfg(all(feature = "server", target_os = "linux"))]
#![allow(missing_docs)]

mod common;

use std::fs;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};

use common::{Folder, PATIENCE, Server};
use rustix::process::Signal;

/// A server with this environment, its configuration in the folder if there is one.
fn start_with(folder: &Folder, environment: &[&str], arguments: &[&str]) -> Server {
    let shell = [&["env"], environment].concat();
    Server::start_in_shell(&shell, "exec \"$@\"", &folder.0, arguments)
}

/// The next thing that the manager is told.
fn told(manager: &UnixDatagram) -> String {
    let mut bytes = [0; 200];
    let length = manager.recv(&mut bytes).expect("the manager is told something");
    String::from_utf8(bytes[..length].to_vec()).unwrap()
}

/// Tells a manager at this address of a whole life.
fn a_life(name: &str, manager: &UnixDatagram, to: &str, watchdog: &[&str], alive: bool) {
    manager.set_read_timeout(Some(PATIENCE)).unwrap();
    let folder = Folder::new(name);
    let socket = format!("NOTIFY_SOCKET={to}");
    let server = start_with(&folder, &[&[&*socket], watchdog].concat(), &[]);
    // What is skipped are signs of life, where they are wanted.
    let next = || loop {
        let told = told(manager);
        if !alive || told != "WATCHDOG=1" {
            return told;
        }
    };
    assert_eq!(next(), "READY=1");
    // Whoever waited for that can come in.
    server.guest("ana").say("hello");
    if alive {
        assert_eq!([told(manager), told(manager), told(manager)], ["WATCHDOG=1"; 3]);
    }
    server.signal(Signal::HUP);
    let reloading = next();
    let since = reloading.strip_prefix("RELOADING=1\nMONOTONIC_USEC=").expect(&reloading);
    assert!(since.parse::<u64>().unwrap() > 0);
    assert_eq!(next(), "READY=1");
    server.signal(Signal::TERM);
    assert_eq!(next(), "STOPPING=1");
    server.stop_begun();
    manager.set_nonblocking(true).unwrap();
    while let Ok(length) = manager.recv(&mut [0; 200]) {
        assert!(alive && length == "WATCHDOG=1".len(), "told something after the end");
    }
}

#[test]
fn a_manager_at_a_path_is_told() {
    let place = Folder::new("notify-path");
    let path = place.0.join("notify");
    let manager = UnixDatagram::bind(&path).unwrap();
    a_life("notify-1", &manager, path.to_str().unwrap(), &[], false);
}

#[test]
fn a_manager_at_an_abstract_name_is_told_and_fed() {
    let name = format!("taifas-test-{}", std::process::id());
    let manager = UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
    a_life("notify-2", &manager, &format!("@{name}"), &["WATCHDOG_USEC=100000"], true);
}

#[test]
fn a_watchdog_of_somebody_elses_is_not_fed() {
    let place = Folder::new("notify-pid");
    let path = place.0.join("notify");
    let manager = UnixDatagram::bind(&path).unwrap();
    let watchdog = ["WATCHDOG_USEC=2000", "WATCHDOG_PID=1"];
    a_life("notify-3", &manager, path.to_str().unwrap(), &watchdog, false);
}

#[test]
fn a_manager_that_is_not_there_is_a_warning() {
    let folder = Folder::new("notify-none");
    for to in ["/nowhere/at/all", "vsock:2:1"] {
        let server = start_with(&folder, &[&format!("NOTIFY_SOCKET={to}")], &[]);
        server.log_line("the service manager ");
        server.guest("ana").say("hello");
        server.stop();
    }
}

/// Writes the configuration of a folder.
fn configure(folder: &Folder, text: &str) {
    fs::write(folder.0.join("taifas.toml"), text).unwrap();
}

#[test]
fn sighup_changes_what_can_be_changed_and_says_what_cannot() {
    let folder = Folder::new("hup");
    let data = Folder::new("hup-data");
    let file = folder.0.join("taifas.toml");
    fs::write(folder.0.join("terms.txt"), "version: old\nBe kind.\n").unwrap();
    configure(&folder, "terms_file = \"terms.txt\"\n[limits]\nconnections = 50\n");
    let server = Server::start(&data, &["--config", file.to_str().unwrap()]);
    let mut ana = server.tagged("ana");
    ana.ask("TERMS", "OK TERMS old");
    for n in 0..600 {
        ana.say(&n.to_string());
    }
    let history = |client: &mut common::Client| {
        client.send("HISTORY #lobby AFTER 1 100");
        client.until("OK HISTORY ")
    };
    assert_eq!(history(&mut ana).len(), 101, "all of it is there");

    fs::write(folder.0.join("terms.txt"), "version: new\nBe kinder.\n").unwrap();
    configure(
        &folder,
        "name = \"other\"\nlisten = \"127.0.0.1:1\"\nsync = \"never\"\nterms_file = \"terms.txt\"\n\
         [limits]\nconnections = 2\nhistory_messages = 50\nstall_timeout_secs = 7\n",
    );
    server.signal(Signal::HUP);
    for line in [
        "INFO  reading the configuration again",
        "WARN  name stays \"taifas\": restart the server to make it \"other\"",
        "WARN  sync stays \"always\": restart the server to make it \"never\"",
        "INFO  limits.connections is 2, was 50",
        "WARN  limits.stall_timeout_secs stays 30: restart the server to make it 7",
        "INFO  limits.history_messages is 50, was 1000000",
        "INFO  the terms have the version new, was old",
    ] {
        server.log_line(line);
    }
    // Flags win, then as at the start: what they say has not changed.
    assert!(!server.all_log().contains("listen stays"), "{}", server.all_log());
    // Who is here stays; the rest is as the file says now.
    loop {
        // The log is a moment ahead of the hub.
        if ana.ask("TERMS", "OK TERMS ") == "OK TERMS new" {
            break;
        }
    }
    let second = server.connect();
    let mut third = server.connect_silently();
    third.expect("FAIL LINE SERVER_FULL ");
    drop((second, third));
    loop {
        // Forgotten a little at a time, while there is nothing else to do.
        let lines = history(&mut ana);
        assert!(lines.len() >= 50);
        if lines.len() <= 2 + 50 + 1 {
            assert!(lines[0].starts_with("GAP "), "{}", lines[0]);
            break;
        }
    }

    // A file with mistakes: each is said, and everything stays.
    configure(&folder, "[limits]\nconnections = 0\nroms = 5\n");
    server.signal(Signal::HUP);
    let path = file.display();
    server.log_line(&format!(
        "ERROR {path}:2: limits.connections must be a whole number from 1 to 1000000, not 0"
    ));
    server
        .log_line(&format!("ERROR {path}:3: unknown key limits.roms; did you mean limits.rooms?"));
    server.log_line("ERROR no setting is changed: correct the configuration and send SIGHUP again");
    ana.ask("TERMS", "OK TERMS new");

    // What needs a restart is said again; what is put back is no change.
    configure(
        &folder,
        "terms_file = \"terms.txt\"\n[limits]\nconnections = 3\nhistory_messages = 50\n",
    );
    server.signal(Signal::HUP);
    server.log_line("INFO  limits.connections is 3, was 2");
    server.signal(Signal::HUP);
    server.log_line("INFO  nothing has changed");
    assert_eq!(server.all_log().matches("name stays").count(), 1);
    ana.say("still here");
    server.stop();
}

#[test]
fn sighup_changes_how_much_is_logged() {
    let folder = Folder::new("hup-log");
    let data = Folder::new("hup-log-data");
    let file = folder.0.join("taifas.toml");
    configure(&folder, "");
    let arguments = ["--config", file.to_str().unwrap()];
    let server = start_with(&data, &["-u", "RUST_LOG"], &arguments);
    drop(server.guest("ana"));
    configure(&folder, "log = \"debug\"\n");
    server.signal(Signal::HUP);
    server.log_line("INFO  log is \"debug\", was \"info\"");
    assert!(!server.all_log().contains(" DEBUG "), "{}", server.all_log());
    while !server.all_log().contains(" DEBUG 127.0.0.1:") {
        // That line was still logged by the level before it.
        drop(server.connect());
    }
    configure(&folder, "log = \"warn\"\n");
    server.signal(Signal::HUP);
    server.log_line("INFO  log is \"warn\", was \"debug\"");
    server.signal(Signal::TERM);
    server.stop_begun();
    // Where the environment says how much, the key does not.
    let server = Server::start(&data, &arguments);
    drop(server.guest("eva"));
    server.log_line("DEBUG 127.0.0.1:");
    server.stop();
}

#[test]
fn sighup_without_a_file_is_harmless() {
    let folder = Folder::new("hup-none");
    let server = Server::start(&folder, &[]);
    let mut ana = server.guest("ana");
    for _ in 0..50 {
        server.signal(Signal::HUP);
    }
    server.log_line("nothing has changed");
    ana.say("still here");
    server.stop();
}
