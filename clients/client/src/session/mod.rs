//! The session: what to send, what it means that something came, and when to try
//! again. A pure machine: no socket, no clock, no thread; time is an argument.
//!
//! Whoever drives it (the [`Client`](crate::Client), or a test) calls [`step`] for what
//! to do with the connection, tells it what happened to that, sends what [`take_lines`]
//! gives and hands on what [`take_happenings`] gives.
//!
//! ```text
//!            due              connected           NAME            OK
//!  Pausing ──────▶ Connecting ─────────▶ Greeting ─────▶ Entering ────▶ In
//!     ▲ ▲              │ failed             │ broken        │  │ broken │
//!     │ └──────────────┴────────────────────┴───────────────┴──│────────┘
//!     └──────────────── enter_again ── Stopped ◀──── FAIL ─────┘
//!                                       any of them ── leave ──▶ Leaving ─▶ Closed
//! ```
//!
//! [`step`]: Session::step
//! [`take_lines`]: Session::take_lines
//! [`take_happenings`]: Session::take_happenings

mod answers;
mod asked;
mod entering;
mod events;
mod history;
mod next;
mod own;
mod owner;
mod pauses;
mod people;
mod places;

use std::collections::VecDeque;

use taifas::limits::TOPIC_BYTES;
use taifas::protocol::{Name, Now, RoomName, Text};
use thiserror::Error;

pub use own::OWN_MOST;
pub use places::TALKS_MOST;

use self::asked::{Asked, Wish};
use self::own::Own;
use self::pauses::Pauses;
use self::places::{Places, Room};
use crate::fingerprint::Fingerprint;
use crate::happening::{Happening, Link, Mark, Refusal, Why};
use crate::id::MessageId;
use crate::password::Password;
use crate::place::Place;
use crate::settings::{Entry, Settings, Waits};
use crate::wire::{Line, Message, Out, Request, TEXT_BYTES};

/// The machine.
#[derive(Debug)]
pub struct Session {
    entry: Entry,
    waits: Waits,
    phase: Phase,
    /// What was asked on this connection and is not answered, in order.
    asked: VecDeque<Asked>,
    /// When something last came from the server.
    heard_ms: u64,
    /// We have let a name in before: what a newcomer is refused for is then worth
    /// another try.
    was_in: bool,
    /// An account was to be made or recovered when the connection broke, and nobody
    /// knows whether it was.
    doubt: bool,
    /// Another password, on its way.
    change: Option<Change>,
    /// The lines of the terms so far.
    terms: Vec<String>,
    /// The name we have, once we have one.
    me: Option<Name>,
    own: Own,
    places: Places,
    /// What the owner wants to know and could not be asked yet, because a password is
    /// being typed.
    wishes: VecDeque<Wish>,
    /// What we have told people on this connection that may have arrived on one before,
    /// and was not heard since. If nothing keeps it, nothing will show it but we.
    unheard: Vec<(Place, Message)>,
    /// What was shown of that, and may be heard all the same.
    shown: Vec<MessageId>,
    kick: Kick,
    pauses: Pauses,
    /// The `Live` of this connection was told.
    is_live: bool,
    lines: VecDeque<Out>,
    happenings: VecDeque<Happening>,
}

/// Longest pause that a server may ask for. No server of ours asks for more than a
/// quarter of an hour; one that is mad must neither keep us away for ever nor make a
/// number that wraps around to no pause at all.
const ASKED_SECS_MOST: u64 = 24 * 60 * 60;

/// What to do with the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Have none.
    Rest,
    /// Have none, and make one: look the server up and connect. Said once each time.
    Connect,
    /// Keep it, and send what there is to send.
    Talk,
    /// Have none; it is over.
    End,
}

/// Why a text is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum BadText {
    /// There is nothing to read in it.
    #[error("there is nothing to say")]
    Blank,
    /// It has a control, separator or direction character in it.
    #[error("a message cannot hold line breaks, control or direction characters")]
    Character,
    /// It has more than [`TEXT_BYTES`]; a topic, more than [`TOPIC_BYTES`].
    #[error("a message has at most {TEXT_BYTES} bytes, a topic {TOPIC_BYTES}; take fewer")]
    TooLong,
    /// [`OWN_MOST`] wait already.
    #[error("too much waits to be sent already")]
    TooMany,
    /// It is for a room that is none of ours.
    #[error("you are not in that room")]
    NotThere,
    /// It is over, or about to be.
    #[error("the connection is closed")]
    Over,
}

/// Whether a text can be said, before anybody tries.
///
/// # Errors
/// [`BadText`] as with [`Client::say`](crate::Client::say).
pub fn check_text(text: &str) -> Result<(), BadText> {
    read(text).map(drop)
}

fn read(text: &str) -> Result<Text<'_>, BadText> {
    let text = Text::new(text).map_err(|_| BadText::Character)?;
    if text.is_blank() {
        return Err(BadText::Blank);
    }
    if text.as_str().len() > TEXT_BYTES {
        return Err(BadText::TooLong);
    }
    Ok(text)
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Phase {
    /// No connection, until then.
    Pausing { until_ms: u64 },
    /// Being connected.
    Connecting,
    /// Connected, nothing said.
    Greeting,
    /// The name is on its way.
    Entering,
    /// In.
    In,
    /// `QUIT` is on its way.
    Leaving { until_ms: u64 },
    /// Refused for good.
    Stopped,
    /// Over.
    Closed,
}

/// How far an operator has come with sending us away, which is seen by what follows
/// what: out of one room is a `KICK` alone; off the server is a `KICK` for each room,
/// a notice, and the end.
#[derive(Debug, Default)]
enum Kick {
    #[default]
    None,
    /// Out of these rooms, so far.
    Told(Vec<RoomName>),
    /// And then these words. If the end comes now, it is meant.
    Noticed(Vec<RoomName>, String),
}

/// A password on its way to becoming another.
#[derive(Debug)]
struct Change {
    old: Password,
    new: Password,
    /// How many of the two were sent on this connection; with both, it may have been
    /// done although nobody said so.
    sent: u8,
    /// Both were sent on an earlier connection.
    doubt: bool,
}

impl Session {
    /// A session that wants to connect at once. `seed` is a random number: nonces and
    /// pauses come from it. Where the server is, and whether it is trusted, is not its
    /// concern.
    pub fn new(settings: Settings, seed: u64) -> Session {
        let Settings { entry, rooms, talks, waits, .. } = settings;
        let mut session = Session {
            entry,
            waits,
            phase: Phase::Pausing { until_ms: 0 },
            asked: VecDeque::new(),
            heard_ms: 0,
            was_in: false,
            doubt: false,
            change: None,
            terms: Vec::new(),
            me: None,
            own: Own::new(seed),
            places: Places::default(),
            wishes: VecDeque::new(),
            unheard: Vec::new(),
            shown: Vec::new(),
            kick: Kick::None,
            pauses: Pauses::new(&waits, seed),
            is_live: false,
            lines: VecDeque::new(),
            happenings: VecDeque::new(),
        };
        // Who only looks, or recovers a password, is nowhere.
        if !matches!(session.entry, Entry::Look | Entry::Recover { .. }) {
            for room in rooms {
                let wanted = Room { is_opened: true, ..Room::wanted() };
                session.places.rooms.insert(room, wanted);
                session.tell(Happening::Opened(room.into()));
            }
            talks.into_iter().for_each(|name| session.talk(name, true));
        }
        session
    }

    /// What to do with the connection now, with whatever was due by now done.
    pub fn step(&mut self, now: Now) -> Step {
        if self.due_ms().is_some_and(|due| now.mono_ms >= due) {
            return self.due(now);
        }
        match self.phase {
            Phase::Pausing { .. } | Phase::Stopped => Step::Rest,
            Phase::Closed => Step::End,
            _ => Step::Talk,
        }
    }

    /// When [`Session::step`] has to be called at the latest.
    pub fn due_ms(&self) -> Option<u64> {
        let waits = &self.waits;
        match self.phase {
            Phase::Pausing { until_ms } | Phase::Leaving { until_ms } => Some(until_ms),
            Phase::Connecting | Phase::Greeting => Some(self.heard_ms + waits.connect_ms),
            Phase::Entering => Some(self.heard_ms + waits.quiet_ms + waits.answer_ms),
            Phase::In if self.asked.contains(&Asked::Ping) || self.is_typing() => {
                Some(self.heard_ms + waits.quiet_ms + waits.answer_ms)
            }
            Phase::In => {
                let quiet = self.heard_ms + waits.quiet_ms;
                Some(self.places.due_ms().map_or(quiet, |due| due.min(quiet)))
            }
            Phase::Stopped | Phase::Closed => None,
        }
    }

    fn due(&mut self, now: Now) -> Step {
        match self.phase {
            Phase::Pausing { .. } => {
                (self.phase, self.heard_ms) = (Phase::Connecting, now.mono_ms);
                self.tell(Happening::Link(Link::Connecting));
                Step::Connect
            }
            Phase::Leaving { .. } => {
                self.close();
                Step::End
            }
            Phase::In if !self.asked.contains(&Asked::Ping) && !self.is_typing() => {
                if now.mono_ms >= self.heard_ms + self.waits.quiet_ms {
                    self.ask(Asked::Ping, &Request::Ping);
                }
                self.go_on(now);
                Step::Talk
            }
            Phase::Connecting | Phase::Greeting | Phase::Entering | Phase::In => {
                self.lost(now, Why::Silent);
                Step::Rest
            }
            Phase::Stopped => Step::Rest,
            Phase::Closed => Step::End,
        }
    }

    /// The connection is there.
    pub fn connected(&mut self, now: Now) {
        if self.phase == Phase::Connecting {
            (self.phase, self.heard_ms) = (Phase::Greeting, now.mono_ms);
        }
    }

    /// There is no connection, or no more.
    pub fn broken(&mut self, now: Now, why: Why) {
        match (&self.phase, std::mem::take(&mut self.kick)) {
            (Phase::Pausing { .. } | Phase::Stopped | Phase::Closed, _) => {}
            (Phase::In, Kick::Noticed(rooms, text)) => self.sent_away(rooms, &text),
            _ => self.lost(now, why),
        }
    }

    /// The server shows a certificate that is not the expected one. Nothing was said.
    pub fn untrusted(&mut self, fingerprint: Fingerprint, expected: Option<Fingerprint>) {
        if self.phase == Phase::Connecting {
            self.disconnected();
            self.phase = Phase::Stopped;
            self.tell(Happening::Link(Link::Untrusted { fingerprint, expected }));
        }
    }

    /// A line has come.
    pub fn received(&mut self, now: Now, line: &[u8]) {
        self.heard_ms = now.mono_ms;
        let line = Line::read(line);
        match (&self.phase, line) {
            (Phase::Greeting, line) => self.greeted(now, line.unwrap_or(Line::Other)),
            (Phase::Entering | Phase::In | Phase::Leaving { .. }, Ok(line)) => {
                self.heard(now, line);
                self.go_on(now);
            }
            // A line of a later version's; or what comes behind the last word.
            _ => {}
        }
    }

    /// What to send, in order.
    pub fn take_lines(&mut self) -> VecDeque<Out> {
        std::mem::take(&mut self.lines)
    }

    /// What has happened, in order.
    pub fn take_happenings(&mut self) -> VecDeque<Happening> {
        std::mem::take(&mut self.happenings)
    }

    /// Whether it is over.
    pub fn is_over(&self) -> bool {
        self.phase == Phase::Closed
    }

    /// The name we have, or want.
    pub fn name(&self) -> Option<Name> {
        match &self.entry {
            Entry::Login { name, .. }
            | Entry::Guest { name }
            | Entry::Register { name, .. }
            | Entry::Recover { name, .. } => Some(*name),
            Entry::Look => None,
        }
    }

    /// What was said and is not stored, in order.
    pub fn unsaid(&self) -> impl Iterator<Item = (Mark, &Place, &str)> {
        self.own.iter()
    }

    fn quit(&mut self, now: Now) {
        self.ask(Asked::Quit, &Request::Quit);
        self.phase = Phase::Leaving { until_ms: now.mono_ms + self.waits.leave_ms };
    }

    /// The connection is over, and there will be another one.
    fn lost(&mut self, now: Now, why: Why) {
        if matches!(self.phase, Phase::Leaving { .. }) {
            return self.close();
        }
        self.disconnected();
        let asked = match &why {
            Why::Refused(refusal) => refusal.wait_secs().unwrap_or(0).min(ASKED_SECS_MOST) * 1000,
            _ => 0,
        };
        let again_in_ms = self.pauses.next().max(asked);
        self.phase = Phase::Pausing { until_ms: now.mono_ms + again_in_ms };
        self.tell(Happening::Link(Link::Lost { why, again_in_ms }));
    }

    /// The connection is over, and another one would not help.
    fn stop(&mut self, why: Refusal) {
        self.disconnected();
        self.phase = Phase::Stopped;
        self.tell(Happening::Link(Link::Stopped(why)));
    }

    fn close(&mut self) {
        self.disconnected();
        self.phase = Phase::Closed;
        // What is over needs no password any more, and a thread that still looks a
        // server up may keep all this for a while.
        self.change = None;
        if let Some(name) = self.name() {
            self.entry = Entry::Guest { name };
        }
        self.tell(Happening::Link(Link::Closed));
    }

    /// What was on its way on this connection may have arrived or not.
    fn disconnected(&mut self) {
        if let Some(change) = &mut self.change {
            change.doubt |= change.sent == 2;
            change.sent = 0;
        }
        let failed = self.own.broken(!self.is_guest());
        self.failed(failed, BROKEN);
        let broken = "the connection broke before the server answered";
        for asked in std::mem::take(&mut self.asked) {
            if let Asked::Wish(wish, _) = asked {
                self.tell(wish.refused(Refusal::own(broken)));
            }
        }
        for wish in std::mem::take(&mut self.wishes) {
            self.tell(wish.refused(Refusal::own(broken)));
        }
        self.lines.clear();
        self.terms.clear();
        self.unheard.clear();
        self.shown.clear();
        self.places.restart();
        self.give_up(LEFT);
        self.is_live = false;
    }

    /// An operator has disconnected us. Whoever comes back finds all as it was.
    fn sent_away(&mut self, rooms: Vec<RoomName>, text: &str) {
        for room in rooms {
            self.places.rooms.entry(room).or_default().is_wanted = true;
        }
        self.stop(Refusal::new("KICKED", text));
    }

    /// These have failed, for this reason.
    fn failed(&mut self, failed: Vec<(Mark, Place)>, why: &str) {
        for (mark, place) in failed {
            self.tell(Happening::Failed { mark, place, why: Refusal::own(why) });
        }
    }

    /// What waits for a room that is none of ours any more is not said there.
    fn give_up(&mut self, why: &str) {
        let failed = self.own.give_up(|place| self.places.is_ours(place));
        self.failed(failed, why);
    }

    /// Something is said in this talk, or it is opened.
    fn talk(&mut self, name: Name, is_kept: bool) {
        if self.places.talk(name, is_kept && !self.is_guest()) {
            self.tell(Happening::Opened(name.into()));
            if self.is_guest() {
                self.tell(Happening::NotKept(name.into()));
            }
            let is_used = |name: &Name| self.own.has(&Place::Person(*name));
            if let Some(quiet) = self.places.too_many(is_used) {
                self.places.talks.remove(&quiet);
                self.tell(Happening::Left(quiet.into()));
            }
        }
    }

    /// Guests have no marks, and nothing told to them is kept.
    fn is_guest(&self) -> bool {
        matches!(self.entry, Entry::Guest { .. })
    }

    fn tell(&mut self, happening: Happening) {
        self.happenings.push_back(happening);
    }

    fn send(&mut self, request: &Request<'_>) {
        self.lines.push_back(request.line());
    }

    fn ask(&mut self, asked: Asked, request: &Request<'_>) {
        self.asked.push_back(asked);
        self.send(request);
    }

    /// Whether the server may take the next line as a password, whatever it says.
    fn is_typing(&self) -> bool {
        self.asked.iter().any(Asked::asks_for_password)
    }
}

/// Why something of ours has failed, where the server has not said so.
const BROKEN: &str = "the connection broke before the server answered: it may have been said";
const LEFT: &str = "you are not in that room any more";
const OLD: &str =
    "it was sent so long ago that the server may not know it again: it may have been said";
