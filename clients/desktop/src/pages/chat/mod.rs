//! The room.

pub mod timeline;

use eframe::egui::Ui;

use super::{Desk, Go};
use crate::talk::Talk;

/// The page.
pub struct Chat {
    talk: Box<Talk>,
}

impl Chat {
    /// Goes on with this talk.
    pub fn new(talk: Box<Talk>) -> Chat {
        Chat { talk }
    }

    /// Takes what has happened.
    pub fn take(&mut self, _desk: &mut Desk) -> Option<Go> {
        self.talk.take();
        None
    }

    /// Shows it.
    pub fn show(&mut self, _ui: &mut Ui, _desk: &mut Desk) -> Option<Go> {
        None
    }

    /// What the window is called.
    pub fn title(&self, _desk: &Desk) -> String {
        "taifas".into()
    }

    /// Whether the window may be closed now.
    pub fn may_close(&mut self) -> bool {
        true
    }
}
