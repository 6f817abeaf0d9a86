//! A server of a page, and a link of bytes, both without a socket or a clock: enough of
//! the protocol for one account and somebody else, with pages of three lines so that
//! everything takes several.

use std::collections::{BTreeMap, VecDeque};

use taifas::protocol::{Now, Timestamp};
use taifas_client::session::{Session, Step};
use taifas_client::{Happening, Model, Why};

const PAGE: usize = 3;

/// What it has on its disk, and the connections there are.
#[derive(Default)]
pub struct Scripted {
    /// Id, name, text.
    pub stored: Vec<(u64, String, String)>,
    nonces: BTreeMap<String, u64>,
    people: Vec<&'static str>,
    /// How often somebody has spoken while somebody else was reading.
    meanwhile: usize,
}

/// One connection as the server has it.
#[derive(Default)]
pub struct Peer {
    /// Bytes that have come and are no whole line yet.
    input: Vec<u8>,
    is_prompted: bool,
    is_in: bool,
    /// What it says, in bytes.
    output: Vec<u8>,
}

impl Scripted {
    pub fn greet(&mut self) -> Peer {
        Peer { output: b"NAME taifas taifas/1 :hello\r\n".into(), ..Peer::default() }
    }

    /// Somebody else says something.
    pub fn say(&mut self, text: &str, peers: &mut [&mut Peer]) {
        self.store("ion", text, peers);
    }

    fn store(&mut self, name: &str, text: &str, peers: &mut [&mut Peer]) -> u64 {
        // Ids have holes between them.
        let id = self.stored.last().map_or(2, |last| last.0 + 3);
        self.stored.push((id, name.into(), text.into()));
        for peer in peers.iter_mut().filter(|peer| peer.is_in) {
            let line = format!("@msgid={id};time={} :{name} MSG #lobby :{text}\r\n", time(id));
            peer.output.extend(line.as_bytes());
        }
        id
    }

    /// Bytes have come.
    pub fn hear(&mut self, peer: &mut Peer, bytes: &[u8]) {
        peer.input.extend(bytes);
        while let Some(end) = peer.input.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = peer.input.drain(..=end).collect();
            let line = String::from_utf8(line).unwrap();
            self.line(peer, line.strip_suffix("\r\n").unwrap());
        }
    }

    fn line(&mut self, peer: &mut Peer, line: &str) {
        if std::mem::take(&mut peer.is_prompted) {
            assert_eq!(line, "password of ana", "only the password is typed at the prompt");
            peer.is_in = true;
            self.people = vec!["ana", "ion"];
            return peer.say("OK LOGIN ana 1\r\n:taifas JOIN #lobby ana");
        }
        let (nonce, line) = match line.strip_prefix("@nonce=") {
            Some(rest) => {
                let (nonce, line) = rest.split_once(' ').unwrap();
                (Some(nonce), line)
            }
            None => (None, line),
        };
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        assert!(peer.is_in || ["TAGS", "LOGIN"].contains(&verb), "too early: {line}");
        match verb {
            "TAGS" => peer.say("OK TAGS ON"),
            "LOGIN" => {
                peer.is_prompted = true;
                peer.say("PASSWORD :type it");
            }
            "MSG" => {
                let text = rest.strip_prefix("#lobby :").unwrap();
                let nonce = nonce.expect("what an account says is marked").to_owned();
                if let Some(id) = self.nonces.get(&nonce) {
                    return peer.say(&format!("OK MSG {id}"));
                }
                let before = peer.output.len();
                let id = self.store("ana", text, &mut [peer]);
                let live = peer.output.split_off(before);
                peer.say(&format!("OK MSG {id}"));
                peer.output.extend(live);
                self.nonces.insert(nonce, id);
            }
            "NAMES" => {
                for name in &self.people {
                    peer.say(&format!("NAMES #lobby {name}"));
                }
                peer.say(&format!("OK NAMES {}", self.people.len()));
            }
            "TOPIC" => peer.say("OK TOPIC #lobby :"),
            "HISTORY" => {
                if self.history(peer, rest) && self.meanwhile < 2 {
                    self.meanwhile += 1;
                    let text = format!("meanwhile {}", self.meanwhile);
                    self.store("ion", &text, &mut [peer]);
                }
            }
            "QUIT" => peer.say("OK QUIT"),
            _ => panic!("{line}"),
        }
    }

    /// Answers it; whether what follows has to be asked for.
    fn history(&self, peer: &mut Peer, rest: &str) -> bool {
        let words: Vec<&str> = rest.split(' ').collect();
        let number = |at: usize| words[at].parse::<u64>().unwrap();
        let (lines, more): (Vec<_>, bool) = match words.get(1) {
            None => {
                let from = self.stored.len().saturating_sub(PAGE);
                (self.stored[from..].iter().collect(), from > 0)
            }
            Some(&"AFTER") => {
                let after: Vec<_> = self.stored.iter().filter(|m| m.0 > number(2)).collect();
                let more = after.len() > PAGE;
                (after.into_iter().take(PAGE).collect(), more)
            }
            Some(other) => panic!("{other}"),
        };
        let last = lines.last().map_or(if words.len() > 2 { number(2) } else { 0 }, |m| m.0);
        for (id, name, text) in &lines {
            peer.say(&format!(":{name} HIST #lobby {id} {} :{text}", time(*id)));
        }
        let rest = if more { " MORE" } else { "" };
        peer.say(&format!("OK HISTORY {} {last}{rest}", lines.len()));
        more && words.len() > 2
    }
}

impl Peer {
    fn say(&mut self, line: &str) {
        self.output.extend(line.as_bytes());
        self.output.extend(b"\r\n");
    }
}

fn time(id: u64) -> Timestamp {
    Timestamp::from_ms(id * 1000)
}

/// Where the link is cut: behind this byte of all that goes up, or down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    Up(u64),
    Down(u64),
}

/// A session, its model, and its connection to the server.
pub struct Driven {
    pub session: Session,
    pub model: Model,
    pub happenings: Vec<Happening>,
    pub now: Now,
    pub peer: Option<Peer>,
    /// What had come up on connections that were cut, and is carried out late.
    late: Vec<(Peer, Vec<u8>)>,
    /// Whether it is.
    pub is_late: bool,
    pub cuts: VecDeque<Cut>,
    /// Bytes so far.
    pub up: u64,
    pub down: u64,
    /// Bytes of a line that has not come whole.
    partial: Vec<u8>,
}

impl Driven {
    pub fn new(session: Session) -> Driven {
        Driven {
            session,
            model: Model::new(),
            happenings: Vec::new(),
            now: Now::default(),
            peer: None,
            late: Vec::new(),
            is_late: false,
            cuts: VecDeque::new(),
            up: 0,
            down: 0,
            partial: Vec::new(),
        }
    }

    /// Lets everything happen that can: until the session is content, or waits for more
    /// than a pause.
    pub fn run(&mut self, server: &mut Scripted) {
        for _ in 0..10_000 {
            let step = self.session.step(self.now);
            for happening in self.session.take_happenings() {
                self.model.fold(&happening);
                self.happenings.push(happening);
            }
            match step {
                Step::Connect => {
                    self.peer = Some(server.greet());
                    self.partial.clear();
                    self.session.connected(self.now);
                }
                Step::Rest => {
                    self.peer = None;
                    match self.session.due_ms() {
                        Some(due) => self.now.mono_ms = due,
                        None => return,
                    }
                }
                Step::End => return,
                Step::Talk => {
                    let moved = self.up(server) | self.down();
                    if !moved && self.peer.is_some() {
                        // All is quiet: time for what is late.
                        if self.late.is_empty() {
                            return;
                        }
                        for (mut peer, bytes) in std::mem::take(&mut self.late) {
                            server.hear_beside(&mut peer, &bytes, self.peer.as_mut());
                        }
                    }
                }
            }
        }
        panic!("it does not come to rest");
    }

    fn up(&mut self, server: &mut Scripted) -> bool {
        let lines = self.session.take_lines();
        let bytes: Vec<u8> = lines.iter().flat_map(|line| line.iter().copied()).collect();
        let Some(peer) = &mut self.peer else { return false };
        let (through, cut) = pass(self.up, bytes.len(), self.cuts.front(), true);
        self.up += through as u64;
        if cut && self.is_late {
            let peer = self.peer.take().expect("just seen");
            self.late.push((peer, bytes[..through].into()));
        } else {
            server.hear(peer, &bytes[..through]);
        }
        self.cut_if(cut);
        !bytes.is_empty()
    }

    fn down(&mut self) -> bool {
        let Some(peer) = &mut self.peer else { return false };
        let bytes = std::mem::take(&mut peer.output);
        let (through, cut) = pass(self.down, bytes.len(), self.cuts.front(), false);
        self.down += through as u64;
        self.partial.extend(&bytes[..through]);
        while let Some(end) = self.partial.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.partial.drain(..=end).collect();
            self.session.received(self.now, line.strip_suffix(b"\r\n").unwrap());
        }
        self.cut_if(cut);
        !bytes.is_empty()
    }

    fn cut_if(&mut self, cut: bool) {
        if cut {
            self.cuts.pop_front();
            self.peer = None;
            self.session.broken(self.now, Why::Broken);
        }
    }
}

impl Scripted {
    /// What an old connection still had to say is carried out, in the presence of the
    /// new one.
    fn hear_beside(&mut self, old: &mut Peer, bytes: &[u8], new: Option<&mut Peer>) {
        let before = self.stored.len();
        self.hear(old, bytes);
        if let Some(peer) = new.filter(|peer| peer.is_in) {
            for (id, name, text) in &self.stored[before..] {
                let time = time(*id);
                peer.say(&format!("@msgid={id};time={time} :{name} MSG #lobby :{text}"));
            }
        }
    }
}

/// How many of so many bytes go through behind `done` others, and whether it ends there.
fn pass(done: u64, len: usize, cut: Option<&Cut>, is_up: bool) -> (usize, bool) {
    match cut {
        Some(Cut::Up(at)) if is_up && *at < done + len as u64 => {
            ((*at - done.min(*at)) as usize, true)
        }
        Some(Cut::Down(at)) if !is_up && *at < done + len as u64 => {
            ((*at - done.min(*at)) as usize, true)
        }
        _ => (len, false),
    }
}
