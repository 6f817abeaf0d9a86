//! What operators do besides bans: KICK, WHOIS, NOTICE, FORGET and STATS.
//!
//! Who may use these was looked at by `commands`. Whoever is told something is told
//! who did it.

use super::order::{Erased, hands_off, log, why};
use super::room::RoomId;
use super::session::{Doing, Flow, Session};
use super::{Effect, Effects, Figures, Hub, SessionId, words};
use crate::limits::WHOIS_SESSIONS;
use crate::protocol::line;
use crate::protocol::{
    AccountId, Code, Mask, MessageId, Name, Now, PenaltyKind, Reason, RoomName, StoreFailed, Text,
    Ticket, Until, Verb,
};

impl Hub {
    /// `KICK [#room] <name> [[:]<reason>]`
    pub(super) fn kick(
        &mut self,
        now: Now,
        id: SessionId,
        (room, name): (Option<RoomName>, Name),
        reason: &Reason<'_>,
        fx: &mut Effects,
    ) {
        let Some(by) = self.operator(id) else {
            return;
        };
        let room_id = match room.map(|name| self.rooms.find(&name)) {
            Some(None) => {
                let text = words::no_such_room(self.slash(id));
                return self.fail(id, "KICK", Code::NoSuchRoom, &text, fx);
            }
            room => room.flatten(),
        };
        let Some(spelled) = self.spelled(&name) else {
            let text = format!("nobody here is called {name}; NAMES lists who is here");
            return self.fail(id, "KICK", Code::NoSuchName, &text, fx);
        };
        let name = spelled;
        if by == name {
            let text = "that is you; QUIT leaves";
            return self.fail(id, "KICK", Code::NotAllowed, text, fx);
        }
        if self.is_operator(&name) {
            return self.fail(id, "KICK", Code::NotAllowed, &hands_off(&name), fx);
        }
        let text = reason.as_str();
        match room_id {
            Some(room_id) => {
                if !self.rooms.get(room_id).members.contains_key(&name) {
                    let text = format!("{name} is not in that room; WHOIS {name} shows where");
                    return self.fail(id, "KICK", Code::NotInRoom, &text, fx);
                }
                let room = self.rooms.get(room_id).name;
                self.ok(id, "KICK", format_args!("{room} {name}"), fx);
                log(fx, format!("{by} sent {name} out of {room}{}", why(text)));
                self.tell_of_kick(room_id, &by, &name, text, fx);
                let text = format!("{by} has sent you out of {room}{}", why(text));
                for session in self.people.sessions(&name).to_vec() {
                    if self.is_behind_in(session, room_id) {
                        // It was not told with the room.
                        self.notice(session, &text, fx);
                    }
                    self.leave(now, session, room_id, fx);
                }
            }
            None => {
                self.ok(id, "KICK", format_args!("{name}"), fx);
                log(fx, format!("{by} disconnected {name}{}", why(text)));
                let sessions = self.people.sessions(&name).to_vec();
                for room_id in self.rooms_of(&sessions) {
                    self.tell_of_kick(room_id, &by, &name, text, fx);
                }
                let text = format!("{by} has disconnected you{}", why(text));
                for session in sessions {
                    self.notice(session, &text, fx);
                    self.close(now, session, fx);
                }
            }
        }
    }

    /// The name as whoever is here spells it.
    fn spelled(&self, name: &Name) -> Option<Name> {
        let session = self.people.sessions(name).first()?;
        self.sessions.get(*session)?.name
    }

    fn rooms_of(&self, sessions: &[SessionId]) -> Vec<RoomId> {
        let sessions = sessions.iter().filter_map(|id| self.sessions.get(*id));
        let mut rooms: Vec<RoomId> =
            sessions.flat_map(|s| s.rooms.as_slice().iter().copied()).collect();
        rooms.sort_unstable();
        rooms.dedup();
        rooms
    }

    /// Tells a room whom an operator sends away. That they are gone is told as of
    /// everybody who goes.
    fn tell_of_kick(
        &mut self,
        room_id: RoomId,
        by: &Name,
        name: &Name,
        reason: &str,
        fx: &mut Effects,
    ) {
        if self.rooms.get(room_id).has_just_come(name) {
            self.tell_presence(room_id, fx);
        }
        let room = self.rooms.get(room_id).name;
        fx.announce(room_id, |o| {
            line::event(o, by, format_args!("KICK {room} {name} :{reason}"));
        });
    }

    fn is_behind_in(&self, id: SessionId, room: RoomId) -> bool {
        self.sessions.get(id).is_some_and(|s| s.flow != Flow::Live && s.rooms.contains(room))
    }

    /// `WHOIS <name>`
    pub(super) fn whois(&mut self, now: Now, id: SessionId, name: Name, fx: &mut Effects) {
        let Some(by) = self.operator(id) else {
            return;
        };
        let here = self.people.sessions(&name);
        let sessions: Vec<&Session> = here.iter().filter_map(|id| self.sessions.get(*id)).collect();
        let account = self.people.account(&name);
        let penalties = &self.order.penalties;
        let penalty = |kind| penalties.get(kind, &Mask::Name(name), now.wall);
        let held = [penalty(PenaltyKind::Mute), penalty(PenaltyKind::Ban)];
        if sessions.is_empty() && account.is_none() && held.iter().all(Option::is_none) {
            let text =
                format!("nobody here is called {name}, and no account; NAMES lists who is here");
            return self.fail(id, "WHOIS", Code::NoSuchName, &text, fx);
        }
        let here = sessions.first().and_then(|s| s.name);
        let name = here.or_else(|| self.people.registered_as(&name)).unwrap_or(name);
        fx.send(id, |o| {
            match account {
                None => line::data(o, format_args!("WHOIS {name} guest")),
                Some(number) => {
                    let operator = self.order.operators.contains(&number);
                    let kind = if operator { "operator" } else { "user" };
                    line::data(o, format_args!("WHOIS {name} {kind} {number}"));
                }
            }
            for s in sessions.iter().take(WHOIS_SESSIONS) {
                let (peer, since) = (s.peer.to_canonical(), s.since);
                let idle_secs = now.mono_ms.saturating_sub(s.heard_ms) / 1000;
                let mut rooms = String::new();
                for room in s.rooms.as_slice() {
                    rooms.push_str(&format!(" {}", self.rooms.get(*room).name));
                }
                line::data(
                    o,
                    format_args!("WHOIS {name} session {peer} {since} {idle_secs}{rooms}"),
                );
            }
            for penalty in held.into_iter().flatten() {
                let what = match penalty.kind {
                    PenaltyKind::Ban => "banned",
                    PenaltyKind::Mute => "muted",
                };
                let (until, by, reason) = (Until(penalty.until), penalty.by, &penalty.reason);
                line::data(o, format_args!("WHOIS {name} {what} {until} {by} :{reason}"));
            }
            line::ok(o, "WHOIS", format_args!("{name} {}", sessions.len()));
        });
        log(fx, format!("{by} asked who {name} is"));
    }

    /// `NOTICE [:]<text>`
    pub(super) fn notice_to_all(
        &mut self,
        now: Now,
        id: SessionId,
        text: &Text<'_>,
        fx: &mut Effects,
    ) {
        let Some(by) = self.operator(id) else {
            return;
        };
        let limits = &self.settings.limits;
        let (rate, burst) = (limits.message_rate, limits.message_burst);
        if let Some(s) = self.sessions.get_mut(id) {
            // `admits` has let it in, so there is budget.
            let _ = s.rate.take(now.mono_ms, rate, burst);
        }
        let count = self.sessions.len();
        self.ok(id, "NOTICE", format_args!("{count}"), fx);
        log(fx, format!("{by} sent a notice to all {count}"));
        let server = self.settings.server;
        fx.send_all(self.sessions.iter().map(|s| s.id), |o| {
            line::event(o, &server, format_args!("NOTICE :{}", text.as_str()));
        });
    }

    /// `FORGET <id>`
    pub(super) fn forget(&mut self, id: SessionId, message: MessageId, fx: &mut Effects) {
        let Some(by) = self.operator(id) else {
            return;
        };
        // What nobody has seen yet has no id that anybody could know.
        if message.0 == 0 || message > self.said.relayed() {
            return self.no_such_message(id, message, fx);
        }
        let ticket = self.ticket();
        if let Some(s) = self.sessions.get_mut(id) {
            s.doing = Some(Box::new(Doing::Order));
            self.order.forgetting.insert(ticket, (id, by, message));
            fx.push(Effect::Forget { ticket, message });
        }
    }

    /// The store has erased a message, whose sender it says; `None`: there is none.
    pub(super) fn forgotten(
        &mut self,
        ticket: Ticket,
        outcome: Result<Option<Name>, StoreFailed>,
        fx: &mut Effects,
    ) {
        let Some((id, by, message)) = self.order.forgetting.remove(&ticket) else {
            return;
        };
        match outcome {
            Ok(Some(sender)) => {
                self.forget_said(Erased::Message(message));
                log(fx, format!("{by} erased message {message} of {sender}"));
                self.ok(id, "FORGET", format_args!("{message}"), fx);
            }
            Ok(None) => self.no_such_message(id, message, fx),
            Err(StoreFailed) => {
                let text = "it could not be erased; try again later";
                self.fail(id, "FORGET", Code::NotStored, text, fx);
            }
        }
        self.finish(id, fx);
    }

    fn no_such_message(&self, id: SessionId, message: MessageId, fx: &mut Effects) {
        let text = format!("there is no message {message}; HISTORY shows the ids");
        self.fail(id, "FORGET", Code::Params, &text, fx);
    }

    /// The store has erased everything that an account has said.
    pub(super) fn erased(&mut self, account: AccountId) {
        self.forget_said(Erased::Account(account));
    }

    fn forget_said(&mut self, erased: Erased) {
        self.said.forget_said(erased);
        self.rooms.forget_said(erased);
    }

    /// `STATS`: what only the reactor knows is asked for first.
    pub(super) fn stats(&mut self, id: SessionId, fx: &mut Effects) {
        if let Some(s) = self.sessions.get_mut(id) {
            s.doing = Some(Box::new(Doing::Order));
            fx.push(Effect::Figures { session: id });
        }
    }

    /// The reactor has said how it does: the rest of STATS.
    pub(super) fn figures(&mut self, id: SessionId, figures: &Figures, fx: &mut Effects) {
        let Some(s) = self.sessions.get(id) else {
            return;
        };
        if !matches!(s.doing.as_deref(), Some(Doing::Order)) {
            return;
        }
        let named = self.sessions.iter().filter(|s| s.name.is_some()).count();
        let penalties = &self.order.penalties;
        let rows = [
            ("uptime", Some(figures.uptime_secs)),
            ("connections", Some(figures.connections as u64)),
            ("sessions", Some(self.sessions.len() as u64)),
            ("named", Some(named as u64)),
            ("people", Some(self.people.here() as u64)),
            ("users", Some(self.people.registered() as u64)),
            ("rooms", Some(self.rooms.len() as u64)),
            ("relayed", Some(self.said.relayed_count())),
            ("stored", Some(self.said.stored_count())),
            ("behind", Some(self.behind.len() as u64)),
            ("evicted", Some(figures.evicted)),
            ("hash_queue", Some(self.jobs.waiting() as u64)),
            ("store_queue", Some(self.said.waiting() as u64)),
            ("bans", Some(penalties.len(PenaltyKind::Ban) as u64)),
            ("mutes", Some(penalties.len(PenaltyKind::Mute) as u64)),
            ("memory", figures.memory_bytes),
        ];
        let mut count = 0;
        fx.send(id, |o| {
            for (key, value) in rows {
                if let Some(value) = value {
                    count += 1;
                    line::data(o, format_args!("STATS {key} {value}"));
                }
            }
            line::ok(o, Verb::Stats.as_str(), format_args!("{count}"));
        });
        self.finish(id, fx);
    }
}
