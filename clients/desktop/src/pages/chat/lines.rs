//! A row of a list in two lines: a name with a remark beside it, and words below.
//!
//! Each line is cut at the end where there is no room, and says so by an ellipsis; the
//! remark is cut before the name is. All that is painted is as if in one button.

use eframe::egui::{
    Button, Color32, Response, RichText, TextStyle, TextWrapMode, Ui, WidgetText, pos2, vec2,
};

use crate::theme::{self, space};

/// What a row says.
pub struct Lines<'a> {
    /// The name.
    pub name: &'a str,
    /// Its colour.
    pub colour: Color32,
    /// In small letters beside it.
    pub remark: &'a str,
    /// Below both.
    pub below: RichText,
}

/// How high each row is.
pub fn height(ui: &Ui) -> f32 {
    2.0 * line(ui) + 2.0 * space::XS
}

fn line(ui: &Ui) -> f32 {
    ui.text_style_height(&TextStyle::Body)
}

/// Shows it, as wide as there is room. What it is called is the caller's to say.
pub fn show(ui: &mut Ui, lines: Lines<'_>) -> Response {
    let size = vec2(ui.available_width(), height(ui));
    let row = ui.add(Button::new("").frame_when_inactive(false).min_size(size));
    if ui.is_rect_visible(row.rect) {
        let palette = theme::palette(ui);
        let area = row.rect.shrink2(vec2(space::S, space::XS));
        let end = put(
            ui,
            RichText::new(lines.name).color(lines.colour),
            pos2(area.left(), area.top()),
            area.right(),
        );
        let small = RichText::new(lines.remark).font(theme::small()).color(palette.muted);
        put(ui, small, pos2(end + space::S, area.top()), area.right());
        put(ui, lines.below, pos2(area.left(), area.top() + line(ui)), area.right());
    }
    row
}

/// Paints this from here on, up to the right at most. Says where it ends.
fn put(ui: &Ui, text: RichText, at: eframe::egui::Pos2, right: f32) -> f32 {
    let width = (right - at.x).max(0.0);
    let text = WidgetText::from(text);
    let galley = text.into_galley(ui, Some(TextWrapMode::Truncate), width, TextStyle::Body);
    let size = galley.size();
    // Smaller letters stand on the same line.
    let top = at.y + line(ui) - size.y;
    ui.painter().galley(pos2(at.x, top), galley, theme::palette(ui).text);
    at.x + size.x
}
