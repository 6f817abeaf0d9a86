//! Where something is said: in a room, or to one person.
//!
//! A plain value that everything which happens bears, and that orders a list: rooms
//! first, each by name.

use std::fmt;
use std::str::FromStr;

use taifas::protocol::{Name, RoomName};

use crate::settings::BadName;

/// A room, or the talk with one person.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// Everybody in it hears what is said.
    Room(RoomName),
    /// Only this person and we do.
    Person(Name),
}

impl Place {
    /// The room everybody enters with their name.
    pub const LOBBY: Place = Place::Room(RoomName::LOBBY);

    /// The room, if it is one.
    pub fn room(&self) -> Option<RoomName> {
        match self {
            Place::Room(room) => Some(*room),
            Place::Person(_) => None,
        }
    }

    /// The person, if it is one.
    pub fn person(&self) -> Option<Name> {
        match self {
            Place::Room(_) => None,
            Place::Person(name) => Some(*name),
        }
    }
}

impl From<RoomName> for Place {
    fn from(room: RoomName) -> Place {
        Place::Room(room)
    }
}

impl From<Name> for Place {
    fn from(name: Name) -> Place {
        Place::Person(name)
    }
}

/// `#room` or `name`, as they stand on the wire and in files.
impl FromStr for Place {
    type Err = BadName;

    fn from_str(word: &str) -> Result<Place, BadName> {
        match word.starts_with('#') {
            true => word.parse().map(Place::Room).map_err(|_| BadName),
            false => word.parse().map(Place::Person).map_err(|_| BadName),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Room(room) => room.fmt(f),
            Place::Person(name) => name.fmt(f),
        }
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rooms_come_first_and_are_told_by_their_sign() {
        let place = |word: &str| word.parse::<Place>();
        let mut places: Vec<Place> =
            ["zoe", "#b", "Ana", "#A", "#lobby"].map(|word| place(word).unwrap()).into();
        places.sort();
        assert_eq!(format!("{places:?}"), "[#A, #b, #lobby, Ana, zoe]");
        assert_eq!(place("#Lobby"), Ok(Place::LOBBY));
        for wrong in ["", "#", "1a", "a b", "#a b"] {
            assert_eq!(place(wrong), Err(BadName), "{wrong}");
        }
    }
}
