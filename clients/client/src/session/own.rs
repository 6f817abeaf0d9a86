//! What we say, until it is stored: the list of it, in the order in which it was said.
//!
//! Each text keeps its mark, and with it its nonce, until the server has said `OK`:
//! also when it failed and is retried, because a nonce that the server does not know
//! yet says nothing, and one that it does know prevents the double.

use std::collections::VecDeque;

use taifas::limits::NONCE_KEPT_MS;
use taifas::protocol::Timestamp;

use crate::happening::Mark;
use crate::place::Place;

/// Most texts that may wait or have failed; then nothing more is taken.
pub const OWN_MOST: usize = 1000;

/// Most texts on their way at a time: fewer than what the server takes at once, so
/// that what is asked behind them is not kept waiting.
const IN_FLIGHT: usize = 16;

/// A text sent longer ago than this is not sent again by itself: the server may have
/// forgotten its nonce. An hour less than it remembers, for clocks that disagree.
const RESEND_MS: u64 = NONCE_KEPT_MS - 60 * 60 * 1000;

/// Everything said and not stored.
#[derive(Debug)]
pub(super) struct Own {
    list: VecDeque<Text>,
    /// The last mark given.
    last: u64,
    /// What makes this client's nonces its own.
    seed: u64,
    /// How many are on their way.
    in_flight: usize,
    /// How many may be.
    window: usize,
}

#[derive(Debug)]
struct Text {
    mark: Mark,
    place: Place,
    text: Box<str>,
    state: State,
    /// It may have arrived before: its line may have gone to a connection that is no more.
    is_again: bool,
    /// When it was first sent, by the wall clock: the other one may stand still while
    /// the machine sleeps.
    first_sent: Option<Timestamp>,
}

/// ```text
///  Unsent ──▶ Sent ──▶ stored, and forgotten
///    ▲  ▲      │ │
///    │  └──────┘ └──▶ Failed ──┐
///    └─────────────────────────┘  retried
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Unsent,
    Sent,
    Failed,
}

impl Own {
    pub(super) fn new(seed: u64) -> Own {
        Own { list: VecDeque::new(), last: 0, seed, in_flight: 0, window: IN_FLIGHT }
    }

    pub(super) fn is_full(&self) -> bool {
        self.list.len() >= OWN_MOST
    }

    /// Takes a text in.
    pub(super) fn say(&mut self, place: Place, text: Box<str>) -> Mark {
        self.last += 1;
        let mark = Mark(self.last);
        let (state, is_again, first_sent) = (State::Unsent, false, None);
        self.list.push_back(Text { mark, place, text, state, is_again, first_sent });
        mark
    }

    /// The mark on the wire.
    pub(super) fn nonce(&self, mark: Mark) -> String {
        format!("{:016x}-{:x}", self.seed, mark.0)
    }

    /// The next text to send, if one may be: the first of those whose place is ready.
    /// What is said in one place keeps its order.
    pub(super) fn send_next(
        &mut self,
        wall: Timestamp,
        is_ready: impl Fn(&Place) -> bool,
    ) -> Option<(Mark, Place, &str)> {
        if self.in_flight >= self.window {
            return None;
        }
        let next = |text: &&mut Text| text.state == State::Unsent && is_ready(&text.place);
        let text = self.list.iter_mut().find(next)?;
        text.state = State::Sent;
        text.first_sent.get_or_insert(wall);
        self.in_flight += 1;
        Some((text.mark, text.place, &text.text))
    }

    /// It is stored. Returns what it was, if it is still known, and whether it may have
    /// been already, so that no line of it comes.
    pub(super) fn stored(&mut self, mark: Mark) -> Option<(Place, Box<str>, bool)> {
        self.answered();
        let at = self.list.iter().position(|text| text.mark == mark)?;
        self.list.remove(at).map(|text| (text.place, text.text, text.is_again))
    }

    /// The server has refused it. Returns where it was to be said.
    pub(super) fn failed(&mut self, mark: Mark) -> Option<Place> {
        self.answered();
        let text = self.list.iter_mut().find(|text| text.mark == mark)?;
        text.state = State::Failed;
        Some(text.place)
    }

    fn answered(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    /// The connection is gone: what was on its way waits again, or fails where it
    /// cannot be sent twice. Returns what has failed.
    pub(super) fn broken(&mut self, is_marked: bool) -> Vec<(Mark, Place)> {
        self.in_flight = 0;
        for text in self.list.iter_mut().filter(|text| text.state == State::Sent) {
            text.is_again = true;
            if is_marked {
                text.state = State::Unsent;
            }
        }
        self.fail(|text| text.state == State::Sent)
    }

    /// What was sent so long ago that its nonce may be forgotten fails instead of being
    /// sent again.
    pub(super) fn expire(&mut self, wall: Timestamp) -> Vec<(Mark, Place)> {
        self.fail(|text| {
            let sent = text.first_sent.unwrap_or(wall);
            text.state == State::Unsent && wall.ms().saturating_sub(sent.ms()) >= RESEND_MS
        })
    }

    /// What waits for a place that we are not in, and not about to be, fails.
    pub(super) fn give_up(&mut self, is_ours: impl Fn(&Place) -> bool) -> Vec<(Mark, Place)> {
        self.fail(|text| text.state == State::Unsent && !is_ours(&text.place))
    }

    fn fail(&mut self, does: impl Fn(&Text) -> bool) -> Vec<(Mark, Place)> {
        let failed = self.list.iter_mut().filter(|text| does(text));
        failed
            .map(|text| {
                text.state = State::Failed;
                (text.mark, text.place)
            })
            .collect()
    }

    /// Sends something that failed once more, behind everything else. Returns its
    /// text.
    pub(super) fn retry(&mut self, mark: Mark) -> Option<(Place, Box<str>)> {
        let mut text = self.take_failed(mark)?;
        text.state = State::Unsent;
        // Whoever retries has decided; from here on its age counts anew.
        text.first_sent = None;
        let copy = (text.place, text.text.clone());
        self.list.push_back(text);
        Some(copy)
    }

    /// Forgets something that failed. Returns where it was to be said.
    pub(super) fn discard(&mut self, mark: Mark) -> Option<Place> {
        self.take_failed(mark).map(|text| text.place)
    }

    /// Whether something waits or has failed there.
    pub(super) fn has(&self, place: &Place) -> bool {
        self.list.iter().any(|text| text.place == *place)
    }

    /// From now on everything is sent at once: we are about to leave.
    pub(super) fn hurry(&mut self) {
        self.window = usize::MAX;
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (Mark, &Place, &str)> {
        self.list.iter().map(|text| (text.mark, &text.place, &*text.text))
    }

    fn take_failed(&mut self, mark: Mark) -> Option<Text> {
        let is_it = |text: &Text| text.mark == mark && text.state == State::Failed;
        let at = self.list.iter().position(is_it)?;
        self.list.remove(at)
    }
}
