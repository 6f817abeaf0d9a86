//! The hub with everything around it made up: a reactor that does what the effects
//! say, a store that answers late, peers that read slowly, a clock that is set.
//!
//! Whatever happens, happens through [`World`]; after each input the invariants that
//! can be seen from outside are checked.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use taifas::hub::{Admits, Effect, Effects, Expects, Hub, Input, Kept, Known, Settings, Terms};
use taifas::hub::{RoomId, RoomMakers, SessionId};
use taifas::limits::{ENTRY_LINES, Limits, PRESENCE_GATHER_MS};
use taifas::parser::{self, Mode};
use taifas::protocol::{
    AccountId, Code, Command, Fault, HistoryTarget, MessageId, Name, Now, Query, RoomName,
    SearchWords, Secret, Span, Stored, Ticket, Timestamp,
};

use super::peer::{Log, Offer, Peer};
use super::rng::Rng;
use super::store::Store;
use super::want::Want;

pub struct World {
    pub rng: Rng,
    pub now: Now,
    pub hub: Hub,
    pub store: Store,
    pub peers: Vec<Option<Peer>>,
    pub log: Log,
    /// Unsent bytes past which the hub is told Full.
    pub soft_bytes: usize,
    pub limits: Limits,
    /// How many there were at the start.
    pub rooms_before: usize,
    /// The rooms by their numbers, as far as somebody has entered them.
    rooms: BTreeMap<RoomId, RoomName>,
    /// Where the MSG that is just handed over goes, if it goes anywhere.
    speaking_in: Option<RoomName>,
    fx: Effects,
    generation: u32,
    /// Who said what is handed to the store.
    speakers: BTreeMap<Ticket, SessionId>,
    /// Who is to hear what is handed to the store and not kept.
    pub hearers: BTreeMap<Ticket, BTreeSet<SessionId>>,
    /// What is to be erased.
    forgetting: BTreeMap<Ticket, MessageId>,
    ready: VecDeque<SessionId>,
    /// Past the hard bound, and there until the end of the turn.
    pub evicted: Vec<SessionId>,
    /// What happened last, printed when a check fails.
    trace: VecDeque<String>,
}

impl World {
    /// A server in whose rooms this was said before, and where everybody makes rooms.
    pub fn new(seed: u64, limits: Limits, before: Vec<Stored>) -> World {
        World::with(seed, limits, before, RoomMakers::Everyone)
    }

    /// The same, where these make rooms.
    pub fn with(seed: u64, limits: Limits, before: Vec<Stored>, room_makers: RoomMakers) -> World {
        let settings = Settings {
            server: "srv".parse().expect("a name"),
            limits: limits.clone(),
            room_makers,
            terms: Terms { version: "1".into(), lines: vec!["be kind".into(), "or go".into()] },
        };
        let store = Store::new(&before);
        let known_rooms = store.rooms.len();
        let mut last = before.clone();
        last.retain(|stored| stored.message.room() == Some(RoomName::LOBBY));
        last.drain(..last.len().saturating_sub(ENTRY_LINES));
        let known = Known {
            rooms: store.rooms.values().cloned().collect(),
            last,
            names: Vec::new(),
            last_id: before.last().map(|s| s.id).unwrap_or_default(),
            ..Known::default()
        };
        let mut log = Log::default();
        before.into_iter().for_each(|stored| log.push(stored, None));
        World {
            rng: Rng::new(seed),
            now: Now { mono_ms: 1, wall: Timestamp::from_ms(1_795_398_727_123) },
            hub: Hub::new(settings, known),
            store,
            peers: Vec::new(),
            log,
            soft_bytes: 64 * 1024,
            limits,
            rooms_before: known_rooms,
            rooms: BTreeMap::new(),
            speaking_in: None,
            fx: Effects::default(),
            generation: 0,
            speakers: BTreeMap::new(),
            hearers: BTreeMap::new(),
            forgetting: BTreeMap::new(),
            ready: VecDeque::new(),
            evicted: Vec::new(),
            trace: VecDeque::new(),
        }
    }

    /// Somebody connects, who takes so many bytes a step; its slot.
    pub fn connect(&mut self, pace: usize) -> usize {
        let free = self.peers.iter().position(Option::is_none);
        let slot = free.unwrap_or_else(|| {
            self.peers.push(None);
            self.peers.len() - 1
        });
        self.generation += 1;
        let session = SessionId { slot: slot as u32, generation: self.generation };
        self.peers[slot] = Some(Peer::new(session, pace, self.now.mono_ms));
        // Every third from elsewhere.
        let peer = [127, 0, u8::from(slot % 3 == 2), 1].into();
        self.handle(Input::Connected { session, peer });
        slot
    }

    /// It sends a line.
    pub fn say(&mut self, slot: usize, line: impl AsRef<[u8]>) {
        let now_ms = self.now.mono_ms;
        if let Some(peer) = self.peers[slot].as_mut().filter(|p| !p.closed && !p.at_end) {
            peer.lines.push_back(line.as_ref().to_vec());
            peer.sent_ms = now_ms;
            self.offer(slot);
        }
    }

    /// It will send nothing more.
    pub fn half_close(&mut self, slot: usize) {
        if let Some(peer) = &mut self.peers[slot] {
            peer.at_end = true;
            self.offer(slot);
        }
    }

    /// It is gone, whatever it had.
    pub fn gone(&mut self, slot: usize) {
        if let Some(peer) = self.peers[slot].take() {
            self.handle(Input::Gone { session: peer.session });
        }
    }

    /// Time goes on; the wall clock says what it likes.
    pub fn pass(&mut self, ms: u64) {
        self.now.mono_ms += ms;
        self.now.wall = match self.rng.below(20) {
            0 => Timestamp::from_ms(self.rng.next()),
            _ => Timestamp::from_ms(self.now.wall.ms() + ms),
        };
        self.due();
        for slot in 0..self.peers.len() {
            let now_ms = self.now.mono_ms;
            if let Some(peer) = &mut self.peers[slot]
                && matches!(peer.offer, Offer::At(at) if at <= now_ms)
            {
                peer.offer = Offer::Now;
                self.offer(slot);
            }
        }
    }

    pub fn due(&mut self) {
        let is_due = |hub: &Hub, now: Now| hub.next_due().is_some_and(|at| at <= now.mono_ms);
        if is_due(&self.hub, self.now) {
            self.handle(Input::Due);
            assert!(!is_due(&self.hub, self.now), "what was due is still due");
        }
    }

    /// The store or the auth thread gets something done.
    pub fn work(&mut self) {
        if let Some(input) = self.store.work(&mut self.rng) {
            self.handle(input);
        }
        assert_eq!(self.hub.waiting(), self.store.messages_under_way(), "messages under way");
    }

    /// A socket takes what it takes.
    pub fn drain(&mut self, slot: usize, bytes: usize) {
        let Some(peer) = &mut self.peers[slot] else { return };
        peer.unsent = peer.unsent.saturating_sub(bytes);
        if peer.unsent > 0 {
            return;
        }
        peer.full = false;
        let session = peer.session;
        let tells = std::mem::take(&mut peer.when_drained) && !peer.closed;
        let pongs = std::mem::take(&mut peer.pings);
        if tells {
            self.handle(Input::Drained { session });
        }
        for _ in 0..pongs {
            self.say(slot, "PONG x");
        }
    }

    /// The end of a turn: lines that may be offered again, and who is behind now.
    pub fn end_turn(&mut self) {
        for _ in 0..self.ready.len() {
            if let Some(session) = self.ready.pop_front()
                && let Some(peer) = &mut self.peers[session.slot as usize]
                && peer.session == session
            {
                peer.offer = Offer::Now;
                self.offer(session.slot as usize);
            }
        }
        for slot in 0..self.peers.len() {
            let soft_bytes = self.soft_bytes;
            if let Some(peer) = &mut self.peers[slot]
                && peer.unsent > soft_bytes
                && !peer.full
                && !peer.closed
            {
                peer.full = true;
                let session = peer.session;
                self.handle(Input::Full { session });
            }
        }
        for SessionId { slot, .. } in std::mem::take(&mut self.evicted) {
            self.gone(slot as usize);
        }
    }

    /// Hands over a peer's lines until one has to wait.
    fn offer(&mut self, slot: usize) {
        loop {
            let Some(peer) = &mut self.peers[slot] else { return };
            if peer.closed || peer.offer != Offer::Now {
                return;
            }
            let session = peer.session;
            let Some(line) = peer.lines.pop_front() else {
                if peer.at_end && self.hub.is_idle(session) {
                    let asked = self.hub.expects(session) == Expects::Password;
                    let left = usize::from(asked);
                    assert_eq!(peer.wants.len(), left, "closed with {:?} owed", peer.wants);
                    self.handle(Input::EndOfInput { session });
                }
                return;
            };
            if !self.offer_line(slot, session, &line)
                && let Some(peer) = &mut self.peers[slot]
            {
                peer.lines.push_front(line);
            }
        }
    }

    /// Whether the line was taken.
    fn offer_line(&mut self, slot: usize, session: SessionId, line: &[u8]) -> bool {
        match self.hub.expects(session) {
            Expects::Password if std::str::from_utf8(line).is_ok() => {
                self.handle(Input::Password { session, secret: Secret::new(line) });
                true
            }
            Expects::Password => self.command(slot, session, Err(Fault::line(Code::NotUtf8))),
            Expects::Command { chat, tagged } => {
                let peer = self.peers[slot].as_ref().expect("offered by the caller");
                assert_eq!(tagged, peer.tagged, "the view it is said to have");
                match parser::command(line, Mode { chat, tagged }) {
                    Ok(None) => true,
                    Ok(Some(command)) => self.command(slot, session, Ok(command)),
                    Err(fault) => self.command(slot, session, Err(fault)),
                }
            }
        }
    }

    fn command(
        &mut self,
        slot: usize,
        session: SessionId,
        line: Result<Command<'_>, Fault>,
    ) -> bool {
        let peer = self.peers[slot].as_mut().expect("offered by the caller");
        match self.hub.admits(self.now, session, &line) {
            Admits::Later => peer.offer = Offer::WhenReady,
            Admits::At(at_ms) => {
                assert!(at_ms > self.now.mono_ms, "to be offered again in the past");
                peer.offer = Offer::At(at_ms);
            }
            Admits::Now => {
                let prompted = self.hub.expects(session) == Expects::Password;
                match self.want(slot, &line) {
                    // The command that asks for the password is still to be answered.
                    Some(want) if prompted => self.wants(slot).push_front(want),
                    Some(want) => self.wants(slot).push_back(want),
                    None => {}
                }
                let peer = self.peers[slot].as_ref().expect("offered by the caller");
                self.speaking_in = match &line {
                    Ok(Command::Msg { room, .. }) => room.or(peer.current),
                    _ => None,
                };
                self.handle(Input::Line { session, line });
                return true;
            }
        }
        false
    }

    fn wants(&mut self, slot: usize) -> &mut VecDeque<Want> {
        &mut self.peers[slot].as_mut().expect("offered by the caller").wants
    }

    /// What a line is to be answered with.
    fn want(&self, slot: usize, line: &Result<Command<'_>, Fault>) -> Option<Want> {
        let peer = self.peers[slot].as_ref()?;
        let (tagged, current) = (peer.tagged, peer.current);
        Some(match line {
            Err(fault) => Want::Fault(fault.verb.as_str().into(), fault.code.to_string()),
            Ok(Command::Pong) => return None,
            Ok(Command::Msg { .. }) if tagged => Want::Stored("MSG"),
            Ok(Command::Tell { .. }) if tagged => Want::Stored("TELL"),
            Ok(Command::Msg { room, text, .. }) => {
                Want::Spoken("MSG", room.or(current), text.as_str().into())
            }
            Ok(Command::Tell { text, .. }) => Want::Spoken("TELL", None, text.as_str().into()),
            Ok(Command::History { target, span, count }) => {
                let count = count.unwrap_or(100).min(100);
                Want::page("HISTORY", history(peer, target, *span), *span, count, &self.log)
            }
            Ok(Command::Search { room, words }) => {
                let about = search(peer, *room, words);
                Want::page("SEARCH", about, Span::Latest, 100, &self.log)
            }
            Ok(command) => Want::Answer(command.verb().as_str().into()),
        })
    }

    /// One input, and everything it makes the hub do.
    pub fn handle(&mut self, input: Input<'_>) {
        if self.trace.len() >= 3000 {
            self.trace.pop_front();
        }
        self.trace.push_back(format!("{:>8} {input:?}", self.now.mono_ms));
        let relayed = match &input {
            Input::Stored { ticket, outcome: Ok(Kept::New(id)) } => Some((*id, *ticket)),
            _ => None,
        };
        let speaker = match &input {
            Input::Line { session, .. } => Some(*session),
            _ => None,
        };
        if let Input::OperatorsSet { accounts } = &input {
            let names = self.store.names().into_iter();
            let names = names.filter(|(_, id)| accounts.contains(id)).map(|(name, _)| name);
            self.store.operators.extend(names);
        }
        if let Input::Forgotten { ticket, outcome: Ok(Some(_)) } = &input {
            self.log.erased.extend(self.forgetting.remove(ticket));
        }
        let mut fx = std::mem::take(&mut self.fx);
        self.hub.handle(self.now, input, &mut fx);
        let relays = fx.queue.iter().filter(|e| matches!(e, Effect::Relay { .. })).count();
        let to_a_room = relayed.filter(|(id, _)| self.store.said(*id).room().is_some());
        let once = usize::from(to_a_room.is_some());
        assert_eq!(relays, once, "relayed once, if stored anew and said in a room");
        let known = relayed.and_then(|(id, ticket)| self.spoken(id, ticket));
        for effect in fx.queue.drain(..) {
            if let Effect::Relay { plain, .. } = &effect {
                let message = &self.log.relayed.last().expect("counted above").message;
                let line = &fx.bytes[plain.clone()];
                assert!(line.ends_with(format!(" :{}\r\n", message.text).as_bytes()));
                if let Some((room, speaker)) = known {
                    self.is_known(&room, &speaker);
                }
            }
            if let Effect::Store { ticket, message } = &effect {
                assert_eq!(message.room(), self.speaking_in, "where it is said");
                let speaker = speaker.expect("only a line is a message");
                self.speakers.insert(*ticket, speaker);
                self.note_hearers(*ticket, message, speaker);
            }
            self.carry_out(effect, &fx.bytes);
        }
        fx.clear();
        self.fx = fx;
        self.peers.iter_mut().flatten().for_each(|peer| peer.check_step(&self.log));
        self.check_holdings();
    }

    /// Something said is relayed now. Where and who says it, if they are there still.
    fn spoken(&mut self, id: MessageId, ticket: Ticket) -> Option<(RoomName, Name)> {
        let message = self.store.said(id).clone();
        let (room, sender) = (message.room(), message.sender);
        let speaker = self.speakers.remove(&ticket);
        let hearers = self.hearers.remove(&ticket).map(|hearers| (id, hearers));
        self.log.hearers.extend(hearers);
        let place = self.log.relayed.len();
        self.log.push(Stored { id, message }, speaker);
        let room = room?;
        // Who has gone is heard to the end, and so is who was sent out.
        let peer = speaker.and_then(|s| self.peers[s.slot as usize].as_mut());
        let peer = peer.filter(|p| Some(p.session) == speaker && !p.closed)?;
        if peer.visits.is_in(&room) {
            let is_here = self.hub.name_of(peer.session) == Some(sender);
            return is_here.then_some((room, sender));
        }
        if !peer.tagged {
            // This is its answer.
            peer.visits.hear_own(room, place);
        }
        None
    }

    fn carry_out(&mut self, effect: Effect, bytes: &[u8]) {
        match effect {
            Effect::Send { to, bytes: range } => {
                assert!(!range.is_empty());
                let log = &self.log;
                let peer = self.peers[to.slot as usize].as_mut().filter(|p| p.session == to);
                peer.expect("told, and not there").told(&bytes[range], log);
            }
            Effect::Relay { room, plain, tagged } => {
                let room = self.rooms[&room];
                self.tell_rooms(&[room], &bytes[plain], &bytes[tagged]);
            }
            Effect::Announce { rooms, bytes: range } => {
                // One that nobody has entered yet may have a topic.
                let rooms = rooms.as_slice().iter().filter_map(|r| self.rooms.get(r));
                let rooms: Vec<RoomName> = rooms.copied().collect();
                self.tell_rooms(&rooms, &bytes[range.clone()], &bytes[range]);
            }
            Effect::Room { ticket, request } => self.store.room(ticket, request),
            Effect::Store { ticket, message } => self.store.append(ticket, message),
            Effect::Told(told) => self.store.told(&told),
            Effect::Ask { ticket, query } => self.store.ask(ticket, query),
            Effect::Account { ticket, request } => self.store.account(ticket, request),
            Effect::Hash { ticket, request } => self.store.hash(ticket, request),
            Effect::Forget { ticket, message } => {
                self.forgetting.insert(ticket, message);
                self.store.forget(ticket, message);
            }
            Effect::Figures { session } => self.store.figures(session),
            Effect::Ready { session } => self.ready.push_back(session),
            Effect::Log { line, .. } => assert!(!line.contains("pass-"), "a secret is logged"),
            Effect::Leave { session, room } => {
                // Of those who are gone already the reactor knows nothing more.
                if let Some(peer) = &mut self.peers[session.slot as usize]
                    && peer.session == session
                {
                    peer.leaves(&self.rooms[&room], &self.log);
                }
            }
            Effect::Enter { session, room } => {
                self.enters(session, room);
            }
            Effect::Hold { session } => {
                let peer = self.peer(session);
                // Entering while behind says so once more.
                if !peer.held {
                    peer.is_held(true);
                }
            }
            Effect::Live { session } => self.peer(session).is_held(false),
            Effect::View { session, tagged } => self.peer(session).tagged = tagged,
            Effect::Hide { session } => self.peer(session).hidden = true,
            Effect::Show { session } => {
                let hidden = std::mem::take(&mut self.peer(session).hidden);
                assert!(hidden, "it was told so already");
            }
            Effect::WhenDrained { session } => self.peer(session).when_drained = true,
            // At the end of the turn, as others that are lost.
            Effect::Evict { session } => self.evicted.push(session),
            Effect::Close { session } => {
                let (now_ms, timeout_ms) = (self.now.mono_ms, self.limits.name_timeout_secs * 1000);
                let peer = self.peer(session);
                peer.check_close(now_ms, timeout_ms);
                peer.closed = true;
                peer.lines.clear();
            }
        }
    }

    fn peer(&mut self, session: SessionId) -> &mut Peer {
        let peer = self.peers[session.slot as usize].as_mut();
        peer.filter(|p| p.session == session).expect("effects are for those who are there")
    }

    /// Somebody enters a room: the one that they were told, or with their name the lobby.
    fn enters(&mut self, session: SessionId, number: RoomId) {
        let told = self.peer(session).entering.take();
        let room = told.map_or(RoomName::LOBBY, |(room, _)| room);
        let known = *self.rooms.entry(number).or_insert(room);
        assert_eq!(known, room, "one number, two rooms");
        let tagged = self.peer(session).tagged;
        let lines = if tagged { 0 } else { ENTRY_LINES };
        let shown = self.log.newest(&room, lines);
        let peer = self.peers[session.slot as usize].as_mut().expect("it was there above");
        peer.enters(room, &self.log, shown);
        let rooms = peer.visits.rooms().count();
        assert!(rooms <= self.limits.rooms_per_session, "{rooms} rooms");
        if let Some((_, members)) = told {
            assert_eq!(members, self.who_is_in(&room).len(), "members of {room}");
        }
    }

    fn tell_rooms(&mut self, rooms: &[RoomName], plain: &[u8], tagged: &[u8]) {
        for peer in self.peers.iter_mut().flatten() {
            let hears = rooms.iter().any(|room| peer.visits.is_in(room));
            if hears && !peer.held && !peer.closed {
                peer.told(if peer.tagged { tagged } else { plain }, &self.log);
            }
        }
    }

    /// Lets everything come to an end: nothing under way, everybody has read.
    pub fn settle(&mut self) {
        let mut gathered = false;
        for _ in 0..100_000 {
            let unsent = self.peers.iter().flatten().any(|p| p.unsent > 0 || p.when_drained);
            let waits = self.peers.iter().flatten().filter_map(|p| match p.offer {
                Offer::At(at) => Some(at),
                Offer::Now | Offer::WhenReady => None,
            });
            let waits = waits.max();
            if !self.store.is_idle() {
                self.work();
            } else if unsent {
                (0..self.peers.len()).for_each(|slot| self.drain(slot, usize::MAX));
            } else if !self.ready.is_empty() {
                // Seen to below.
            } else if let Some(at_ms) = waits {
                self.pass(at_ms.saturating_sub(self.now.mono_ms).max(1));
            } else if !gathered {
                gathered = true;
                self.pass(PRESENCE_GATHER_MS);
            } else {
                return self.check_rest();
            }
            self.end_turn();
        }
        panic!("it never comes to an end");
    }

    /// Everybody goes; nothing is left over.
    pub fn finish(mut self) {
        self.settle();
        if self.rng.one_in(3) {
            self.handle(Input::Stopping);
            assert!(self.peers.iter().flatten().all(|p| p.closed), "stopping closes everybody");
        }
        for slot in 0..self.peers.len() {
            self.gone(slot);
        }
        self.settle();
        for _ in 0..10 {
            let Some(at_ms) = self.hub.next_due() else { break };
            self.pass(at_ms.saturating_sub(self.now.mono_ms));
        }
        assert_eq!(self.hub.next_due(), None);
        for (what, count) in self.hub.leftovers() {
            assert_eq!(count, 0, "{what} are left over");
        }
    }
}

/// What HISTORY asks the store, as this one may; `None` is refused.
fn history(peer: &Peer, target: &HistoryTarget, span: Span) -> Option<Query> {
    let (upto, lines, bytes) = (MessageId(0), 0, 0);
    let room = match target {
        HistoryTarget::Person(with) => {
            let account = AccountId(peer.account?);
            return Some(Query::Talk { account, with: *with, span, upto, lines, bytes });
        }
        HistoryTarget::Room(room) => *room,
        HistoryTarget::Current => peer.current?,
    };
    let may = peer.visits.is_in(&room);
    may.then_some(Query::History { room, span, upto, lines, bytes })
}

/// What SEARCH asks the store, likewise.
fn search(peer: &Peer, room: Option<RoomName>, words: &SearchWords) -> Option<Query> {
    let (upto, lines, bytes) = (MessageId(0), 0, 0);
    let mut rooms: Vec<RoomName> = peer.visits.rooms().copied().collect();
    let account = peer.account.filter(|_| room.is_none()).map(AccountId);
    if let Some(room) = room {
        rooms.retain(|own| *own == room);
    }
    let may = !rooms.is_empty() || account.is_some();
    may.then_some(Query::Search { rooms, account, words: words.clone(), upto, lines, bytes })
}

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("what happened last:");
            self.trace.iter().for_each(|line| eprintln!("{line}"));
        }
    }
}
