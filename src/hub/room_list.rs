//! A few rooms in the order they were entered, without heap.

use super::room::RoomId;

/// The rooms of one session. Nearly everybody is in one or two; a thousand idle
/// sessions must not be a thousand little heap blocks for it.
#[derive(Debug, Clone)]
pub struct RoomList(List);

#[derive(Debug, Clone)]
enum List {
    /// Invariant: the first `len` are meant, and `len <= FEW`.
    Few { len: u8, rooms: [RoomId; FEW] },
    /// More than [`FEW`], once there were.
    Many(Vec<RoomId>),
}

/// As many as fit where a `Vec` would be.
const FEW: usize = 6;

impl RoomList {
    /// The rooms.
    pub fn as_slice(&self) -> &[RoomId] {
        match &self.0 {
            List::Few { len, rooms } => &rooms[..usize::from(*len)],
            List::Many(rooms) => rooms,
        }
    }

    /// Whether the room is one of them.
    pub fn contains(&self, room: RoomId) -> bool {
        self.as_slice().contains(&room)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.as_slice().is_empty()
    }

    /// Adds a room behind the others.
    pub fn push(&mut self, room: RoomId) {
        match &mut self.0 {
            List::Few { len, rooms } if usize::from(*len) < FEW => {
                rooms[usize::from(*len)] = room;
                *len += 1;
            }
            List::Few { rooms, .. } => {
                let mut many = rooms.to_vec();
                many.push(room);
                self.0 = List::Many(many);
            }
            List::Many(rooms) => rooms.push(room),
        }
    }

    /// Takes a room out; the others keep their order.
    pub fn remove(&mut self, room: RoomId) {
        match &mut self.0 {
            List::Few { len, rooms } => {
                let used = usize::from(*len);
                if let Some(at) = rooms[..used].iter().position(|r| *r == room) {
                    rooms.copy_within(at + 1..used, at);
                    *len -= 1;
                }
            }
            List::Many(rooms) => rooms.retain(|r| *r != room),
        }
    }
}

impl From<RoomId> for RoomList {
    fn from(room: RoomId) -> RoomList {
        let mut list = RoomList::default();
        list.push(room);
        list
    }
}

impl Default for RoomList {
    fn default() -> RoomList {
        RoomList(List::Few { len: 0, rooms: [RoomId(0); FEW] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_list_at_every_length() {
        let (mut list, mut model) = (RoomList::default(), Vec::new());
        assert_eq!(size_of::<RoomList>(), size_of::<Vec<RoomId>>());
        for n in 0..20 {
            list.push(RoomId(n));
            model.push(RoomId(n));
            assert_eq!(list.as_slice(), model);
        }
        for n in [3, 0, 19, 7, 7, 42] {
            list.remove(RoomId(n));
            model.retain(|r| *r != RoomId(n));
            assert_eq!(list.as_slice(), model);
        }
        let mut few = RoomList::default();
        few.push(RoomId(1));
        few.push(RoomId(2));
        few.remove(RoomId(1));
        assert_eq!(few.as_slice(), [RoomId(2)]);
        assert!(few.contains(RoomId(2)) && !few.contains(RoomId(1)) && !few.is_empty());
    }
}
