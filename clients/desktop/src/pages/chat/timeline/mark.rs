//! The small mark behind our own messages: waiting, stored, failed.
//!
//! Painted, since no bundled font has all three. Called by the row.

use std::f32::consts::TAU;

use eframe::egui::{Id, Rect, Role, Sense, Shape, Stroke, Ui, Vec2, WidgetInfo, pos2};

use super::said::State;
use crate::theme;

/// Shows it in this square.
pub(super) fn show(ui: &Ui, id: Id, rect: Rect, state: State) {
    let response = ui.interact(rect.expand(2.0), id, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, state.word()));
    let palette = theme::palette(ui);
    match state {
        State::Waiting => dots(ui, rect, palette.muted),
        State::Stored => {
            let (size, least) = (rect.size(), rect.min);
            let corner = |x: f32, y: f32| least + size * Vec2::new(x, y);
            let tick = vec![corner(0.1, 0.55), corner(0.4, 0.85), corner(0.9, 0.15)];
            ui.painter().add(Shape::line(tick, Stroke::new(1.5, palette.muted)));
        }
        State::Failed => {
            let stroke = Stroke::new(2.0, palette.error);
            let (x, radius) = (rect.center().x, 1.25);
            let stem = rect.top()..=rect.bottom() - 4.0 * radius;
            ui.painter().vline(x, stem, stroke);
            let dot = pos2(x, rect.bottom() - radius);
            ui.painter().circle_filled(dot, radius, palette.error);
        }
    }
    response.on_hover_text(state.sentence());
}

/// A circle of dots.
fn dots(ui: &Ui, rect: Rect, colour: eframe::egui::Color32) {
    let radius = rect.width() / 2.0 - 1.0;
    for dot in 0..8_u8 {
        let at = rect.center() + radius * Vec2::angled(TAU * f32::from(dot) / 8.0);
        ui.painter().circle_filled(at, 1.0, colour);
    }
}
