//! The telnet listener of the real binary, byte by byte: the echo around passwords, what
//! is typed wrong, what telnet programs are answered, and what a flood of it is.

#![cfg(feature = "server")]
#![allow(missing_docs)]

mod common;

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::Duration;

use common::{Folder, PATIENCE, Server};

const TELNET: [&str; 2] = ["--listen-telnet", "127.0.0.1:0"];

/// PASSWORD's line, as LOGIN asks for it.
const ASKED: &[u8] =
    b"PASSWORD :type the password of ana and press Return; an empty line cancels\r\n";
const CANCELLED: &[u8] = b"FAIL LOGIN CANCELLED :nothing was typed, nothing is changed; type LOGIN <name> [<password>] again\r\n";

/// A connection of which every byte counts.
struct Raw(TcpStream);

impl Raw {
    /// One that has read the greeting.
    fn new(address: SocketAddr) -> Raw {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        let mut raw = Raw(stream);
        let greeting = raw.read_to(b"\r\n");
        assert!(greeting.starts_with(b"NAME taifas taifas/1 :"), "nothing comes before it");
        raw
    }

    fn send(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).unwrap();
    }

    /// Sends it in two pieces; whether the server reads them as two is its own affair.
    fn send_cut(&mut self, bytes: &[u8], at: usize) {
        let (one, two) = bytes.split_at(at.min(bytes.len()));
        self.send(one);
        thread::yield_now();
        self.send(two);
    }

    /// Reads up to and with this.
    fn read_to(&mut self, end: &[u8]) -> Vec<u8> {
        let (mut read, mut byte) = (Vec::new(), [0]);
        while !read.ends_with(end) {
            let len = self.0.read(&mut byte).unwrap_or_else(|error| panic!("{error}: {read:?}"));
            assert!(len > 0, "closed behind {:?}", String::from_utf8_lossy(&read));
            read.push(byte[0]);
        }
        read
    }

    /// The next bytes are these.
    #[track_caller]
    fn expect(&mut self, bytes: &[u8]) {
        let mut read = vec![0; bytes.len()];
        self.0.read_exact(&mut read).unwrap();
        let [read, want] = [&read[..], bytes].map(|b| b.escape_ascii().to_string());
        assert_eq!(read, want);
    }
}

fn start(name: &str) -> (Folder, Server) {
    let folder = Folder::new(name);
    let server = Server::start(&folder, &TELNET);
    (folder, server)
}

#[test]
fn a_password_is_hidden_and_edited_and_then_the_screen_is_as_before() {
    let (_folder, server) = start("telnet-login");
    // She is there all the time, so that no line about her coming stands in between.
    let mut first = server.connect();
    first.register("ana");
    first.expect(":taifas JOIN #lobby ana");
    let mut ana = Raw::new(server.telnet_address());
    ana.send(b"LOGIN ana\r\0");
    ana.expect(&[b"\xff\xfb\x01", ASKED].concat());
    // It agrees; then somebody mistypes "password of ana".
    ana.send(b"\xff\xfd\x01wrong\x15pa\xc3\x9f\x08sx\x7fs\xff\xf7sword of ana\r\0");
    ana.expect(b"\r\n\xff\xfc\x01OK LOGIN ana 1\r\n");
    ana.send(b"\xff\xfe\x01PASSWD\r\n");
    let asked = ana.read_to(b"cancels\r\n");
    assert!(asked.windows(3).any(|bytes| bytes == b"\xff\xfb\x01"), "hidden again");
    // Two passwords, and the screen stays dark in between.
    ana.send(b"\xff\xfd\x01password of ana\r\n");
    ana.expect(b"\r\nPASSWORD :type the new password, 8 characters or more, and press Return; an empty line cancels\r\n");
    ana.send(b"the next passwore\x08d\r\n");
    ana.expect(b"\r\n\xff\xfc\x01OK PASSWD\r\n");
    let mut plain = server.connect();
    plain.ask("LOGIN ana the next password", "OK LOGIN ana 1");
    server.stop();
}

#[test]
fn however_it_is_cut() {
    let (_folder, server) = start("telnet-cuts");
    let first = b"\xff\xfe\x01\xff\xfb\x1fLOGIN anx\x08a\xff\xfa\x1f\0\x50\0\xff\xff\xff\xf0\r\0";
    let second = b"\xff\xfd\x01sec\xc8\x99\x7fret\xff\xf8\xff\xf1\r\0PING x\r\n";
    let mut ana = Raw::new(server.telnet_address());
    let play = |ana: &mut Raw, refusals: &[u8], cuts: [usize; 2]| {
        ana.send_cut(first, cuts[0]);
        ana.expect(&[refusals, b"\xff\xfb\x01", ASKED].concat());
        ana.send_cut(second, cuts[1]);
        ana.expect(&[b"\r\n\xff\xfc\x01", CANCELLED, b"OK PING x\r\n"].concat());
    };
    play(&mut ana, b"\xff\xfe\x1f", [0, 0]);
    for at in 0..first.len().max(second.len()) {
        play(&mut ana, b"", [at, at]);
    }
    server.stop();
}

/// A script, a telnet that takes passwords from a file, nc at the wrong port.
#[test]
fn who_answers_nothing_gets_no_empty_line() {
    let (_folder, server) = start("telnet-mute");
    let mut ana = Raw::new(server.telnet_address());
    ana.send(b"LOGIN ana\n\nPING x\n");
    ana.expect(&[b"\xff\xfb\x01", ASKED, b"\xff\xfc\x01", CANCELLED, b"OK PING x\r\n"].concat());
    server.stop();
}

#[test]
fn interrupting_cancels_a_password_and_takes_a_line_back() {
    let (_folder, server) = start("telnet-interrupt");
    let mut ana = Raw::new(server.telnet_address());
    // The key of a program that is raw; what BSD telnet makes of it; BREAK.
    for interrupt in [&b"\x03"[..], b"\xff\xf4", b"\xff\xf3"] {
        ana.send(b"LOGIN ana\r\n");
        ana.expect(&[b"\xff\xfb\x01", ASKED].concat());
        ana.send(&[b"\xff\xfd\x01secr", interrupt].concat());
        ana.expect(&[b"\r\n\xff\xfc\x01", CANCELLED].concat());
        ana.send(&[b"\xff\xfe\x01MSG wrong", interrupt, b"PING x\r\n"].concat());
        ana.expect(b"OK PING x\r\n");
    }
    // Output goes on only behind the mark.
    ana.send(b"MSG wrong\xff\xf4\xff\xfd\x06PING x\r\n");
    ana.expect(b"\xff\xfc\x06OK PING x\r\n");
    ana.send(b"\xff\xfd\x06PING x\r\n");
    ana.expect(b"\xff\xfc\x06OK PING x\r\n");
    server.stop();
}

#[test]
fn what_programs_want_is_refused_once_and_a_sign_of_life_is_given() {
    let (_folder, server) = start("telnet-options");
    let mut ana = Raw::new(server.telnet_address());
    for refusals in [
        &b"\xff\xfe\x1f\xff\xfe\x20\xff\xfe\x18\xff\xfe\x27\xff\xfc\x01\xff\xfe\x03\xff\xfc\x03"[..],
        b"",
    ] {
        // PuTTY's opening.
        ana.send(b"\xff\xfb\x1f\xff\xfb\x20\xff\xfb\x18\xff\xfb\x27\xff\xfd\x01\xff\xfb\x03\xff\xfd\x03PING x\r\n");
        ana.expect(&[refusals, b"OK PING x\r\n"].concat());
    }
    ana.send(b"\xff\xf6");
    ana.expect(b":taifas NOTICE :yes, the server is here\r\n");
    server.stop();
}

/// Other listeners take telnet's commands out, and that is all.
#[test]
fn a_plain_listener_knows_nothing_of_it() {
    let (_folder, server) = start("telnet-plain");
    let mut ana = Raw::new(server.address);
    ana.send(b"\xff\xfb\x1f\xff\xf6LOGIN ana\r\n");
    ana.expect(ASKED);
    ana.send(b"\xff\xfd\x01\r\n");
    ana.expect(CANCELLED);
    ana.send(b"LOGIN an\x7fna\r\n");
    ana.expect(b"FAIL LOGIN ");
    server.stop();
}

/// Who asks and asks, and takes no answer, is read later, like who talks too much; it is
/// neither sent away nor remembered for.
#[test]
fn a_flood_of_questions_is_read_as_fast_as_it_takes_the_answers() {
    let (_folder, server) = start("telnet-flood");
    let flood = Raw::new(server.telnet_address()).0;
    flood.set_write_timeout(Some(Duration::from_secs(1))).unwrap();
    let chunk = b"\xff\xfd\x06".repeat(10_000);
    let mut sent = 0;
    let stuck = loop {
        assert!(sent < 200 << 20, "it is read for ever, and its answers are kept");
        match (&flood).write(&chunk[sent % 3..]) {
            Ok(len) => sent += len,
            Err(error) => break error,
        }
    };
    assert!(matches!(stuck.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{stuck}");
    // Nobody else has noticed.
    server.guest("ana").say("hello");
    flood.set_write_timeout(Some(PATIENCE)).unwrap();
    let mut writer = flood.try_clone().unwrap();
    let rest = [&chunk[sent % 3..][..(3 - sent % 3) % 3], b"PING x\r\n"].concat();
    let writing = thread::spawn(move || writer.write_all(&rest));
    let marks = sent.div_ceil(3);
    let mut raw = Raw(flood);
    let mut answers = vec![0; 3 * marks];
    raw.0.read_exact(&mut answers).unwrap();
    assert!(answers.chunks(3).all(|answer| answer == b"\xff\xfc\x06"));
    raw.expect(b"OK PING x\r\n");
    writing.join().unwrap().unwrap();
    assert!(!server.all_log().contains("evicted"), "{}", server.all_log());
    server.stop();
}
