//! Whether somebody looks: what is read, and where the line "new since you looked"
//! stands.
//!
//! One looks while the window has the focus and the newest message is in view. Pure;
//! the page tells it both.

use taifas_client::{At, MessageId};

/// What is known of the reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attention {
    looks: bool,
    /// The last message that was read when one looked away; empty once one has said
    /// something, or nothing new came.
    seen: Option<MessageId>,
}

impl Default for Attention {
    fn default() -> Attention {
        Attention { looks: true, seen: None }
    }
}

impl Attention {
    /// Of somebody who comes into a place: what is unread there is new to them, and what
    /// comes before they look.
    pub fn coming(place: At<'_>) -> Attention {
        Attention { looks: false, seen: Some(place.read_up_to()) }
    }

    /// One looks, or does not. To be told before new messages are taken, so that the
    /// line stands above them.
    pub fn is(&mut self, looks: bool, place: At<'_>) {
        match (self.looks, looks) {
            (true, false) => self.seen = Some(place.read_up_to()),
            // Nothing came: what comes now is seen as it comes.
            (false, true) if place.unread() == 0 => self.seen = None,
            _ => {}
        }
        self.looks = looks;
    }

    /// Whether one looks.
    pub fn looks(&self) -> bool {
        self.looks
    }

    /// One has said something, and so has seen what was there.
    pub fn spoke(&mut self) {
        self.seen = None;
    }

    /// Above the first message of somebody else behind this one stands the line.
    pub fn seen(&self) -> Option<MessageId> {
        self.seen
    }
}
