//! Where a message stands among all messages: the server's id, or, for what the server
//! passes on and does not keep, a place behind the last id there was.
//!
//! What guests tell each other has no id on the wire, and a screen still needs to know
//! which row is which and which comes first. The [session](crate::session) gives such
//! ids; they mean nothing to the server and end with the client.

use std::fmt;

/// A message's id. Ids rise in every place, whoever has given them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct MessageId {
    /// The server's, or the last one of the server's before it.
    kept: u64,
    /// 0 for the server's own; else the how manieth behind it.
    behind: u32,
}

impl MessageId {
    /// Before every message.
    pub const NONE: MessageId = MessageId::new(0);

    /// The id that the server has given.
    pub const fn new(id: u64) -> MessageId {
        MessageId { kept: id, behind: 0 }
    }

    /// The server's number: of this message, if it [is kept](MessageId::is_kept), else of
    /// some message before it.
    pub const fn get(self) -> u64 {
        self.kept
    }

    /// Whether the server keeps the message: then it is in the history, and can be
    /// forgotten.
    pub const fn is_kept(self) -> bool {
        self.behind == 0
    }

    /// The next one of those that the server does not keep.
    pub(crate) fn behind(self) -> MessageId {
        MessageId { kept: self.kept, behind: self.behind.saturating_add(1) }
    }

    /// The first id of the server's that is above this one.
    pub(crate) fn above(self) -> MessageId {
        MessageId::new(self.kept.saturating_add(1))
    }
}

/// The number alone, as it stands on the wire.
impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kept.fmt(f)
    }
}

impl fmt::Debug for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.behind {
            0 => write!(f, "MessageId({})", self.kept),
            behind => write!(f, "MessageId({}+{behind})", self.kept),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_kept_stands_between_the_ids() {
        let (seven, eight) = (MessageId::new(7), MessageId::new(8));
        let (first, second) = (seven.behind(), seven.behind().behind());
        assert!(seven < first && first < second && second < eight);
        assert!(seven.is_kept() && !first.is_kept());
        assert_eq!(format!("{seven:?} {second:?} {second}"), "MessageId(7) MessageId(7+2) 7");
    }
}
