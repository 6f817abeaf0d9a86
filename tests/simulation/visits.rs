//! Which part of which room somebody hears, by the places in the log of what was said:
//! the plain way to keep it, to hold the hub's against.

use taifas::protocol::RoomName;

/// Every stay in a room, in the order of entering.
#[derive(Default)]
pub struct Visits(Vec<Visit>);

struct Visit {
    room: RoomName,
    /// The place of the first message that it hears there.
    from: usize,
    /// The place behind the last one; `None` while it is there.
    upto: Option<usize>,
}

impl Visits {
    pub fn enter(&mut self, room: RoomName, from: usize) {
        assert!(!self.is_in(&room), "entered twice");
        self.0.push(Visit { room, from, upto: None });
    }

    pub fn leave(&mut self, room: &RoomName, upto: usize) {
        let open = self.0.iter_mut().find(|v| v.room == *room && v.upto.is_none());
        open.expect("leaves what it is not in").upto = Some(upto);
    }

    /// It hears what it said itself at this place, though it was sent out before.
    pub fn hear_own(&mut self, room: RoomName, place: usize) {
        self.0.push(Visit { room, from: place, upto: Some(place + 1) });
    }

    pub fn is_in(&self, room: &RoomName) -> bool {
        self.rooms().any(|own| own == room)
    }

    pub fn is_empty(&self) -> bool {
        self.rooms().next().is_none()
    }

    /// The rooms that it is in, in the order of entering.
    pub fn rooms(&self) -> impl Iterator<Item = &RoomName> {
        self.0.iter().filter(|v| v.upto.is_none()).map(|v| &v.room)
    }

    /// Whether it hears what was said in this room at this place.
    pub fn hear(&self, room: &RoomName, at: usize) -> bool {
        let covers = |v: &Visit| v.from <= at && v.upto.is_none_or(|upto| at < upto);
        self.0.iter().any(|v| v.room == *room && covers(v))
    }

    /// Everything before this place was heard.
    pub fn forget_before(&mut self, place: usize) {
        self.0.retain(|v| v.upto.is_none_or(|upto| upto > place));
    }
}
