//! The bare hub as a backend: its effects carried out as the reactor does, with a
//! store in memory and a clock that only moves when somebody waits.
//!
//! Bytes become commands in the reactor's own intake; `hub_input` feeds it.

use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, Ipv4Addr};

use super::backend::{Backend, Got, Operation, Special, take_line};
use super::hub_input::Wire;
use super::shelf::Shelf;
use taifas::config::LoadedTerms;
use taifas::hub::{
    Effect, Effects, Figures, Hub, Input, RoomId, RoomMakers, SessionId, Settings, Terms,
};
use taifas::limits::Limits;
use taifas::protocol::{Message, Now, Ticket, Timestamp};

/// How what a client sends at once is cut into reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Not at all.
    Nowhere,
    /// In two, behind so many bytes.
    At(usize),
    /// Every byte by itself.
    Everywhere,
}

/// The hub, and everything around it that a reactor would be.
pub struct BareHub {
    pub(super) hub: Hub,
    pub(super) fx: Effects,
    pub(super) now: Now,
    settings: Settings,
    shelf: Shelf,
    /// By slot.
    pub(super) conns: Vec<Option<Conn>>,
    /// By the name that the transcript gives.
    clients: BTreeMap<String, Client>,
    generation: u32,
    /// Slots with something to carry out, or to read.
    pub(super) ready: VecDeque<usize>,
    /// What was handed over and is not answered: a turn later, as by a thread.
    asked: VecDeque<Effect>,
    cut: Cut,
}

/// The server's end of a connection.
pub(super) struct Conn {
    pub(super) session: SessionId,
    /// Whose it is.
    client: String,
    /// Its input.
    pub(super) wire: Wire,
    /// Queued and not taken by its client.
    pub(super) outbox: Vec<u8>,
    rooms: Vec<RoomId>,
    tagged: bool,
    /// It is behind: nothing from its rooms.
    held: bool,
    /// The hub was told that it is.
    full: bool,
    /// The hub wants to know when the outbox is empty.
    when_drained: bool,
    /// The hub has closed it.
    closing: bool,
}

/// The other end.
struct Client {
    slot: Option<usize>,
    /// What came and was not looked at.
    received: Vec<u8>,
    /// Whether it takes what is sent.
    reads: bool,
}

/// How long somebody who expects a line waits for it: more than presence is gathered,
/// and than any bound that a transcript waits for on a real clock.
const PATIENCE_MS: u64 = 3000;
/// How long somebody waits who expects none.
const SILENCE_MS: u64 = 300;
/// Turns after which it is certain that there is no end.
const TURNS: usize = 100_000;

impl BareHub {
    /// A hub with these keys of the configuration.
    pub fn new(set: &[(String, String)], cut: Cut) -> BareHub {
        let mut limits = Limits { message_rate: 0, ..Limits::default() };
        let mut room_makers = RoomMakers::default();
        for (key, value) in set {
            match &**key {
                "rooms" => room_makers = value.parse().expect("who makes rooms"),
                _ => put(&mut limits, key, value),
            }
        }
        let shelf = Shelf::new(limits.history_messages);
        let terms = LoadedTerms::built_in();
        let settings = Settings {
            server: "taifas".parse().expect("a name"),
            limits,
            room_makers,
            terms: Terms { version: terms.version, lines: terms.lines },
        };
        let wall = Timestamp::parse("2026-11-23T01:52:07.123Z").expect("a time");
        BareHub {
            hub: Hub::new(settings.clone(), shelf.known()),
            fx: Effects::default(),
            now: Now { mono_ms: 1, wall },
            settings,
            shelf,
            conns: Vec::new(),
            clients: BTreeMap::new(),
            generation: 0,
            ready: VecDeque::new(),
            asked: VecDeque::new(),
            cut,
        }
    }

    /// Turns until there is nothing to do at this moment.
    fn settle(&mut self) {
        for _ in 0..TURNS {
            if !self.turn() {
                return;
            }
        }
        panic!("the hub does not come to rest");
    }

    /// One turn, in the reactor's order. False if there was nothing to do.
    fn turn(&mut self) -> bool {
        let mut busy = false;
        for effect in std::mem::take(&mut self.asked) {
            busy = true;
            self.answer(effect);
        }
        if self.hub.next_due().is_some_and(|at| at <= self.now.mono_ms) {
            busy = true;
            self.input(Input::Due);
        }
        let now_ms = self.now.mono_ms;
        for slot in 0..self.conns.len() {
            if let Some(conn) = &mut self.conns[slot]
                && conn.wire.retry_ms.take_if(|at| *at <= now_ms).is_some()
            {
                self.mark_ready(slot);
            }
        }
        for _ in 0..self.ready.len() {
            busy = true;
            if let Some(slot) = self.ready.pop_front() {
                self.serve(slot);
            }
        }
        for slot in 0..self.conns.len() {
            busy |= self.write(slot);
        }
        busy
    }

    /// Gives a client what is queued for it, or notes that it is behind.
    fn write(&mut self, slot: usize) -> bool {
        let Some(conn) = &mut self.conns[slot] else {
            return false;
        };
        let session = conn.session;
        let client = self.clients.get_mut(&conn.client).expect("a connection has a client");
        if client.reads {
            client.received.append(&mut conn.outbox);
            conn.full = false;
            if conn.closing {
                client.slot = None;
                self.conns[slot] = None;
                return true;
            }
            if std::mem::take(&mut conn.when_drained) {
                self.input(Input::Drained { session });
                return true;
            }
        } else if conn.outbox.len() > self.settings.limits.outbox_soft_bytes && !conn.full {
            conn.full = true;
            self.input(Input::Full { session });
            return true;
        }
        false
    }

    /// Hands something to the hub and carries out what it decides.
    pub(super) fn input(&mut self, input: Input<'_>) {
        self.hub.handle(self.now, input, &mut self.fx);
        self.apply();
    }

    /// Carries out the effects there are.
    pub(super) fn apply(&mut self) {
        let mut fx = std::mem::take(&mut self.fx);
        for effect in fx.queue.drain(..) {
            self.carry_out_effect(effect, &fx.bytes);
        }
        fx.clear();
        self.fx = fx;
    }

    fn carry_out_effect(&mut self, effect: Effect, bytes: &[u8]) {
        match effect {
            Effect::Send { to, bytes: range } => {
                if let Some(conn) = self.conn(to) {
                    conn.outbox.extend_from_slice(&bytes[range]);
                }
            }
            Effect::Relay { room, plain, tagged } => {
                self.relay(&[room], &bytes[plain], &bytes[tagged]);
            }
            Effect::Announce { rooms, bytes: range } => {
                self.relay(rooms.as_slice(), &bytes[range.clone()], &bytes[range]);
            }
            Effect::Enter { session, room } => {
                self.conn(session).into_iter().for_each(|conn| conn.rooms.push(room));
            }
            Effect::Leave { session, room } => {
                self.conn(session).into_iter().for_each(|conn| conn.rooms.retain(|r| *r != room));
            }
            Effect::Hold { session } => {
                self.conn(session).into_iter().for_each(|conn| conn.held = true);
            }
            Effect::Live { session } => {
                self.conn(session).into_iter().for_each(|conn| conn.held = false);
            }
            Effect::View { session, tagged } => {
                self.conn(session).into_iter().for_each(|conn| conn.tagged = tagged);
            }
            // For listeners that can see to it; here nothing of it is to be seen.
            Effect::Hide { session } | Effect::Show { session } => {
                assert!(session.slot as usize <= self.conns.len());
            }
            Effect::WhenDrained { session } => {
                self.conn(session).into_iter().for_each(|conn| conn.when_drained = true);
            }
            Effect::Ready { session } => {
                if self.conn(session).is_some() {
                    self.mark_ready(session.slot as usize);
                }
            }
            Effect::Close { session } => {
                self.conn(session).into_iter().for_each(|conn| conn.closing = true);
            }
            Effect::Evict { session } => panic!("{session:?} is past the hard bound"),
            Effect::Store { .. }
            | Effect::Told(_)
            | Effect::Ask { .. }
            | Effect::Room { .. }
            | Effect::Account { .. }
            | Effect::Forget { .. }
            | Effect::Figures { .. }
            | Effect::Hash { .. } => self.asked.push_back(effect),
            Effect::Log { line, .. } => assert!(!line.contains('\n'), "one line of log: {line:?}"),
        }
    }

    /// What the store and the auth thread say.
    fn answer(&mut self, effect: Effect) {
        match effect {
            Effect::Store { ticket, message } => self.store(ticket, &message),
            Effect::Told(told) => self.shelf.told(&told),
            Effect::Ask { ticket, query } => {
                let page = Ok(self.shelf.page(&query));
                self.input(Input::Page { ticket, page });
            }
            Effect::Room { ticket, request } => {
                let outcome = self.shelf.room(request);
                self.input(Input::Room { ticket, outcome });
            }
            Effect::Account { ticket, request } => {
                let answer = self.shelf.account(request);
                self.input(Input::Account { ticket, answer });
            }
            Effect::Hash { ticket, request } => {
                let answer = self.shelf.hash(&request);
                self.input(Input::Hashed { ticket, answer });
            }
            Effect::Forget { ticket, message } => {
                let outcome = self.shelf.forget(message);
                self.input(Input::Forgotten { ticket, outcome });
            }
            Effect::Figures { session } => {
                let figures = Figures {
                    uptime_secs: self.now.mono_ms / 1000,
                    connections: self.conns.iter().flatten().count(),
                    evicted: 0,
                    memory_bytes: Some(7_000_000),
                };
                self.input(Input::Figures { session, figures });
            }
            other => unreachable!("nobody asks {other:?}"),
        }
    }

    fn store(&mut self, ticket: Ticket, message: &std::sync::Arc<Message>) {
        let outcome = self.shelf.append(message);
        self.input(Input::Stored { ticket, outcome });
    }

    fn relay(&mut self, rooms: &[RoomId], plain: &[u8], tagged: &[u8]) {
        for conn in self.conns.iter_mut().flatten() {
            let hears = rooms.iter().any(|room| conn.rooms.contains(room));
            if hears && !conn.held && !conn.closing {
                conn.outbox.extend_from_slice(if conn.tagged { tagged } else { plain });
            }
        }
    }

    fn conn(&mut self, session: SessionId) -> Option<&mut Conn> {
        let conn = self.conns.get_mut(session.slot as usize)?.as_mut()?;
        (conn.session == session && !conn.closing).then_some(conn)
    }

    pub(super) fn mark_ready(&mut self, slot: usize) {
        if !self.ready.contains(&slot) {
            self.ready.push_back(slot);
        }
    }

    /// Lets time pass up to the next thing that is due, if that is not beyond `until`.
    fn pass(&mut self, until_ms: u64) -> bool {
        let retries = self.conns.iter().flatten().filter_map(|conn| conn.wire.retry_ms);
        let due = retries.chain(self.hub.next_due()).min();
        let Some(at) = due.filter(|at| *at <= until_ms) else {
            return false;
        };
        self.set_clock(at);
        self.settle();
        true
    }

    fn set_clock(&mut self, at_ms: u64) {
        let passed = at_ms.saturating_sub(self.now.mono_ms);
        self.now.mono_ms += passed;
        self.now.wall = Timestamp::from_ms(self.now.wall.ms() + passed);
    }

    /// What a client gets within so many milliseconds.
    fn wait(&mut self, who: &str, patience_ms: u64) -> Got {
        self.settle();
        let until_ms = self.now.mono_ms + patience_ms;
        loop {
            let client = self.client(who);
            if let Some(line) = take_line(&mut client.received) {
                return Got::Line(line);
            }
            if client.slot.is_none() {
                assert!(client.received.is_empty(), "the last line has no end");
                return Got::Closed;
            }
            if !self.pass(until_ms) {
                return Got::Nothing;
            }
        }
    }

    fn client(&mut self, who: &str) -> &mut Client {
        self.clients.get_mut(who).unwrap_or_else(|| panic!("{who} is not connected"))
    }

    /// Where a client's connection is, if it is not closed.
    fn slot(&mut self, who: &str) -> Option<usize> {
        self.client(who).slot
    }
}

impl Backend for BareHub {
    fn name(&self) -> &'static str {
        "hub"
    }

    fn connect(&mut self, who: &str, from: Option<IpAddr>) {
        let peer = from.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
        let slot = self.conns.iter().position(Option::is_none).unwrap_or(self.conns.len());
        if slot == self.conns.len() {
            self.conns.push(None);
        }
        self.generation += 1;
        let session = SessionId { slot: slot as u32, generation: self.generation };
        self.conns[slot] = Some(Conn {
            session,
            client: who.to_owned(),
            wire: Wire::default(),
            outbox: Vec::new(),
            rooms: Vec::new(),
            tagged: false,
            held: false,
            full: false,
            when_drained: false,
            closing: false,
        });
        let client = Client { slot: Some(slot), received: Vec::new(), reads: true };
        self.clients.insert(who.to_owned(), client);
        self.input(Input::Connected { session, peer });
        self.settle();
    }

    fn send(&mut self, who: &str, bytes: &[u8]) {
        // Who was closed sends into the void, as in a socket.
        let Some(slot) = self.slot(who) else {
            return;
        };
        let reads: Vec<&[u8]> = match self.cut {
            Cut::Nowhere => vec![bytes],
            Cut::At(at) => {
                let (head, tail) = bytes.split_at(at.min(bytes.len()));
                vec![head, tail]
            }
            Cut::Everywhere => bytes.chunks(1).collect(),
        };
        for read in reads.into_iter().filter(|read| !read.is_empty()) {
            if let Some(conn) = &mut self.conns[slot] {
                conn.wire.arrives(read);
                self.mark_ready(slot);
                self.settle();
            }
        }
    }

    fn end_input(&mut self, who: &str) {
        if let Some(slot) = self.slot(who)
            && let Some(conn) = &mut self.conns[slot]
        {
            conn.wire.ends();
            self.mark_ready(slot);
            self.settle();
        }
    }

    fn vanish(&mut self, who: &str) {
        if let Some(slot) = self.client(who).slot.take()
            && let Some(conn) = self.conns[slot].take()
        {
            self.input(Input::Gone { session: conn.session });
            self.settle();
        }
        self.clients.remove(who);
    }

    fn next(&mut self, who: &str) -> Got {
        self.wait(who, PATIENCE_MS)
    }

    fn unread(&mut self, who: &str) -> Got {
        self.wait(who, SILENCE_MS)
    }

    fn restart(&mut self) {
        self.settle();
        self.hub = Hub::new(self.settings.clone(), self.shelf.known());
        self.conns.clear();
        self.clients.clear();
        self.ready.clear();
        self.asked.clear();
    }

    fn operate(&mut self, what: &Operation) {
        match what {
            Operation::Add(name, password) => self.shelf.add(name, password),
            Operation::Remove(name) => self.shelf.remove(name),
            Operation::RemoveWithMessages(name) => {
                let account = self.shelf.erase(name);
                self.shelf.remove(name);
                let names = self.shelf.known().names;
                self.input(Input::Registered { names });
                self.input(Input::Erased { account });
            }
            Operation::Op(name) => self.shelf.set_operator(name, true),
            Operation::Deop(name) => self.shelf.set_operator(name, false),
        }
        let known = self.shelf.known();
        self.input(Input::Registered { names: known.names });
        self.input(Input::OperatorsSet { accounts: known.operators });
        self.settle();
    }

    fn special(&mut self, what: &Special) {
        match what {
            Special::Wait(ms) => {
                self.settle();
                let until_ms = self.now.mono_ms + ms;
                while self.pass(until_ms) {}
                self.set_clock(until_ms);
                self.settle();
            }
            Special::DiskFull(full) => self.shelf.full = *full,
            Special::Reads(who, reads) => {
                self.settle();
                self.client(who).reads = *reads;
                self.settle();
            }
        }
    }

    fn finish(&mut self) {
        let everybody: Vec<String> = self.clients.keys().cloned().collect();
        for who in everybody {
            self.vanish(&who);
        }
        while self.pass(u64::MAX) {}
        for (what, count) in self.hub.leftovers() {
            assert_eq!(count, 0, "{what} left over when everybody has gone");
        }
        assert!(self.asked.is_empty() && self.ready.is_empty());
    }
}

/// Sets a key of the configuration. Those that a transcript needs.
fn put(limits: &mut Limits, key: &str, value: &str) {
    let number: u64 = value.parse().unwrap_or_else(|_| panic!("{key}={value}: a number"));
    let small = u32::try_from(number);
    match key {
        "limits.connections" => limits.connections = number as usize,
        "limits.connections_per_address" => {
            limits.connections_per_address = small.expect("fits");
        }
        "limits.new_connections_per_minute" => {
            limits.new_connections_per_minute = small.expect("fits");
        }
        "limits.name_timeout_secs" => limits.name_timeout_secs = number,
        "limits.message_rate" => limits.message_rate = small.expect("fits"),
        "limits.message_burst" => limits.message_burst = small.expect("fits"),
        "limits.outbox_soft_bytes" => limits.outbox_soft_bytes = number as usize,
        "limits.password_tries" => limits.password_tries = small.expect("fits"),
        "limits.hash_queue" => limits.hash_queue = number as usize,
        "limits.bans" => limits.bans = number as usize,
        "limits.store_queue" => limits.store_queue = number as usize,
        "limits.rooms_per_session" => limits.rooms_per_session = number as usize,
        "limits.rooms" => limits.rooms = number as usize,
        "limits.history_messages" => limits.history_messages = number,
        _ => panic!("{key} is no key that transcripts set"),
    }
}
