//! Entering and leaving rooms: JOIN and PART, and what the commands that give a name do.
//!
//! A room that there is not is made: written down first, entered then. Whoever is to be
//! shown its last lines waits until they are read, and nobody else does.

use std::collections::{BTreeMap, BTreeSet};

use super::last_lines::LastLines;
use super::room::{RoomId, Rooms};
use super::session::{Doing, Flow};
use super::{Effect, Effects, Hub, RoomMakers, SessionId, words};
use crate::limits::ENTRY_LINES;
use crate::protocol::line;
use crate::protocol::{
    Code, Name, Now, Page, Query, RoomName, RoomRecord, RoomRequest, Span, StoreFailed, Ticket,
    Topic,
};

/// What the store was asked about rooms and has not answered.
#[derive(Debug, Default)]
pub(super) struct RoomRequests {
    /// Rooms and topics being written down.
    pub(super) writing: BTreeMap<Ticket, Writing>,
    /// Rooms whose last lines are being read.
    reading: BTreeMap<Ticket, RoomId>,
}

/// What is being written down, and for whom.
#[derive(Debug)]
pub(super) struct Writing {
    pub(super) session: SessionId,
    pub(super) what: Written,
}

/// What is true once it is written down.
#[derive(Debug)]
pub(super) enum Written {
    /// There is this room.
    Room(RoomName),
    /// The room has this topic.
    Topic(RoomId, Topic),
}

impl RoomRequests {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.writing.len() + self.reading.len()
    }

    /// Rooms that are being made, without those that there are meanwhile.
    fn being_made(&self, rooms: &Rooms) -> BTreeSet<RoomName> {
        let made = self.writing.values().filter_map(|writing| match writing.what {
            Written::Room(name) => Some(name),
            Written::Topic(..) => None,
        });
        made.filter(|name| rooms.find(name).is_none()).collect()
    }
}

impl Hub {
    /// `JOIN #room`
    pub(super) fn join(&mut self, now: Now, id: SessionId, name: RoomName, fx: &mut Effects) {
        let Some(s) = self.sessions.get_mut(id) else {
            return;
        };
        let found = self.rooms.find(&name);
        if let Some(room) = found
            && s.rooms.contains(room)
        {
            s.current = Some(room);
            return self.say_joined(id, room, 0, fx);
        }
        let bound = self.settings.limits.rooms_per_session;
        if s.rooms.as_slice().len() >= bound {
            let slash = self.slash(id);
            let text = format!(
                "you are in {bound} rooms, and that is the most; {slash}PART one of them first"
            );
            return self.fail(id, "JOIN", Code::NotAllowed, &text, fx);
        }
        match found {
            Some(room) => {
                self.come_in(now, id, room, fx);
            }
            None => self.make_room(now, id, name, fx),
        }
    }

    /// Has a room written down that there is not yet, or says why not.
    fn make_room(&mut self, now: Now, id: SessionId, name: RoomName, fx: &mut Effects) {
        let Some(s) = self.sessions.get(id) else {
            return;
        };
        let (Some(by), account) = (s.name, s.account) else {
            return;
        };
        if !self.may_make_room(s) {
            let operators = self.settings.room_makers == RoomMakers::Operators;
            let text = words::no_new_room(self.slash(id), operators);
            return self.fail(id, "JOIN", Code::NotAllowed, &text, fx);
        }
        let mut made = self.requests.being_made(&self.rooms);
        made.insert(name);
        if self.rooms.len() + made.len() > self.settings.limits.rooms {
            let slash = self.slash(id);
            let text = format!(
                "there are as many rooms as there may be; type {slash}LIST to see them, and enter one of those"
            );
            return self.fail(id, "JOIN", Code::NotAllowed, &text, fx);
        }
        let request = RoomRequest::Make { room: name, account, by, at: now.wall };
        self.write_down(id, Written::Room(name), request, fx);
    }

    /// Has something about a room written down; the session waits for it.
    pub(super) fn write_down(
        &mut self,
        id: SessionId,
        what: Written,
        request: RoomRequest,
        fx: &mut Effects,
    ) {
        let ticket = self.ticket();
        if let Some(s) = self.sessions.get_mut(id) {
            s.doing = Some(Box::new(Doing::Room));
            self.requests.writing.insert(ticket, Writing { session: id, what });
            fx.push(Effect::Room { ticket, request });
        }
    }

    /// The store has written something about a room, or not.
    pub(super) fn room_written(
        &mut self,
        now: Now,
        ticket: Ticket,
        outcome: Result<(), StoreFailed>,
        fx: &mut Effects,
    ) {
        let Some(Writing { session, what }) = self.requests.writing.remove(&ticket) else {
            return;
        };
        match (what, outcome) {
            (Written::Room(name), Ok(())) => {
                let before = self.rooms.len();
                let Some(room) = self.rooms.add(RoomRecord::new(name)) else {
                    return self.not_written(session, "JOIN", fx);
                };
                if self.rooms.len() > before {
                    // Nobody has spoken in it: there is nothing to read.
                    self.rooms.get_mut(room).last = LastLines::none();
                    let line = match self.name_of(session) {
                        Some(by) => format!("{by} made {name}"),
                        None => format!("{name} was made"),
                    };
                    fx.push(Effect::Log { important: true, line });
                }
                if self.come_in(now, session, room, fx) {
                    self.finish(session, fx);
                }
            }
            (Written::Room(_), Err(StoreFailed)) => self.not_written(session, "JOIN", fx),
            (Written::Topic(room, topic), Ok(())) => self.topic_set(session, room, topic, fx),
            (Written::Topic(..), Err(StoreFailed)) => self.not_written(session, "TOPIC", fx),
        }
    }

    fn not_written(&mut self, id: SessionId, verb: &str, fx: &mut Effects) {
        let text = "it could not be written down, nothing is changed; try again later";
        self.fail(id, verb, Code::NotStored, text, fx);
        self.finish(id, fx);
    }

    /// JOIN of a room that there is. False if it waits for the last lines.
    fn come_in(&mut self, now: Now, id: SessionId, room_id: RoomId, fx: &mut Effects) -> bool {
        let Some(s) = self.sessions.get_mut(id) else {
            self.rooms.forget_lines(room_id);
            return true;
        };
        let room = self.rooms.get_mut(room_id);
        if s.tagged || room.last.is_known() {
            self.joined(now, id, room_id, fx);
            return true;
        }
        s.doing = Some(Box::new(Doing::Room));
        if room.last.wait(id) {
            let query = Query::History {
                room: room.name,
                span: Span::Latest,
                upto: self.said.relayed(),
                lines: ENTRY_LINES,
                bytes: usize::MAX,
            };
            let ticket = self.ticket();
            self.requests.reading.insert(ticket, room_id);
            fx.push(Effect::Ask { ticket, query });
        }
        false
    }

    /// The last lines of a room are read, or cannot be. Gives back the answer to any other
    /// question.
    pub(super) fn lines_read(
        &mut self,
        now: Now,
        ticket: Ticket,
        page: Result<Page, StoreFailed>,
        fx: &mut Effects,
    ) -> Result<(), Result<Page, StoreFailed>> {
        let Some(room_id) = self.requests.reading.remove(&ticket) else {
            return Err(page);
        };
        let room = self.rooms.get_mut(room_id);
        let (name, failed) = (room.name, page.is_err());
        for id in room.last.read(page.ok().map(|page| page.lines)) {
            if self.sessions.get(id).is_none() {
                continue;
            }
            self.joined(now, id, room_id, fx);
            if failed {
                self.notice(id, &format!("the last lines of {name} cannot be read now"), fx);
            }
            self.finish(id, fx);
        }
        self.rooms.forget_lines(room_id);
        Ok(())
    }

    /// A session is let into a room, and told so first.
    fn joined(&mut self, now: Now, id: SessionId, room: RoomId, fx: &mut Effects) {
        let name = self.sessions.get(id).and_then(|s| s.name);
        let here = name.is_some_and(|name| self.rooms.get(room).members.contains_key(&name));
        self.say_joined(id, room, usize::from(!here), fx);
        self.enter(now, id, room, fx);
    }

    /// `OK JOIN #room <members> [:topic]`, with so many members more than there are.
    fn say_joined(&self, id: SessionId, room: RoomId, more: usize, fx: &mut Effects) {
        let room = self.rooms.get(room);
        let members = room.members.len() + more;
        fx.send(id, |o| line::room(o, "OK JOIN", &room.name, members, room.topic()));
    }

    /// A session enters a room, which is its current one from here on.
    pub(super) fn enter(&mut self, now: Now, id: SessionId, room_id: RoomId, fx: &mut Effects) {
        let relayed = self.said.relayed();
        let Some(s) = self.sessions.get_mut(id) else {
            return;
        };
        let Some(name) = s.name else {
            return;
        };
        if let Flow::Behind(behind) = &mut s.flow {
            if s.rooms.is_empty() && behind.visits.is_empty() && s.account.is_none() {
                // It missed nothing of rooms it was not in, and is told nothing.
                behind.seen = relayed;
            } else {
                behind.visits.enter(room_id, relayed);
            }
        }
        s.rooms.push(room_id);
        s.current = Some(room_id);
        let (plain, user, behind) = (!s.tagged, s.account.is_some(), s.flow != Flow::Live);
        fx.push(Effect::Enter { session: id, room: room_id });
        if behind {
            fx.push(Effect::Hold { session: id });
        }
        let room = self.rooms.get_mut(room_id);
        if plain {
            fx.send(id, |o| room.last.iter().for_each(|stored| line::hist(o, stored)));
        }
        if room.enter(name, user, now.wall) {
            self.gather(now, room_id);
        }
    }

    /// `PART [#room]`
    pub(super) fn part(
        &mut self,
        now: Now,
        id: SessionId,
        room: Option<RoomName>,
        fx: &mut Effects,
    ) {
        let Some(room_id) = self.own_room(id, "PART", room, fx) else {
            return;
        };
        self.leave(now, id, room_id, fx);
        let name = self.rooms.get(room_id).name;
        self.ok(id, "PART", format_args!("{name}"), fx);
    }

    /// A session that stays leaves a room: the current one is then the one it entered last.
    pub(super) fn leave(&mut self, now: Now, id: SessionId, room_id: RoomId, fx: &mut Effects) {
        let relayed = self.said.relayed();
        let Some(s) = self.sessions.get_mut(id) else {
            return;
        };
        if !s.rooms.contains(room_id) {
            return;
        }
        s.rooms.remove(room_id);
        if s.current == Some(room_id) {
            s.current = s.rooms.as_slice().last().copied();
        }
        if let Flow::Behind(behind) = &mut s.flow {
            behind.visits.leave(room_id, relayed);
        }
        if let Some(name) = s.name {
            self.leave_room(now, id, &name, room_id, fx);
        }
    }

    /// A session is in a room no more, whether or not it is anywhere.
    pub(super) fn leave_room(
        &mut self,
        now: Now,
        id: SessionId,
        name: &Name,
        room_id: RoomId,
        fx: &mut Effects,
    ) {
        fx.push(Effect::Leave { session: id, room: room_id });
        if self.rooms.get_mut(room_id).leave(name) {
            self.gather(now, room_id);
            self.rooms.forget_lines(room_id);
        }
    }

    /// The room of this name that the session is in, or its current one; otherwise the
    /// `FAIL` that says why there is none.
    pub(super) fn own_room(
        &self,
        id: SessionId,
        verb: &str,
        room: Option<RoomName>,
        fx: &mut Effects,
    ) -> Option<RoomId> {
        let s = self.sessions.get(id)?;
        let slash = self.slash(id);
        let (code, text) = match room.map(|name| (name, self.rooms.find(&name))) {
            None if s.current.is_some() => return s.current,
            None => (Code::NotInRoom, words::in_no_room(slash)),
            Some((_, Some(room))) if s.rooms.contains(room) => return Some(room),
            Some((name, Some(_))) => (Code::NotInRoom, words::not_in_room(slash, &name)),
            Some((_, None)) if verb == "MSG" => (Code::NoSuchRoom, words::no_such_room_msg(slash)),
            Some((_, None)) => (Code::NoSuchRoom, words::no_such_room(slash)),
        };
        self.fail(id, verb, code, &text, fx);
        None
    }
}
