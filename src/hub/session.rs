//! One connected party as the hub sees it, and the table of them all.
//!
//! A thousand idle ones must be cheap: what only a busy session needs is boxed.

use std::net::IpAddr;

use super::SessionId;
use super::rate::Rate;
use super::room::RoomId;
use super::room_list::RoomList;
use super::visits::Visits;
use crate::protocol::{AccountId, Mask, MessageId, Name, Now, RoomName, Secret, Ticket, Timestamp};

/// A connected party.
#[derive(Debug)]
pub(super) struct Session {
    /// Its id; the slot is where it stands in [`Sessions`].
    pub(super) id: SessionId,
    /// Where it comes from.
    pub(super) peer: IpAddr,
    /// Its name; `None` until it has given one.
    pub(super) name: Option<Name>,
    /// Its account; `None` for a guest and for one without a name.
    pub(super) account: Option<AccountId>,
    /// The rooms it is in, in the order it entered them.
    pub(super) rooms: RoomList,
    /// Where MSG without a room goes; one of `rooms`.
    pub(super) current: Option<RoomId>,
    /// Whether it has the tagged view.
    pub(super) tagged: bool,
    /// Whether a line without a leading `/` is a MSG.
    pub(super) chat: bool,
    /// Whether it has accepted the terms as they are now.
    pub(super) accepted: bool,
    /// Whether it was asked PING and has said nothing since.
    pub(super) pinged: bool,
    /// Its messages that the store has not answered yet.
    pub(super) in_flight: u16,
    /// What its next line waits for.
    pub(super) waits: Waits,
    /// Its budget of messages.
    pub(super) rate: Rate,
    /// When it last said anything, or came, in milliseconds.
    pub(super) heard_ms: u64,
    /// When it came.
    pub(super) since: Timestamp,
    /// When its timer is due: for a name, or for the next PING. `None`: it has none.
    pub(super) due_ms: Option<u64>,
    /// Whether it hears its rooms as they speak.
    pub(super) flow: Flow,
    /// Rooms whose presence lines were kept from it: a fresh list of names is due of
    /// each. `None` most of the time.
    pub(super) spared: Option<Box<RoomList>>,
    /// What it is in the middle of; `None` most of the time.
    pub(super) doing: Option<Box<Doing>>,
    /// The list that it is being told, as its outbox drains.
    pub(super) listing: Option<Box<Listing>>,
}

/// Whether a session hears its rooms as they speak.
///
/// ```text
///        outbox past the soft bound
///  Live ───────────────────────────► Behind ◄──┐ drained: read on from `seen`
///    ▲                                 │  │     │
///    └───── seen everything relayed ───┘  └─────┘
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Flow {
    /// It gets everything at once.
    Live,
    /// It gets nothing live, and catches up as its outbox drains.
    Behind(Box<Behind>),
}

/// How far a session that is behind has been fed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Behind {
    /// The last message it was sent or that came before it fell behind.
    pub(super) seen: MessageId,
    /// The page it waits for, while the store is reading one.
    pub(super) reading: Option<Ticket>,
    /// Of what was told to its account, only what came after this: it logged in then.
    pub(super) tells_after: MessageId,
    /// How many topics had been set in all when it fell behind.
    pub(super) topics: u64,
    /// Rooms that it has entered or left since.
    pub(super) visits: Visits,
}

/// What a session's next line waits for, when it is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Waits {
    /// Nothing: no line was held back.
    Nothing,
    /// Every message of its own to be stored.
    OwnMessages,
    /// Fewer of its own messages in flight.
    OwnRoom,
    /// Fewer messages of everybody's in flight.
    StoreRoom,
    /// The end of what it is doing, or of being behind.
    Doing,
}

/// What a session is in the middle of.
#[derive(Debug)]
pub(super) enum Doing {
    /// It was asked for a password.
    Prompt(Prompt),
    /// Its password is being looked at.
    Account,
    /// That it accepts the terms is being written down.
    Accept,
    /// A room or its topic is being written down, or its last lines are being read.
    Room,
    /// What it has decided as an operator is being written, or looked up.
    Order,
    /// It is being told the bans, as its outbox drains.
    Bans {
        /// The last one it was told.
        after: Option<Mask>,
        /// How many it was told.
        count: usize,
    },
    /// Its history is being read.
    History {
        /// Marks the answer.
        ticket: Ticket,
        /// What the answer's last id is when there is no line.
        after: MessageId,
        /// Whose talk with it is read, if they are no account: then there may be none.
        with: Option<Name>,
    },
    /// It searches.
    Search {
        /// Marks the answer.
        ticket: Ticket,
    },
    /// It has logged in, and what it was told while it was away is being read.
    Untold {
        /// Marks the answer.
        ticket: Ticket,
    },
}

/// What the password that was asked for is for.
#[derive(Debug)]
pub(super) enum Prompt {
    /// LOGIN's.
    Login(Name),
    /// REGISTER's.
    Register(Name),
    /// PASSWD's first.
    PasswdOld,
    /// PASSWD's second, with the first.
    PasswdNew(Secret),
    /// RECOVER's, with whose account and the code.
    Recover(Name, Secret),
}

/// A long list under way.
#[derive(Debug)]
pub(super) enum Listing {
    /// Of the people in a room.
    People(PeopleListing),
    /// Of all rooms.
    Rooms(RoomsListing),
}

/// A list of people under way.
#[derive(Debug)]
pub(super) struct PeopleListing {
    /// Whose people.
    pub(super) room: RoomId,
    /// Which answer.
    pub(super) kind: ListingKind,
    /// The last name that was given.
    pub(super) after: Option<Name>,
    /// How many were given.
    pub(super) count: usize,
}

/// A list of rooms under way.
#[derive(Debug, Default)]
pub(super) struct RoomsListing {
    /// The last room that was given.
    pub(super) after: Option<RoomName>,
    /// How many were given.
    pub(super) count: usize,
}

/// Which answer a list of people is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ListingKind {
    /// The answer to NAMES.
    Names,
    /// The answer to WHO.
    Who,
    /// What stands for the presence lines that a session was spared; no answer.
    Fresh,
}

impl Session {
    /// A newcomer.
    pub(super) fn new(now: Now, id: SessionId, peer: IpAddr) -> Session {
        Session {
            id,
            peer,
            name: None,
            account: None,
            rooms: RoomList::default(),
            current: None,
            tagged: false,
            chat: false,
            accepted: false,
            pinged: false,
            in_flight: 0,
            waits: Waits::Nothing,
            rate: Rate::default(),
            heard_ms: now.mono_ms,
            since: now.wall,
            due_ms: None,
            flow: Flow::Live,
            spared: None,
            doing: None,
            listing: None,
        }
    }

    /// Whether it is in the middle of a list that goes on as its outbox drains.
    pub(super) fn is_being_told_a_list(&self) -> bool {
        self.listing.is_some() || matches!(self.doing.as_deref(), Some(Doing::Bans { .. }))
    }
}

/// Every session, by slot.
#[derive(Debug)]
pub(super) struct Sessions {
    slots: Vec<Option<Session>>,
    len: usize,
}

impl Sessions {
    /// A table that needs not grow up to so many.
    pub(super) fn with_capacity(sessions: usize) -> Sessions {
        Sessions { slots: Vec::with_capacity(sessions), len: 0 }
    }

    /// Adds a session in its slot.
    pub(super) fn insert(&mut self, session: Session) {
        let slot = session.id.slot as usize;
        if slot >= self.slots.len() {
            self.slots.resize_with(slot + 1, || None);
        }
        if self.slots[slot].replace(session).is_none() {
            self.len += 1;
        }
    }

    /// The session, if it is still there.
    pub(super) fn get(&self, id: SessionId) -> Option<&Session> {
        self.slots.get(id.slot as usize)?.as_ref().filter(|s| s.id == id)
    }

    /// The session, if it is still there.
    pub(super) fn get_mut(&mut self, id: SessionId) -> Option<&mut Session> {
        self.slots.get_mut(id.slot as usize)?.as_mut().filter(|s| s.id == id)
    }

    /// Takes the session out.
    pub(super) fn remove(&mut self, id: SessionId) -> Option<Session> {
        let slot = self.slots.get_mut(id.slot as usize)?;
        let session = slot.take_if(|s| s.id == id)?;
        self.len -= 1;
        Some(session)
    }

    /// All of them, by slot.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Session> {
        self.slots.iter().flatten()
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.len
    }
}
