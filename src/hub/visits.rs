//! Rooms that a session has entered or left while it was behind: of each it has missed a
//! part only. Used by the catch-up.

use super::room::RoomId;
use super::room_list::RoomList;
use crate::protocol::MessageId;

/// The parts of rooms that a session heard, or would have, while it is behind. Of a room
/// that it was in all the while there is none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Visits(Vec<Visit>);

/// A room from one message to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Visit {
    room: RoomId,
    /// What was relayed last before it entered.
    after: MessageId,
    /// What was relayed last before it left; `None` while it is there.
    upto: Option<MessageId>,
}

impl Visits {
    /// It enters a room, behind this message.
    pub(super) fn enter(&mut self, room: RoomId, after: MessageId) {
        self.0.push(Visit { room, after, upto: None });
    }

    /// It leaves a room, behind this message.
    pub(super) fn leave(&mut self, room: RoomId, upto: MessageId) {
        let open = self.0.iter_mut().find(|visit| visit.room == room && visit.upto.is_none());
        match open {
            Some(visit) => visit.upto = Some(upto),
            None => self.0.push(Visit { room, after: MessageId(0), upto: Some(upto) }),
        }
    }

    /// It is to be fed this message of a room that it is not in: its own.
    pub(super) fn hear_one(&mut self, room: RoomId, id: MessageId) {
        let after = MessageId(id.0.saturating_sub(1));
        self.0.push(Visit { room, after, upto: Some(id) });
    }

    /// Whether a message of this room is one that it missed, if these are its rooms now.
    pub(super) fn hear(&self, rooms: &RoomList, room: RoomId, id: MessageId) -> bool {
        let mut visits = self.0.iter().filter(|visit| visit.room == room).peekable();
        if visits.peek().is_none() {
            return rooms.contains(room);
        }
        visits.any(|visit| visit.after < id && visit.upto.is_none_or(|upto| id <= upto))
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All rooms that it has missed something of, if these are its rooms now; each once.
    pub(super) fn rooms(&self, rooms: &RoomList) -> Vec<RoomId> {
        let mut all: Vec<RoomId> = rooms.as_slice().to_vec();
        for visit in &self.0 {
            if !all.contains(&visit.room) {
                all.push(visit.room);
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: RoomId = RoomId(1);
    const B: RoomId = RoomId(2);

    fn heard(visits: &Visits, rooms: &RoomList, room: RoomId) -> Vec<u64> {
        (1..=10).filter(|id| visits.hear(rooms, room, MessageId(*id))).collect()
    }

    #[test]
    fn each_part_of_each_room_and_nothing_else() {
        let (mut visits, mut rooms) = (Visits::default(), RoomList::default());
        rooms.push(A);
        assert_eq!(heard(&visits, &rooms, A), (1..=10).collect::<Vec<_>>(), "all the while");
        assert_eq!(heard(&visits, &rooms, B), [0; 0]);

        visits.enter(B, MessageId(3));
        rooms.push(B);
        assert_eq!(heard(&visits, &rooms, B), (4..=10).collect::<Vec<_>>());
        visits.leave(B, MessageId(5));
        rooms.remove(B);
        assert_eq!(heard(&visits, &rooms, B), [4, 5]);
        visits.enter(B, MessageId(8));
        rooms.push(B);
        assert_eq!(heard(&visits, &rooms, B), [4, 5, 9, 10], "gone and back");

        visits.leave(A, MessageId(2));
        rooms.remove(A);
        assert_eq!(heard(&visits, &rooms, A), [1, 2], "left where it had been before");
        assert_eq!(visits.rooms(&rooms), [B, A]);
        visits.hear_one(A, MessageId(6));
        visits.hear_one(A, MessageId(9));
        assert_eq!(heard(&visits, &rooms, A), [1, 2, 6, 9], "and what it said there itself");
    }
}
