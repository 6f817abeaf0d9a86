//! A room: who is in it, what it is about, what was said last, and who came and went a
//! moment ago.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use super::last_lines::LastLines;
use super::order::Erased;
use crate::limits::NAMES_LINE_BYTES;
use crate::protocol::line::{self, NameLines};
use crate::protocol::{Name, RoomName, RoomRecord, Timestamp, Topic};

/// A room's number, for as long as the server runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoomId(pub u16);

/// A room.
#[derive(Debug)]
pub(super) struct Room {
    /// Its name.
    pub(super) name: RoomName,
    /// Who is in it, in the order of their names.
    pub(super) members: BTreeMap<Name, Member>,
    /// What it is about; `None` if nobody ever said.
    pub(super) topic: Option<Topic>,
    /// How many topics had been set in all rooms when this one was; 0 before the first
    /// since the start.
    pub(super) topic_number: u64,
    /// The last lines said.
    pub(super) last: LastLines,
    /// Who went since the room was last told; who came is marked among the members.
    went: BTreeSet<Name>,
    /// Whether a list of the members was given while there was news: it is ahead of
    /// what the room was told.
    listed: bool,
    /// When it is told, in milliseconds; `None` while there is nothing to tell.
    pub(super) due_ms: Option<u64>,
}

/// Somebody who is in a room.
#[derive(Debug, Clone, Copy)]
pub(super) struct Member {
    /// How many of their sessions are.
    pub(super) sessions: u16,
    /// Since when.
    pub(super) since: Timestamp,
    /// Whether it is an account.
    pub(super) user: bool,
    /// Whether the room has not been told yet that they came.
    new: bool,
}

/// Every room, by number.
#[derive(Debug)]
pub(super) struct Rooms {
    rooms: Vec<Room>,
    numbers: BTreeMap<RoomName, RoomId>,
}

impl Room {
    fn new(record: RoomRecord) -> Room {
        Room {
            name: record.name,
            members: BTreeMap::new(),
            topic: record.topic,
            topic_number: 0,
            last: LastLines::Unread,
            went: BTreeSet::new(),
            listed: false,
            due_ms: None,
        }
    }

    /// One more session of this name is in the room. True if somebody came.
    pub(super) fn enter(&mut self, name: Name, user: bool, now: Timestamp) -> bool {
        let fresh = Member { sessions: 0, since: now, user, new: false };
        let member = self.members.entry(name).or_insert(fresh);
        member.sessions = member.sessions.saturating_add(1);
        member.user = user;
        let came = member.sessions == 1;
        // Gone and back within one gathering is nobody's news, unless somebody was given
        // a list in between: to them it is.
        member.new |= came && (!self.went.remove(&name) || self.listed);
        came
    }

    /// One session of this name less. True if somebody went.
    pub(super) fn leave(&mut self, name: &Name) -> bool {
        let Some(member) = self.members.get_mut(name) else {
            return false;
        };
        member.sessions -= 1;
        let went = member.sessions == 0;
        if went && (!member.new || self.listed) {
            self.went.insert(*name);
        }
        if went {
            self.members.remove(name);
        }
        if self.members.is_empty() {
            // Nobody is left to be told; whoever comes now has come to an empty room.
            self.went.clear();
        }
        went
    }

    /// Somebody has another name now; the room is told so by name, not by presence.
    pub(super) fn rename(&mut self, old: &Name, new: Name, user: bool) {
        if let Some(mut member) = self.members.remove(old) {
            member.user = user;
            self.members.insert(new, member);
        }
    }

    /// Somebody is given a list of the members, or part of one.
    pub(super) fn is_listed(&mut self) {
        self.listed |= self.due_ms.is_some();
    }

    /// Whether the room has not been told yet that this one has come.
    pub(super) fn has_just_come(&self, name: &Name) -> bool {
        self.members.get(name).is_some_and(|member| member.new)
    }

    /// Writes the presence lines, arrivals first, and forgets them.
    pub(super) fn tell_news(&mut self, server: &Name, out: &mut Vec<u8>) {
        self.listed = false;
        let head = line::presence_head(server, "JOIN", &self.name);
        let mut lines = NameLines { out: &mut *out, head, line_bytes: NAMES_LINE_BYTES, len: 0 };
        for (name, member) in &mut self.members {
            if std::mem::take(&mut member.new) {
                lines.push(name);
            }
        }
        lines.finish();
        let head = line::presence_head(server, "PART", &self.name);
        let mut lines = NameLines { out, head, line_bytes: NAMES_LINE_BYTES, len: 0 };
        for name in std::mem::take(&mut self.went) {
            lines.push(&name);
        }
        lines.finish();
    }

    /// What it is about; empty if nothing is said about that.
    pub(super) fn topic(&self) -> &str {
        self.topic.as_ref().map_or("", |topic| &topic.text)
    }

    /// Writes the event that says what it is about now, if anybody ever said.
    pub(super) fn write_topic(&self, out: &mut Vec<u8>) {
        if let Some(topic) = &self.topic {
            line::event(out, &topic.by, format_args!("TOPIC {} :{}", self.name, topic.text));
        }
    }
}

impl Rooms {
    /// The lobby alone, which is number 0.
    pub(super) fn new() -> Rooms {
        let mut rooms = Rooms { rooms: Vec::new(), numbers: BTreeMap::new() };
        let lobby = rooms.add(RoomRecord::new(RoomName::LOBBY));
        if let Some(lobby) = lobby {
            rooms.get_mut(lobby).last = LastLines::none();
        }
        rooms
    }

    /// The number of the room everybody enters with their name.
    pub(super) const LOBBY: RoomId = RoomId(0);

    /// The room of this name, added if there is none; `None` if there can be no more.
    pub(super) fn add(&mut self, record: RoomRecord) -> Option<RoomId> {
        if let Some(id) = self.numbers.get(&record.name) {
            return Some(*id);
        }
        let id = RoomId(u16::try_from(self.rooms.len()).ok()?);
        self.numbers.insert(record.name, id);
        self.rooms.push(Room::new(record));
        Some(id)
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.rooms.len()
    }

    /// Those behind this name, in the order of their names.
    pub(super) fn by_name(&self, after: Option<RoomName>) -> impl Iterator<Item = &Room> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.numbers.range((from, Bound::Unbounded)).map(|(_, id)| self.get(*id))
    }

    /// The rooms that have not been told yet that this one has gone.
    pub(super) fn just_left_by(&self, name: &Name) -> Vec<RoomId> {
        let rooms = self.numbers.values().copied();
        rooms.filter(|id| self.get(*id).went.contains(name)).collect()
    }

    /// Forgets a room's last lines if nobody is in it. The lobby's stay: entering it with
    /// one's name never waits.
    pub(super) fn forget_lines(&mut self, id: RoomId) {
        let room = self.get_mut(id);
        if id != Rooms::LOBBY && room.members.is_empty() {
            room.last.forget();
        }
    }

    /// The number of the room of this name.
    pub(super) fn find(&self, name: &RoomName) -> Option<RoomId> {
        self.numbers.get(name).copied()
    }

    /// The room of this number.
    pub(super) fn get(&self, id: RoomId) -> &Room {
        &self.rooms[usize::from(id.0)]
    }

    /// The room of this number.
    pub(super) fn get_mut(&mut self, id: RoomId) -> &mut Room {
        &mut self.rooms[usize::from(id.0)]
    }

    /// Forgets messages that the store has erased.
    pub(super) fn forget_said(&mut self, erased: Erased) {
        self.rooms.iter_mut().for_each(|room| room.last.forget_said(erased));
    }

    /// All of them, by number.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Room> {
        self.rooms.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn news(room: &mut Room) -> String {
        let mut out = Vec::new();
        room.tell_news(&"s".parse().unwrap(), &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn news_is_gathered_and_cancels_out() {
        let mut room = Room::new(RoomRecord::new(RoomName::LOBBY));
        let (ana, ion): (Name, Name) = ("ana".parse().unwrap(), "ion".parse().unwrap());
        let at = Timestamp::default();
        room.enter(ana, false, at);
        room.enter(ion, false, at);
        room.enter(ion, false, at);
        assert_eq!(news(&mut room), ":s JOIN #lobby ana ion\r\n");
        assert!(!room.leave(&ion), "a second session is still there");
        assert_eq!(news(&mut room), "");
        assert!(room.leave(&ion));
        room.enter(ion, false, at);
        assert_eq!(news(&mut room), "", "gone and back is no news");
        room.leave(&ana);
        assert_eq!(news(&mut room), ":s PART #lobby ana\r\n");
        room.leave(&ion);
        room.enter(ion, false, at);
        assert_eq!(news(&mut room), ":s JOIN #lobby ion\r\n", "nobody saw them go");
    }
}
