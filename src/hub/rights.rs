//! Who may do what to rooms: the rules, each in one small function. Nothing is said or
//! done here. Called by the commands about rooms.

use std::fmt;
use std::str::FromStr;

use super::Hub;
use super::session::Session;

/// Who may make a room by entering it. Rooms that there are can be entered by all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RoomMakers {
    /// Whoever has a name.
    Everyone,
    /// Who is logged in.
    #[default]
    Accounts,
    /// Operators.
    Operators,
}

impl RoomMakers {
    /// The word that the configuration uses.
    pub fn as_str(self) -> &'static str {
        match self {
            RoomMakers::Everyone => "everyone",
            RoomMakers::Accounts => "accounts",
            RoomMakers::Operators => "operators",
        }
    }
}

impl FromStr for RoomMakers {
    type Err = ();

    fn from_str(word: &str) -> Result<RoomMakers, ()> {
        let all = [RoomMakers::Everyone, RoomMakers::Accounts, RoomMakers::Operators];
        all.into_iter().find(|makers| makers.as_str() == word).ok_or(())
    }
}

impl fmt::Display for RoomMakers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Hub {
    /// Whether this one may make a room.
    pub(super) fn may_make_room(&self, session: &Session) -> bool {
        match self.settings.room_makers {
            RoomMakers::Everyone => true,
            RoomMakers::Accounts => session.account.is_some(),
            RoomMakers::Operators => self.keeps_order(session),
        }
    }

    /// Whether this one may say what a room is about.
    pub(super) fn may_set_topic(&self, session: &Session) -> bool {
        self.keeps_order(session)
    }
}
