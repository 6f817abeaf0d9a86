//! Rooms as they are kept, and what the hub asks the store to write about them.
//!
//! A room lasts with its topic and its history, whether or not anybody is in it.
//! Values only: who may make a room or set a topic is the hub's to decide.

use std::fmt;

use super::account::AccountId;
use super::name::{Name, RoomName};
use super::time::Timestamp;

/// What a room is about.
#[derive(Clone, PartialEq, Eq)]
pub struct Topic {
    /// The text; empty once it was taken away. It is checked ([`Text`](super::Text)).
    pub text: Box<str>,
    /// Who set it.
    pub by: Name,
    /// When.
    pub at: Timestamp,
}

/// A room as the store has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomRecord {
    /// Its name, spelled as it was made.
    pub name: RoomName,
    /// Its topic; `None` if it never had one.
    pub topic: Option<Topic>,
    /// The account that made it; `None` for a guest's, and for `#lobby`.
    pub made_by: Option<AccountId>,
}

/// What the hub asks to be written down about a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoomRequest {
    /// A new room. One that there is already stays as it is.
    Make {
        /// Its name.
        room: RoomName,
        /// The account that makes it; `None` for a guest.
        account: Option<AccountId>,
        /// What that one is called.
        by: Name,
        /// When.
        at: Timestamp,
    },
    /// Another topic.
    SetTopic {
        /// Whose.
        room: RoomName,
        /// Which, from whom and when.
        topic: Topic,
    },
}

impl RoomRecord {
    /// A room that has nothing but its name.
    pub fn new(name: RoomName) -> RoomRecord {
        RoomRecord { name, topic: None, made_by: None }
    }
}

/// What people write never shows in a log by accident.
impl fmt::Debug for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Topic")
            .field("by", &self.by)
            .field("at", &self.at)
            .field("text_bytes", &self.text.len())
            .finish_non_exhaustive()
    }
}
