//! Where a message stands among all messages: the server's number.
//!
//! What the server passes on and does not keep has one, too, of the same sequence; only
//! no history has it.

use std::fmt;

/// A message's id. Ids rise in every place.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct MessageId(u64);

impl MessageId {
    /// Before every message.
    pub const NONE: MessageId = MessageId::new(0);

    /// The id that the server has given.
    pub const fn new(id: u64) -> MessageId {
        MessageId(id)
    }

    /// The server's number.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The first id that is above this one.
    pub(crate) fn above(self) -> MessageId {
        MessageId(self.0.saturating_add(1))
    }
}

/// The number alone, as it stands on the wire.
impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MessageId({self})")
    }
}
