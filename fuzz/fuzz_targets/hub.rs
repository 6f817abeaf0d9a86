//! A whole server but for sockets and disk: four clients who say and do whatever comes,
//! on the bare hub of the transcripts. Nothing panics, nobody is sent what is no line of
//! text, and nothing is left over when everybody has gone.

#![no_main]

mod support;

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use support::backend::{Backend, Got, Operation, Special};
use support::hub::{BareHub, Cut};
use taifas::telnet::WONT_TIMING_MARK;

const CLIENTS: [&str; 4] = ["one", "two", "three", "four"];
const ACCOUNTS: [&str; 3] = ["ana", "ion", "eva"];

/// Lines that would take long to be found by chance; any of them may be cut short.
const LINES: [&str; 32] = [
    "NAME mia",
    "LOGIN ana password",
    "LOGIN ion password",
    "ACCEPT 1",
    "REGISTER vlad password",
    "RECOVER ana ABCDE-ABCDE-ABCDE-ABCDE password",
    "PASSWD password password",
    "TAGS ON",
    "CHAT ON",
    "JOIN #kitchen",
    "JOIN #lobby",
    "PART",
    "TOPIC #kitchen :soup",
    "@nonce=n-1 MSG hello",
    "MSG #kitchen :hello",
    "TELL ana hello",
    "@nonce=n-2 TELL mia hello",
    "HISTORY",
    "HISTORY ana AFTER 1 3",
    "SEARCH hel*",
    "LIST",
    "NAMES",
    "WHO #kitchen",
    "KICK mia",
    "BAN mia 1h",
    "BAN 10.0.0.0/8 1m :enough",
    "UNBAN mia",
    "MUTE ion 1m",
    "UNMUTE ion",
    "FORGET 3",
    "WHOIS ana",
    "NOTICE hello",
];

#[derive(Debug, Arbitrary)]
enum Act<'a> {
    Connect(u8),
    Line(u8, u8),
    Part(u8, u8, u8),
    Text(u8, &'a str),
    Bytes(u8, &'a [u8]),
    EndInput(u8),
    Vanish(u8),
    Reads(u8, bool),
    Wait(u16),
    Look(u8),
    DiskFull(bool),
    Restart,
    Remove(u8, bool),
    Op(u8, bool),
}

/// What the acts happen to.
struct Stage {
    hub: BareHub,
    connected: BTreeSet<&'static str>,
    accounts: BTreeSet<&'static str>,
}

impl Stage {
    fn new() -> Stage {
        let set = [
            ("limits.history_messages", "40"),
            ("limits.outbox_soft_bytes", "2000"),
            ("limits.rooms", "3"),
            ("limits.rooms_per_session", "2"),
            ("limits.bans", "4"),
            ("limits.store_queue", "8"),
        ];
        let set: Vec<_> = set.map(|(key, value)| (key.into(), value.into())).into();
        let mut hub = BareHub::new(&set, Cut::Nowhere);
        for name in ACCOUNTS {
            hub.operate(&Operation::Add(name.into(), "password".into()));
        }
        hub.operate(&Operation::Op("ana".into()));
        Stage { hub, connected: BTreeSet::new(), accounts: ACCOUNTS.into() }
    }

    fn client(&self, number: u8) -> Option<&'static str> {
        self.connected.get(CLIENTS[usize::from(number) % CLIENTS.len()]).copied()
    }

    fn send(&mut self, number: u8, bytes: &[u8]) {
        if let Some(who) = self.client(number) {
            self.hub.send(who, bytes);
        }
    }

    fn account(&self, number: u8) -> Option<&'static str> {
        self.accounts.get(ACCOUNTS[usize::from(number) % ACCOUNTS.len()]).copied()
    }

    fn act(&mut self, act: Act<'_>) {
        match act {
            Act::Connect(number) => {
                let who = CLIENTS[usize::from(number) % CLIENTS.len()];
                if self.connected.insert(who) {
                    let from = IpAddr::V4(Ipv4Addr::new(10, 0, 0, number));
                    self.hub.connect(who, Some(from));
                }
            }
            Act::Line(number, line) => {
                let line = LINES[usize::from(line) % LINES.len()];
                self.send(number, format!("{line}\n").as_bytes());
            }
            Act::Part(number, line, len) => {
                let line = LINES[usize::from(line) % LINES.len()];
                self.send(number, &line.as_bytes()[..usize::from(len) % line.len()]);
            }
            Act::Text(number, text) => self.send(number, format!("{text}\n").as_bytes()),
            Act::Bytes(number, bytes) => self.send(number, bytes),
            Act::EndInput(number) => {
                if let Some(who) = self.client(number) {
                    self.hub.end_input(who);
                }
            }
            Act::Vanish(number) => {
                if let Some(who) = self.client(number) {
                    self.connected.remove(who);
                    self.hub.vanish(who);
                }
            }
            Act::Reads(number, reads) => {
                if let Some(who) = self.client(number) {
                    self.hub.special(&Special::Reads(who.into(), reads));
                }
            }
            Act::Wait(ms) => self.hub.special(&Special::Wait(u64::from(ms) * 10)),
            Act::Look(number) => self.look(number),
            Act::DiskFull(full) => self.hub.special(&Special::DiskFull(full)),
            Act::Restart => {
                self.hub.restart();
                self.connected.clear();
            }
            Act::Remove(number, with_messages) => {
                if let Some(name) = self.account(number) {
                    self.accounts.remove(name);
                    self.hub.operate(&if with_messages {
                        Operation::RemoveWithMessages(name.into())
                    } else {
                        Operation::Remove(name.into())
                    });
                }
            }
            Act::Op(number, operator) => {
                if let Some(name) = self.account(number) {
                    let name = name.into();
                    self.hub.operate(&if operator {
                        Operation::Op(name)
                    } else {
                        Operation::Deop(name)
                    });
                }
            }
        }
    }

    /// Reads what a client has got: lines, and every one of them text.
    fn look(&mut self, number: u8) {
        let Some(who) = self.client(number) else {
            return;
        };
        while let Got::Line(line) = self.hub.unread(who) {
            // Telnet's questions are answered wherever they are asked.
            let mut rest = &line[..];
            while let Some(behind) = rest.strip_prefix(&WONT_TIMING_MARK) {
                rest = behind;
            }
            let text = str::from_utf8(rest).expect("UTF-8");
            assert!(!text.chars().any(|c| c.is_control() && c != '\t'), "{text:?}");
        }
    }
}

fuzz_target!(|acts: Vec<Act<'_>>| {
    let mut stage = Stage::new();
    for act in acts.into_iter().take(200) {
        stage.act(act);
    }
    for number in 0..CLIENTS.len() {
        stage.look(number as u8);
    }
    stage.hub.finish();
});
