//! What is said: handed to the store, and relayed once it is written, or has its id where
//! it is not to be kept.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use super::order::Erased;
use super::owed::Owed;
use super::room::RoomId;
use super::session::{Flow, Waits};
use super::{Effect, Effects, Hub, Kept, SessionId, words};
use crate::limits::{IN_FLIGHT_PER_SESSION, RECENT_BYTES};
use crate::protocol::line;
use crate::protocol::{
    AccountId, Code, Message, MessageId, Nonce, Now, RoomName, StoreFailed, Stored, Target, Text,
    Ticket, Verb,
};

/// Messages on their way into the store, and those that came out of it last.
#[derive(Debug)]
pub(super) struct Said {
    /// Handed to the store and not answered, in the order they were handed over.
    in_flight: VecDeque<InFlight>,
    /// Sessions with a line that waits until fewer are in flight.
    starved: BTreeSet<SessionId>,
    /// What sessions that are behind are to be told in its place.
    owed: BTreeMap<SessionId, Owed>,
    /// Of accounts that have gone while they were being told something, the first id they
    /// did not hear; empty once nothing is in flight.
    unheard: BTreeMap<AccountId, MessageId>,
    /// Relayed last, oldest first: at most [`RECENT_BYTES`].
    recent: VecDeque<Stored>,
    /// Bytes of `recent`.
    recent_bytes: usize,
    /// The id below the first of `recent`: up to it only the store knows.
    recent_floor: MessageId,
    /// The highest id that was relayed.
    relayed: MessageId,
    /// How many were relayed since the start, …
    relayed_count: u64,
    /// … and how many stored.
    stored_count: u64,
}

#[derive(Debug)]
struct InFlight {
    ticket: Ticket,
    session: SessionId,
    reach: Reach,
    message: Arc<Message>,
}

/// Whom a message reaches.
#[derive(Debug)]
pub(super) enum Reach {
    /// Who is in the room by then.
    Room(RoomId),
    /// The two accounts, then or later.
    Accounts,
    /// These and nobody else: by the time the store answers a guest's name may be somebody
    /// else's.
    Sessions(Box<[SessionId]>),
}

impl InFlight {
    /// The room it is said in.
    fn room(&self) -> Option<RoomId> {
        match self.reach {
            Reach::Room(room) => Some(room),
            Reach::Accounts | Reach::Sessions(_) => None,
        }
    }
}

impl Said {
    /// Nothing was said since this id.
    pub(super) fn new(last_id: MessageId) -> Said {
        Said {
            in_flight: VecDeque::new(),
            starved: BTreeSet::new(),
            owed: BTreeMap::new(),
            unheard: BTreeMap::new(),
            recent: VecDeque::new(),
            recent_bytes: 0,
            recent_floor: last_id,
            relayed: last_id,
            relayed_count: 0,
            stored_count: 0,
        }
    }

    /// How many messages wait for the store.
    pub(super) fn waiting(&self) -> usize {
        self.in_flight.len()
    }

    /// The highest id that was relayed.
    pub(super) fn relayed(&self) -> MessageId {
        self.relayed
    }

    /// How many messages were relayed since the start.
    pub(super) fn relayed_count(&self) -> u64 {
        self.relayed_count
    }

    /// How many messages were stored since the start.
    pub(super) fn stored_count(&self) -> u64 {
        self.stored_count
    }

    /// What is not kept is relayed under this id.
    pub(super) fn passed(&mut self, id: MessageId) {
        self.relayed = id;
        self.relayed_count += 1;
    }

    /// Forgets messages that the store has erased.
    pub(super) fn forget_said(&mut self, erased: Erased) {
        self.recent.retain(|stored| !erased.is(stored));
        self.recent_bytes = self.recent.iter().map(memory).sum();
    }

    /// What was relayed after `seen`, oldest first; `None` if only the store knows.
    pub(super) fn since(&self, seen: MessageId) -> Option<impl Iterator<Item = &Stored>> {
        if seen < self.recent_floor {
            return None;
        }
        let from = self.recent.partition_point(|stored| stored.id <= seen);
        Some(self.recent.range(from..))
    }

    /// A session's line waits until fewer messages are in flight.
    pub(super) fn starve(&mut self, id: SessionId) {
        self.starved.insert(id);
    }

    /// A session is gone; what it said is not.
    pub(super) fn forget(&mut self, id: SessionId) {
        self.starved.remove(&id);
        self.owed.remove(&id);
    }

    /// How many sessions wait for room in the store's queue.
    pub(super) fn starved(&self) -> usize {
        self.starved.len()
    }

    /// How many sessions are to be told something when they have caught up so far.
    pub(super) fn owed(&self) -> usize {
        self.owed.len()
    }

    /// The first id that an account which has gone did not hear, given one that it did
    /// not. What is still on its way was handed over while it was here, and moves its
    /// mark past that one: each has to move it back to the first.
    pub(super) fn first_unheard(&mut self, account: AccountId, id: MessageId) -> MessageId {
        let is_theirs = |said: &InFlight| match said.message.to {
            Target::Person(to) => to.account == account && !to.away,
            Target::Room(_) | Target::Passing(_) => false,
        };
        let first = self.unheard.get(&account).copied().unwrap_or(id).min(id);
        if self.in_flight.iter().any(is_theirs) {
            self.unheard.insert(account, first);
        } else {
            self.unheard.remove(&account);
        }
        first
    }

    /// It has come back: what is read for it now is what it did not hear.
    pub(super) fn is_back(&mut self, account: AccountId) {
        self.unheard.remove(&account);
    }

    /// A session that is behind is told later that its message was not stored.
    fn refuse_later(&mut self, id: SessionId, verb: Verb) {
        self.owed.entry(id).or_default().refuse(self.relayed, verb);
    }

    /// A session that is behind is told later what was just passed on. The bytes that it
    /// is owed by now.
    pub(super) fn pass_later(&mut self, id: SessionId, said: &Stored) -> usize {
        self.owed.entry(id).or_default().pass(said)
    }

    /// Whether a session is owed more than a few short lines.
    pub(super) fn owes_much(&self, id: SessionId) -> bool {
        self.owed.get(&id).is_some_and(Owed::is_long)
    }

    /// What a session is owed.
    pub(super) fn take_owed(&mut self, id: SessionId) -> Owed {
        self.owed.remove(&id).unwrap_or_default()
    }

    /// What it was not told of it yet.
    pub(super) fn put_owed(&mut self, id: SessionId, left: Owed) {
        if !left.is_empty() {
            self.owed.insert(id, left);
        }
    }

    /// Keeps what was just relayed.
    pub(super) fn remember(&mut self, stored: Stored) {
        self.relayed = stored.id;
        self.relayed_count += 1;
        self.stored_count += 1;
        self.recent_bytes += memory(&stored);
        self.recent.push_back(stored);
        while self.recent_bytes > RECENT_BYTES {
            let Some(oldest) = self.recent.pop_front() else {
                break;
            };
            self.recent_bytes -= memory(&oldest);
            self.recent_floor = oldest.id;
        }
    }
}

/// About what a message costs in memory, in bytes.
pub(super) fn memory(stored: &Stored) -> usize {
    size_of::<Stored>() + size_of::<Message>() + stored.message.text.len()
}

impl Hub {
    /// `MSG [#room] [:]<text>`
    pub(super) fn msg(
        &mut self,
        now: Now,
        id: SessionId,
        room: Option<RoomName>,
        text: &Text<'_>,
        nonce: Option<Nonce>,
        fx: &mut Effects,
    ) {
        let Some(room_id) = self.speaking_room(id, room, fx) else {
            return;
        };
        if self.is_muted(now, id, Verb::Msg, fx) {
            return;
        }
        if nonce.is_some() && self.sessions.get(id).is_some_and(|s| s.account.is_none()) {
            return self.fail(id, "MSG", Code::NotLoggedIn, words::NONCE_OF_GUEST, fx);
        }
        let to = Target::Room(self.rooms.get(room_id).name);
        self.say(now, id, to, Reach::Room(room_id), text, nonce, fx);
    }

    /// Hands a message to the store. The caller has seen to it that it may be said.
    #[expect(clippy::too_many_arguments, reason = "a message's parts, once each")]
    pub(super) fn say(
        &mut self,
        now: Now,
        id: SessionId,
        to: Target,
        reach: Reach,
        text: &Text<'_>,
        nonce: Option<Nonce>,
        fx: &mut Effects,
    ) {
        let ticket = self.ticket();
        let limits = &self.settings.limits;
        let Some(s) = self.sessions.get_mut(id) else {
            return;
        };
        let Some(name) = s.name else {
            return;
        };
        // `admits` has let it in, so there is budget.
        let _ = s.rate.take(now.mono_ms, limits.message_rate, limits.message_burst);
        s.in_flight += 1;
        let message = Arc::new(Message {
            to,
            sender: name,
            account: s.account,
            at: now.wall,
            text: text.as_str().into(),
            nonce,
        });
        let in_flight = InFlight { ticket, session: id, reach, message: message.clone() };
        self.said.in_flight.push_back(in_flight);
        fx.push(Effect::Store { ticket, message });
    }

    /// The room a session may speak in, or the `FAIL` that says why not.
    fn speaking_room(
        &mut self,
        id: SessionId,
        room: Option<RoomName>,
        fx: &mut Effects,
    ) -> Option<RoomId> {
        let s = self.sessions.get(id)?;
        if s.name.is_none() {
            self.name_first(id, "MSG", fx);
            return None;
        }
        self.own_room(id, "MSG", room, fx)
    }

    /// The store has answered: only now is the message spoken.
    pub(super) fn stored(
        &mut self,
        ticket: Ticket,
        outcome: Result<Kept, StoreFailed>,
        fx: &mut Effects,
    ) {
        let Some(said) = self.said.in_flight.pop_front() else {
            return;
        };
        debug_assert_eq!(said.ticket, ticket, "the store answers in the order it is asked");
        let speaker = self.sessions.get(said.session);
        let tagged = speaker.map(|s| s.tagged);
        let behind = speaker.is_some_and(|s| s.flow != Flow::Live);
        let verb = said.message.verb();
        // Nobody leaves with messages in flight; an operator may send them out.
        let sent_out = said.room().filter(|room| speaker.is_some_and(|s| !s.rooms.contains(*room)));
        match outcome {
            Ok(Kept::New(id)) => {
                // Nobody speaks whom the room has not seen come.
                if let Some(room) = said.room()
                    && self.rooms.get(room).has_just_come(&said.message.sender)
                {
                    self.tell_presence(room, fx);
                }
                if tagged == Some(true) {
                    fx.send(said.session, |o| line::ok(o, verb.as_str(), format_args!("{id}")));
                } else if let Some(room) = sent_out {
                    self.answer_outside(said.session, room, id, &said.message, fx);
                }
                let (to, stored) = (said.message.to, Stored { id, message: said.message });
                match (said.reach, to) {
                    (Reach::Room(room), _) => self.relay(room, stored, fx),
                    (Reach::Accounts, Target::Person(to)) => self.told(stored, to, fx),
                    (Reach::Accounts, _) => {}
                    (Reach::Sessions(hearers), _) => {
                        self.passed(&stored, said.session, &hearers, fx);
                    }
                }
            }
            Ok(Kept::Before(id)) if tagged.is_some() => {
                // Stored and relayed the first time; who had no answer then gets it now.
                fx.send(said.session, |o| line::ok(o, verb.as_str(), format_args!("{id}")));
            }
            Ok(Kept::Before(_)) => {}
            Err(StoreFailed) if behind && tagged == Some(false) => {
                // The answers to what it said before are among what it has missed.
                self.said.refuse_later(said.session, verb);
            }
            Err(StoreFailed) if tagged.is_some() => {
                fx.send(said.session, |o| words::not_stored(o, verb));
            }
            Err(StoreFailed) => {}
        }
        if self.said.in_flight.is_empty() {
            self.said.unheard.clear();
        }
        self.one_less_in_flight(said.session, fx);
    }

    /// Tells a speaker with the plain view, who was sent out of the room meanwhile, that
    /// this was said: the relayed line would have been the answer.
    fn answer_outside(
        &mut self,
        session: SessionId,
        room: RoomId,
        id: MessageId,
        message: &Message,
        fx: &mut Effects,
    ) {
        match self.sessions.get_mut(session).map(|s| &mut s.flow) {
            // Behind what it said before, and is still to be fed.
            Some(Flow::Behind(behind)) => behind.visits.hear_one(room, id),
            _ => fx.send(session, |o| line::message(o, message)),
        }
    }

    fn relay(&mut self, room: RoomId, stored: Stored, fx: &mut Effects) {
        let start = fx.bytes.len();
        line::message(&mut fx.bytes, &stored.message);
        let middle = fx.bytes.len();
        if self.tagged > 0 {
            line::tagged_message(&mut fx.bytes, stored.id, &stored.message);
        }
        let end = fx.bytes.len();
        fx.push(Effect::Relay { room, plain: start..middle, tagged: middle..end });
        self.rooms.get_mut(room).last.remember(stored.clone());
        self.said.remember(stored);
    }

    fn one_less_in_flight(&mut self, id: SessionId, fx: &mut Effects) {
        if let Some(s) = self.sessions.get_mut(id) {
            s.in_flight -= 1;
            let ready = match s.waits {
                Waits::OwnMessages | Waits::Nothing => s.in_flight == 0,
                // Half of it, so that a flood is offered its lines in batches.
                Waits::OwnRoom => s.in_flight <= IN_FLIGHT_PER_SESSION / 2,
                Waits::StoreRoom | Waits::Doing => false,
            };
            if ready {
                s.waits = Waits::Nothing;
                fx.push(Effect::Ready { session: id });
            }
        }
        if self.said.in_flight.len() <= self.settings.limits.store_queue / 2 {
            while let Some(starved) = self.said.starved.pop_first() {
                if let Some(s) = self.sessions.get_mut(starved) {
                    s.waits = Waits::Nothing;
                    fx.push(Effect::Ready { session: starved });
                }
            }
        }
    }
}
