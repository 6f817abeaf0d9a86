//! What the hub asks the store's reader, and what comes back.

use super::account::AccountId;
use super::message::{MessageId, Stored};
use super::name::{Name, RoomName};
use super::search_words::SearchWords;

/// A question about stored messages. Answers hold at most `lines` messages and
/// `bytes` of [`hist`](super::line::hist_len) lines, but one message at least.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Query {
    /// Part of one room's history.
    History {
        /// Which room.
        room: RoomName,
        /// Which part.
        span: Span,
        /// Nothing above this id: it is not relayed yet.
        upto: MessageId,
        /// Most messages.
        lines: usize,
        /// Most bytes.
        bytes: usize,
    },
    /// Part of what an account and somebody have told each other.
    Talk {
        /// Who asks.
        account: AccountId,
        /// The other's name; they may be no account any more.
        with: Name,
        /// Which part.
        span: Span,
        /// Nothing above this id: it is not relayed yet.
        upto: MessageId,
        /// Most messages.
        lines: usize,
        /// Most bytes.
        bytes: usize,
    },
    /// What a session that is behind has missed, oldest first.
    CatchUp {
        /// The rooms it is in.
        rooms: Vec<RoomName>,
        /// Its account, whose TELLs it missed too; `None` for a guest.
        account: Option<AccountId>,
        /// The last id it was sent or spared.
        after: MessageId,
        /// Nothing above this id.
        upto: MessageId,
        /// Most messages.
        lines: usize,
        /// Most bytes.
        bytes: usize,
    },
    /// What others told an account while it was away, oldest first.
    Untold {
        /// Whose.
        account: AccountId,
        /// Nothing above this id.
        upto: MessageId,
        /// Most messages.
        lines: usize,
        /// Most bytes.
        bytes: usize,
    },
    /// The newest messages in which all these words occur.
    Search {
        /// In these rooms,
        rooms: Vec<RoomName>,
        /// and among this account's TELLs; `None` for nobody's.
        account: Option<AccountId>,
        /// What must occur.
        words: SearchWords,
        /// Nothing above this id: it is not relayed yet.
        upto: MessageId,
        /// Most messages.
        lines: usize,
        /// Most bytes.
        bytes: usize,
    },
}

/// Which part of a history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// The newest.
    Latest,
    /// The oldest of those after this id.
    After(MessageId),
    /// The newest of those before this id.
    Before(MessageId),
}

/// Messages from the store, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// The messages.
    pub lines: Vec<Stored>,
    /// Whether the bounds left some out that the question covers, or for
    /// [`Query::Search`] may have: then it took too long.
    pub more: bool,
    /// For [`Span::After`] an id that the history no longer reaches back to: the
    /// first id there is.
    pub gap: Option<MessageId>,
    /// For [`Query::Talk`]: the two have never told each other anything.
    pub strangers: bool,
}
