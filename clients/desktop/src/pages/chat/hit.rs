//! One message that was found: who, when and where in one line, and below it what was
//! said, as far as there is room.
//!
//! A row of the search's list, which says what becomes of it when it is chosen.

use eframe::egui::{Response, RichText, Ui};
use taifas_client::{Message, Place};

use super::lines::{self, Lines};
use crate::clock::Clock;
use crate::theme;

/// Shows it. `place`: where it was said, if that is to be told.
pub fn show(ui: &mut Ui, message: &Message, place: Option<Place>, clock: &Clock) -> Response {
    let at = |time: String| match place {
        Some(place) => format!("{time}, {place}"),
        None => time,
    };
    let day = Clock::day_line(clock.day(message.at), clock.today());
    let palette = theme::palette(ui);
    let name = message.name.as_str();
    let lines = Lines {
        name,
        colour: palette.name(name),
        remark: &at(format!("{day}, {}", clock.time(message.at))),
        below: RichText::new(&*message.text).color(palette.text),
    };
    let called = format!("{name}, {}: {}", at(clock.whole(message.at)), message.text);
    let row = ui.push_id(message.id, |ui| lines::show(ui, lines)).inner;
    row.accessible_name(called).on_hover_text(&*message.text)
}
