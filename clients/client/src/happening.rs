//! What happens to a client, one value each, in the order in which it happened.
//!
//! The [session](crate::session) makes them, the [`Client`](crate::Client) hands them
//! over, the [`Model`](crate::Model) folds them. They are plain values: nobody has to
//! look anything up to understand one.

use std::fmt;

use taifas::protocol::{MessageId, Name};
use thiserror::Error;

use crate::password::Password;
use crate::wire::{Message, Part};

/// A client's own number for something it says, from 1 on. Meaningless to others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mark(pub u64);

/// Something that happened.
#[derive(Debug)]
pub enum Happening {
    /// The connection has changed.
    Link(Link),
    /// We are in, under this name; after each break anew.
    Entered(Name),
    /// The account was made.
    Registered {
        /// The recovery code, shown this once. `None`: the connection broke before it
        /// came, and nobody can show it again; the account is there.
        code: Option<Password>,
    },
    /// The password was replaced.
    Recovered {
        /// The next recovery code; likewise.
        code: Option<Password>,
    },
    /// The server's terms.
    Terms {
        /// Which version they are, to be accepted.
        version: String,
        /// Their lines.
        lines: Vec<String>,
    },
    /// Part of the history, oldest first.
    Page(Page),
    /// Somebody says something; we do, too.
    Said(Message),
    /// Nothing said before this moment is missing any more, from here back to the
    /// first page. The id is the highest seen.
    CaughtUp(MessageId),
    /// Who is here, all of them.
    People(Vec<Name>),
    /// These have come.
    Joined(Vec<Name>),
    /// These have gone.
    Parted(Vec<Name>),
    /// Somebody is called something else now; it may be us.
    Renamed {
        /// Until now.
        old: Name,
        /// From now on.
        new: Name,
    },
    /// Something of ours waits to be stored.
    Waiting {
        /// Which.
        mark: Mark,
        /// The text.
        text: Box<str>,
    },
    /// Something of ours is on the server's disk.
    Stored {
        /// Which.
        mark: Mark,
        /// Its id; it comes as a message, too.
        id: MessageId,
    },
    /// Something of ours was not said, or a guest cannot know. It can be retried.
    Failed {
        /// Which.
        mark: Mark,
        /// Why.
        why: Refusal,
    },
    /// Something of ours that had failed is given up.
    Discarded(Mark),
    /// Our password is another one now.
    PasswordChanged,
    /// Our password stays what it was.
    PasswordKept(Refusal),
    /// Older messages could not be read.
    OlderFailed(Refusal),
    /// The server has something to say to us.
    Notice(String),
}

/// How the connection stands.
///
/// ```text
///  Connecting ─▶ Entering ─▶ CatchingUp ─▶ Live
///      ▲             │            │          │
///      └── Lost ◀────┴────────────┴──────────┘       Stopped, Closed: from anywhere
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    /// Looking for the server.
    Connecting,
    /// It has answered; now the name.
    Entering,
    /// In; names and history are being read.
    CatchingUp,
    /// Everything is here.
    Live,
    /// Gone, and will be tried again.
    Lost {
        /// Why.
        why: Why,
        /// When, in milliseconds from now.
        again_in_ms: u64,
    },
    /// The server does not let us in, and trying again would not help. What waits is
    /// kept for [`Client::enter_again`](crate::Client::enter_again).
    Stopped(Refusal),
    /// It is over.
    Closed,
}

/// Why a connection is gone.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Why {
    /// Nobody answers there.
    #[error("the server cannot be reached: {0}")]
    Unreachable(String),
    /// It was closed or broke.
    #[error("the connection broke")]
    Broken,
    /// Nothing was heard for too long.
    #[error("the server does not answer")]
    Silent,
    /// What answers makes no sense.
    #[error("the server said something that was not asked")]
    Confused,
    /// The server says why.
    #[error("{0}")]
    Refused(Refusal),
}

/// A no, in words for people.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub struct Refusal {
    /// The server's code, for programs; empty where the words are the client's own.
    pub code: String,
    /// What is wrong and what to do.
    pub text: String,
}

/// Part of the history. Invariant: the ids of `messages` rise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Which part was asked for.
    pub part: Part,
    /// The messages.
    pub messages: Vec<Message>,
    /// What should come before the first of them is deleted; the history goes on with
    /// this id.
    pub gap: Option<MessageId>,
    /// Whether there is more in that direction.
    pub more: bool,
}

impl Refusal {
    /// The server's words.
    pub fn new(code: &str, text: &str) -> Refusal {
        Refusal { code: code.into(), text: text.into() }
    }

    /// The client's own words.
    pub(crate) fn own(text: &str) -> Refusal {
        Refusal::new("", text)
    }

    /// How many seconds `TRY_LATER` says to wait, if it does: the first number in its
    /// words.
    pub fn wait_secs(&self) -> Option<u64> {
        let digits = self.text.split(|c: char| !c.is_ascii_digit()).find(|part| !part.is_empty());
        digits.filter(|_| self.code == "TRY_LATER").and_then(|digits| digits.parse().ok())
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
