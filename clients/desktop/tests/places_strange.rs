//! A server that is mad, seen from the window: times at the ends of what there is, ids
//! that are as large as can be, texts as long as a line, names and talks without end.
//! Nothing panics, what can be read is shown, and a frame stays a frame.

#![allow(missing_docs)]

#[path = "support/entry.rs"]
mod entry;
mod support;

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::{Duration, Instant};

use eframe::egui::Key;
use eframe::egui::accesskit::Role;
use support::chat::{LONG, login, open};

const TIMES: [&str; 3] =
    ["1970-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z", "2026-11-23T01:52:07.123Z"];

/// Answers every command of one client, madly; says what it is told to say.
fn mad() -> (SocketAddr, Sender<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (say, said) = mpsc::channel::<String>();
    thread::spawn(move || {
        let mut said = Some(said);
        for socket in listener.incoming().map_while(Result::ok) {
            let lines = BufReader::new(socket.try_clone().unwrap()).lines();
            let mut its = socket;
            its.write_all(b"NAME taifas taifas/1 :hello\r\n").unwrap();
            let mut is_prompted = false;
            for line in lines.map_while(Result::ok) {
                if std::mem::take(&mut is_prompted) {
                    its.write_all(b"OK LOGIN ana 1\r\n").unwrap();
                    if let Some(said) = said.take() {
                        let its = its.try_clone().unwrap();
                        thread::spawn(move || said.iter().for_each(|line| speak(&its, &line)));
                    }
                    continue;
                }
                is_prompted = line.starts_with("LOGIN");
                speak(&its, &answer(&line));
            }
        }
    });
    (address, say)
}

fn speak(mut socket: &TcpStream, lines: &str) {
    let _ = socket.write_all(lines.as_bytes());
}

fn answer(line: &str) -> String {
    let words: Vec<&str> = line.split(' ').collect();
    let long = "W".repeat(7000);
    let hits = |place: &str| {
        let ids = [1, u64::MAX - 2, u64::MAX - 1, u64::MAX];
        let line = |(at, id): (usize, u64)| {
            let text = if at == 1 { &long } else { "a" };
            format!(":ion HIST {place} {id} {} :{text}\r\n", TIMES[at % 3])
        };
        ids.into_iter().enumerate().map(line).collect::<String>()
    };
    match words[0] {
        "TAGS" => "OK TAGS ON\r\n".into(),
        "LOGIN" => "PASSWORD :\r\n".into(),
        "HISTORY" => format!("{}OK HISTORY 4 {}\r\n", hits(words[1]), u64::MAX),
        "SEARCH" => format!("{}OK SEARCH 4 MORE\r\n", hits("#nowhere") + &hits("#lobby")),
        "TOPIC" => format!("OK TOPIC {} :{long}\r\n", words[1]),
        "JOIN" => format!("OK JOIN {} {} :\r\n", words[1], u64::MAX),
        "LIST" => {
            let room = |n| format!("LIST #r{n} {} :{}\r\n", usize::MAX, &long[..500]);
            format!("{}OK LIST 0\r\n", (0..1500).map(room).collect::<String>())
        }
        "NAMES" => {
            let names = (0..5_000).map(|n| format!("NAMES {} n{n:04}\r\n", words[1]));
            format!("NAMES {} ana\r\n{}OK NAMES\r\n", words[1], names.collect::<String>())
        }
        "WHOIS" => "WHOIS\r\nWHOIS ion session x y 18446744073709551616\r\nWHOIS ion session\r\n\
                    OK WHOIS\r\n"
            .into(),
        verb => format!("OK {verb}\r\n"),
    }
}

#[test]
fn a_mad_server_is_shown_as_far_as_it_can_be() {
    let (address, say) = mad();
    let mut ana = open(address, login("ana"), LONG, [900.0, 640.0]);
    ana.until("active room", |ana| ana.is_active());
    ana.see("People (5001)");
    for n in 0..1200 {
        let time = TIMES[n % 3];
        say.send(format!("@msgid={};time={time} :t{n} TELL ana :psst\r\n", n + 100)).unwrap();
    }
    say.send(
        ":t7 NAME t8\r\n:t9 NAME t9\r\nFOO bar\r\n:x FOO\r\n:ana KICK #nowhere ana :\r\n".into(),
    )
    .unwrap();
    say.send(format!("@msgid=5000;time={} :t1199 TELL ana :late\r\n", TIMES[2])).unwrap();
    ana.see_part("t1199, ");
    // A frame with all that in it is still one.
    let start = Instant::now();
    for _ in 0..5 {
        ana.harness.step();
    }
    let each = start.elapsed() / 5;
    assert!(each < Duration::from_secs(2), "{each:?}");
    ana.command(Key::F);
    ana.replace("Search", "a");
    ana.key(Key::Enter);
    ana.click(Role::CheckBox, "Everywhere");
    ana.see_part("8 messages in all your rooms and talks, and there are more");
    ana.press("Close search");
    ana.press("Join…");
    ana.see_part("#r0, ");
    ana.press("Close");
    // What is still coming may move the row between press and release.
    for _ in 0..20 {
        if !ana.has("Operator") {
            ana.press("More about n0000");
        }
    }
    ana.press("Operator");
    ana.press("Who is this");
    ana.see_part("Who is n0000");
    ana.press("Close");
    assert!(ana.is_active());
}
