//! Light, dark, or as the system is, and whether one is notified: the switches on the
//! first page and in the chat.
//!
//! Keeps nothing of its own: what is chosen stands in what the client remembers.

use eframe::egui::accesskit::Role;
use eframe::egui::{Button, Ui, WidgetInfo};

use super::{Desk, card};
use crate::remembered::Look;
use crate::theme;

/// Three buttons side by side, of which one is chosen.
pub fn theme_switch(ui: &mut Ui, desk: &mut Desk) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = theme::space::XS;
        for look in Look::ALL {
            let is_chosen = desk.remembered.theme == look;
            let button = ui.add(Button::selectable(is_chosen, look.word()));
            button.widget_info(|| {
                WidgetInfo::selected(Role::RadioButton, ui.is_enabled(), is_chosen, look.word())
            });
            card::follow(&button);
            if button.on_hover_text(look.hint()).clicked() && !is_chosen {
                desk.remembered.theme = look;
                desk.ctx.set_theme(look.preference());
            }
        }
    });
}

/// Whether the desktop shows what is meant for us while nobody looks.
pub fn notify_switch(ui: &mut Ui, desk: &mut Desk) {
    let tick = card::tick(ui, &mut desk.remembered.notify, "Notify me");
    tick.on_hover_text("Shows what is said to you while you look at something else");
}

impl Look {
    fn hint(self) -> &'static str {
        match self {
            Look::Light => "Light theme",
            Look::Dark => "Dark theme",
            Look::System => "The theme of the system",
        }
    }
}
