//! One thing somebody said, in a room or to one person, before and after it is stored.

use std::fmt;
use std::num::NonZeroU64;
use std::str::FromStr;
use std::sync::Arc;

use super::account::AccountId;
use super::name::{Name, RoomName};
use super::time::Timestamp;
use super::verb::Verb;
use crate::limits::NONCE_BYTES;

/// A message's id: decimal on the wire, strictly increasing over the whole server,
/// never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct MessageId(pub u64);

/// Marks one request of the hub's, so that its answer finds its way back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// A client's own mark for a message, by which a second sending is known: 1 to 36
/// of `A-Za-z0-9-`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Nonce(Box<str>);

/// What somebody said. Its text is checked ([`Text`](super::Text)).
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// Where it was said, or to whom.
    pub to: Target,
    /// Who said it.
    pub sender: Name,
    /// Their account; `None` for a guest.
    pub account: Option<AccountId>,
    /// When the server read it.
    pub at: Timestamp,
    /// What was said.
    pub text: Box<str>,
    /// The sender's mark; only an account's tagged session has one.
    pub nonce: Option<Nonce>,
}

/// Where something is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// In a room: MSG.
    Room(RoomName),
    /// To an account, by an account: TELL.
    Person(Recipient),
    /// To somebody, where one of the two is a guest: TELL. It is given an id and relayed,
    /// and not kept: no page has one.
    Passing(Name),
}

/// Whom something was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recipient {
    /// Their name, as it was registered.
    pub name: Name,
    /// Their account.
    pub account: AccountId,
    /// Whether nobody was there to hear it, so that it is to be announced when they log
    /// in. Only for the store to write; what it reads is no news, and says `false`.
    pub away: bool,
}

/// How far an account has been told what was said to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// Whose.
    pub account: AccountId,
    /// It has heard, or heard of, everything up to this id.
    pub upto: MessageId,
    /// Whether that is less than was thought: a connection broke before it was sent. The
    /// mark moves back to it then, otherwise forward.
    pub back: bool,
}

/// A message that is on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Its id.
    pub id: MessageId,
    /// The message; shared with whoever still has to show it.
    pub message: Arc<Message>,
}

/// The disk refused: full, read-only or broken. Nothing was stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoreFailed;

impl Nonce {
    /// The nonce as the client wrote it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Nonce {
    type Err = ();

    fn from_str(word: &str) -> Result<Nonce, ()> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        if word.is_empty() || word.len() > NONCE_BYTES || !word.bytes().all(allowed) {
            return Err(());
        }
        Ok(Nonce(word.into()))
    }
}

impl MessageId {
    /// The id that follows.
    pub fn next(self) -> MessageId {
        MessageId(self.0.saturating_add(1))
    }

    /// The id as a number that is not 0, if it is one that a message can have.
    pub fn nonzero(self) -> Option<NonZeroU64> {
        NonZeroU64::new(self.0)
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Message {
    /// Whether it is written down, and not only relayed.
    pub fn is_kept(&self) -> bool {
        !matches!(self.to, Target::Passing(_))
    }

    /// The room it was said in; `None` if it was told to somebody.
    pub fn room(&self) -> Option<RoomName> {
        match self.to {
            Target::Room(room) => Some(room),
            Target::Person(_) | Target::Passing(_) => None,
        }
    }

    /// Whether it was told by this account, or to it.
    pub fn is_told_with(&self, account: AccountId) -> bool {
        match self.to {
            Target::Room(_) | Target::Passing(_) => false,
            Target::Person(to) => to.account == account || self.account == Some(account),
        }
    }

    /// The command that said it.
    pub fn verb(&self) -> Verb {
        match self.to {
            Target::Room(_) => Verb::Msg,
            Target::Person(_) | Target::Passing(_) => Verb::Tell,
        }
    }
}

/// The target as it stands in a line: `#room`, or a name.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::Room(room) => room.fmt(f),
            Target::Person(to) => to.name.fmt(f),
            Target::Passing(to) => to.fmt(f),
        }
    }
}

/// What was said never shows in a log by accident.
impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("to", &self.to)
            .field("sender", &self.sender)
            .field("at", &self.at)
            .field("text_bytes", &self.text.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonce_bounds() {
        for (len, ok) in [(0, false), (1, true), (35, true), (36, true), (37, false)] {
            assert_eq!("a".repeat(len).parse::<Nonce>().is_ok(), ok, "{len}");
        }
        assert!("a_b".parse::<Nonce>().is_err());
        assert_eq!("A-9".parse::<Nonce>().unwrap().as_str(), "A-9");
    }

    #[test]
    fn debug_hides_the_text() {
        let message = Message {
            to: Target::Room(RoomName::LOBBY),
            sender: "ana".parse().unwrap(),
            account: None,
            at: Timestamp::default(),
            text: "private".into(),
            nonce: None,
        };
        assert!(!format!("{message:?}").contains("private"));
    }
}
