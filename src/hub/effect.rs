//! What happened, and what to do about it: the hub's only two doors.
//!
//! The reactor makes inputs out of sockets, timers and completions and carries the
//! effects out, in their order. A test does the same without any of those.

use std::net::IpAddr;
use std::ops::Range;
use std::sync::Arc;

use super::Terms;
use super::room::RoomId;
use super::room_list::RoomList;
use crate::limits::Limits;
use crate::protocol::{
    AccountAnswer, AccountId, AccountRequest, Command, Fault, HashAnswer, HashRequest, Message,
    MessageId, Name, Page, Query, RoomRequest, Secret, StoreFailed, Ticket, Told,
};

/// One connected party. The slot is used again, the generation never is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId {
    /// Where the reactor and the hub both keep it.
    pub slot: u32,
    /// Which of the slot's users it is.
    pub generation: u32,
}

/// Something that happened.
#[derive(Debug)]
pub enum Input<'a> {
    /// Somebody connected.
    Connected {
        /// The new session.
        session: SessionId,
        /// Where from.
        peer: IpAddr,
    },
    /// A line came that [`Hub::admits`](super::Hub::admits) has let in.
    Line {
        /// From whom.
        session: SessionId,
        /// What it says, or why it says nothing.
        line: Result<Command<'a>, Fault>,
    },
    /// A line came while [`Hub::expects`](super::Hub::expects) said a password does.
    Password {
        /// From whom.
        session: SessionId,
        /// The line, whatever it says.
        secret: Secret,
    },
    /// The first bytes were another protocol's.
    Foreign {
        /// From whom.
        session: SessionId,
        /// Which protocol.
        what: &'static str,
    },
    /// TLS is spoken here, and the first bytes were something else. What follows is
    /// plain, in both directions.
    NotTls {
        /// From whom.
        session: SessionId,
    },
    /// A telnet program wants to see any sign of life.
    AreYouThere {
        /// Whose.
        session: SessionId,
    },
    /// A telnet program goes on showing what is typed, in spite of [`Effect::Hide`].
    Shown {
        /// Whose.
        session: SessionId,
    },
    /// The peer will send nothing more, and everything it sent is carried out:
    /// [`Hub::is_idle`](super::Hub::is_idle).
    EndOfInput {
        /// Whose.
        session: SessionId,
    },
    /// The connection is no more.
    Gone {
        /// Whose.
        session: SessionId,
    },
    /// After writing, more than the soft bound is still unsent.
    Full {
        /// Whose outbox.
        session: SessionId,
    },
    /// Everything is sent, as [`Effect::WhenDrained`] asked to be told.
    Drained {
        /// Whose outbox.
        session: SessionId,
    },
    /// The store has written a message, or not. Answers come in the order of the
    /// requests.
    Stored {
        /// Which request.
        ticket: Ticket,
        /// What became of it.
        outcome: Result<Kept, StoreFailed>,
    },
    /// The store has read.
    Page {
        /// Which request.
        ticket: Ticket,
        /// What it found.
        page: Result<Page, StoreFailed>,
    },
    /// The store has written something about a room, or not.
    Room {
        /// Which request.
        ticket: Ticket,
        /// Whether it did.
        outcome: Result<(), StoreFailed>,
    },
    /// The users database has answered.
    Account {
        /// Which request.
        ticket: Ticket,
        /// What it says.
        answer: AccountAnswer,
    },
    /// The auth thread has answered.
    Hashed {
        /// Which request.
        ticket: Ticket,
        /// What it says.
        answer: HashAnswer,
    },
    /// Accounts were changed from outside: all there are now.
    Registered {
        /// Every account's name and number.
        names: Vec<(Name, AccountId)>,
    },
    /// The operator has set these accounts' passwords.
    PasswordsSet {
        /// Whose.
        names: Vec<Name>,
    },
    /// The operator has decided otherwise.
    Changed {
        /// The bounds.
        limits: Limits,
        /// The terms that REGISTER asks for.
        terms: Terms,
    },
    /// Whoever runs the server has said who is an operator.
    OperatorsSet {
        /// All who are.
        accounts: Vec<AccountId>,
    },
    /// The store has erased a message.
    Forgotten {
        /// Which request.
        ticket: Ticket,
        /// Who had said it; `None` if there is no such message.
        outcome: Result<Option<Name>, StoreFailed>,
    },
    /// The store has erased everything that a removed account had said.
    Erased {
        /// Whose it was.
        account: AccountId,
    },
    /// How the reactor does, as [`Effect::Figures`] asked.
    Figures {
        /// Who wants to know.
        session: SessionId,
        /// What only the reactor knows.
        figures: Figures,
    },
    /// The moment of [`Hub::next_due`](super::Hub::next_due) has come.
    Due,
    /// The server is going down; nothing is in flight any more.
    Stopping,
}

/// What only the reactor knows about how the server does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Figures {
    /// Seconds since the start.
    pub uptime_secs: u64,
    /// Sockets of peers that are open, those that are being closed among them.
    pub connections: usize,
    /// Connections that were evicted since the start.
    pub evicted: u64,
    /// Memory of the process that is in use, in bytes, where the system tells.
    pub memory_bytes: Option<u64>,
}

/// What became of a message that was to be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// It has this id, and is stored under it if it is to be kept.
    New(MessageId),
    /// Its nonce was stored before, under this id.
    Before(MessageId),
}

/// Something to do.
#[derive(Debug)]
pub enum Effect {
    /// Queue these bytes for one session.
    Send {
        /// For whom.
        to: SessionId,
        /// Where they stand in [`Effects::bytes`].
        bytes: Range<usize>,
    },
    /// Queue a stored message for everybody in the room.
    Relay {
        /// Which room.
        room: RoomId,
        /// The plain view of it.
        plain: Range<usize>,
        /// The tagged view; empty when nobody has that view.
        tagged: Range<usize>,
    },
    /// Queue the same bytes for everybody in any of the rooms, once for each: presence,
    /// which is not stored.
    Announce {
        /// Which rooms; one at least.
        rooms: RoomList,
        /// Where the lines stand.
        bytes: Range<usize>,
    },
    /// From here on the session hears the room.
    Enter {
        /// Who.
        session: SessionId,
        /// Which room.
        room: RoomId,
    },
    /// From here on it does not.
    Leave {
        /// Who.
        session: SessionId,
        /// Which room.
        room: RoomId,
    },
    /// From here on the session gets nothing from its rooms: it is behind.
    Hold {
        /// Who.
        session: SessionId,
    },
    /// From here on it does again.
    Live {
        /// Who.
        session: SessionId,
    },
    /// From here on it has this view.
    View {
        /// Who.
        session: SessionId,
        /// Tagged, or plain.
        tagged: bool,
    },
    /// From here on what the session types is a secret, another one perhaps than until
    /// now: where a listener can see to it, nobody's screen shows it.
    Hide {
        /// Whose.
        session: SessionId,
    },
    /// From here on it is none.
    Show {
        /// Whose.
        session: SessionId,
    },
    /// Send [`Input::Drained`] once when everything queued for it is sent.
    WhenDrained {
        /// Whose outbox.
        session: SessionId,
    },
    /// What it waited for has come: offer its lines again.
    Ready {
        /// Who.
        session: SessionId,
    },
    /// Send what is queued, then close. The hub knows the session no more.
    Close {
        /// Who.
        session: SessionId,
    },
    /// Close, whatever is queued: with what the hub holds back for it, that is past the
    /// hard bound. [`Input::Gone`] comes as for every connection that is lost.
    Evict {
        /// Who.
        session: SessionId,
    },
    /// Write this message.
    Store {
        /// To be answered with.
        ticket: Ticket,
        /// What to write.
        message: Arc<Message>,
    },
    /// Note how far an account has been told what was said to it. Not answered: were it
    /// lost, something would be announced twice.
    Told(Told),
    /// Read.
    Ask {
        /// To be answered with.
        ticket: Ticket,
        /// What to read.
        query: Query,
    },
    /// Write this about a room.
    Room {
        /// To be answered with.
        ticket: Ticket,
        /// What to write.
        request: RoomRequest,
    },
    /// Ask the users database.
    Account {
        /// To be answered with.
        ticket: Ticket,
        /// What to ask.
        request: AccountRequest,
    },
    /// Ask the auth thread. There is never more than one such request unanswered.
    Hash {
        /// To be answered with.
        ticket: Ticket,
        /// What to ask.
        request: HashRequest,
    },
    /// Erase a message.
    Forget {
        /// To be answered with.
        ticket: Ticket,
        /// Which.
        message: MessageId,
    },
    /// Say how the reactor does: [`Input::Figures`].
    Figures {
        /// Who wants to know.
        session: SessionId,
    },
    /// Write a line to the log: names, addresses and reasons, never texts.
    Log {
        /// Whether an operator should see it by default.
        important: bool,
        /// The line.
        line: String,
    },
}

/// The effects of one or more inputs, in their order, and the bytes they speak of.
#[derive(Debug, Default)]
pub struct Effects {
    /// What to do, first things first.
    pub queue: Vec<Effect>,
    /// What is to be sent; effects hold ranges of it.
    pub bytes: Vec<u8>,
}

impl Effects {
    /// Forgets what is carried out; keeps the memory, up to a bound, for the next turn.
    pub fn clear(&mut self) {
        self.queue.clear();
        // What was sent may have held a recovery code.
        self.bytes.fill(0);
        self.bytes.clear();
        self.bytes.shrink_to(KEPT_BYTES);
        self.queue.shrink_to(KEPT_EFFECTS);
    }

    /// Queues what `write` appends for one session.
    pub fn send(&mut self, to: SessionId, write: impl FnOnce(&mut Vec<u8>)) {
        let start = self.bytes.len();
        write(&mut self.bytes);
        let end = self.bytes.len();
        if start == end {
            return;
        }
        // Lines in a row for one session are one effect.
        if let Some(Effect::Send { to: last, bytes }) = self.queue.last_mut()
            && *last == to
            && bytes.end == start
        {
            bytes.end = end;
            return;
        }
        self.queue.push(Effect::Send { to, bytes: start..end });
    }

    /// Queues what `write` appends for each of these sessions: formatted once.
    pub(super) fn send_all(
        &mut self,
        to: impl Iterator<Item = SessionId>,
        write: impl FnOnce(&mut Vec<u8>),
    ) {
        let start = self.bytes.len();
        write(&mut self.bytes);
        let end = self.bytes.len();
        self.queue.extend(to.map(|to| Effect::Send { to, bytes: start..end }));
    }

    /// Queues what `write` appends for a whole room.
    pub(super) fn announce(&mut self, room: RoomId, write: impl FnOnce(&mut Vec<u8>)) {
        self.announce_to(RoomList::from(room), write);
    }

    /// Queues what `write` appends for everybody in any of the rooms, if there are any.
    pub(super) fn announce_to(&mut self, rooms: RoomList, write: impl FnOnce(&mut Vec<u8>)) {
        let start = self.bytes.len();
        write(&mut self.bytes);
        if start < self.bytes.len() && !rooms.is_empty() {
            self.queue.push(Effect::Announce { rooms, bytes: start..self.bytes.len() });
        }
    }

    /// Queues any other effect.
    pub(super) fn push(&mut self, effect: Effect) {
        self.queue.push(effect);
    }
}

/// Memory kept between turns: a busy turn's worth, not a flood's.
const KEPT_BYTES: usize = 128 * 1024;
const KEPT_EFFECTS: usize = 2048;
