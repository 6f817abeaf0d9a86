//! A server of a page, and a link of bytes, both without a socket or a clock: enough of
//! the protocol for one account in two rooms, and somebody else who talks in them and to
//! it alone, with pages of three lines so that everything takes several.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use taifas::protocol::{Now, Timestamp};
use taifas_client::session::{Session, Step};
use taifas_client::{Happening, Model, Place, Why};

const PAGE: usize = 3;

/// What it has on its disk, and the connections there are.
#[derive(Default)]
pub struct Scripted {
    pub stored: Vec<Stored>,
    nonces: BTreeMap<String, u64>,
    /// How often somebody has spoken while somebody else was reading, in each place.
    meanwhile: BTreeMap<Place, usize>,
}

/// One message.
#[derive(Clone)]
pub struct Stored {
    pub id: u64,
    pub name: String,
    /// The room, or whom it was told.
    pub to: Place,
    pub text: String,
}

/// One connection as the server has it.
#[derive(Default)]
pub struct Peer {
    /// Bytes that have come and are no whole line yet.
    input: Vec<u8>,
    is_prompted: bool,
    is_in: bool,
    rooms: BTreeSet<Place>,
    /// What it says, in bytes.
    output: Vec<u8>,
}

impl Stored {
    /// Where ana sees it.
    pub fn place(&self) -> Place {
        match self.to {
            Place::Person(_) if self.name != "ana" => self.name.parse().unwrap(),
            to => to,
        }
    }

    fn line(&self) -> String {
        let Stored { id, name, to, text } = self;
        let verb = if to.room().is_some() { "MSG" } else { "TELL" };
        format!("@msgid={id};time={} :{name} {verb} {to} :{text}", time(*id))
    }
}

impl Scripted {
    pub fn greet(&mut self) -> Peer {
        Peer { output: b"NAME taifas taifas/1 :hello\r\n".into(), ..Peer::default() }
    }

    /// Somebody else says something, in a room or to ana.
    pub fn say(&mut self, to: &str, text: &str, peers: &mut [&mut Peer]) {
        self.store("ion", to.parse().unwrap(), text, peers);
    }

    fn store(&mut self, name: &str, to: Place, text: &str, peers: &mut [&mut Peer]) -> u64 {
        // Ids have holes between them.
        let id = self.stored.last().map_or(2, |last| last.id + 3);
        let stored = Stored { id, name: name.into(), to, text: text.into() };
        for peer in peers.iter_mut().filter(|peer| peer.hears(&to)) {
            peer.say(&stored.line());
        }
        self.stored.push(stored);
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
            peer.rooms.insert(Place::LOBBY);
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
            "JOIN" => {
                peer.rooms.insert(rest.parse().unwrap());
                peer.say(&format!("OK JOIN {rest} 2 :about {rest}\r\n:taifas JOIN {rest} ana"));
            }
            "MSG" | "TELL" => self.said(peer, verb, rest, nonce),
            "NAMES" => peer.say(&format!("NAMES {rest} ana\r\nNAMES {rest} ion\r\nOK NAMES 2")),
            "TOPIC" => peer.say(&format!("OK TOPIC {rest} :about {rest}")),
            "HISTORY" => self.history(peer, rest),
            "QUIT" => peer.say("OK QUIT"),
            _ => panic!("{line}"),
        }
    }

    fn said(&mut self, peer: &mut Peer, verb: &str, rest: &str, nonce: Option<&str>) {
        let (to, text) = rest.split_once(" :").unwrap();
        let to: Place = to.parse().unwrap();
        assert_eq!(to.room().is_some(), verb == "MSG");
        assert!(peer.hears(&to), "said in {to} before it was joined");
        let nonce = nonce.expect("what an account says is marked").to_owned();
        if let Some(id) = self.nonces.get(&nonce) {
            return peer.say(&format!("OK {verb} {id}"));
        }
        let before = peer.output.len();
        let id = self.store("ana", to, text, &mut [peer]);
        let live = peer.output.split_off(before);
        peer.say(&format!("OK {verb} {id}"));
        peer.output.extend(live);
        self.nonces.insert(nonce, id);
    }

    /// Answers it; and while there is more, somebody goes on talking there.
    fn history(&mut self, peer: &mut Peer, rest: &str) {
        let words: Vec<&str> = rest.split(' ').collect();
        let number = |at: usize| words[at].parse::<u64>().unwrap();
        let place: Place = words[0].parse().unwrap();
        assert!(peer.hears(&place), "{place} was read before it was joined");
        let there: Vec<&Stored> = self.stored.iter().filter(|m| m.place() == place).collect();
        let (lines, more): (Vec<_>, bool) = match words.get(1) {
            None => {
                let from = there.len().saturating_sub(PAGE);
                (there[from..].to_vec(), from > 0)
            }
            Some(&"AFTER") => {
                let after: Vec<_> = there.into_iter().filter(|m| m.id > number(2)).collect();
                let more = after.len() > PAGE;
                (after.into_iter().take(PAGE).collect(), more)
            }
            Some(other) => panic!("{other}"),
        };
        let last = lines.last().map_or(if words.len() > 2 { number(2) } else { 0 }, |m| m.id);
        for Stored { id, name, to, text } in &lines {
            peer.say(&format!(":{name} HIST {to} {id} {} :{text}", time(*id)));
        }
        let rest = if more { " MORE" } else { "" };
        peer.say(&format!("OK HISTORY {} {last}{rest}", lines.len()));
        let times = self.meanwhile.entry(place).or_default();
        if more && words.len() > 2 && *times < 2 {
            *times += 1;
            let text = format!("meanwhile {times}");
            let to = if place.room().is_some() { place } else { "ana".parse().unwrap() };
            self.store("ion", to, &text, &mut [peer]);
        }
    }
}

impl Peer {
    /// Whether what is said there reaches this one, who is ana.
    fn hears(&self, to: &Place) -> bool {
        self.is_in && (to.person().is_some() || self.rooms.contains(to))
    }

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
        if let Some(peer) = new {
            for stored in &self.stored[before..] {
                if peer.hears(&stored.to) {
                    peer.say(&stored.line());
                }
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
