//! The recovery code, shown this once.

use eframe::egui::Ui;
use taifas_client::Password;

use super::{Desk, Go};
use crate::talk::Talk;

/// The page.
pub struct Code {
    #[allow(dead_code)]
    code: Option<Password>,
    /// After registering: the talk that goes on. After recovering: none, one logs in.
    talk: Option<Box<Talk>>,
}

impl Code {
    /// Shows this code (`None`: the connection broke before it came), then goes on.
    pub fn new(code: Option<Password>, talk: Option<Box<Talk>>) -> Code {
        Code { code, talk }
    }

    /// Takes what has happened.
    pub fn take(&mut self, _desk: &mut Desk) -> Option<Go> {
        if let Some(talk) = &mut self.talk {
            talk.take();
        }
        None
    }

    /// Shows it.
    pub fn show(&mut self, _ui: &mut Ui, _desk: &mut Desk) -> Option<Go> {
        None
    }

    /// Whether the window may be closed now.
    pub fn may_close(&mut self) -> bool {
        true
    }
}
