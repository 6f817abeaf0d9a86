//! The fonts: egui's own for Latin, Cyrillic and Greek, then the emoji, then whatever
//! the system has for other scripts.
//!
//! The emoji are brought along, so that they are in colour and the same on every
//! machine; what is in that font stands in `assets/emoji.txt`. Called once, by the app.

use std::sync::Arc;

use eframe::egui::{Context, FontData, FontDefinitions};

/// A subset of Noto Color Emoji; how it is made: `assets/README.md`.
const EMOJI: &[u8] = include_bytes!("../assets/emoji.ttf");

/// What the subset is called among the fonts.
const EMOJI_NAME: &str = "emoji";

/// Gives the context its fonts.
pub fn apply(ctx: &Context) {
    let mut fonts = FontDefinitions::default();
    fonts.font_data.insert(EMOJI_NAME.into(), Arc::new(FontData::from_static(EMOJI)));
    for family in fonts.families.values_mut() {
        // Behind the font of the texts, which has the digits and a few signs that are
        // emoji, too; before all others, which would show some of them without colour.
        family.insert(family.len().min(1), EMOJI_NAME.into());
    }
    ctx.set_fonts(fonts);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::chat::emoji;
    use crate::theme;
    use eframe::egui::{FontFamily, FontId};

    /// A context that has the fonts and nothing of the system's.
    fn with_fonts() -> Context {
        let ctx = Context::default();
        apply(&ctx);
        // The fonts are there from the first frame on.
        ctx.run_ui(Default::default(), |_| {}).textures_delta.clear();
        ctx
    }

    #[test]
    fn every_emoji_of_the_list_comes_from_the_font_we_bring() {
        let ctx = with_fonts();
        let listed: Vec<&str> = emoji::listed().collect();
        assert!(listed.len() > 100, "{}", listed.len());
        for family in [FontFamily::Proportional, FontFamily::Monospace] {
            ctx.fonts_mut(|fonts| {
                let id = FontId::new(theme::TEXT_SIZE, family.clone());
                for emoji in &listed {
                    // U+FE0F asks for colour and has no glyph of its own.
                    for part in emoji.chars().filter(|part| *part != '\u{fe0f}') {
                        assert!(fonts.has_glyph(&id, part), "{emoji} in {family:?}");
                        let from = &fonts.characters(&family)[&part];
                        assert_eq!(from[0], EMOJI_NAME, "{emoji} in {family:?}: {from:?}");
                    }
                }
            });
        }
    }

    #[test]
    fn letters_come_from_the_font_of_the_texts() {
        let ctx = with_fonts();
        ctx.fonts_mut(|fonts| {
            for letter in "aZ09#*ăâîșțĂÂÎȘȚşţйЖλΩ".chars() {
                let from = &fonts.characters(&FontFamily::Proportional)[&letter];
                assert_ne!(from[0], EMOJI_NAME, "{letter}");
            }
        });
    }

    #[test]
    fn the_font_stays_small() {
        assert!(EMOJI.len() <= 300 * 1024, "{} bytes", EMOJI.len());
    }
}
