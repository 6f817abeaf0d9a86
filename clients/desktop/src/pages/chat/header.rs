//! The line on top: which room, where, who one is, and the menu.
//!
//! It says what was chosen; the page does it. The theme alone is changed at once.

use eframe::egui::{Align, Key, Label, Layout, Popup, RichText, Ui};
use taifas_client::{At, Name};

use super::keys;
use super::people::People;
use crate::pages::Desk;
use crate::pages::appearance::theme_switch;
use crate::theme;

/// What was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// Change password…
    ChangePassword,
    /// The list of keys.
    Keys,
    /// Log out.
    LogOut,
    /// Somebody of the folded list of people.
    Person(Name),
}

/// Shows the line; with the people behind a button if there is no room for them.
/// `opens`: the menu was asked for by a key.
pub fn show(
    ui: &mut Ui,
    desk: &mut Desk,
    place: At<'_>,
    folded: Option<&mut People>,
    opens: bool,
) -> Option<Choice> {
    let mut choice = None;
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        ui.set_height(ui.spacing().interact_size.y);
        let button = ui.menu_button("Menu", |ui| choice = menu(ui, desk)).response;
        if opens {
            Popup::open_id(ui.ctx(), Popup::default_response_id(&button));
            button.request_focus();
        }
        if let Some(people) = folded {
            choice = people.show_folded(ui, place).map(Choice::Person).or(choice);
        }
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            let palette = theme::palette(ui);
            ui.label(RichText::new(place.place().to_string()).strong());
            if let Some(me) = place.me() {
                ui.label(RichText::new(me.as_str()).color(palette.name(me.as_str())));
            }
            let server = RichText::new(&desk.remembered.server).small().color(palette.muted);
            ui.add(Label::new(server).truncate());
        });
    });
    choice
}

fn menu(ui: &mut Ui, desk: &mut Desk) -> Option<Choice> {
    let mut choice = None;
    // Arrows are the toolkit's; these two are not.
    let (to_first, to_last) = (keys::take(ui, Key::Home), keys::take(ui, Key::End));
    let mut entry = |ui: &mut Ui, text: &str, what: Choice| {
        let button = ui.button(text);
        if button.clicked() {
            choice = Some(what);
        }
        button
    };
    let first = entry(ui, "Change password…", Choice::ChangePassword);
    entry(ui, "Keyboard", Choice::Keys);
    ui.separator();
    ui.label(RichText::new("Theme").small().color(theme::palette(ui).muted));
    theme_switch(ui, desk);
    ui.separator();
    let last = entry(ui, "Log out", Choice::LogOut);
    if to_first {
        first.request_focus();
    } else if to_last {
        last.request_focus();
    }
    if choice.is_some() {
        // A click would close it; a key does not.
        ui.close();
    }
    choice
}
