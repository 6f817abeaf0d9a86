//! What must hold, as far as it can be seen from outside: of what the hub holds after each
//! input, and of everything when nothing is under way.

use std::collections::{BTreeMap, BTreeSet};

use taifas::hub::Expects;
use taifas::protocol::{Name, RoomName};

use super::world::World;

impl World {
    /// What the hub holds for sessions is held for those who are there, and their screens
    /// are dark for passwords alone.
    pub fn check_holdings(&self) {
        for peer in self.peers.iter().flatten().filter(|p| !p.closed) {
            let asked = self.hub.expects(peer.session) == Expects::Password;
            assert_eq!(peer.hidden, asked, "{:?}", peer.session);
        }
        let open = || self.peers.iter().flatten().filter(|p| !p.closed);
        let (sessions, held) = (open().count(), open().filter(|p| p.held).count());
        for (what, count) in self.hub.leftovers() {
            match what {
                "sessions" | "connections" => assert_eq!(count, sessions, "{what}"),
                "behind" => assert_eq!(count, held, "{what}"),
                "owed" => assert!(count <= held, "{what}: {count} of {held}"),
                "starved" => assert!(count <= sessions, "{what}: {count} of {sessions}"),
                // One a session, and one a room.
                "timers" => {
                    let most = sessions + self.store.rooms.len();
                    assert!(count <= most, "{what}: {count} of {sessions}");
                }
                "requests about rooms" => {
                    assert_eq!(count, self.store.room_requests(), "{what}");
                }
                "orders" => {
                    let under_way = self.store.changes_under_way() + self.store.forgets_under_way();
                    assert!(count <= under_way, "{what}: {count} of {under_way}");
                }
                // The one that runs, and what is being written, may be of those who left.
                "account jobs" => {
                    let under_way = 1 + self.store.changes_under_way();
                    assert!(count <= sessions + under_way, "{what}: {count} of {sessions}");
                }
                _ => {}
            }
        }
    }

    /// Nobody who is here speaks before the room has seen them come.
    pub fn is_known(&self, room: &RoomName, speaker: &Name) {
        for peer in self.peers.iter().flatten() {
            let unsure = peer.held || peer.closed || peer.unsure.contains(room);
            if let Some(people) = peer.people.get(room).filter(|_| !unsure) {
                assert!(people.contains(speaker), "{speaker} speaks, and {people:?} are here");
            }
        }
    }

    /// The names in the room, and whose they are: a name is one account's sessions' or
    /// one guest's.
    pub fn who_is_in(&self, room: &RoomName) -> BTreeMap<Name, Option<u64>> {
        let mut here = BTreeMap::new();
        for peer in self.peers.iter().flatten().filter(|p| p.visits.is_in(room)) {
            let name = self.hub.name_of(peer.session).expect("who is in a room has a name");
            let before = here.insert(name, peer.account);
            assert!(
                before.is_none() || (peer.account.is_some() && before == Some(peer.account)),
                "{name} is {before:?} and {:?}",
                peer.account
            );
        }
        here
    }

    /// Nothing is under way: nobody waits for anything.
    pub fn check_rest(&self) {
        let made = self.store.rooms.len();
        assert!(made <= self.limits.rooms.max(self.rooms_before), "{made} rooms");
        for peer in self.peers.iter().flatten().filter(|p| !p.closed) {
            let who = (peer.session, self.hub.name_of(peer.session));
            let number = who.1.and_then(|name| self.store.accounts.get(&name)).map(|a| a.id.0);
            assert!(peer.account.is_none() || peer.account == number, "{who:?} is no account");
            let asked = self.hub.expects(peer.session) == Expects::Password;
            assert!(self.hub.is_idle(peer.session), "{who:?} is not idle");
            assert!(peer.lines.is_empty(), "{who:?}: {} lines are stuck", peer.lines.len());
            assert_eq!(peer.wants.len(), usize::from(asked), "{who:?} is owed {:?}", peer.wants);
            assert!(!peer.held, "{who:?} is still behind");
            assert!(!peer.at_end, "{who:?} was not closed at its end");
            for room in peer.visits.rooms() {
                let people = peer.people.get(room).filter(|_| !peer.unsure.contains(room));
                if let Some(people) = people {
                    let here: BTreeSet<Name> = self.who_is_in(room).into_keys().collect();
                    assert_eq!(people, &here, "who is in {room}, as {who:?} was told");
                }
                let Some(told) = peer.topics.get(room) else {
                    assert_eq!(room, &RoomName::LOBBY, "who enters with JOIN is told");
                    continue;
                };
                let topic = self.store.rooms.get(room).and_then(|r| r.topic.as_ref());
                assert_eq!(told, topic.map_or("", |t| &*t.text), "of {room}, as {who:?} was told");
            }
        }
    }
}
