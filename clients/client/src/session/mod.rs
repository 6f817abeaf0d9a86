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
mod history;
mod own;
mod pauses;
mod people;

use std::collections::VecDeque;

use taifas::protocol::{MessageId, Name, Now, Text};
use thiserror::Error;

pub use own::OWN_MOST;

use self::history::History;
use self::own::Own;
use self::pauses::Pauses;
use self::people::People;
use crate::happening::{Happening, Link, Mark, Refusal, Why};
use crate::password::Password;
use crate::settings::{Entry, Waits};
use crate::wire::{Line, Out, Request, TEXT_BYTES};

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
    own: Own,
    history: History,
    people: People,
    pauses: Pauses,
    /// The `Live` of this connection was told.
    is_live: bool,
    lines: VecDeque<Out>,
    happenings: VecDeque<Happening>,
}

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
    /// It has more than [`TEXT_BYTES`].
    #[error("a message has at most {TEXT_BYTES} bytes; say it in parts")]
    TooLong,
    /// [`OWN_MOST`] wait already.
    #[error("too much waits to be sent already")]
    TooMany,
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

/// What an answer will be to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    Tags,
    Terms,
    Accept,
    Register,
    /// `changed`: with the password that may have become ours.
    Login {
        changed: bool,
    },
    Name,
    Recover,
    Passwd,
    Say(Mark),
    Names,
    History,
    Ping,
    Quit,
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
    /// pauses come from it.
    pub fn new(entry: Entry, waits: Waits, seed: u64) -> Session {
        Session {
            entry,
            waits,
            phase: Phase::Pausing { until_ms: 0 },
            asked: VecDeque::new(),
            heard_ms: 0,
            was_in: false,
            doubt: false,
            change: None,
            terms: Vec::new(),
            own: Own::new(seed),
            history: History::default(),
            people: People::default(),
            pauses: Pauses::new(&waits, seed),
            is_live: false,
            lines: VecDeque::new(),
            happenings: VecDeque::new(),
        }
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
                Some(self.history.due_ms().map_or(quiet, |due| due.min(quiet)))
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
        match self.phase {
            Phase::Pausing { .. } | Phase::Stopped | Phase::Closed => {}
            _ => self.lost(now, why),
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

    /// Says something to the room, now or as soon as there is a connection.
    ///
    /// # Errors
    /// [`BadText`] if the server would not take it.
    pub fn say(&mut self, now: Now, text: &str) -> Result<Mark, BadText> {
        let text = read(text)?;
        if matches!(self.phase, Phase::Leaving { .. } | Phase::Closed) {
            return Err(BadText::Over);
        }
        if self.own.is_full() {
            return Err(BadText::TooMany);
        }
        let mark = self.own.say(text.as_str().into());
        self.tell(Happening::Waiting { mark, text: text.as_str().into() });
        self.go_on(now);
        Ok(mark)
    }

    /// Says something that has failed again, with its nonce.
    pub fn retry(&mut self, now: Now, mark: Mark) {
        if let Some(text) = self.own.retry(mark) {
            self.tell(Happening::Waiting { mark, text });
            self.go_on(now);
        }
    }

    /// Gives up something that has failed.
    pub fn discard(&mut self, mark: Mark) {
        if self.own.discard(mark) {
            self.tell(Happening::Discarded(mark));
        }
    }

    /// Asks for what was said before this id; it comes as a page.
    pub fn older(&mut self, now: Now, before: MessageId) {
        self.history.want_older(before);
        self.go_on(now);
    }

    /// Changes the password; the answer is a happening. One change at a time.
    pub fn change_password(&mut self, now: Now, old: Password, new: Password) {
        if self.change.is_some() || !matches!(self.entry, Entry::Login { .. }) {
            let why = Refusal::own("the password cannot be changed now");
            return self.tell(Happening::PasswordKept(why));
        }
        self.change = Some(Change { old, new, sent: 0, doubt: false });
        self.go_on(now);
    }

    /// Cuts a pause short.
    pub fn try_now(&mut self, now: Now) {
        if let Phase::Pausing { until_ms } = &mut self.phase {
            *until_ms = now.mono_ms;
        }
    }

    /// After [`Link::Stopped`]: comes back with this password, and says what waits.
    pub fn enter_again(&mut self, now: Now, again: Password) {
        if let (Phase::Stopped, Entry::Login { password, .. }) = (&self.phase, &mut self.entry) {
            *password = again;
            self.phase = Phase::Pausing { until_ms: now.mono_ms };
        }
    }

    /// Leaves in good order: says what waits, if there is a connection to say it on,
    /// and then `QUIT`.
    pub fn leave(&mut self, now: Now) {
        match self.phase {
            Phase::In if !self.is_typing() => {
                self.own.hurry();
                self.go_on(now);
                self.quit(now);
            }
            Phase::Leaving { .. } | Phase::Closed => {}
            _ => self.close(),
        }
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
    pub fn unsaid(&self) -> impl Iterator<Item = (Mark, &str)> {
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
            Why::Refused(refusal) => refusal.wait_secs().unwrap_or(0) * 1000,
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
        let resend = !matches!(self.entry, Entry::Guest { .. });
        for mark in self.own.broken(resend) {
            let why = "the connection broke before the server answered: it may have been said";
            self.tell(Happening::Failed { mark, why: Refusal::own(why) });
        }
        self.asked.clear();
        self.lines.clear();
        self.terms.clear();
        self.history.restart();
        self.people = People::default();
        self.is_live = false;
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
        self.asked.iter().any(|asked| asked.verb_asks_for_password())
    }
}

impl Asked {
    fn verb(self) -> &'static str {
        match self {
            Asked::Tags => "TAGS",
            Asked::Terms => "TERMS",
            Asked::Accept => "ACCEPT",
            Asked::Register => "REGISTER",
            Asked::Login { .. } => "LOGIN",
            Asked::Name => "NAME",
            Asked::Recover => "RECOVER",
            Asked::Passwd => "PASSWD",
            Asked::Say(_) => "MSG",
            Asked::Names => "NAMES",
            Asked::History => "HISTORY",
            Asked::Ping => "PING",
            Asked::Quit => "QUIT",
        }
    }

    fn verb_asks_for_password(self) -> bool {
        matches!(self, Asked::Register | Asked::Login { .. } | Asked::Recover | Asked::Passwd)
    }
}
