//! Rooms and talks: the list in the side column, what is unread in each, and which one
//! comes next.
//!
//! It says what was chosen; the page does it. Few rows, so all of them are made.

use eframe::egui::{Align, Button, Layout, Popup, RichText, ScrollArea, Ui, vec2};
use taifas_client::{At, Model, Place};

use crate::theme::{self, space};

/// What was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Bring it into view.
    Go(Place),
    /// Leave the room, close the talk.
    Leave(Place),
    /// Choose a room to join.
    Join,
}

/// A place as it is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Which.
    pub place: Place,
    /// Messages of others that were not looked at.
    pub unread: usize,
    /// Those of them that are meant for us.
    pub mentions: usize,
}

impl Entry {
    fn of(at: &At<'_>) -> Entry {
        Entry { place: at.place(), unread: at.unread(), mentions: at.mentions() }
    }

    /// As it is read aloud.
    fn called(&self) -> String {
        let place = match self.place {
            Place::Room(room) => room.to_string(),
            Place::Person(name) => format!("Talk with {name}"),
        };
        match (self.unread, self.mentions) {
            (0, _) => place,
            (unread, mentions) if mentions == 0 || self.place.person().is_some() => {
                format!("{place}, {unread} unread")
            }
            (unread, mentions) => format!("{place}, {unread} unread, {mentions} for you"),
        }
    }
}

/// All places in the order in which they are listed.
pub fn entries(model: &Model) -> Vec<Entry> {
    model.places().iter().map(Entry::of).collect()
}

/// The place so many steps from here (1 or -1), around the end if need be; with
/// `unread` the next one in which something is. `None` if there is none but this.
pub fn next(entries: &[Entry], here: Place, step: isize, unread: bool) -> Option<Place> {
    let count = entries.len() as isize;
    let at = entries.iter().position(|entry| entry.place == here).unwrap_or(0) as isize;
    let others = (1..count).map(|n| &entries[(at + n * step).rem_euclid(count) as usize]);
    let mut others = others.filter(|entry| !unread || entry.unread > 0);
    others.next().map(|entry| entry.place)
}

/// Shows the list.
pub fn show(ui: &mut Ui, model: &Model, here: Place) -> Option<Act> {
    let entries = entries(model);
    let (rooms, talks): (Vec<Entry>, Vec<Entry>) =
        entries.iter().partition(|entry| entry.place.room().is_some());
    let mut act = None;
    ui.horizontal(|ui| {
        ui.label(RichText::new("Rooms").strong());
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let join = ui.button("Join…").on_hover_text("Join a room, or make one");
            act = join.clicked().then_some(Act::Join);
        });
    });
    let most = theme::PLACES_HEIGHT.min(ui.available_height() * 0.5);
    let scroll = ScrollArea::vertical().id_salt("places").max_height(most);
    let chosen = scroll.show(ui, |ui| {
        ui.set_width(ui.available_width());
        let mut chosen = None;
        for entry in &rooms {
            chosen = row(ui, entry, here).or(chosen);
        }
        if !talks.is_empty() {
            ui.label(RichText::new("Talks").strong());
        }
        for entry in &talks {
            chosen = row(ui, entry, here).or(chosen);
        }
        chosen
    });
    act.or(chosen.inner)
}

/// Shows a button, and the list behind it while it is open.
pub fn show_folded(ui: &mut Ui, model: &Model, here: Place) -> Option<Act> {
    let elsewhere: usize = model.unread() - model.at(&here).unread();
    let title = if elsewhere > 0 { format!("Rooms ({elsewhere} new)") } else { "Rooms".to_owned() };
    let button = ui.button(title);
    let popup = Popup::menu(&button).accessible_name("Rooms and talks");
    let shown = popup.show(|ui| {
        ui.set_width(theme::SIDE_WIDTH);
        show(ui, model, here)
    });
    let act = shown.and_then(|shown| shown.inner);
    if act.is_some() {
        Popup::close_all(ui.ctx());
    }
    act
}

fn row(ui: &mut Ui, entry: &Entry, here: Place) -> Option<Act> {
    let palette = theme::palette(ui);
    let is_here = entry.place == here;
    let text = RichText::new(entry.place.to_string());
    let text = match entry.place {
        Place::Person(name) if !is_here => text.color(palette.name(name.as_str())),
        // On the ground of what is chosen, nothing else can be read well.
        _ => text.color(palette.text),
    };
    let text = if entry.unread > 0 { text.strong() } else { text };
    let count = |text: String| RichText::new(text).font(theme::small());
    // What is meant for one stands out from what is merely new.
    let count = match entry.mentions {
        0 => count(entry.unread.to_string()).color(palette.muted),
        _ => count(format!(" {} ", entry.unread))
            .color(palette.on_accent)
            .background_color(palette.accent)
            .strong(),
    };
    let button = match entry.unread {
        0 => Button::selectable(is_here, text),
        _ => Button::selectable(is_here, (text, count)),
    };
    let size = vec2(ui.available_width(), ui.spacing().interact_size.y);
    let id = entry.place.to_string();
    let response = ui
        .push_id(id, |ui| {
            ui.spacing_mut().button_padding.x = space::S;
            ui.add(button.min_size(size).truncate())
        })
        .inner;
    let response = response.accessible_name(entry.called());
    let mut act = response.clicked().then_some(Act::Go(entry.place));
    response.context_menu(|ui| {
        if ui.button(leave_words(entry.place)).clicked() {
            act = Some(Act::Leave(entry.place));
            ui.close();
        }
    });
    act
}

/// What leaving this place is called.
pub fn leave_words(place: Place) -> String {
    match place {
        Place::Room(room) => format!("Leave {room}"),
        Place::Person(name) => format!("Close the talk with {name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(place: &str, unread: usize, mentions: usize) -> Entry {
        Entry { place: place.parse().expect("a place"), unread, mentions }
    }

    #[test]
    fn the_next_place_is_around_the_end() {
        let list = [entry("#a", 0, 0), entry("#b", 2, 0), entry("ion", 1, 1)];
        let place = |word: &str| word.parse::<Place>().ok();
        let next =
            |from: &str, step, unread| next(&list, from.parse().expect("a place"), step, unread);
        assert_eq!(next("#a", 1, false), place("#b"));
        assert_eq!(next("#a", -1, false), place("ion"));
        assert_eq!(next("ion", 1, false), place("#a"));
        assert_eq!(next("ion", 1, true), place("#b"), "#a has nothing new");
        assert_eq!(next("#b", -1, true), place("ion"));
        assert_eq!(super::next(&list[..1], list[0].place, 1, false), None);
        assert_eq!(super::next(&[], Place::LOBBY, -1, true), None);
    }

    #[test]
    fn what_is_unread_is_read_aloud() {
        assert_eq!(entry("#a", 0, 0).called(), "#a");
        assert_eq!(entry("#a", 3, 0).called(), "#a, 3 unread");
        assert_eq!(entry("#a", 3, 1).called(), "#a, 3 unread, 1 for you");
        assert_eq!(entry("ion", 2, 2).called(), "Talk with ion, 2 unread");
    }
}
