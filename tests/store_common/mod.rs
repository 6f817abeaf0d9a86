//! A store in a folder of its own, spoken to as the reactor does, for the tests of
//! the store. It waits for answers, never for time.

#![allow(dead_code, missing_docs)]

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use taifas::protocol::{
    AccountAnswer, AccountId, AccountRequest, Message, MessageId, Page, Query, Recipient, RoomName,
    RoomRequest, Span, StoreFailed, Target, Ticket, Timestamp,
};
use taifas::store::{self, Append, Appended, Done, Durability, Opened, Options, Outcome, Store};

/// 2026-11-18, when most of these messages were said.
pub const NOW: u64 = 1_795_000_000_000;
pub const DAY: u64 = 24 * 60 * 60 * 1000;

pub struct Folder(PathBuf);

impl Folder {
    pub fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("taifas-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        Folder(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The names of the files in it that begin like this.
    pub fn files(&self, start: &str) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(&self.0)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.starts_with(start))
            .collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub struct Rig {
    pub store: Store,
    pub opened: Opened,
    answers: Receiver<Done>,
    next_ticket: u64,
}

pub fn options(dir: &Path) -> Options {
    Options {
        dir: dir.to_owned(),
        durability: Durability::Never,
        history_days: 90,
        history_messages: 1_000_000,
        recent_lines: 20,
    }
}

pub fn room(name: &str) -> RoomName {
    name.parse().unwrap()
}

pub fn message(room: &str, text: &str) -> Message {
    Message {
        to: Target::Room(room.parse().unwrap()),
        sender: "Ana".parse().unwrap(),
        account: None,
        at: Timestamp::from_ms(NOW),
        text: text.into(),
        nonce: None,
    }
}

/// What an account, called `u` and its number, tells another.
pub fn tell(from: u64, to: u64, text: &str, away: bool) -> Message {
    let name = |account: u64| format!("u{account}").parse().unwrap();
    Message {
        to: Target::Person(Recipient { name: name(to), account: AccountId(to), away }),
        sender: name(from),
        account: Some(AccountId(from)),
        ..message("#lobby", text)
    }
}

pub fn with_nonce(text: &str, account: u64, nonce: &str, at: u64) -> Message {
    Message {
        account: Some(AccountId(account)),
        nonce: Some(nonce.parse().unwrap()),
        at: Timestamp::from_ms(at),
        ..message("#lobby", text)
    }
}

/// Waits until nobody holds the folder's lock. A child process that another test is
/// just starting has every descriptor of this one until it executes its program, and
/// so the lock of a store that is closed already.
pub fn released(dir: &Path) {
    let begun = Instant::now();
    while store::lock::server_pid(dir).is_some() {
        assert!(begun.elapsed() < Duration::from_secs(60), "the lock is never released");
        std::thread::yield_now();
    }
}

impl Rig {
    pub fn open(options: Options) -> Rig {
        released(&options.dir);
        let (to, answers) = channel();
        let (store, opened) = store::open(options, move |done| {
            let _ = to.send(done);
        })
        .unwrap();
        Rig { store, opened, answers, next_ticket: 0 }
    }

    pub fn wait(&self) -> Done {
        self.answers.recv_timeout(Duration::from_secs(60)).expect("an answer")
    }

    pub fn ticket(&mut self) -> Ticket {
        self.next_ticket += 1;
        Ticket(self.next_ticket)
    }

    /// Queues messages and gives the tickets.
    pub fn queue(&mut self, messages: impl IntoIterator<Item = Message>) -> Vec<Ticket> {
        let mut batch: Vec<Append> = messages
            .into_iter()
            .map(|message| Append { ticket: self.ticket(), message: Arc::new(message) })
            .collect();
        let tickets = batch.iter().map(|append| append.ticket).collect();
        self.store.append(&mut batch);
        assert!(batch.is_empty());
        tickets
    }

    /// Stores messages and waits for their answers, which come in order.
    pub fn append(
        &mut self,
        messages: impl IntoIterator<Item = Message>,
    ) -> Vec<Result<Outcome, StoreFailed>> {
        let tickets = self.queue(messages);
        let mut outcomes = Vec::new();
        while outcomes.len() < tickets.len() {
            let Done::Appended(batch) = self.wait() else { panic!("another answer") };
            for Appended { ticket, outcome } in batch {
                assert_eq!(ticket, tickets[outcomes.len()]);
                outcomes.push(outcome);
            }
        }
        outcomes
    }

    /// Stores one message.
    pub fn say(&mut self, room: &str, text: &str) -> u64 {
        stored(self.append([message(room, text)])[0])
    }

    pub fn ask(&mut self, query: Query) -> Result<Page, StoreFailed> {
        let ticket = self.ticket();
        self.store.ask(ticket, query);
        match self.wait() {
            Done::Page(answered, page) if answered == ticket => page,
            other => panic!("{other:?}"),
        }
    }

    pub fn history(&mut self, name: &str, span: Span) -> Page {
        let upto = MessageId(u64::MAX);
        let (lines, bytes) = (usize::MAX, usize::MAX);
        self.ask(Query::History { room: room(name), span, upto, lines, bytes }).unwrap()
    }

    pub fn room(&mut self, request: RoomRequest) -> Result<(), StoreFailed> {
        let ticket = self.ticket();
        self.store.room(ticket, request);
        match self.wait() {
            Done::Room(answered, outcome) if answered == ticket => outcome,
            other => panic!("{other:?}"),
        }
    }

    pub fn account(&mut self, request: AccountRequest) -> AccountAnswer {
        let ticket = self.ticket();
        self.store.account(ticket, request);
        match self.wait() {
            Done::Account(answered, answer) if answered == ticket => answer,
            other => panic!("{other:?}"),
        }
    }
}

pub fn stored(outcome: Result<Outcome, StoreFailed>) -> u64 {
    match outcome {
        Ok(Outcome::Stored(id)) => id.0,
        other => panic!("{other:?}"),
    }
}

pub fn ids(page: &Page) -> Vec<u64> {
    page.lines.iter().map(|stored| stored.id.0).collect()
}

pub fn texts(page: &Page) -> HashMap<u64, String> {
    page.lines.iter().map(|stored| (stored.id.0, stored.message.text.to_string())).collect()
}

/// Marsaglia's xorshift64, seeded: the same numbers every time.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

/// Runs an ignored test of this test binary in a process of its own, with `DIR` set.
pub fn child(test: &str, dir: &Path, shell: &str) -> std::process::Output {
    std::process::Command::new("sh")
        .args(["-c", &format!("{shell} exec \"$0\" \"$@\"")])
        .arg(std::env::current_exe().unwrap())
        .args([test, "--exact", "--ignored", "--nocapture", "--test-threads=1"])
        .env("DIR", dir)
        .output()
        .unwrap()
}

/// In the child: the folder.
pub fn child_dir() -> PathBuf {
    PathBuf::from(std::env::var_os("DIR").expect("this test is started by another one"))
}
