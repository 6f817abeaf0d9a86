//! The button at the bottom that brings the newest message into view.
//!
//! It is there only while the reader is somewhere above. Called by the timeline.

use eframe::egui::text::LayoutJob;
use eframe::egui::{Align2, Button, FontFamily, FontId, Rect, Ui, UiBuilder, vec2};

use super::sheet;
use crate::theme::{self, space};

/// Shows it over the end of the view; `news`: how many have come that were not seen.
/// Says whether it was pressed.
pub(super) fn show(ui: &mut Ui, view: Rect, news: usize) -> bool {
    let palette = theme::palette(ui);
    let words = match news {
        0 => "to newest ".to_owned(),
        news => format!("{news} new "),
    };
    let (ground, ink) = match news {
        0 => (palette.surface, palette.text),
        _ => (palette.accent, palette.on_accent),
    };
    let mut job = LayoutJob::default();
    job.append(&words, 0.0, sheet::format(theme::small(), ink));
    // The text font has no arrow, the monospace font has.
    let arrow = FontId::new(theme::SMALL_SIZE, FontFamily::Monospace);
    job.append("↓", 0.0, sheet::format(arrow, ink));
    let galley = ui.painter().layout_job(job);
    let size = galley.size() + 2.0 * vec2(space::M, space::XS);
    let place = view.center_bottom() - vec2(0.0, space::M);
    let rect = Align2::CENTER_BOTTOM.anchor_size(place, size);
    let builder = UiBuilder::new().scope_id(ui.unique_id().with("newest")).max_rect(rect);
    ui.scope_builder(builder, |ui| {
        ui.spacing_mut().button_padding = vec2(space::M, space::XS);
        ui.spacing_mut().interact_size.y = 0.0;
        let round = (size.y / 2.0).ceil() as u8;
        ui.add(Button::new(galley).fill(ground).corner_radius(round)).clicked()
    })
    .inner
}
