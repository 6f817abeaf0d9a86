//! One connection, from both ends: what the reactor keeps of it, and what whoever
//! sits at the other end has been told and may conclude. Every line is judged when it
//! is queued.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use taifas::hub::{RoomId, SessionId};
use taifas::limits::{ENTRY_LINES, PING_AFTER_MS};
use taifas::parser::{ServerLine, Words, server_line};
use taifas::protocol::{AccountId, MessageId, Name, Query, RoomName, Span, Stored, is_relayable};

use super::store::is_about;

/// What was relayed, in order: what everybody's stream is held against.
#[derive(Default)]
pub struct Log {
    pub relayed: Vec<Stored>,
    /// Which session said it; `None` for what was said before the start.
    by: Vec<Option<SessionId>>,
    places: BTreeMap<MessageId, usize>,
}

impl Log {
    pub fn push(&mut self, stored: Stored, by: Option<SessionId>) {
        let last = self.relayed.last().map_or(MessageId(0), |s| s.id);
        assert!(stored.id > last, "{} is relayed after {last}", stored.id);
        self.places.insert(stored.id, self.relayed.len());
        self.relayed.push(stored);
        self.by.push(by);
    }

    fn get(&self, id: MessageId) -> Option<&Stored> {
        self.relayed.get(*self.places.get(&id)?)
    }
}

/// What a command waits for.
#[derive(Debug)]
pub enum Want {
    /// One OK or FAIL of this verb.
    Answer(String),
    /// A FAIL of this verb and this code.
    Fault(String, String),
    /// A line of its own, or a FAIL: MSG or TELL in the plain view.
    Spoken(&'static str, String),
    /// `OK MSG <id>` or a FAIL: MSG or TELL in the tagged view.
    Stored(&'static str),
    /// `OK HISTORY` or `OK SEARCH` with what was relayed until then.
    Page {
        verb: &'static str,
        about: Box<Query>,
        span: Span,
        count: usize,
        until: usize,
        got: Vec<MessageId>,
    },
}

impl Want {
    pub fn page(verb: &'static str, about: Query, span: Span, count: usize, log: &Log) -> Want {
        let (about, until) = (Box::new(about), log.relayed.len());
        Want::Page { verb, about, span, count, until, got: Vec::new() }
    }
}

/// Whether its next line may be offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offer {
    Now,
    WhenReady,
    At(u64),
}

/// One connection.
pub struct Peer {
    pub session: SessionId,
    /// Lines that are not carried out.
    pub lines: VecDeque<Vec<u8>>,
    pub offer: Offer,
    /// The peer has closed its sending side.
    pub at_end: bool,
    /// The hub has said Close.
    pub closed: bool,
    pub rooms: Vec<RoomId>,
    pub tagged: bool,
    pub held: bool,
    /// Bytes in its outbox, and how many of them go in one step.
    pub unsent: usize,
    pub pace: usize,
    pub full: bool,
    pub when_drained: bool,
    /// PINGs that it has not answered.
    pub pings: usize,
    /// When it last sent a line.
    pub sent_ms: u64,
    pub connected_ms: u64,
    /// The number of the account it is logged in as.
    pub account: Option<u64>,
    /// What it is called, as far as it was told.
    name: Option<Name>,
    /// The place in the log from which on it hears what its account is told.
    tells_from: usize,
    /// What it waits for, in the order of its commands.
    pub wants: VecDeque<Want>,
    /// FAIL codes and notices it was told, for scenarios.
    pub complaints: Vec<String>,
    /// Every line it was told, if that is kept.
    pub transcript: Option<Vec<String>>,
    /// Who is here, as far as it was told; `None` before the first list.
    pub people: Option<BTreeSet<Name>>,
    /// The place in the log of the message it is to be told next.
    next: usize,
    /// HIST lines that entering has still to bring.
    entry: VecDeque<MessageId>,
    /// Whether a list of names is under way, and whether it is an answer.
    in_names: Option<bool>,
    /// Whether it was behind, so that a fresh list may come.
    was_held: bool,
    /// The names of that list.
    listed: BTreeSet<Name>,
    /// WHO lines of the answer under way.
    who: usize,
    greeted: bool,
    /// Why it may be closed.
    last_words: Option<&'static str>,
}

impl Peer {
    pub fn new(session: SessionId, pace: usize, now_ms: u64) -> Peer {
        Peer {
            session,
            lines: VecDeque::new(),
            offer: Offer::Now,
            at_end: false,
            closed: false,
            rooms: Vec::new(),
            tagged: false,
            held: false,
            unsent: 0,
            pace,
            full: false,
            when_drained: false,
            pings: 0,
            sent_ms: now_ms,
            connected_ms: now_ms,
            account: None,
            name: None,
            tells_from: 0,
            wants: VecDeque::new(),
            complaints: Vec::new(),
            transcript: None,
            people: None,
            next: 0,
            entry: VecDeque::new(),
            in_names: None,
            was_held: false,
            listed: BTreeSet::new(),
            who: 0,
            greeted: false,
            last_words: None,
        }
    }

    /// It hears the room from here on.
    pub fn enters(&mut self, room: RoomId, log: &Log) {
        assert!(!self.rooms.contains(&room), "entered twice");
        self.rooms.push(room);
        self.next = log.relayed.len();
        if !self.tagged {
            let said = log.relayed.iter().filter(|s| s.message.room().is_some());
            self.entry = said.rev().take(ENTRY_LINES).map(|s| s.id).collect();
            self.entry.make_contiguous().reverse();
        }
    }

    pub fn is_held(&mut self, held: bool) {
        assert!(self.held != held, "held or live twice");
        self.held = held;
        self.was_held |= held;
    }

    /// Bytes are queued for it.
    pub fn told(&mut self, bytes: &[u8], log: &Log) {
        assert!(!self.closed, "told something after it was closed");
        self.unsent += bytes.len();
        let text = std::str::from_utf8(bytes).expect("lines are UTF-8");
        assert!(text.ends_with("\r\n"), "half a line: {text:?}");
        for line in text.split_inclusive("\r\n") {
            let line = line.strip_suffix("\r\n").expect("split behind each");
            assert!(line.chars().all(is_relayable), "a control character: {line:?}");
            if let Some(transcript) = &mut self.transcript {
                transcript.push(line.into());
            }
            self.line(line, log);
        }
    }

    fn line(&mut self, line: &str, log: &Log) {
        let parsed = server_line(line.as_bytes());
        let parsed = parsed.unwrap_or_else(|_| panic!("no line of the protocol: {line:?}"));
        let names_answer = matches!(self.wants.front(), Some(Want::Answer(v)) if v == "NAMES");
        if !names_answer && !line.starts_with("NAMES ") {
            self.in_names = None;
        }
        match parsed {
            ServerLine::Greeting { .. } => {
                assert!(!std::mem::replace(&mut self.greeted, true), "greeted twice");
            }
            ServerLine::Ok { verb, params, .. } => self.answered(verb, None, params, log),
            ServerLine::Fail { verb: "LINE", code: code @ "NAME_TIMEOUT", .. }
            | ServerLine::Fail { verb: "LINE", code: code @ "SERVER_FULL", .. } => {
                self.complaints.push(code.into());
                self.last_words = Some(if code == "NAME_TIMEOUT" { "timeout" } else { "full" });
            }
            ServerLine::Fail { verb, code, .. } => {
                self.complaints.push(code.into());
                self.answered(verb, Some(code), Words::default(), log);
            }
            ServerLine::Data { verb, params, .. } => self.data(verb, params),
            ServerLine::Event { source, verb: "MSG", params, text, id, time } => {
                self.in_room(params);
                let stored = self.next_of(log);
                let stored = stored.unwrap_or_else(|| panic!("told what nobody said: {line:?}"));
                self.next += 1;
                let said = &stored.message;
                assert_eq!(said.room(), Some(RoomName::LOBBY), "{line:?}");
                assert_eq!((source, text), (said.sender.as_str(), Some(&*said.text)), "{line:?}");
                let tags = self.tagged.then_some((stored.id, said.at));
                assert_eq!(id.zip(time), tags, "the view's tags: {line:?}");
                if log.by[self.next - 1] == Some(self.session) {
                    self.spoken(&said.text);
                }
            }
            ServerLine::Event { source, verb: "TELL", params, text, id, time } => {
                let names = [Some(name(source)), params.get(0).map(name)];
                assert!(names.contains(&self.name), "{line:?} is shown to {:?}", self.name);
                let text = text.expect("a text");
                let stored = self.next_of(log).filter(|s| &*s.message.text == text);
                if let Some(Stored { id: own_id, message }) = stored {
                    self.next += 1;
                    assert_eq!(names, [Some(message.sender), Some(name(&message.to.to_string()))]);
                    assert_eq!(id.zip(time), self.tagged.then_some((*own_id, message.at)));
                } else {
                    let kept = log.relayed.iter().any(|s| &*s.message.text == text);
                    assert!(!kept, "out of its turn: {line:?}");
                    assert_eq!((id, time.is_some()), (None, self.tagged), "{line:?}");
                }
                if names[0] == self.name {
                    self.spoken(text);
                }
            }
            ServerLine::Event { source, verb: "HIST", params, text, .. } => {
                self.hist(source, params, text, log);
            }
            ServerLine::Event { verb: "NOTICE", text, .. } => {
                let text = text.expect("a notice has a text");
                self.complaints.push(text.into());
                if let Some((_, name)) = text.split_once("; you are ") {
                    self.name = name.strip_suffix(" now").and_then(|name| name.parse().ok());
                }
                for (start, why) in [
                    ("the password of", "password"),
                    ("your account was removed", "removed"),
                    ("what you missed cannot", "unreadable"),
                    ("the server is going down", "stopping"),
                ] {
                    if text.starts_with(start) {
                        self.last_words = Some(why);
                    }
                }
            }
            ServerLine::Event { verb: verb @ ("JOIN" | "PART"), params, .. } => {
                self.in_room(params);
                let names = params.iter().skip(1).map(name);
                if let Some(people) = &mut self.people {
                    names.for_each(|name| {
                        people.remove(&name);
                        if verb == "JOIN" {
                            people.insert(name);
                        }
                    });
                }
            }
            ServerLine::Event { source, verb: "NAME", params, .. } => {
                assert!(!self.rooms.is_empty(), "told of a rename while in no room");
                if let Some(people) = &mut self.people {
                    let new = name(params.get(0).expect("a new name"));
                    let (knew, is_new) = (people.remove(&name(source)), people.insert(new));
                    // In the middle of a list either may not have been shown yet.
                    let listing = self.in_names.is_some();
                    assert!(knew || listing, "{line:?}, but nobody was called so");
                    assert!(is_new || listing, "{line:?}, but somebody was called so");
                }
            }
            ServerLine::Event { .. } => panic!("an event that there is not: {line:?}"),
        }
    }

    /// The next message that it is to hear, passing over what others told each other.
    fn next_of<'l>(&mut self, log: &'l Log) -> Option<&'l Stored> {
        let own = self.account.map(AccountId);
        while let Some(stored) = log.relayed.get(self.next) {
            let told = own.is_some_and(|own| stored.message.is_told_with(own));
            if stored.message.room().is_some() || (told && self.next >= self.tells_from) {
                return Some(stored);
            }
            self.next += 1;
        }
        None
    }

    fn in_room(&self, params: Words<'_>) {
        assert_eq!(params.get(0), Some("#lobby"));
        assert!(!self.rooms.is_empty(), "told of a room it is not in");
    }

    fn front(&self) -> &str {
        match self.wants.front() {
            Some(Want::Answer(verb) | Want::Fault(verb, _)) => verb,
            Some(Want::Spoken(verb, _) | Want::Stored(verb) | Want::Page { verb, .. }) => verb,
            None => "",
        }
    }

    /// An OK, or a FAIL with its code.
    fn answered(&mut self, verb: &str, code: Option<&str>, params: Words<'_>, log: &Log) {
        let want = self.wants.pop_front();
        let want = want.unwrap_or_else(|| panic!("an answer to nothing: {verb} {code:?}"));
        let number = |at: usize| params.get(at).and_then(|word| word.parse::<usize>().ok());
        match want {
            Want::Answer(wanted) => {
                assert_eq!(verb, wanted, "out of order, {code:?}");
                let told = match verb {
                    "NAMES" => self.listed.len(),
                    _ => std::mem::take(&mut self.who),
                };
                if code.is_none() && matches!(verb, "NAMES" | "WHO") {
                    assert_eq!(number(0), Some(told), "{verb}");
                    self.in_names = None;
                }
                if code.is_none() && matches!(verb, "LOGIN" | "REGISTER" | "NAME") {
                    self.name = params.get(0).map(name);
                }
                if code.is_none() && matches!(verb, "LOGIN" | "REGISTER") {
                    self.tells_from = log.relayed.len();
                    self.account = params.get(1).and_then(|id| id.parse().ok());
                    assert!(self.account.is_some(), "OK {verb} without a number");
                }
                if verb == "QUIT" && code.is_none() {
                    self.last_words = Some("quit");
                }
            }
            Want::Fault(wanted, with) => assert_eq!((verb, code), (&*wanted, Some(&*with))),
            Want::Spoken(wanted, text) => {
                let start = text.get(..9).unwrap_or(&text);
                assert_eq!(verb, wanted, "out of order: {start} is not answered");
                assert!(code.is_some(), "OK in the plain view");
            }
            Want::Stored(wanted) => {
                assert_eq!(verb, wanted, "out of order");
                // What is not kept has no number.
                assert!(code.is_some() || number(0).is_some() || verb == "TELL");
            }
            Want::Page { verb: wanted, about, span, count, until, got } => {
                assert_eq!(verb, wanted, "out of order");
                if code.is_none() {
                    let more = params.iter().last() == Some("MORE");
                    assert_eq!(number(0), Some(got.len()));
                    let asked =
                        log.relayed[..until].iter().filter(|s| is_about(&about, &s.message));
                    let asked: Vec<MessageId> = asked.map(|s| s.id).collect();
                    check_page(&asked, span, count, &got, more);
                }
            }
        }
    }

    fn data(&mut self, verb: &str, params: Words<'_>) {
        match verb {
            "PING" => {
                assert!(self.tagged, "nobody types PONG");
                self.pings += 1;
            }
            "PASSWORD" => {
                let asks = matches!(self.front(), "LOGIN" | "REGISTER" | "PASSWD" | "RECOVER");
                assert!(asks, "a password is asked for, and {} is awaited", self.front());
            }
            "NAMES" => {
                self.in_room(params);
                let answer = self.front() == "NAMES";
                assert!(answer || self.was_held, "a list nobody asked for");
                // Fresh lists may follow each other without a line between: a list is in
                // the order of its names, so one that starts over shows.
                let starts_over = params.get(1).map(name).as_ref() <= self.listed.last();
                if self.in_names.replace(answer) != Some(answer) || (!answer && starts_over) {
                    self.people = Some(BTreeSet::new());
                    self.listed.clear();
                }
                let people = self.people.as_mut().expect("set above");
                for word in params.iter().skip(1) {
                    assert!(self.listed.insert(name(word)), "{word} twice in one list");
                    people.insert(name(word));
                }
            }
            "WHO" => {
                assert_eq!(self.front(), "WHO");
                self.who += 1;
            }
            "HELP" | "TERMS" => assert_eq!(self.front(), verb),
            "GAP" => assert_eq!(self.front(), "HISTORY"),
            _ => panic!("{verb} is no data line"),
        }
    }

    fn hist(&mut self, source: &str, params: Words<'_>, text: Option<&str>, log: &Log) {
        let id = MessageId(params.get(1).and_then(|id| id.parse().ok()).expect("an id"));
        let stored = log.get(id).unwrap_or_else(|| panic!("{id} is shown, but was not relayed"));
        let said = &stored.message;
        assert_eq!((source, text), (said.sender.as_str(), Some(&*said.text)), "{id}");
        assert_eq!(params.get(2), Some(&*said.at.to_string()));
        assert_eq!(params.get(0), Some(&*said.to.to_string()));
        let own = || self.account.is_some_and(|account| said.is_told_with(AccountId(account)));
        assert!(said.room().map_or_else(own, |_| !self.rooms.is_empty()), "{id} is not for it");
        if let Some(awaited) = self.entry.pop_front() {
            assert_eq!(id, awaited, "on entering");
            return;
        }
        match self.wants.front_mut() {
            Some(Want::Page { got, .. }) => got.push(id),
            want => panic!("history, and {want:?} is awaited"),
        }
    }

    /// It hears itself: if it has the plain view, its command is answered.
    fn spoken(&mut self, text: &str) {
        if matches!(self.wants.front(), Some(Want::Spoken(_, own)) if own == text) {
            self.wants.pop_front();
            return;
        }
        let own = |want: &Want| matches!(want, Want::Spoken(_, own) if own == text);
        assert!(!self.wants.iter().any(own), "{text} is answered before {:?}", self.wants.front());
    }

    /// Whoever hears its room has heard everything.
    pub fn check_step(&mut self, log: &Log) {
        assert!(self.entry.is_empty(), "entering has not shown {:?}", self.entry);
        if !self.closed && !self.held && !self.rooms.is_empty() {
            let left = self.next_of(log).map(|stored| stored.id);
            assert_eq!(left, None, "live, and something was left out");
        }
    }

    /// The hub has said Close: there was a reason.
    pub fn check_close(&self, now_ms: u64, timeout_ms: u64) {
        let silent = self.tagged && self.pings > 0 && now_ms - self.sent_ms >= PING_AFTER_MS;
        let why = self.last_words.or(self.at_end.then_some("at end"));
        let why = why.or(silent.then_some("silent"));
        assert!(why.is_some(), "closed for no reason");
        if why == Some("timeout") {
            assert!(self.rooms.is_empty(), "timed out with a name");
            assert!(now_ms - self.connected_ms >= timeout_ms, "timed out too early");
        }
    }
}

fn name(word: &str) -> Name {
    word.parse().unwrap_or_else(|_| panic!("{word:?} is no name"))
}

/// A page is the nearest part of what the question covers, and says if it is not all.
fn check_page(asked: &[MessageId], span: Span, count: usize, got: &[MessageId], more: bool) {
    let covered: Vec<MessageId> = asked
        .iter()
        .copied()
        .filter(|id| match span {
            Span::Latest => true,
            Span::After(after) => *id > after,
            Span::Before(before) => *id < before,
        })
        .collect();
    let fits = match span {
        Span::After(_) => covered.starts_with(got),
        Span::Latest | Span::Before(_) => covered.ends_with(got),
    };
    assert!(fits, "{span:?} gave {got:?} of {covered:?}");
    assert!(got.len() <= count && (!got.is_empty() || covered.is_empty()), "{span:?} {count}");
    assert_eq!(more, got.len() < covered.len(), "MORE, of {} {}", got.len(), covered.len());
}
