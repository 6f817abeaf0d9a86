//! The fonts: egui's own for Latin, Cyrillic and Greek, then the emoji.

use eframe::egui::{Context, FontDefinitions};

/// Gives the context its fonts.
pub fn apply(ctx: &Context) {
    ctx.set_fonts(FontDefinitions::default());
}
