//! The jump field: type a part of a room's or a person's name, press Enter, be there.
//!
//! It says where to; the page goes. Opened by a key from anywhere in the chat.

use eframe::egui::{Button, Context, Id, Key, RichText, TextEdit, vec2};
use taifas_client::{At, Model, Place};

use super::{keys, over};
use crate::theme;

/// So many places and people are offered at a time; more letters leave fewer.
const OFFERED_MOST: usize = 8;

/// What was typed, while it is open.
#[derive(Default)]
pub struct Jump {
    typed: String,
}

/// What somebody wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// Go there; a talk may have to be opened.
    Go(Place),
    /// Nothing.
    Close,
}

impl Jump {
    /// Shows it over the page.
    pub fn show(&mut self, ctx: &Context, here: At<'_>, is_fresh: bool) -> Option<Wish> {
        let modal = over::modal(ctx, "jump").show(ctx, |ui| {
            ui.set_width(over::width(ctx));
            let offered = offered(here, &self.typed);
            let id = Id::unique("jump field");
            // Before the field is shown, which loses the focus by it.
            let entered = ui.memory(|memory| memory.has_focus(id)) && keys::take(ui, Key::Enter);
            let edit = TextEdit::singleline(&mut self.typed).id(id).desired_width(f32::INFINITY);
            let field = ui.add(edit.hint_text("A room or a person")).accessible_name("Go to");
            if is_fresh {
                field.request_focus();
            }
            let mut wish = None;
            for place in &offered {
                let palette = theme::palette(ui);
                let text = match place {
                    Place::Room(room) => RichText::new(room.to_string()),
                    Place::Person(name) => {
                        RichText::new(name.to_string()).color(palette.name(name.as_str()))
                    }
                };
                let size = vec2(ui.available_width(), ui.spacing().interact_size.y);
                let row = Button::new(text).frame_when_inactive(false).min_size(size).truncate();
                let row = ui.add(row).accessible_name(format!("Go to {place}"));
                if row.clicked() {
                    wish = Some(Wish::Go(*place));
                }
            }
            if offered.is_empty() {
                let text = RichText::new("Nothing here has such a name").font(theme::small());
                ui.label(text.color(theme::palette(ui).muted));
            }
            let first = offered.first().filter(|_| entered).map(|place| Wish::Go(*place));
            wish.or(first)
        });
        modal.inner.or(modal.should_close().then_some(Wish::Close))
    }
}

/// The places and people whose name holds this, those that begin with it first: our own
/// places, unread ones first, then who is in the room.
fn offered(here: At<'_>, typed: &str) -> Vec<Place> {
    let typed = typed.trim().to_ascii_lowercase();
    let mut all: Vec<Place> = places(here.model());
    let me = here.me();
    for name in here.people() {
        let place = Place::Person(*name);
        if Some(*name) != me && !all.contains(&place) {
            all.push(place);
        }
    }
    rank(all, &typed)
}

fn places(model: &Model) -> Vec<Place> {
    let mut places = model.places();
    places.sort_by_key(|at| at.unread() == 0);
    places.iter().map(|at| at.place()).collect()
}

/// Those that hold it, at most so many as are offered.
fn rank(all: Vec<Place>, typed: &str) -> Vec<Place> {
    let lower = |place: &Place| place.to_string().to_ascii_lowercase();
    let begins = |place: &Place| {
        let name = lower(place);
        name.starts_with(typed) || name.trim_start_matches('#').starts_with(typed)
    };
    let mut held: Vec<Place> =
        all.into_iter().filter(|place| lower(place).contains(typed)).collect();
    held.sort_by_key(|place| !begins(place));
    held.truncate(OFFERED_MOST);
    held
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_so_comes_first() {
        let all = || ["#lobby", "#boats", "bob", "ion"].map(|word| word.parse().expect("a place"));
        let said = |typed: &str| format!("{:?}", rank(all().into(), typed));
        assert_eq!(said("b"), "[#boats, bob, #lobby]");
        assert_eq!(said("#"), "[#lobby, #boats]");
        assert_eq!(said("ion"), "[ion]");
        assert_eq!(said("x"), "[]");
        assert_eq!(said(""), "[#lobby, #boats, bob, ion]");
        let many = (0..100).map(|n| format!("p{n}").parse().expect("a place")).collect();
        assert_eq!(rank(many, "p").len(), OFFERED_MOST);
    }
}
