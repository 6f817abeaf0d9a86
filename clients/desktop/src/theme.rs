//! Every colour, size and distance of the client, in one place: light and dark.
//!
//! Nothing else in this crate names a colour or a size of its own. Texts and names have
//! at least 4.5:1 of contrast to what they stand on (WCAG 2.2, 1.4.3), which a test
//! counts out.

use eframe::egui::{
    self, Color32, Context, CornerRadius, FontFamily, FontId, Margin, Shadow, Stroke, TextStyle,
    Theme, Ui, Visuals,
};

/// Distances come from these steps alone, in points.
pub mod space {
    /// Between what belongs together.
    pub const XS: f32 = 4.0;
    /// Between two things of a group.
    pub const S: f32 = 8.0;
    /// Between groups.
    pub const M: f32 = 12.0;
    /// Around a surface.
    pub const L: f32 = 16.0;
    /// Between surfaces.
    pub const XL: f32 = 24.0;
}

/// Text, in points.
pub const TEXT_SIZE: f32 = 15.0;
/// Times and remarks.
pub const SMALL_SIZE: f32 = 12.5;
/// The title of a page.
pub const TITLE_SIZE: f32 = 22.0;
/// The height of a line of a text of this size.
pub const LINE_HEIGHT: f32 = 1.35;
/// Round corners.
pub const CORNER: u8 = 8;
/// How wide the card of the first pages is.
pub const CARD_WIDTH: f32 = 360.0;
/// How high the box with the server's terms is.
pub const TERMS_HEIGHT: f32 = 120.0;
/// How wide the frame around what has the focus is, where its own would not be seen.
pub const FOCUS_WIDTH: f32 = 2.0;
/// How wide the side column of the chat is.
pub const SIDE_WIDTH: f32 = 200.0;
/// How high the list of rooms and talks may be; behind that it scrolls.
pub const PLACES_HEIGHT: f32 = 240.0;
/// How wide the button behind a name is.
pub const MORE_WIDTH: f32 = 28.0;
/// How high a list that is opened over the page may be.
pub const POPUP_HEIGHT: f32 = 280.0;
/// How high the server's notices may be together; then they scroll.
pub const NOTICES_HEIGHT: f32 = 72.0;
/// The messages are not shown at all where they would have less than this in height,
/// with their header and box.
pub const MESSAGES_HEIGHT: f32 = 240.0;
/// How wide the buttons beside the message box are.
pub const BUTTON_WIDTH: f32 = 72.0;
/// A line of text is never wider than this: the eye loses its way back.
pub const TEXT_WIDTH: f32 = 760.0;
/// How wide the bar beside our own messages is.
pub const BAR_WIDTH: f32 = 3.0;
/// How wide and tall a delivery mark is.
pub const MARK_SIZE: f32 = 10.0;
/// In a window narrower than this the side column folds away.
pub const NARROW: f32 = 640.0;
/// The window at first.
pub const WINDOW: [f32; 2] = [900.0, 640.0];
/// It gets no smaller.
pub const WINDOW_LEAST: [f32; 2] = [400.0, 360.0];

/// The colours of one theme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Palette {
    /// Behind everything.
    pub ground: Color32,
    /// Cards, fields, the list of people.
    pub surface: Color32,
    /// What is read.
    pub text: Color32,
    /// Times, remarks, hints.
    pub muted: Color32,
    /// Thin lines.
    pub line: Color32,
    /// The one accent: the primary button, links, the focus.
    pub accent: Color32,
    /// What stands on the accent.
    pub on_accent: Color32,
    /// Something needs attention.
    pub warning: Color32,
    /// Something went wrong.
    pub error: Color32,
    /// Behind a message that names us.
    pub mention: Color32,
    /// Names, by a stable hash.
    pub names: [Color32; 12],
}

/// By day.
pub const LIGHT: Palette = Palette {
    ground: rgb(0xF7F7F4),
    surface: rgb(0xFFFFFF),
    text: rgb(0x1F2428),
    muted: rgb(0x667079),
    line: rgb(0xE3E4E0),
    accent: rgb(0x2B6E5B),
    on_accent: rgb(0xFFFFFF),
    warning: rgb(0x9A6700),
    error: rgb(0xB3372F),
    mention: rgb(0xF4F8F3),
    names: [
        rgb(0xB82E2E),
        rgb(0x8B5723),
        rgb(0x666619),
        rgb(0x456E1C),
        rgb(0x1D721D),
        rgb(0x1C6E45),
        rgb(0x1B6A6A),
        rgb(0x28639F),
        rgb(0x5050D3),
        rgb(0x8237CD),
        rgb(0xA329A3),
        rgb(0xAF2C6E),
    ],
};

/// By night.
pub const DARK: Palette = Palette {
    ground: rgb(0x14181B),
    surface: rgb(0x1C2125),
    text: rgb(0xE4E7E9),
    muted: rgb(0x98A1A8),
    line: rgb(0x2B3237),
    accent: rgb(0x6CC2A1),
    on_accent: rgb(0x14181B),
    warning: rgb(0xE0B15A),
    error: rgb(0xFF8F86),
    mention: rgb(0x22312D),
    names: [
        rgb(0xE38787),
        rgb(0xD69451),
        rgb(0xA9A928),
        rgb(0x70B62B),
        rgb(0x2CBA2C),
        rgb(0x2CBA73),
        rgb(0x2AB2B2),
        rgb(0x6EA6DD),
        rgb(0x9C9CE8),
        rgb(0xBA8FE5),
        rgb(0xE07BE0),
        rgb(0xE283B3),
    ],
};

/// The palette that is shown now.
pub fn palette(ui: &Ui) -> &'static Palette {
    if ui.visuals().dark_mode { &DARK } else { &LIGHT }
}

impl Palette {
    /// The colour of a name: the same on every machine, every day. Names that differ
    /// in case alone are one name, so they share it.
    pub fn name(&self, name: &str) -> Color32 {
        // FNV-1a, 32 bits: the standard library's hash may change between versions.
        let hash = name.bytes().fold(0x811C_9DC5_u32, |hash, byte| {
            (hash ^ u32::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0193)
        });
        self.names[hash as usize % self.names.len()]
    }
}

/// The font of the texts.
pub fn text() -> FontId {
    FontId::new(TEXT_SIZE, FontFamily::Proportional)
}

/// The font of times and remarks.
pub fn small() -> FontId {
    FontId::new(SMALL_SIZE, FontFamily::Proportional)
}

/// The font of what is compared letter by letter.
pub fn fixed() -> FontId {
    FontId::new(SMALL_SIZE, FontFamily::Monospace)
}

/// The font of a recovery code: its twenty characters and dashes fill a card's width.
pub fn code() -> FontId {
    FontId::new(TITLE_SIZE, FontFamily::Monospace)
}

/// The margin around the content of a surface.
pub fn margin() -> Margin {
    Margin::same(space::L as i8)
}

/// Dresses both themes; which one is shown is the preference's matter.
pub fn apply(ctx: &Context) {
    for (theme, palette) in [(Theme::Light, &LIGHT), (Theme::Dark, &DARK)] {
        ctx.style_mut_of(theme, |style| {
            style.visuals = visuals(theme, palette);
            style.text_styles = [
                (TextStyle::Heading, TITLE_SIZE),
                (TextStyle::Body, TEXT_SIZE),
                (TextStyle::Button, TEXT_SIZE),
                (TextStyle::Small, SMALL_SIZE),
            ]
            .map(|(kind, size)| (kind, FontId::new(size, FontFamily::Proportional)))
            .into();
            style
                .text_styles
                .insert(TextStyle::Monospace, FontId::new(TEXT_SIZE, FontFamily::Monospace));
            let spacing = &mut style.spacing;
            spacing.item_spacing = egui::vec2(space::S, space::S);
            spacing.button_padding = egui::vec2(space::M, space::S);
            spacing.interact_size.y = 32.0;
            spacing.menu_margin = Margin::same(space::S as i8);
            spacing.window_margin = margin();
            spacing.scroll = egui::style::ScrollStyle::solid();
        });
    }
}

/// Makes the bars of scroll areas in here visible: egui gives them the colour that
/// buttons have. What is in the area may be dressed as before.
pub fn scroll_bar(ui: &mut Ui) {
    let palette = palette(ui);
    let visuals = ui.visuals_mut();
    visuals.extreme_bg_color = palette.ground;
    visuals.widgets.inactive.bg_fill = palette.muted.gamma_multiply(0.5);
    visuals.widgets.hovered.bg_fill = palette.muted;
    visuals.widgets.active.bg_fill = palette.accent;
    // Text that fades at an edge is hard to read.
    ui.spacing_mut().scroll.fade.strength = 0.0;
}

/// The same, with bars that take no room: what is in the middle stays there when one
/// comes.
pub fn scroll_bar_beside(ui: &mut Ui) {
    scroll_bar(ui);
    let scroll = &mut ui.spacing_mut().scroll;
    scroll.floating = true;
    scroll.floating_width = scroll.bar_width;
    scroll.dormant_handle_opacity = 1.0;
    scroll.active_handle_opacity = 1.0;
}

fn visuals(theme: Theme, palette: &Palette) -> Visuals {
    let mut visuals = match theme {
        Theme::Light => Visuals::light(),
        Theme::Dark => Visuals::dark(),
    };
    let corner = CornerRadius::same(CORNER);
    visuals.override_text_color = None;
    visuals.weak_text_color = Some(palette.muted);
    visuals.hyperlink_color = palette.accent;
    visuals.faint_bg_color = palette.mention;
    visuals.extreme_bg_color = palette.surface;
    visuals.text_edit_bg_color = Some(palette.surface);
    visuals.code_bg_color = palette.surface;
    visuals.warn_fg_color = palette.warning;
    visuals.error_fg_color = palette.error;
    visuals.panel_fill = palette.ground;
    visuals.window_fill = palette.surface;
    visuals.window_stroke = Stroke::new(1.0, palette.line);
    visuals.window_corner_radius = corner;
    visuals.menu_corner_radius = corner;
    visuals.window_shadow = Shadow::NONE;
    visuals.popup_shadow = Shadow::NONE;
    // A caret that blinks paints twice a second for as long as a field has the focus.
    visuals.text_cursor.blink = false;
    visuals.selection.bg_fill = palette.accent.gamma_multiply(0.35);
    visuals.selection.stroke = Stroke::new(1.0, palette.accent);
    let widgets = &mut visuals.widgets;
    for (widget, fill, stroke, text) in [
        (&mut widgets.noninteractive, palette.ground, palette.line, palette.text),
        (&mut widgets.inactive, palette.surface, palette.line, palette.text),
        (&mut widgets.hovered, palette.mention, palette.muted, palette.text),
        (&mut widgets.active, palette.mention, palette.accent, palette.text),
        (&mut widgets.open, palette.surface, palette.accent, palette.text),
    ] {
        widget.bg_fill = fill;
        widget.weak_bg_fill = fill;
        widget.bg_stroke = Stroke::new(1.0, stroke);
        widget.fg_stroke = Stroke::new(1.0, text);
        widget.corner_radius = corner;
        widget.expansion = 0.0;
    }
    visuals
}

const fn rgb(hex: u32) -> Color32 {
    Color32::from_rgb((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance (WCAG 2.2).
    fn luminance(colour: Color32) -> f64 {
        let linear = |value: u8| {
            let value = f64::from(value) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(colour.r()) + 0.7152 * linear(colour.g()) + 0.0722 * linear(colour.b())
    }

    fn contrast(one: Color32, other: Color32) -> f64 {
        let (one, other) = (luminance(one) + 0.05, luminance(other) + 0.05);
        one.max(other) / one.min(other)
    }

    #[test]
    fn everything_that_is_read_can_be_read() {
        for palette in [LIGHT, DARK] {
            let mut texts = vec![palette.text, palette.muted, palette.accent];
            texts.extend([palette.warning, palette.error]);
            texts.extend(palette.names);
            for text in texts {
                for ground in [palette.ground, palette.surface, palette.mention] {
                    let ratio = contrast(text, ground);
                    assert!(ratio >= 4.5, "{text:?} on {ground:?}: {ratio:.2}");
                }
            }
            assert!(contrast(palette.on_accent, palette.accent) >= 4.5);
        }
    }

    #[test]
    fn a_name_keeps_its_colour() {
        assert_eq!(LIGHT.name("Ana"), LIGHT.name("aNA"));
        let used: std::collections::BTreeSet<_> =
            (0..200).map(|n| LIGHT.name(&format!("ana{n}")).to_array()).collect();
        assert_eq!(used.len(), 12, "all hues are used");
    }
}
