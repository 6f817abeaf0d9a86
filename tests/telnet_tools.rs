//! The telnet programs that people have, each at a terminal of its own: what stands on
//! the screen holds no password.
//!
//! The terminal is `script`'s: what is written to it is typed, what it prints is the
//! screen. A program that is not on this machine is said loudly, and fails where `CI`
//! is set.

#![cfg(feature = "server")]
#![allow(missing_docs)]

mod common;

use std::io::{Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::thread;

use common::{Folder, PATIENCE, Server, skipped};

/// A telnet program, and how to recognise it.
#[derive(Clone, Copy)]
struct Telnet {
    command: &'static str,
    /// What stands between the address and the port.
    port: &'static str,
    /// What it is asked for its help with, and a word that is only in its own.
    help: (&'static str, &'static str),
    /// Whether it goes dark more than once: BusyBox's does not.
    again: bool,
}

const INETUTILS: Telnet = Telnet {
    command: "inetutils-telnet",
    port: "",
    help: ("--version", "GNU inetutils"),
    again: true,
};
/// NetKit's, which comes from BSD.
const NETKIT: Telnet =
    Telnet { command: "telnet-ssl", port: "", help: ("-?", "Usage: telnet"), again: true };
const BUSYBOX: Telnet =
    Telnet { command: "busybox telnet", port: "", help: ("--help", "BusyBox"), again: false };

/// PuTTY without its window. (^C ends it, as it ends any program.)
const PLINK: Telnet =
    Telnet { command: "plink -batch -telnet", port: "-P", help: ("--help", "PuTTY"), again: true };

/// A program at a terminal.
struct Screen {
    child: Child,
    keys: ChildStdin,
    output: ChildStdout,
    /// Everything that was ever on it.
    seen: String,
    /// What was looked at.
    looked: usize,
    /// It is killed unless it has ended by then.
    over: mpsc::Sender<()>,
}

impl Telnet {
    /// Starts it at a terminal, if both are on this machine.
    fn start(self, test: &str, server: &Server) -> Option<Screen> {
        let says = |command: &str, word: &str| {
            let output = Command::new("sh").args(["-c", command]).stdin(Stdio::null()).output();
            output.is_ok_and(|output| {
                let text = [output.stdout, output.stderr].concat();
                String::from_utf8_lossy(&text).contains(word)
            })
        };
        for (command, (flag, word)) in
            [(self.command, self.help), ("script", ("--version", "util-linux"))]
        {
            if !says(&format!("{command} {flag}"), word) {
                skipped(test, &format!("there is no {command} on this machine"));
                return None;
            }
        }
        let at = server.telnet_address();
        let typed = format!("exec {} {} {} {}", self.command, at.ip(), self.port, at.port());
        let mut command = Command::new("script");
        command.args(["-q", "-e", "-c", &typed, "/dev/null"]).env("TERM", "dumb");
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (keys, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let pid = rustix::process::Pid::from_child(&child);
        let (over, ended) = mpsc::channel();
        thread::spawn(move || {
            // A program that hangs is a failure, not a test that never ends.
            if ended.recv_timeout(PATIENCE) == Err(mpsc::RecvTimeoutError::Timeout) {
                let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
            }
        });
        Some(Screen { child, keys, output, seen: String::new(), looked: 0, over })
    }
}

impl Screen {
    fn types(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits until this comes behind what was looked at; gives back what was before it.
    #[track_caller]
    fn sees(&mut self, text: &str) -> String {
        let mut bytes = [0; 1024];
        loop {
            if let Some(at) = self.seen[self.looked..].find(text) {
                let from = self.looked;
                self.looked = from + at + text.len();
                return self.seen[from..from + at].to_owned();
            }
            let read = self.output.read(&mut bytes).unwrap();
            assert!(read > 0, "ended without {text:?}: {}", self.seen);
            self.seen.push_str(&String::from_utf8_lossy(&bytes[..read]));
        }
    }

    /// Reads to the program's own end; everything that was on the screen.
    fn ends(mut self) -> String {
        let mut rest = Vec::new();
        self.output.read_to_end(&mut rest).unwrap();
        let _ = self.child.wait().unwrap();
        let _ = self.over.send(());
        self.seen.clone() + &String::from_utf8_lossy(&rest)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Somebody logs in, mistyping, and changes the password, talking in between.
fn a_password_is_on_no_screen(telnet: Telnet, test: &str) {
    let folder = Folder::new(test);
    let server = Server::start(&folder, &["--listen-telnet", "127.0.0.1:0"]);
    let mut owner = server.connect();
    owner.ask("ACCEPT 1", "OK ACCEPT");
    owner.ask("REGISTER ana moonlight-7", "OK REGISTER ana");
    let Some(mut ana) = telnet.start(test, &server) else { return };
    ana.sees("NAME taifas taifas/1 :");
    ana.types("HELP NAME\r");
    ana.sees("OK HELP");
    ana.types("LOGIN ana\r");
    ana.sees("an empty line cancels");
    // Both ways to erase, one of them by the line.
    ana.types("sunlight\u{15}moonlighx\u{7f}t-7\r");
    let return_key = ana.sees("OK LOGIN ana 1");
    // The end of PASSWORD's line, and of the one that nobody has seen.
    assert!(return_key.matches('\n').count() >= 2, "the cursor has moved on: {return_key:?}");
    ana.types("MSG in the open\r");
    ana.sees(":ana MSG #lobby :in the open");
    ana.types("PASSWD\r");
    ana.sees("type your password as it is now and press Return; an empty line cancels");
    if telnet.again {
        ana.types("moonlight-7\r");
        let return_key = ana.sees("PASSWORD :type the new password");
        assert!(return_key.matches('\n').count() >= 2, "the cursor has moved on: {return_key:?}");
        ana.sees("an empty line cancels");
        ana.types("starlight-8\r");
        ana.sees("OK PASSWD");
        server.connect().ask("LOGIN ana starlight-8", "OK LOGIN ana 1");
    } else {
        ana.sees(":taifas NOTICE :your telnet program will show the password");
        ana.types("\r");
        ana.sees("FAIL PASSWD CANCELLED");
    }
    ana.types("MSG seen again\r");
    ana.sees(":ana MSG #lobby :seen again");
    ana.types("QUIT\r");
    ana.sees("OK QUIT");
    let screen = ana.ends();
    for part in ["light", "moon", "star", "sun", "-7", "-8", "ht-"] {
        assert!(!screen.contains(part), "{part:?} is on the screen: {screen}");
    }
    // What is no secret is shown as it is typed, before and after.
    for typed in ["HELP NAME", "MSG in the open", "MSG seen again"] {
        assert!(screen.lines().any(|line| line.trim() == typed), "{typed:?}: {screen}");
    }
    server.stop();
}

/// ^C while a password is asked for.
fn a_password_is_cancelled(telnet: Telnet, test: &str) {
    let folder = Folder::new(test);
    let server = Server::start(&folder, &["--listen-telnet", "127.0.0.1:0"]);
    let Some(mut ana) = telnet.start(test, &server) else { return };
    ana.sees("NAME taifas taifas/1 :");
    ana.types("LOGIN ana\r");
    ana.sees("an empty line cancels");
    ana.types("moonlig\u{3}");
    ana.sees("FAIL LOGIN CANCELLED");
    ana.types("PING x\r");
    ana.sees("OK PING x");
    ana.types("QUIT\r");
    ana.sees("OK QUIT");
    assert!(!ana.ends().contains("moon"));
    server.stop();
}

#[test]
fn inetutils_telnet_shows_no_password() {
    a_password_is_on_no_screen(INETUTILS, "inetutils_telnet_shows_no_password");
}

#[test]
fn netkit_telnet_shows_no_password() {
    a_password_is_on_no_screen(NETKIT, "netkit_telnet_shows_no_password");
}

#[test]
fn plink_shows_no_password() {
    a_password_is_on_no_screen(PLINK, "plink_shows_no_password");
}

#[test]
fn busybox_telnet_shows_no_password() {
    a_password_is_on_no_screen(BUSYBOX, "busybox_telnet_shows_no_password");
}

#[test]
fn busybox_telnet_cancels_a_password() {
    a_password_is_cancelled(BUSYBOX, "busybox_telnet_cancels_a_password");
}

#[test]
fn inetutils_telnet_cancels_a_password() {
    a_password_is_cancelled(INETUTILS, "inetutils_telnet_cancels_a_password");
}

#[test]
fn netkit_telnet_cancels_a_password() {
    a_password_is_cancelled(NETKIT, "netkit_telnet_cancels_a_password");
}
