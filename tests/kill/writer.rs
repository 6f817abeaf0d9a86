//! Somebody who says one numbered thing after the other, through one life of the server
//! after the other: what is not acknowledged is sent again with its nonce.

use std::collections::VecDeque;
use std::io::Write;
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::Ordering;

use crate::common::Client;
use crate::{Life, Seen, WRITERS};

/// Messages of one writer on their way at a time.
const WINDOW: usize = 8;

/// What a writer has said.
pub struct Writer {
    pub name: String,
    /// Texts in the order they were first sent; the number of one is its place.
    pub said: Vec<String>,
    /// The ids of the first of them.
    pub acknowledged: Vec<u64>,
}

impl Writer {
    pub fn new(number: usize) -> Writer {
        Writer { name: format!("writer{number}"), said: Vec::new(), acknowledged: Vec::new() }
    }

    fn command(&self, number: usize) -> String {
        let text = &self.said[number];
        let to =
            if number % 5 == 4 { format!("TELL {}", self.next()) } else { "MSG #lobby".into() };
        format!("@nonce={}-{number} {to} :{text}\n", self.name)
    }

    /// What was acknowledged and is not stored any more was never said.
    pub fn lose(&mut self, stored: impl Fn(u64) -> bool) {
        let kept = self.acknowledged.iter().take_while(|id| stored(**id)).count();
        self.acknowledged.truncate(kept);
    }

    /// Whom it tells something now and then.
    pub fn next(&self) -> String {
        let own: usize = self.name.trim_start_matches("writer").parse().expect("a number");
        format!("writer{}", (own + 1) % WRITERS)
    }

    /// Writes until the server is gone. Returns what it saw, its acknowledged messages
    /// among it.
    pub fn write(&mut self, mut client: Client, life: &Life) -> Vec<Seen> {
        let mut seen = Vec::new();
        // Numbers of what is on its way, in order.
        let mut waiting: VecDeque<usize> = VecDeque::new();
        let hello = format!("TAGS ON\nLOGIN {0} password of {0}\n", self.name);
        // What was not acknowledged is sent again, and so is the last one that was.
        let from = self.acknowledged.len().saturating_sub(1);
        let mut again: String = hello;
        for number in from..self.said.len() {
            again.push_str(&self.command(number));
            waiting.push_back(number);
        }
        let mut alive = client.stream.write_all(again.as_bytes()).is_ok();
        let mut logged_in = false;
        while let Ok(Some(line)) = client.try_line() {
            let id = line.strip_prefix("OK MSG ").or(line.strip_prefix("OK TELL "));
            if let Some(id) = id {
                let number = waiting.pop_front().expect("one answer for each MSG");
                let id = id.parse().expect("an id");
                self.acknowledge(number, id);
                seen.push((id, self.name.clone(), self.said[number].clone()));
                life.acknowledged.fetch_add(1, Ordering::Relaxed);
            } else if line.starts_with("@msgid=") {
                seen.push(tagged(&line));
            } else if line.starts_with("OK LOGIN ") {
                logged_in = true;
            } else {
                assert!(!line.starts_with("FAIL"), "{line}");
            }
            while alive && logged_in && waiting.len() < WINDOW {
                alive = self.send_next(&mut client.stream, &mut waiting);
            }
        }
        assert!(life.over.load(Ordering::SeqCst), "the server closed before it was killed");
        let _ = client.stream.shutdown(Shutdown::Both);
        seen
    }

    fn send_next(&mut self, stream: &mut TcpStream, waiting: &mut VecDeque<usize>) -> bool {
        let number = self.said.len();
        let padding = "x".repeat(number * 37 % 200);
        self.said.push(format!("{} says {number} {padding}.", self.name));
        waiting.push_back(number);
        stream.write_all(self.command(number).as_bytes()).is_ok()
    }

    fn acknowledge(&mut self, number: usize, id: u64) {
        if let Some(first) = self.acknowledged.get(number) {
            assert_eq!(*first, id, "{} {number} was given another id", self.name);
            return;
        }
        assert_eq!(number, self.acknowledged.len(), "answers come in order");
        assert!(self.acknowledged.last().is_none_or(|last| *last < id), "{} {id}", self.name);
        self.acknowledged.push(id);
    }
}

/// `@msgid=1042;time=... :ana MSG #lobby :hello`, or `:ana TELL ion :hello`
fn tagged(line: &str) -> Seen {
    let (tags, rest) = line.split_once(" :").unwrap();
    let id = tags.trim_start_matches("@msgid=").split(';').next().unwrap().parse().unwrap();
    let (head, text) = rest.split_once(" :").unwrap();
    (id, head.split(' ').next().unwrap().to_owned(), text.to_owned())
}
