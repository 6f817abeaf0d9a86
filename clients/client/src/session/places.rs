//! Where we are: the rooms we want to be in and how far that is, the talks that are
//! open, and in each how far we have read.
//!
//! It outlives connections: what a new one has to bring us back to is here. It says
//! nothing to the server; the session does.

use std::collections::BTreeMap;

use taifas::protocol::{Name, RoomName};

use super::history::History;
use super::people::People;
use crate::happening::Refusal;
use crate::place::Place;

/// Most talks that are open; then one goes in which nothing was said for long, those
/// with guests first.
pub const TALKS_MOST: usize = 1_000;

/// How long to wait before a room is tried again that the server could not let us into,
/// in milliseconds.
const AGAIN_MS: u64 = 2_000;

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Places {
    pub(super) rooms: BTreeMap<RoomName, Room>,
    pub(super) talks: BTreeMap<Name, Talk>,
    /// Counts what is said in talks, so that the quietest one can be found.
    said: u64,
}

/// A room that we want to be in, or are in.
#[derive(Debug, Default)]
pub(super) struct Room {
    /// We are to be in it, also after a break.
    pub(super) is_wanted: bool,
    pub(super) standing: Standing,
    /// The owner was told of it.
    pub(super) is_opened: bool,
    /// What it is about is not known on this connection.
    pub(super) wants_topic: bool,
    /// Not to be tried before this time.
    pub(super) again_ms: Option<u64>,
    pub(super) history: History,
    pub(super) people: People,
}

/// How things stand on this connection.
///
/// ```text
///  Out ── JOIN ──▶ Coming ── OK ──▶ In ── PART ──▶ Going ── OK ──▶ Out
///   ▲                │ FAIL          │ KICK
///   └────────────────┴───────────────┘
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Standing {
    #[default]
    Out,
    Coming,
    In,
    Going,
}

/// The talk with one person.
#[derive(Debug, Default)]
pub(super) struct Talk {
    /// The server may have a history of it; not so with guests.
    pub(super) is_kept: bool,
    pub(super) history: History,
    /// As far as is known, the server keeps nothing that is said there: the other one is a
    /// guest.
    pub(super) is_passing: bool,
    /// The number of what was said there last.
    said: u64,
}

impl Places {
    /// A connection is gone, or begins.
    pub(super) fn restart(&mut self) {
        for room in self.rooms.values_mut() {
            room.standing = Standing::Out;
            room.again_ms = None;
            room.people = People::default();
            room.history.restart();
        }
        // What was on its way out is out.
        self.rooms.retain(|_, room| room.is_wanted || room.is_opened);
        self.talks.values_mut().for_each(|talk| talk.history.restart());
    }

    /// Whether something can be said there now.
    pub(super) fn is_ready(&self, place: &Place) -> bool {
        match place {
            Place::Room(room) => self.is_in(room),
            Place::Person(_) => true,
        }
    }

    /// Whether something can be said there, now or when we are back.
    pub(super) fn is_ours(&self, place: &Place) -> bool {
        match place {
            Place::Room(room) => self.rooms.get(room).is_some_and(|room| room.is_wanted),
            Place::Person(_) => true,
        }
    }

    /// Whether we are in the room and want to be.
    pub(super) fn is_in(&self, room: &RoomName) -> bool {
        self.rooms.get(room).is_some_and(Room::is_here)
    }

    /// Whether what is said there is in no history, as far as is known.
    pub(super) fn is_passing(&self, place: &Place) -> bool {
        let talk = place.person().and_then(|name| self.talks.get(&name));
        talk.is_some_and(|talk| talk.is_passing)
    }

    /// It turns out whether the server keeps what is said there.
    pub(super) fn set_passing(&mut self, place: &Place, is_passing: bool) {
        if let Some(talk) = place.person().and_then(|name| self.talks.get_mut(&name)) {
            talk.is_passing = is_passing;
        }
    }

    pub(super) fn history(&mut self, place: &Place) -> Option<&mut History> {
        match place {
            Place::Room(room) => self.rooms.get_mut(room).map(|room| &mut room.history),
            Place::Person(name) => self.talks.get_mut(name).map(|talk| &mut talk.history),
        }
    }

    /// The histories that may be read now.
    pub(super) fn histories(&mut self) -> impl Iterator<Item = (Place, &mut History)> {
        let rooms = self.rooms.iter_mut().filter(|(_, room)| room.is_here());
        let rooms = rooms.map(|(name, room)| (Place::Room(*name), &mut room.history));
        let talks = self.talks.iter_mut().filter(|(_, talk)| talk.is_kept);
        rooms.chain(talks.map(|(name, talk)| (Place::Person(*name), &mut talk.history)))
    }

    /// Whether we are wherever we want to be and nothing is missing there.
    pub(super) fn are_whole(&self) -> bool {
        let mut rooms = self.rooms.values().filter(|room| room.is_wanted);
        let mut talks = self.talks.values().filter(|talk| talk.is_kept);
        rooms.all(|room| room.is_here() && room.history.is_caught_up() && room.people.is_whole())
            && talks.all(|talk| talk.history.is_caught_up())
    }

    /// When something is to be tried again.
    pub(super) fn due_ms(&self) -> Option<u64> {
        let rooms = self.rooms.values();
        let rooms = rooms.flat_map(|room| [room.again_ms, room.history.due_ms()]);
        rooms.chain(self.talks.values().map(|talk| talk.history.due_ms())).flatten().min()
    }

    /// Something is said in this talk, or it is opened. True if it was not open.
    pub(super) fn talk(&mut self, name: Name, is_kept: bool) -> bool {
        self.said += 1;
        let is_new = !self.talks.contains_key(&name);
        let talk = self.talks.entry(name).or_default();
        // Who was a guest may have an account by now.
        talk.is_kept |= is_kept;
        talk.said = self.said;
        is_new
    }

    /// The talk that has to go so that there are not too many.
    pub(super) fn too_many(&self, is_used: impl Fn(&Name) -> bool) -> Option<Name> {
        if self.talks.len() <= TALKS_MOST {
            return None;
        }
        let talks = self.talks.iter();
        let quietest =
            talks.min_by_key(|(name, t)| (is_used(name), t.is_kept && !t.is_passing, t.said));
        quietest.map(|(name, _)| *name)
    }
}

impl Room {
    pub(super) fn wanted() -> Room {
        Room { is_wanted: true, ..Room::default() }
    }

    /// Whether we are in it and want to be.
    pub(super) fn is_here(&self) -> bool {
        self.is_wanted && self.standing == Standing::In
    }

    /// Whether to ask to be let in now; it is then being asked.
    pub(super) fn comes(&mut self, now_ms: u64) -> bool {
        let is_due = self.again_ms.is_none_or(|again| now_ms >= again);
        let comes = self.is_wanted && self.standing == Standing::Out && is_due;
        if comes {
            (self.standing, self.again_ms) = (Standing::Coming, None);
        }
        comes
    }

    /// Whether to leave now; it is then being left.
    pub(super) fn goes(&mut self) -> bool {
        let goes = !self.is_wanted && self.standing == Standing::In;
        if goes {
            self.standing = Standing::Going;
        }
        goes
    }

    /// We are in.
    pub(super) fn entered(&mut self) {
        self.standing = Standing::In;
        self.people = People::default();
        self.people.wanted = true;
    }

    /// The server does not let us in. True if that is final.
    pub(super) fn refused(&mut self, now_ms: u64, why: &Refusal) -> bool {
        self.standing = Standing::Out;
        let is_passing = matches!(why.code.as_str(), "NOT_STORED" | "TRY_LATER");
        if is_passing && self.is_opened {
            self.again_ms = Some(now_ms + AGAIN_MS);
            return false;
        }
        self.is_wanted = false;
        true
    }

    /// We are out, and not to come back by ourselves. How far we have read is kept, for
    /// whoever joins again.
    pub(super) fn put_out(&mut self) {
        self.is_wanted = false;
        self.parted();
    }

    /// We are out.
    pub(super) fn parted(&mut self) {
        self.standing = Standing::Out;
        self.people = People::default();
        self.history.restart();
    }
}
