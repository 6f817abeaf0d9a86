//! Quiet lines over the messages: what the server has to say to us.
//!
//! They stay until they are dismissed; the page fills them.

use std::collections::VecDeque;

use eframe::egui::{Align, Label, Layout, RichText, ScrollArea, Ui};

use crate::pages::card;
use crate::theme;

/// Most notices at a time; then the oldest goes.
const NOTICES_MOST: usize = 3;

/// The lines that are there.
#[derive(Default)]
pub struct Notices {
    said: VecDeque<String>,
}

impl Notices {
    /// Something to be read.
    pub fn say(&mut self, text: String) {
        self.said.push_back(text);
        if self.said.len() > NOTICES_MOST {
            self.said.pop_front();
        }
    }

    /// Whether there is anything to show.
    pub fn is_empty(&self) -> bool {
        self.said.is_empty()
    }

    /// Shows them. However long they are, the messages and their box stay in view.
    pub fn show(&mut self, ui: &mut Ui) {
        let style = ui.style().clone();
        theme::scroll_bar(ui);
        let area = ScrollArea::vertical().id_salt("notices").auto_shrink([false, true]);
        area.max_height(theme::NOTICES_HEIGHT).show(ui, |ui| {
            ui.set_style(style);
            self.said.retain(|text| !is_dismissed(ui, text));
        });
    }
}

fn is_dismissed(ui: &mut Ui, text: &str) -> bool {
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        ui.set_height(ui.spacing().interact_size.y);
        let button = ui.button("Dismiss");
        card::follow(&button);
        let pressed = button.clicked();
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            let text = RichText::new(text).color(theme::palette(ui).muted);
            ui.add(Label::new(text).wrap());
        });
        pressed
    })
    .inner
}
