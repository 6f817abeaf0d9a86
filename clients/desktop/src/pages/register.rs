//! Register.

use eframe::egui::Ui;

use super::{Desk, Go};

/// The page.
#[derive(Default)]
pub struct Register {}

impl Register {
    /// A fresh page.
    pub fn new(_desk: &mut Desk) -> Register {
        Register {}
    }

    /// Takes what has happened.
    pub fn take(&mut self, _desk: &mut Desk) -> Option<Go> {
        None
    }

    /// Shows it.
    pub fn show(&mut self, _ui: &mut Ui, _desk: &mut Desk) -> Option<Go> {
        None
    }
}
