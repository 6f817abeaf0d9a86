//! In the place of the messages, where there is no room and no talk: what to do.
//!
//! It says what was chosen; the page does it.

use eframe::egui::{CentralPanel, Frame, RichText, Ui};

use crate::pages::card;
use crate::theme::{self, space};

/// What was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// Choose a room to join.
    Join,
    /// Find somebody to write to.
    Write,
}

/// Shows it in all the space there is. `wants_focus`: until the first button has it.
pub fn show(ui: &mut Ui, frame: Frame, wants_focus: &mut bool) -> Option<Choice> {
    let shown = CentralPanel::default().frame(frame).show(ui, |ui| {
        ui.add_space((ui.available_height() / 4.0).min(space::XL * 4.0));
        ui.vertical_centered(|ui| {
            ui.set_max_width(theme::CARD_WIDTH.min(ui.available_width()));
            ui.label(RichText::new("You are in no room and in no talk.").strong());
            card::remark(ui, "Join a room to talk with everybody there, or write to one person.");
            ui.add_space(space::S);
            let join = card::primary(ui, "Join a room…");
            if *wants_focus {
                // Behind something that was over the page it may not have it at once.
                *wants_focus = !join.has_focus();
                join.request_focus();
                ui.request_repaint();
            }
            let write = card::secondary(ui, "Write to somebody…");
            let write = write.clicked().then_some(Choice::Write);
            join.clicked().then_some(Choice::Join).or(write)
        })
        .inner
    });
    shown.inner
}
