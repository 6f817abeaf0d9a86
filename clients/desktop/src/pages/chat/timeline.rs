//! The messages.

use eframe::egui::Ui;
use taifas_client::{Mark, MessageId, Model};

use crate::clock::Clock;

/// The messages on the screen.
#[derive(Default)]
pub struct Timeline {}

/// What the reader wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// The messages before this one.
    Older(MessageId),
    /// Say something again that has failed.
    Retry(Mark),
    /// Give it up.
    Discard(Mark),
}

impl Timeline {
    /// Shows the messages in all the space there is. `seen`: the line "new since you
    /// looked" stands above the first message of somebody else that is newer.
    pub fn show(
        &mut self,
        _ui: &mut Ui,
        _model: &Model,
        _clock: &Clock,
        _seen: Option<MessageId>,
    ) -> Vec<Wish> {
        Vec::new()
    }

    /// Whether the newest message is in view.
    pub fn is_at_newest(&self) -> bool {
        true
    }

    /// Brings the newest message into view.
    pub fn to_newest(&mut self) {}

    /// Scrolls by a page: -1 to what is older, 1 to what is newer.
    pub fn scroll_pages(&mut self, _pages: f32) {}
}
