//! One connection, from both ends: what the reactor keeps of it, and what whoever
//! sits at the other end has been told and may conclude. Every line is judged when it
//! is queued.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use taifas::hub::SessionId;
use taifas::limits::PING_AFTER_MS;
use taifas::parser::{ServerLine, Words, server_line};
use taifas::protocol::{AccountId, MessageId, Name, RoomName, Stored, is_relayable};

use super::query_model::is_about;
use super::visits::Visits;
use super::want::{Want, check_page};

/// What was relayed, in order: what everybody's stream is held against.
#[derive(Default)]
pub struct Log {
    pub relayed: Vec<Stored>,
    /// Which session said it; `None` for what was said before the start.
    by: Vec<Option<SessionId>>,
    places: BTreeMap<MessageId, usize>,
    /// What was erased since, and is shown to nobody any more.
    pub erased: BTreeSet<MessageId>,
    /// Whom that reaches which is not kept.
    pub hearers: BTreeMap<MessageId, BTreeSet<SessionId>>,
}

impl Log {
    pub fn push(&mut self, stored: Stored, by: Option<SessionId>) {
        let last = self.relayed.last().map_or(MessageId(0), |s| s.id);
        assert!(stored.id > last, "{} is relayed after {last}", stored.id);
        self.places.insert(stored.id, self.relayed.len());
        self.relayed.push(stored);
        self.by.push(by);
    }

    /// The newest so many of a room, oldest first.
    pub fn newest(&self, room: &RoomName, lines: usize) -> VecDeque<MessageId> {
        let of_room = self.relayed.iter().rev().filter(|s| s.message.room() == Some(*room));
        let ids = of_room.take(lines).map(|s| s.id).filter(|id| !self.erased.contains(id));
        let mut ids: VecDeque<MessageId> = ids.collect();
        ids.make_contiguous().reverse();
        ids
    }

    fn get(&self, id: MessageId) -> Option<&Stored> {
        self.relayed.get(*self.places.get(&id)?)
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
    /// The rooms it is in, and which part of each it hears.
    pub visits: Visits,
    /// Where MSG without a room goes, as far as it can know.
    pub current: Option<RoomName>,
    /// The room that it was just told it has entered, with how many are in it then.
    pub entering: Option<(RoomName, usize)>,
    /// What its rooms are about, as far as it was told.
    pub topics: BTreeMap<RoomName, String>,
    pub tagged: bool,
    pub held: bool,
    /// Bytes in its outbox, and how many of them go in one step.
    pub unsent: usize,
    pub pace: usize,
    pub full: bool,
    pub when_drained: bool,
    /// What it types is not to be seen.
    pub hidden: bool,
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
    /// Who is in each of its rooms, as far as it was told; none before the first list.
    pub people: BTreeMap<RoomName, BTreeSet<Name>>,
    /// The place in the log of the message it is to be told next.
    next: usize,
    /// HIST lines that entering has still to bring.
    entry: VecDeque<MessageId>,
    /// Rooms whose people it cannot know until the next list.
    pub unsure: BTreeSet<RoomName>,
    /// Whether a list of names is under way, whether it is an answer, and whose.
    in_names: Option<(bool, RoomName)>,
    /// Whether it was behind, so that a fresh list may come.
    was_held: bool,
    /// The names of that list.
    listed: BTreeSet<Name>,
    /// WHO lines of the answer under way.
    who: usize,
    /// LIST lines of the answer under way.
    list: Vec<RoomName>,
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
            visits: Visits::default(),
            current: None,
            entering: None,
            topics: BTreeMap::new(),
            tagged: false,
            held: false,
            unsent: 0,
            pace,
            full: false,
            when_drained: false,
            hidden: false,
            pings: 0,
            sent_ms: now_ms,
            connected_ms: now_ms,
            account: None,
            name: None,
            tells_from: 0,
            wants: VecDeque::new(),
            complaints: Vec::new(),
            transcript: None,
            people: BTreeMap::new(),
            next: 0,
            entry: VecDeque::new(),
            unsure: BTreeSet::new(),
            in_names: None,
            was_held: false,
            listed: BTreeSet::new(),
            who: 0,
            list: Vec::new(),
            greeted: false,
            last_words: None,
        }
    }

    /// It hears the room from here on.
    pub fn enters(&mut self, room: RoomName, log: &Log, shown: VecDeque<MessageId>) {
        self.visits.enter(room, log.relayed.len());
        self.current = Some(room);
        assert!(self.entry.is_empty(), "two rooms' lines at once");
        self.entry = shown;
    }

    /// It hears the room no more.
    pub fn leaves(&mut self, room: &RoomName, log: &Log) {
        self.visits.leave(room, log.relayed.len());
        self.people.remove(room);
        self.topics.remove(room);
        if self.current.as_ref() == Some(room) {
            self.current = self.visits.rooms().last().copied();
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
            ServerLine::Ok { verb, params, text } => {
                if matches!(verb, "JOIN" | "PART" | "TOPIC") {
                    self.about_room(verb, params, text);
                }
                self.answered(verb, None, params, log);
            }
            ServerLine::Fail {
                verb: "LINE",
                code: code @ ("NAME_TIMEOUT" | "SERVER_FULL" | "BANNED"),
                ..
            } => {
                self.complaints.push(code.into());
                self.last_words = Some(match code {
                    "NAME_TIMEOUT" => "timeout",
                    "SERVER_FULL" => "full",
                    _ => "banned",
                });
            }
            ServerLine::Fail { verb, code, .. } => {
                self.complaints.push(code.into());
                self.answered(verb, Some(code), Words::default(), log);
            }
            ServerLine::Data { verb, params, .. } => self.data(verb, params),
            ServerLine::Event { verb: "TOPIC", params, text, .. } => {
                let room = self.in_room(params);
                self.topics.insert(room, text.expect("a topic has a text").into());
            }
            ServerLine::Event { verb: "KICK", params, .. } => {
                let room = self.in_room(params);
                let whom = name(params.get(1).expect("whom"));
                let unsure = self.in_names.is_some() || self.unsure.contains(&room);
                if let Some(people) = self.people.get(&room).filter(|_| !unsure) {
                    assert!(people.contains(&whom), "{line:?}, but who is that?");
                }
            }
            ServerLine::Event { source, verb: "MSG", params, text, id, time } => {
                let place = self.next_of(log);
                let place = place.unwrap_or_else(|| panic!("told what nobody said: {line:?}"));
                let stored = &log.relayed[place];
                self.next = place + 1;
                let said = &stored.message;
                assert_eq!(Some(room(params)), said.room(), "{line:?}");
                assert_eq!((source, text), (said.sender.as_str(), Some(&*said.text)), "{line:?}");
                let tags = self.tagged.then_some((stored.id, said.at));
                assert_eq!(id.zip(time), tags, "the view's tags: {line:?}");
                if log.by[self.next - 1] == Some(self.session) {
                    self.spoken(said.room(), &said.text);
                }
            }
            ServerLine::Event { source, verb: "TELL", params, text, id, time } => {
                let names = [Some(name(source)), params.get(0).map(name)];
                let text = text.expect("a text");
                let place = self.next_of(log);
                let place = place.filter(|at| &*log.relayed[*at].message.text == text);
                let place = place.unwrap_or_else(|| panic!("out of its turn: {line:?}"));
                self.next = place + 1;
                let Stored { id: own_id, message } = &log.relayed[place];
                // Who was a guest may be called something else by now.
                let is_theirs = names.contains(&self.name) || !message.is_kept();
                assert!(is_theirs, "{line:?} is shown to {:?}", self.name);
                assert_eq!(names, [Some(message.sender), Some(name(&message.to.to_string()))]);
                let tags = self.tagged.then_some((*own_id, message.at));
                assert_eq!(id.zip(time), tags, "the view's tags: {line:?}");
                if log.by[place] == Some(self.session) {
                    self.spoken(None, text);
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
                if text.starts_with("the last lines of") {
                    self.entry.clear();
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
                if text.contains(" has disconnected you") {
                    self.last_words = Some("sent away");
                }
            }
            ServerLine::Event { verb: verb @ ("JOIN" | "PART"), params, .. } => {
                let room = self.in_room(params);
                let names = params.iter().skip(1).map(name);
                if let Some(people) = self.people.get_mut(&room) {
                    names.for_each(|name| {
                        people.remove(&name);
                        if verb == "JOIN" {
                            people.insert(name);
                        }
                    });
                }
            }
            ServerLine::Event { source, verb: "NAME", params, .. } => {
                assert!(!self.visits.is_empty(), "told of a rename while in no room");
                self.renamed(name(source), name(params.get(0).expect("a new name")), line);
            }
            ServerLine::Event { .. } => panic!("an event that there is not: {line:?}"),
        }
    }

    /// Whether it is to hear the message at this place of the log.
    fn hears(&self, log: &Log, at: usize) -> bool {
        let said = &log.relayed[at].message;
        match said.room() {
            Some(room) => self.visits.hear(&room, at),
            None => {
                if let Some(hearers) = log.hearers.get(&log.relayed[at].id) {
                    return hearers.contains(&self.session);
                }
                let own = self.account.map(AccountId);
                at >= self.tells_from && own.is_some_and(|own| said.is_told_with(own))
            }
        }
    }

    /// The place of the next message that it is to hear.
    fn next_of(&self, log: &Log) -> Option<usize> {
        (self.next..log.relayed.len()).find(|at| self.hears(log, *at))
    }

    /// The room that an event is about, which is one of its own.
    fn in_room(&self, params: Words<'_>) -> RoomName {
        let room = room(params);
        assert!(self.visits.is_in(&room), "told of {room}, and it is not in it");
        room
    }

    /// Somebody is called something else, wherever they are.
    fn renamed(&mut self, old: Name, new: Name, line: &str) {
        // In the middle of a list either may not have been shown yet; of a room that it
        // has no list of it cannot know.
        let unsure = self.in_names.is_some() || self.people.len() < self.visits.rooms().count();
        let mut changed = 0;
        let alone = self.visits.rooms().count() == 1;
        let listed = self.in_names.map(|(_, room)| room);
        for (room, people) in &mut self.people {
            let known = people.remove(&old);
            if known || (alone && listed.as_ref() == Some(room)) {
                // Where the account was already, the guest only goes.
                changed += usize::from(people.insert(new));
            } else if listed.as_ref() == Some(room) {
                // Perhaps it is here and was still to be listed, perhaps elsewhere only.
                self.unsure.insert(*room);
            }
        }
        assert!(changed > 0 || unsure, "{line:?}, but nobody was called so, or somebody is");
    }

    /// `OK JOIN`, `OK PART`, `OK TOPIC`.
    fn about_room(&mut self, verb: &str, params: Words<'_>, text: Option<&str>) {
        let room = room(params);
        let is_in = self.visits.is_in(&room);
        if verb == "PART" {
            assert!(!is_in, "{room} is left, and heard on");
            return;
        }
        if verb == "JOIN" && is_in {
            self.current = Some(room);
        } else if verb == "JOIN" {
            let members = params.get(1).and_then(|word| word.parse().ok()).expect("a number");
            assert!(self.entering.replace((room, members)).is_none());
        } else if !is_in {
            return;
        }
        self.topics.insert(room, text.unwrap_or_default().into());
    }

    fn front(&self) -> &str {
        match self.wants.front() {
            Some(Want::Answer(verb) | Want::Fault(verb, _)) => verb,
            Some(Want::Spoken(verb, ..) | Want::Stored(verb) | Want::Page { verb, .. }) => verb,
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
                    "NAMES" if !matches!(self.in_names, Some((true, _))) => 0,
                    "NAMES" => self.listed.len(),
                    "LIST" => std::mem::take(&mut self.list).len(),
                    _ => std::mem::take(&mut self.who),
                };
                if code.is_none() && matches!(verb, "NAMES" | "WHO" | "LIST") {
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
            Want::Spoken(wanted, _, text) => {
                let start = text.get(..9).unwrap_or(&text);
                assert_eq!(verb, wanted, "out of order: {start} is not answered");
                assert!(code.is_some(), "OK in the plain view");
            }
            Want::Stored(wanted) => {
                assert_eq!(verb, wanted, "out of order");
                assert!(code.is_some() || number(0).is_some());
            }
            Want::Page { verb: wanted, about, span, count, until, got } => {
                assert_eq!(verb, wanted, "out of order");
                if code.is_none() {
                    let more = params.iter().last() == Some("MORE");
                    assert_eq!(number(0), Some(got.len()));
                    let about = about.expect("an answer to what it may not ask");
                    let asked = log.relayed[..until].iter();
                    let asked = asked.filter(|s| is_about(&about, &s.message)).map(|s| s.id);
                    let asked: Vec<MessageId> =
                        asked.filter(|id| !log.erased.contains(id)).collect();
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
                let answer = self.front() == "NAMES";
                let room = if answer { room(params) } else { self.in_room(params) };
                assert!(answer || self.was_held, "a list nobody asked for");
                // Fresh lists may follow each other without a line between: a list is in
                // the order of its names, so one that starts over shows.
                let starts_over = params.get(1).map(name).as_ref() <= self.listed.last();
                let list = Some((answer, room));
                let fresh = self.in_names != list || (!answer && starts_over);
                if fresh {
                    self.in_names = list;
                    self.listed.clear();
                }
                let is_in = self.visits.is_in(&room);
                let people = self.people.entry(room).or_default();
                if fresh {
                    people.clear();
                    self.unsure.remove(&room);
                }
                for word in params.iter().skip(1) {
                    assert!(self.listed.insert(name(word)), "{word} twice in one list");
                    people.insert(name(word));
                }
                if !is_in {
                    self.people.remove(&room);
                }
            }
            "WHO" => {
                assert_eq!(self.front(), "WHO");
                self.who += 1;
            }
            "LIST" => {
                assert_eq!(self.front(), "LIST");
                let room = room(params);
                assert!(self.list.last() < Some(&room), "rooms are in the order of their names");
                self.list.push(room);
            }
            "HELP" | "TERMS" | "STATS" | "WHOIS" => assert_eq!(self.front(), verb),
            "BAN" => assert_eq!(self.front(), "BANS"),
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
        let may = |room: RoomName| self.entry.is_empty() || self.visits.is_in(&room);
        assert!(said.room().map_or_else(own, may), "{id} is not for it");
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
    fn spoken(&mut self, room: Option<RoomName>, text: &str) {
        if let Some(Want::Spoken(_, wanted, own)) = self.wants.front()
            && own == text
        {
            assert_eq!(*wanted, room, "where {text} is said");
            self.wants.pop_front();
            return;
        }
        let own = |want: &Want| matches!(want, Want::Spoken(.., own) if own == text);
        assert!(!self.wants.iter().any(own), "{text} is answered before {:?}", self.wants.front());
    }

    /// Whoever hears its rooms has heard everything.
    pub fn check_step(&mut self, log: &Log) {
        assert!(self.entry.is_empty(), "entering has not shown {:?}", self.entry);
        assert!(self.entering.is_none(), "told that it enters, and does not");
        if !self.closed && !self.held {
            assert_eq!(self.next_of(log), None, "live, and something was left out");
            self.next = log.relayed.len();
            self.visits.forget_before(self.next);
        }
    }

    /// The hub has said Close: there was a reason.
    pub fn check_close(&self, now_ms: u64, timeout_ms: u64) {
        let silent = self.tagged && self.pings > 0 && now_ms - self.sent_ms >= PING_AFTER_MS;
        let why = self.last_words.or(self.at_end.then_some("at end"));
        let why = why.or(silent.then_some("silent"));
        assert!(why.is_some(), "closed for no reason");
        if why == Some("timeout") {
            assert!(self.visits.is_empty(), "timed out with a name");
            assert!(now_ms - self.connected_ms >= timeout_ms, "timed out too early");
        }
    }
}

fn room(params: Words<'_>) -> RoomName {
    let word = params.get(0).unwrap_or_default();
    word.parse().unwrap_or_else(|_| panic!("{word:?} is no room"))
}

fn name(word: &str) -> Name {
    word.parse().unwrap_or_else(|_| panic!("{word:?} is no name"))
}
