//! The line on top: which place, what it is about, where, who one is, and the menu.
//!
//! It says what was chosen; the page does it. The theme alone is changed at once.

use eframe::egui::{Align, Button, Key, Label, Layout, Popup, RichText, Ui};
use taifas_client::{At, Place, RoomName};

use super::keys;
use super::people::People;
use super::{person, places};
use crate::pages::Desk;
use crate::pages::appearance::{notify_switch, theme_switch};
use crate::theme;

/// What was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// Who is shut out.
    Bans,
    /// Change password…
    ChangePassword,
    /// The list of keys.
    Keys,
    /// Log out.
    LogOut,
    /// Something about somebody.
    Person(person::Act),
    /// Something about a place.
    Place(places::Act),
    /// Search.
    Search,
    /// Change what this room is about.
    Topic(RoomName),
}

/// Shows the line; with places and people behind buttons if there is no room for them.
/// `opens`: the menu was asked for by a key.
pub fn show(
    ui: &mut Ui,
    desk: &mut Desk,
    at: At<'_>,
    folded: Option<&mut People>,
    opens: bool,
) -> Option<Choice> {
    let mut choice = None;
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        ui.set_height(ui.spacing().interact_size.y);
        let button = ui.menu_button("Menu", |ui| choice = menu(ui, desk, at)).response;
        if opens {
            Popup::open_id(ui.ctx(), Popup::default_response_id(&button));
            button.request_focus();
        }
        let is_wide = folded.is_none();
        if let Some(people) = folded {
            if at.place().room().is_some() && is_ours(at) {
                choice = people.show_folded(ui, at).map(Choice::Person).or(choice);
            }
            let place = places::show_folded(ui, at.model(), at.place());
            choice = place.map(Choice::Place).or(choice);
        } else {
            if is_ours(at) {
                choice = leave(ui, at.place()).or(choice);
            }
            who(ui, desk, at);
        }
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            if is_ours(at) {
                choice = place(ui, at, is_wide).or(choice);
            }
        });
    });
    choice
}

/// Whether there is this place: the last one may have been left.
fn is_ours(at: At<'_>) -> bool {
    at.model().place(&at.place()).is_some()
}

/// Who one is, and where.
fn who(ui: &mut Ui, desk: &Desk, at: At<'_>) {
    let palette = theme::palette(ui);
    ui.label(RichText::new(desk.remembered.server_words()).small().color(palette.muted));
    if let Some(me) = at.me() {
        ui.label(RichText::new(me.as_str()).color(palette.name(me.as_str())));
    }
}

fn leave(ui: &mut Ui, place: Place) -> Option<Choice> {
    let word = if place.room().is_some() { "Leave" } else { "Close" };
    let words = places::leave_words(place);
    let button = ui.button(word).on_hover_text(&words).accessible_name(words);
    button.clicked().then_some(Choice::Place(places::Act::Leave(place)))
}

/// The place, how many are there, and what it is about.
fn place(ui: &mut Ui, at: At<'_>, is_wide: bool) -> Option<Choice> {
    let palette = theme::palette(ui);
    let small = |text: String| RichText::new(text).font(theme::small()).color(palette.muted);
    match at.place() {
        Place::Person(name) => {
            let text = RichText::new(name.as_str()).strong().color(palette.name(name.as_str()));
            ui.label(text);
            ui.add(Label::new(small("only you two".into())).truncate());
            None
        }
        Place::Room(room) => {
            ui.label(RichText::new(room.to_string()).strong());
            if is_wide {
                ui.label(small(format!("{} here", at.people().len())));
            }
            let text = match at.topic() {
                "" => small("No topic".into()),
                topic => small(topic.into()),
            };
            let called = match at.topic() {
                "" => "No topic".to_owned(),
                topic => format!("Topic: {topic}"),
            };
            let button = ui.add(Button::new(text).frame_when_inactive(false).truncate());
            let button = button.accessible_name(called);
            let button = match at.topic() {
                "" => button,
                topic => button.on_hover_text(topic),
            };
            button.clicked().then_some(Choice::Topic(room))
        }
    }
}

fn menu(ui: &mut Ui, desk: &mut Desk, at: At<'_>) -> Option<Choice> {
    let mut choice = None;
    if let Some(me) = at.me() {
        let who = format!("{me} at {}", desk.remembered.server_words());
        ui.label(RichText::new(who).small().color(theme::palette(ui).muted));
    }
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
    entry(ui, "Join a room…", Choice::Place(places::Act::Join));
    let place = is_ours(at).then_some(at.place());
    if place.is_some() {
        entry(ui, "Search…", Choice::Search);
    }
    entry(ui, "Bans…", Choice::Bans).on_hover_text("Who is shut out; for operators");
    if let Some(place) = place {
        entry(ui, &places::leave_words(place), Choice::Place(places::Act::Leave(place)));
    }
    ui.separator();
    ui.label(RichText::new("Theme").small().color(theme::palette(ui).muted));
    theme_switch(ui, desk);
    notify_switch(ui, desk);
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
