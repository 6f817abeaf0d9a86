//! The sheet the rows stand on: how wide the text is, and how its letters are set.
//!
//! A sheet that is another one than in the frame before makes every height unknown.
//! Called by the timeline and by everything that lays out text for it.

use std::sync::Arc;

use eframe::egui::emath::GuiRounding as _;
use eframe::egui::text::{LayoutJob, TextFormat};
use eframe::egui::{Align, Color32, FontId, Galley, Rangef, Rect, Ui};
use taifas_client::Message;

use super::above::is_group;
use crate::theme::{self, space};

/// The column of text, in points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Sheet {
    /// From the bar beside our own messages to the end of the text.
    pub(super) column: Rangef,
    /// The text.
    pub(super) text: Rangef,
    /// How wide a letter is on the whole.
    letter: f32,
    /// To stand on whole pixels.
    pixels_per_point: f32,
}

impl Sheet {
    /// The sheet for this room, which a scroll bar may take from.
    pub(super) fn new(ui: &Ui, area: Rect) -> Sheet {
        // Taken off also while there is no bar, so that it moves nothing when it comes.
        let room = area.width() - ui.spacing().scroll.allocated_width();
        let width = room.clamp(0.0, theme::TEXT_WIDTH + 2.0 * space::L);
        let left = (area.left() + (room - width) / 2.0).round_ui();
        let pixels_per_point = ui.ctx().pixels_per_point();
        let sample = "the quick brown fox jumps over the lazy dog";
        let galley = set(ui, sample, theme::text(), Color32::PLACEHOLDER, f32::INFINITY);
        Sheet {
            column: Rangef::new(left, left + width),
            text: Rangef::new(left + space::L, left + (width - space::L).max(2.0 * space::L)),
            letter: galley.size().x.max(1.0) / sample.len() as f32,
            pixels_per_point,
        }
    }

    /// Whether text is set alike on both, wherever they are.
    pub(super) fn is_like(&self, other: &Sheet) -> bool {
        self.text.span() == other.text.span()
            && self.letter == other.letter
            && self.pixels_per_point == other.pixels_per_point
    }

    /// On whole pixels.
    pub(super) fn pixels(&self, points: f32) -> f32 {
        points.round_to_pixels(self.pixels_per_point)
    }

    /// About how tall a message is that was not in view yet. Days are not looked at:
    /// they are few, and each would cost a look into the time zone.
    pub(super) fn estimate(&self, before: Option<&Message>, message: &Message) -> f32 {
        let letters = message.text.chars().count() as f32;
        let lines = (letters * self.letter / self.text.span()).ceil().max(1.0);
        let is_group = before.is_some_and(|before| is_group(before, message));
        let above = if is_group { space::XS } else { space::M + line(theme::TEXT_SIZE) };
        self.pixels(above) + self.pixels(lines * line(theme::TEXT_SIZE))
    }
}

/// How tall a line of a text of this size is.
pub(super) fn line(size: f32) -> f32 {
    size * theme::LINE_HEIGHT
}

/// How a text looks.
pub(super) fn format(font_id: FontId, color: Color32) -> TextFormat {
    let line_height = Some(line(font_id.size));
    TextFormat { font_id, color, line_height, valign: Align::BOTTOM, ..TextFormat::default() }
}

/// Sets a text in one colour, in lines of this width.
pub(super) fn set(ui: &Ui, text: &str, font: FontId, colour: Color32, width: f32) -> Arc<Galley> {
    let mut job = LayoutJob::single_section(text.to_owned(), format(font, colour));
    job.wrap.max_width = width;
    ui.painter().layout_job(job)
}
