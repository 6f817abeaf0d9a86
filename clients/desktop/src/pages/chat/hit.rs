//! One message that was found: who, when and where in one line, and below it what was
//! said, as far as there is room.
//!
//! A row of the search's list, which says what becomes of it when it is chosen.

use eframe::egui::{Button, Response, RichText, TextStyle, TextWrapMode, Ui, WidgetText, vec2};
use taifas_client::{Message, Place};

use crate::clock::Clock;
use crate::theme::{self, space};

/// How high each row is.
pub fn height(ui: &Ui) -> f32 {
    lines(ui) + 2.0 * space::XS
}

fn lines(ui: &Ui) -> f32 {
    2.0 * ui.text_style_height(&TextStyle::Body)
}

/// Shows it. `place`: where it was said, if that is to be told.
pub fn show(ui: &mut Ui, message: &Message, place: Option<Place>, clock: &Clock) -> Response {
    let size = vec2(ui.available_width(), height(ui));
    let button = Button::new("").frame_when_inactive(false).min_size(size);
    let response = ui.push_id(message.id, |ui| ui.add(button)).inner;
    let at = |time: String| match place {
        Some(place) => format!("{time}, {place}"),
        None => time,
    };
    let name = message.name.as_str();
    if ui.is_rect_visible(response.rect) {
        let time = format!(
            "{}, {}",
            Clock::day_line(clock.day(message.at), clock.today()),
            clock.time(message.at)
        );
        paint(ui, &response, name, &at(time), &message.text);
    }
    let called = format!("{name}, {}: {}", at(clock.whole(message.at)), message.text);
    response.accessible_name(called).on_hover_text(&*message.text)
}

/// Each line is cut at the end, and says so: it is the name that must not be lost.
fn paint(ui: &Ui, row: &Response, name: &str, at: &str, text: &str) {
    let palette = theme::palette(ui);
    let area = row.rect.shrink2(vec2(space::S, space::XS));
    let put = |text: RichText, left: f32, top: f32| {
        let text = WidgetText::from(text);
        let width = (area.right() - left).max(0.0);
        let galley = text.into_galley(ui, Some(TextWrapMode::Truncate), width, TextStyle::Body);
        let size = galley.size();
        let line = lines(ui) / 2.0;
        // A smaller text stands on the same line.
        let pos = eframe::egui::pos2(left, top + line - size.y);
        ui.painter().galley(pos, galley, palette.text);
        left + size.x
    };
    let right = put(RichText::new(name).color(palette.name(name)), area.left(), area.top());
    let small = RichText::new(at).font(theme::small()).color(palette.muted);
    put(small, right + space::S, area.top());
    put(RichText::new(text).color(palette.text), area.left(), area.top() + lines(ui) / 2.0);
}
