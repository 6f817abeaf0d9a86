//! What happens to a client, one value each, in the order in which it happened.
//!
//! The [session](crate::session) makes them, the [`Client`](crate::Client) hands them
//! over, the [`Model`](crate::Model) folds them. They are plain values: nobody has to
//! look anything up to understand one.

use std::fmt;

use taifas::protocol::{Name, RoomName};
use thiserror::Error;

use crate::fingerprint::Fingerprint;
use crate::id::MessageId;
use crate::order::Order;
use crate::password::Password;
use crate::place::Place;
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
    /// This place is one of ours from now on: we want to be in the room, or the talk is
    /// open. It comes before everything else that happens there.
    Opened(Place),
    /// This place is none of ours any more, because we said so.
    Left(Place),
    /// Somebody has told us something while we were away; their talk is open and being
    /// read.
    Away {
        /// Who.
        name: Name,
        /// How many messages, if the server says.
        count: Option<usize>,
    },
    /// We are in the room; after each break anew.
    RoomEntered {
        /// Which.
        room: RoomName,
        /// What it is about, nothing if about nothing. `None`: that comes later.
        topic: Option<Box<str>>,
    },
    /// We are not in the room: the server does not let us in, or has put us out.
    RoomRefused {
        /// Which.
        room: RoomName,
        /// Why.
        why: Refusal,
    },
    /// Part of the history, oldest first.
    Page(Page),
    /// Somebody says something; we do, too.
    Said {
        /// Where. What is told to us is in the talk with whoever tells it.
        place: Place,
        /// The message.
        message: Message,
    },
    /// Nothing said there before this moment is missing any more, from here back to the
    /// first page.
    CaughtUp {
        /// Where.
        place: Place,
        /// The highest id seen there.
        id: MessageId,
    },
    /// Who is in the room, all of them.
    People {
        /// Which room.
        room: RoomName,
        /// Who.
        names: Vec<Name>,
    },
    /// These have come.
    Joined {
        /// Into this room.
        room: RoomName,
        /// Who.
        names: Vec<Name>,
    },
    /// These have gone.
    Parted {
        /// From this room.
        room: RoomName,
        /// Who.
        names: Vec<Name>,
    },
    /// Somebody is called something else now, in every room; it may be us.
    Renamed {
        /// Until now.
        old: Name,
        /// From now on.
        new: Name,
    },
    /// An operator has sent somebody out of the room, or off the server. Are they we,
    /// then we are not in that room any more, and do not come back by ourselves.
    Kicked {
        /// Which room.
        room: RoomName,
        /// Whom.
        name: Name,
        /// Who did it.
        by: Name,
        /// Why; may be empty.
        reason: Box<str>,
    },
    /// What the room is about.
    Topic {
        /// Which room.
        room: RoomName,
        /// Nothing if about nothing.
        text: Box<str>,
        /// Who has set it just now; `None` where it was only asked for.
        by: Option<Name>,
    },
    /// The topic was not set, or cannot be had.
    TopicFailed {
        /// Which room.
        room: RoomName,
        /// Why.
        why: Refusal,
    },
    /// Something of ours waits to be stored.
    Waiting {
        /// Which.
        mark: Mark,
        /// Where.
        place: Place,
        /// The text.
        text: Box<str>,
    },
    /// The server keeps nothing of what is said in this talk, as far as is known: we are a
    /// guest, or the other one is. A [page](Happening::Page) says otherwise.
    NotKept(Place),
    /// Something of ours is on the server's disk; or was passed on, where the server
    /// keeps nothing.
    Stored {
        /// Which.
        mark: Mark,
        /// Where.
        place: Place,
        /// Its id; it comes as a message, too.
        id: MessageId,
    },
    /// Something of ours was not said, or a guest cannot know. It can be retried.
    Failed {
        /// Which.
        mark: Mark,
        /// Where.
        place: Place,
        /// Why.
        why: Refusal,
    },
    /// Something of ours that had failed is given up.
    Discarded {
        /// Which.
        mark: Mark,
        /// Where.
        place: Place,
    },
    /// Nobody of this name has an account, so nothing of the talk is kept. It may be a
    /// guest's name.
    NoAccount(Name),
    /// Older messages could not be read.
    OlderFailed {
        /// Where.
        place: Place,
        /// Why.
        why: Refusal,
    },
    /// The rooms there are, in the order of their names.
    Rooms(Vec<RoomInfo>),
    /// The rooms could not be listed.
    RoomsFailed(Refusal),
    /// What a search has found.
    Found(Found),
    /// A search was not carried out.
    SearchFailed {
        /// Where.
        place: Option<Place>,
        /// What for.
        words: String,
        /// Why.
        why: Refusal,
    },
    /// An order was carried out.
    Ordered {
        /// Which.
        order: Order,
        /// The lines of the answer as the server wrote them, without their verb; empty
        /// for most orders.
        lines: Vec<String>,
        /// What stands behind `OK` and the verb, for example until when.
        answer: String,
    },
    /// An order was not carried out.
    OrderFailed {
        /// Which.
        order: Order,
        /// Why.
        why: Refusal,
    },
    /// Our password is another one now.
    PasswordChanged,
    /// Our password stays what it was.
    PasswordKept(Refusal),
    /// The server has something to say to us.
    Notice(String),
}

/// How the connection stands.
///
/// ```text
///  Connecting ─▶ Entering ─▶ CatchingUp ─▶ Live
///      ▲             │            │          │
///      └── Lost ◀────┴────────────┴──────────┘       Stopped, Closed: from anywhere
///      └── Untrusted: from Connecting
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
    /// The server does not let us in, and trying again would not help; or an operator
    /// has disconnected us. What waits is kept for
    /// [`Client::enter_again`](crate::Client::enter_again) and
    /// [`Client::come_back`](crate::Client::come_back).
    Stopped(Refusal),
    /// The server shows a certificate that is not the trusted one. Nothing was said to
    /// it, nor is, until [`Client::trust`](crate::Client::trust).
    Untrusted {
        /// Of the certificate that it shows.
        fingerprint: Fingerprint,
        /// Of the one that is trusted. `None`: none is yet. Another one means that the
        /// server has a new certificate, or that this is not the server.
        expected: Option<Fingerprint>,
    },
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
    /// Where.
    pub place: Place,
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

/// One of the rooms there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomInfo {
    /// Its name.
    pub room: RoomName,
    /// How many are in it.
    pub members: usize,
    /// What it is about; may be empty.
    pub topic: Box<str>,
}

/// What a search has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Where it was looked for; `None` is everywhere we may read.
    pub place: Option<Place>,
    /// What for.
    pub words: String,
    /// Oldest first, each with where it was said.
    pub hits: Vec<(Place, Message)>,
    /// Whether there is more than this, or looking for it took too long.
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
