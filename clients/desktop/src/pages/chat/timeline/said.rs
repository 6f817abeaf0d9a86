//! What one row says, whichever kind of row it is: a message, or something of ours that
//! is not among them yet.
//!
//! Plain values; nothing is laid out here. Called by the timeline for each row in view.

use taifas_client::{At, Delivery, Mark, Message, MessageId, Name, Pending, mentions};

use super::above::Above;
use super::column::Key;
use crate::clock::Clock;
use crate::words::{self, Plain};

/// What a row says.
#[derive(Debug)]
pub(super) struct Said<'a> {
    /// Which row it is.
    pub(super) key: Key,
    /// Who; `None`: we, before we have a name.
    pub(super) who: Option<Name>,
    /// `HH:MM`; empty for what the server has not told yet.
    pub(super) time: String,
    /// The whole date and the id; likewise.
    pub(super) details: String,
    /// The text, never interpreted.
    pub(super) text: &'a str,
    /// We have said it.
    pub(super) is_mine: bool,
    /// It names us.
    pub(super) names_us: bool,
    /// What has become of it, if it is ours.
    pub(super) state: Option<State>,
    /// Why it failed, and which one to retry.
    pub(super) failed: Option<(Mark, Plain)>,
    /// What stands above it.
    pub(super) above: Above,
}

/// What has become of something of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// It is not with the server yet, as far as is known.
    Waiting,
    /// It is on the server's disk.
    Stored,
    /// It was not said.
    Failed,
}

impl<'a> Said<'a> {
    /// A message, after the one before it.
    pub(super) fn message(
        place: At<'_>,
        clock: &Clock,
        before: Option<&Message>,
        message: &'a Message,
        news: Option<MessageId>,
    ) -> Said<'a> {
        let is_mine = place.is_mine(message);
        let me = place.me().filter(|_| !is_mine);
        Said {
            key: Key::Message(message.id),
            who: Some(message.name),
            time: clock.time(message.at),
            details: format!("{}, message {}", clock.whole(message.at), message.id),
            text: &message.text,
            is_mine,
            names_us: me.is_some_and(|me| mentions(&message.text, &me)),
            state: is_mine.then_some(State::Stored),
            failed: None,
            above: Above::message(place, clock, before, message, news),
        }
    }

    /// Something pending, with so many others of that kind before it.
    pub(super) fn pending(place: At<'_>, at: usize, own: &'a Pending) -> Said<'a> {
        let (state, failed) = match &own.delivery {
            Delivery::Waiting => (State::Waiting, None),
            Delivery::Stored(_) => (State::Stored, None),
            Delivery::Failed(why) => (State::Failed, Some((own.mark, words::refusal(why)))),
        };
        Said {
            key: Key::Pending(own.mark),
            who: place.me(),
            time: String::new(),
            details: String::new(),
            text: &own.text,
            is_mine: true,
            names_us: false,
            state: Some(state),
            failed,
            above: Above::pending(place, at == 0),
        }
    }

    /// The name.
    pub(super) fn name(&self) -> &str {
        self.who.as_ref().map_or("you", |who| who.as_str())
    }

    /// In one line, as it is read aloud and copied: `ana, 14:03: hello`.
    pub(super) fn line(&self) -> String {
        let (name, Said { time, text, .. }) = (self.name(), self);
        if time.is_empty() { format!("{name}: {text}") } else { format!("{name}, {time}: {text}") }
    }
}

impl State {
    /// Its word, for those who do not see the mark.
    pub(super) fn word(self) -> &'static str {
        match self {
            State::Waiting => "waiting",
            State::Stored => "stored",
            State::Failed => "failed",
        }
    }

    /// The same for those who point at it.
    pub(super) fn sentence(self) -> &'static str {
        match self {
            State::Waiting => "Waits until the server has it.",
            State::Stored => "The server has it on its disk.",
            State::Failed => "It was not said.",
        }
    }
}
