//! A line across the page: words that wrap on the left, their buttons on the right.
//!
//! Only looks; whoever shows it says what it means. As high as its words, and never
//! lower than a button.

use eframe::egui::{Color32, Label, Layout, Response, RichText, Sides, Ui, accesskit::Live};

use super::card;

/// Shows these words, and the buttons, which are put in from the right.
pub fn show<R>(ui: &mut Ui, words: &str, colour: Color32, buttons: impl FnOnce(&mut Ui) -> R) -> R {
    let row = ui.spacing().interact_size.y;
    let say = |ui: &mut Ui| {
        let text = Label::new(RichText::new(words).color(colour)).wrap();
        let line = ui.text_style_height(&eframe::egui::TextStyle::Body);
        // From the top, so that long words grow downwards; one line stands beside the
        // buttons' words.
        ui.with_layout(Layout::top_down(eframe::egui::Align::Min), |ui| {
            ui.add_space(((row - line) / 2.0).max(0.0));
            let response = ui.add(text);
            ui.ctx().accesskit_node_builder(response.id, |node| node.set_live(Live::Polite));
        });
    };
    Sides::new().shrink_left().show(ui, say, buttons).1
}

/// One of the buttons.
pub fn button(ui: &mut Ui, words: &str) -> Response {
    let response = ui.button(words);
    card::follow(&response);
    response
}
