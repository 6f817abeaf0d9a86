//! A disk that has no room: the sender is told, nobody sees what is not written down,
//! and with room again everything goes on without a restart.
//!
//! Once by a limit on the size of files, which needs no rights; once with a small
//! tmpfs in a mount namespace of the server's own.

#![cfg(feature = "server")]
#![allow(missing_docs)]

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use common::{Client, Folder, Server, skipped};
use rustix::process::{Resource, Rlimit, prlimit};

/// Somebody who says things, and keeps account of what became of them.
struct Talker {
    client: Client,
    said: usize,
    stored: Vec<(u64, String)>,
    refused: BTreeSet<String>,
}

impl Talker {
    fn new(server: &Server) -> Talker {
        let client = server.tagged("talker");
        Talker { client, said: 0, stored: Vec::new(), refused: BTreeSet::new() }
    }

    /// Says something new; whether it was stored.
    fn say(&mut self, bytes: usize) -> bool {
        let text = format!("number {} {}", self.said, "x".repeat(bytes));
        self.said += 1;
        self.client.send(&format!("MSG #lobby :{text}"));
        loop {
            let line = self.client.line().expect("the server lives");
            if let Some(id) = line.strip_prefix("OK MSG ") {
                self.stored.push((id.parse().unwrap(), text));
                return true;
            } else if line.starts_with("FAIL ") {
                assert!(line.starts_with("FAIL MSG NOT_STORED :"), "{line}");
                self.refused.insert(text);
                return false;
            }
        }
    }

    fn say_until(&mut self, stored: bool) {
        // Sixteen times what there is room for.
        for _ in 0..16_000 {
            if self.say(2000) == stored {
                return;
            }
        }
        panic!("always {}", if stored { "refused" } else { "stored" });
    }
}

/// Fills the disk, makes room, and holds what was heard and kept against what was said.
fn fill_and_go_on(server: &Server, talker: &mut Talker, make_room: impl FnOnce()) {
    let mut watcher = server.guest("watcher");
    watcher.expect_holding(" watcher");
    let mut hand = watcher.reader();
    let heard = std::thread::spawn(move || hand.until("OK PING end"));
    talker.say_until(false);
    for bytes in [3000, 10, 500, 2000] {
        talker.say(bytes);
    }
    println!("{} messages fitted, {} did not", talker.stored.len(), talker.refused.len());
    server.log_line("messages cannot be stored and are refused");
    // What needs no room works as ever.
    let mut guest = server.guest("guest");
    guest.ask("NAMES", "OK NAMES 3");
    guest.ask("HISTORY", "OK HISTORY ");
    drop(guest);
    make_room();
    // Without a restart; each try is a message of its own.
    talker.say_until(true);
    for _ in 0..50 {
        assert!(talker.say(2000), "refused with room on the disk");
    }
    assert!(talker.stored.windows(2).all(|two| two[0].0 < two[1].0), "ids only grow");
    watcher.send("PING end");
    let heard: Vec<String> = heard.join().unwrap();
    let heard: Vec<&str> =
        heard.iter().filter_map(|line| line.strip_prefix(":talker MSG #lobby :")).collect();
    let stored: Vec<&str> = talker.stored.iter().map(|(_, text)| text.as_str()).collect();
    assert!(heard == stored, "{} were heard of {} stored", heard.len(), stored.len());
    check_history(server, talker);
}

/// Everything acknowledged is there, and nothing else.
fn check_history(server: &Server, talker: &Talker) {
    let mut reader = server.tagged("reader");
    let (mut after, mut kept) = (0, Vec::new());
    loop {
        reader.send(&format!("HISTORY #lobby AFTER {after}"));
        let mut lines = reader.until("OK HISTORY ");
        let end = lines.pop().unwrap();
        after = end.split(' ').nth(3).unwrap().parse().unwrap();
        for line in lines.iter().filter(|line| line.starts_with(":talker HIST ")) {
            let (head, text) = line[1..].split_once(" :").unwrap();
            kept.push((head.split(' ').nth(3).unwrap().parse().unwrap(), text.to_owned()));
        }
        if !end.ends_with(" MORE") {
            break;
        }
    }
    assert!(kept == talker.stored, "{} kept of {} stored", kept.len(), talker.stored.len());
}

/// Whether a shell can be had with mounts of its own, and how.
fn own_mounts() -> Option<&'static [&'static str]> {
    let ways: [&[&str]; 2] = [&["unshare", "-m"], &["unshare", "-rm"]];
    ways.into_iter().find(|way| {
        let mount = "mount -t tmpfs -o size=64k none /mnt";
        let mut command = Command::new(way[0]);
        command.args(&way[1..]).args(["sh", "-c", mount]);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    })
}

#[test]
fn files_that_may_not_grow() {
    let folder = Folder::new("file-size");
    let server = Server::start(&folder, &[]);
    let before = rustix::process::getrlimit(Resource::Fsize);
    let limit = Rlimit { current: Some(1 << 20), ..before };
    prlimit(Some(server.pid()), Resource::Fsize, limit).unwrap();
    let mut talker = Talker::new(&server);
    fill_and_go_on(&server, &mut talker, || {
        prlimit(Some(server.pid()), Resource::Fsize, before).unwrap();
    });
    server.stop();
    let server = Server::start(&folder, &[]);
    check_history(&server, &talker);
    server.stop();
}

#[test]
fn a_full_tmpfs() {
    let Some(shell) = own_mounts() else {
        return skipped("a_full_tmpfs", "neither root nor a user namespace: no tmpfs to fill");
    };
    let folder = Folder::new("tmpfs");
    let dir = folder.0.display();
    let script = format!(
        "mount -t tmpfs -o size=2m none {dir} && \
         dd if=/dev/zero of={dir}/ballast bs=1k count=1024 2>/dev/null && exec \"$@\""
    );
    let server = Server::start_in_shell(shell, &script, &folder.0, &[]);
    let mut talker = Talker::new(&server);
    fill_and_go_on(&server, &mut talker, || {
        let root = PathBuf::from(format!("/proc/{}/root", server.pid().as_raw_nonzero()));
        let ballast = folder.0.strip_prefix("/").unwrap().join("ballast");
        fs::remove_file(root.join(ballast)).unwrap();
    });
    server.stop();
}

#[test]
fn a_folder_that_cannot_be_written_is_said() {
    let Some(shell) = own_mounts() else {
        return skipped("a_folder_that_cannot_be_written_is_said", "no mounts of its own");
    };
    let folder = Folder::new("read-only");
    let dir = folder.0.display();
    let script = format!("mount -t tmpfs -o ro none {dir} && exec \"$@\"");
    let ended = Command::new(shell[0])
        .args(&shell[1..])
        .args(["sh", "-c", &script, "sh", env!("CARGO_BIN_EXE_taifas")])
        .args(["--listen", "127.0.0.1:0", "--data"])
        .arg(&folder.0)
        .output()
        .unwrap();
    let err = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(1), "{err}");
    assert!(err.contains("Read-only file system") && err.contains(&*dir.to_string()), "{err}");
}
