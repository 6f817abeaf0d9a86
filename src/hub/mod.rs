//! The core: who is here, who may do what, who is told what. It decides; the
//! reactor does.
//!
//! [`Hub::handle`] takes what happened and the time, and appends what is to be done
//! to an [`Effects`]. No sockets, threads, clock or SQL: a transcript test drives it
//! as the reactor does.
//!
//! Invariant: nothing is relayed that is not stored; answers leave in the order of
//! the commands; iteration is over ordered maps, so the same inputs give the same
//! effects.

mod accounts;
mod answers;
mod catch_up;
mod census;
mod commands;
mod effect;
mod entering;
mod gate;
mod jobs;
mod last_lines;
mod operators;
mod order;
mod owed;
mod penalties;
mod people;
mod rate;
mod rights;
mod room;
mod room_list;
mod said;
mod search;
mod session;
mod tells;
mod timers;
mod topics;
mod tries;
mod visits;
mod words;

use std::collections::{BTreeMap, BTreeSet};

pub use census::Census;
pub use effect::{Effect, Effects, Figures, Input, Kept, SessionId};
pub use rights::RoomMakers;
pub use room::RoomId;
pub use room_list::RoomList;

use crate::limits::{IN_FLIGHT_PER_SESSION, Limits};
use crate::protocol::line;
use crate::protocol::{
    AccountId, Code, Command, Fault, MessageId, Name, Now, Penalty, RoomName, RoomRecord, Stored,
    Ticket,
};
use entering::RoomRequests;
use gate::{Gate, Refused};
use jobs::Jobs;
use order::Order;
use people::People;
use room::Rooms;
use said::Said;
use session::{Doing, Flow, Session, Sessions, Waits};
use timers::{Timer, Timers};
use tries::Tries;

/// What an operator decides about the hub.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The server's name, the source of its own events.
    pub server: Name,
    /// The bounds.
    pub limits: Limits,
    /// Who may make a room.
    pub room_makers: RoomMakers,
    /// The terms that REGISTER asks for.
    pub terms: Terms,
}

/// What somebody who registers agrees to. The lines hold no control characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// One word that changes with the text.
    pub version: Box<str>,
    /// The text, a line each.
    pub lines: Vec<Box<str>>,
}

/// What the store knew when it was opened.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Every room.
    pub rooms: Vec<RoomRecord>,
    /// The last lines of `#lobby`, oldest first.
    pub last: Vec<Stored>,
    /// Every account.
    pub names: Vec<(Name, AccountId)>,
    /// The highest id that was ever given.
    pub last_id: MessageId,
    /// The accounts that are operators.
    pub operators: Vec<AccountId>,
    /// Every ban and mute; some may be over.
    pub penalties: Vec<Penalty>,
}

/// The owner of names, rooms and presence.
#[derive(Debug)]
pub struct Hub {
    settings: Settings,
    gate: Gate,
    sessions: Sessions,
    people: People,
    rooms: Rooms,
    said: Said,
    jobs: Jobs,
    timers: Timers,
    /// Sessions that are behind: few, and looked through whenever presence is told.
    behind: BTreeSet<SessionId>,
    /// Sessions with the tagged view: none means that view is not even formatted.
    tagged: usize,
    /// Questions to the store's reader that are not answered yet.
    asked: BTreeMap<Ticket, Asked>,
    /// What the store was asked about rooms and has not answered yet.
    requests: RoomRequests,
    /// How many topics were set since the start.
    topics_set: u64,
    /// Failed passwords.
    tries: Tries,
    /// Who keeps order, and what they have decided.
    order: Order,
    /// The last ticket that was given out.
    last_ticket: u64,
}

/// Who asked the store's reader, and what it was told not to go beyond.
#[derive(Debug, Clone, Copy)]
struct Asked {
    session: SessionId,
    upto: MessageId,
}

/// What the next line of a session is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expects {
    /// A command; in chat mode a line without a leading `/` is a text.
    Command {
        /// Whether the session is in chat mode.
        chat: bool,
        /// Whether it has the tagged view, in which a line may begin with tags.
        tagged: bool,
    },
    /// A password, whatever it says.
    Password,
}

/// Whether a line may be carried out now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admits {
    /// Yes: hand it to [`Hub::handle`].
    Now,
    /// When [`Effect::Ready`] says so.
    Later,
    /// At this moment, in milliseconds on the monotonic clock.
    At(u64),
}

impl Hub {
    /// A hub for what the store knows.
    pub fn new(settings: Settings, known: Known) -> Hub {
        let mut rooms = Rooms::new();
        for record in known.rooms {
            let (name, topic) = (record.name, record.topic.clone());
            // Past what can be numbered, a room is only history.
            if let Some(room) = rooms.add(record)
                && name == RoomName::LOBBY
            {
                rooms.get_mut(room).topic = topic;
            }
        }
        let lobby = &mut rooms.get_mut(Rooms::LOBBY).last;
        known.last.into_iter().for_each(|stored| lobby.remember(stored));
        // Memory that is not touched costs nothing; growing would copy and leave holes.
        let capacity = settings.limits.connections.min(1 << 16);
        Hub {
            settings,
            gate: Gate::default(),
            sessions: Sessions::with_capacity(capacity),
            people: People::new(known.names),
            rooms,
            said: Said::new(known.last_id),
            jobs: Jobs::default(),
            timers: Timers::default(),
            behind: BTreeSet::new(),
            tagged: 0,
            asked: BTreeMap::new(),
            requests: RoomRequests::default(),
            topics_set: 0,
            tries: Tries::default(),
            order: Order::new(known.operators, known.penalties),
            last_ticket: 0,
        }
    }

    /// Takes note of what happened, and appends what is to be done about it.
    pub fn handle(&mut self, now: Now, input: Input<'_>, fx: &mut Effects) {
        match input {
            Input::Connected { session, peer } => self.connected(now, session, peer, fx),
            Input::Line { session, line } => self.line(now, session, line, fx),
            Input::Password { session, secret } => self.password(now, session, secret, fx),
            Input::Foreign { session, what } => self.foreign(now, session, what, fx),
            Input::NotTls { session } => self.not_tls(now, session, fx),
            Input::AreYouThere { session } => self.notice(session, words::HERE, fx),
            Input::Shown { session } => self.notice(session, words::SHOWN, fx),
            Input::EndOfInput { session } => self.end_of_input(now, session, fx),
            Input::Gone { session } => self.remove(now, session, fx),
            Input::Full { session } => self.full(session, fx),
            Input::Drained { session } => self.drained(session, fx),
            Input::Stored { ticket, outcome } => self.stored(ticket, outcome, fx),
            Input::Page { ticket, page } => self.page(now, ticket, page, fx),
            Input::Room { ticket, outcome } => self.room_written(now, ticket, outcome, fx),
            Input::Account { ticket, answer } => self.account_answered(now, ticket, answer, fx),
            Input::Hashed { ticket, answer } => self.hash_answered(now, ticket, answer, fx),
            Input::Registered { names } => self.registered(now, names, fx),
            Input::PasswordsSet { names } => self.passwords_set(now, &names, fx),
            Input::Changed { limits, terms } => {
                (self.settings.limits, self.settings.terms) = (limits, terms);
            }
            Input::OperatorsSet { accounts } => self.operators_set(accounts, fx),
            Input::Forgotten { ticket, outcome } => self.forgotten(ticket, outcome, fx),
            Input::Erased { account } => self.erased(account),
            Input::Figures { session, figures } => self.figures(session, &figures, fx),
            Input::Due => self.due(now, fx),
            Input::Stopping => self.stopping(now, fx),
        }
    }

    /// What the session's next line is.
    pub fn expects(&self, session: SessionId) -> Expects {
        match self.sessions.get(session) {
            Some(Session { doing: Some(doing), .. }) if matches!(**doing, Doing::Prompt(_)) => {
                Expects::Password
            }
            Some(s) => Expects::Command { chat: s.chat, tagged: s.tagged },
            None => Expects::Command { chat: false, tagged: false },
        }
    }

    /// Whether this line may be carried out now. What may not stays where it is: the
    /// peer is slowed down, and nothing is lost.
    pub fn admits(
        &mut self,
        now: Now,
        session: SessionId,
        line: &Result<Command<'_>, Fault>,
    ) -> Admits {
        let limits = &self.settings.limits;
        let store_is_full = self.said.waiting() >= limits.store_queue;
        let muted = self.sessions.get(session).is_some_and(|s| self.mute(now.wall, s).is_some());
        let is_told = match line {
            Ok(Command::Tell { to, nonce, .. }) => self.is_told(session, to, nonce.is_some()),
            _ => false,
        };
        let Some(s) = self.sessions.get_mut(session) else {
            return Admits::Now;
        };
        if s.is_busy() {
            s.waits = Waits::Doing;
            return Admits::Later;
        }
        let will_be_stored = match line {
            Ok(Command::Msg { room, nonce, .. }) => {
                s.current.is_some()
                    && !muted
                    && (nonce.is_none() || s.account.is_some())
                    && room.is_none_or(|name| {
                        self.rooms.find(&name).is_some_and(|id| s.rooms.contains(id))
                    })
            }
            Ok(Command::Tell { .. }) => is_told && !muted,
            _ => false,
        };
        // Whatever is answered at once must not overtake what is still being stored.
        if s.in_flight > 0 && !will_be_stored {
            s.waits = Waits::OwnMessages;
            return Admits::Later;
        }
        if will_be_stored && s.in_flight >= IN_FLIGHT_PER_SESSION {
            s.waits = Waits::OwnRoom;
            return Admits::Later;
        }
        if will_be_stored && store_is_full {
            s.waits = Waits::StoreRoom;
            self.said.starve(session);
            return Admits::Later;
        }
        // A rename, a notice and a topic are told to everybody like a message, and count
        // like one.
        let is_loud = will_be_stored
            || match line {
                Ok(
                    Command::Name(_) | Command::Notice(_) | Command::Topic { text: Some(_), .. },
                ) => s.name.is_some(),
                _ => false,
            };
        if is_loud
            && let Err(at) = s.rate.check(now.mono_ms, limits.message_rate, limits.message_burst)
        {
            return Admits::At(at);
        }
        Admits::Now
    }

    /// Whether nothing the session asked for is still to be done.
    pub fn is_idle(&self, session: SessionId) -> bool {
        self.sessions.get(session).is_none_or(|s| {
            let prompted = matches!(s.doing.as_deref(), Some(Doing::Prompt(_)));
            s.in_flight == 0
                && s.flow == Flow::Live
                && s.listing.is_none()
                && (s.doing.is_none() || prompted)
        })
    }

    /// When [`Input::Due`] is due next, in milliseconds on the monotonic clock.
    pub fn next_due(&self) -> Option<u64> {
        self.timers.next()
    }

    /// Messages that wait for the store.
    pub fn waiting(&self) -> usize {
        self.said.waiting()
    }

    /// Sessions there are.
    pub fn sessions(&self) -> usize {
        self.sessions.len()
    }

    /// What somebody is told for whom there is not even a session.
    pub fn refusal(&self) -> Vec<u8> {
        let mut out = Vec::new();
        line::fail(&mut out, "LINE", Code::ServerFull, format_args!("{}", words::FULL));
        out
    }

    /// Whether the session is still there.
    pub fn knows(&self, session: SessionId) -> bool {
        self.sessions.get(session).is_some()
    }

    /// The session's name, for the log.
    pub fn name_of(&self, session: SessionId) -> Option<Name> {
        self.sessions.get(session)?.name
    }

    /// What is still held for anybody: sessions, tickets and timers. All zero when
    /// everybody has gone and every request is answered.
    pub fn leftovers(&self) -> [(&'static str, usize); 13] {
        [
            ("sessions", self.sessions.len()),
            ("connections", self.gate.open()),
            ("people", self.people.here()),
            ("members", self.rooms.iter().map(|r| r.members.len()).sum()),
            ("waiting messages", self.said.waiting()),
            ("account jobs", self.jobs.waiting()),
            ("starved", self.said.starved()),
            ("owed", self.said.owed()),
            ("behind", self.behind.len()),
            ("questions", self.asked.len()),
            ("requests about rooms", self.requests.len()),
            ("orders", self.order.under_way()),
            ("timers", self.timers.len()),
        ]
    }

    fn connected(&mut self, now: Now, id: SessionId, peer: std::net::IpAddr, fx: &mut Effects) {
        if let Some(text) = self.address_ban(now.wall, peer) {
            self.gate.refuse(Refused::Banned);
            fx.send(id, |o| line::fail(o, "LINE", Code::Banned, format_args!("{text}")));
            fx.push(Effect::Log { important: false, line: format!("refused {peer}: {text}") });
            fx.push(Effect::Close { session: id });
            return;
        }
        if let Err(why) = self.gate.enter(now.mono_ms, peer, &self.settings.limits) {
            let text = match why {
                Refused::Full => words::FULL,
                Refused::FullFromThere => {
                    "too many connections are open from your address; close one, or try later"
                }
                Refused::TooOften => "too many new connections from your address; wait a minute",
                // Was looked at above, and has words of its own.
                Refused::Banned => "you are banned",
            };
            fx.send(id, |o| line::fail(o, "LINE", Code::ServerFull, format_args!("{text}")));
            fx.push(Effect::Log { important: false, line: format!("refused {peer}: {text}") });
            fx.push(Effect::Close { session: id });
            return;
        }
        let mut session = Session::new(now, id, peer);
        let due = now.mono_ms + self.settings.limits.name_timeout_secs * 1000;
        session.due_ms = Some(due);
        self.timers.set(due, Timer::Session(id));
        self.sessions.insert(session);
        let server = self.settings.server;
        fx.send(id, |o| line::greeting(o, &server, words::GREETING));
    }

    /// Somebody took this port for another protocol's.
    fn foreign(&mut self, now: Now, id: SessionId, what: &str, fx: &mut Effects) {
        let text =
            format!("this port is a chat server's and takes plain lines, not {what}; try nc");
        self.fail(id, "LINE", Code::UnknownCommand, &text, fx);
        self.close(now, id, fx);
    }

    /// Somebody took this port for a plain one.
    fn not_tls(&mut self, now: Now, id: SessionId, fx: &mut Effects) {
        self.fail(id, "LINE", Code::UnknownCommand, words::NOT_TLS, fx);
        self.close(now, id, fx);
    }

    /// Says nothing more, and closes.
    fn close(&mut self, now: Now, id: SessionId, fx: &mut Effects) {
        if self.sessions.get(id).is_some() {
            fx.push(Effect::Close { session: id });
            self.remove(now, id, fx);
        }
    }

    /// Forgets a session and whatever it holds.
    fn remove(&mut self, now: Now, id: SessionId, fx: &mut Effects) {
        let Some(session) = self.sessions.remove(id) else {
            return;
        };
        self.gate.leave(now.mono_ms, session.peer);
        self.tagged -= usize::from(session.tagged);
        self.behind.remove(&id);
        self.said.forget(id);
        self.jobs.forget(id);
        if let Some(due) = session.due_ms {
            self.timers.clear(due, Timer::Session(id));
        }
        self.depart(now, &session, fx);
        self.next_account_job(now, fx);
    }

    fn stopping(&mut self, now: Now, fx: &mut Effects) {
        let ids: Vec<SessionId> = self.sessions.iter().map(|s| s.id).collect();
        for id in &ids {
            let server = self.settings.server;
            fx.send(*id, |o| {
                line::event(o, &server, format_args!("NOTICE :the server is going down; goodbye"));
            });
            fx.push(Effect::Close { session: *id });
        }
        for id in ids {
            self.remove(now, id, &mut Effects::default());
        }
    }

    /// A ticket that was never given out before.
    fn ticket(&mut self) -> Ticket {
        self.last_ticket += 1;
        Ticket(self.last_ticket)
    }
}

impl Session {
    /// Whether its next line has to wait for the end of something.
    fn is_busy(&self) -> bool {
        let prompted = matches!(self.doing.as_deref(), Some(Doing::Prompt(_)));
        (self.doing.is_some() && !prompted) || self.listing.is_some() || self.flow != Flow::Live
    }
}
