//! A thin line across the column with words in its middle: a day, what is new, what is
//! missing.
//!
//! Called by the timeline, for what stands above a row.

use eframe::egui::{Color32, Id, Rangef, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2};

use super::sheet;
use crate::theme::{self, space};

/// How tall one is.
pub(super) fn height() -> f32 {
    sheet::line(theme::SMALL_SIZE) + 2.0 * space::S
}

/// Shows one with its top there. Without a colour for its line it has none.
pub(super) fn show(
    ui: &Ui,
    id: Id,
    column: Rangef,
    top: f32,
    words: &str,
    colour: Color32,
    line: Option<Color32>,
) {
    let room = (column.span() - 2.0 * space::XL).max(1.0);
    let galley = sheet::set(ui, words, theme::small(), colour, room);
    let centre = pos2(column.center(), top + height() / 2.0);
    let rect = Rect::from_center_size(centre, galley.size());
    let response = ui.interact(rect, id, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, words));
    if let Some(line) = line {
        let stroke = Stroke::new(1.0, line);
        ui.painter().hline(column.min..=rect.left() - space::S, centre.y, stroke);
        ui.painter().hline(rect.right() + space::S..=column.max, centre.y, stroke);
    }
    ui.painter().galley(rect.min, galley, colour);
}
