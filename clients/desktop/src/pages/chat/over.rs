//! What is shown over the page: one box in the middle, the rest darkened and out of
//! reach until it is answered or closed.

use eframe::egui::{Context, Frame, Id, Modal};

use crate::theme;

/// The box of this name.
pub(super) fn modal(ctx: &Context, name: &str) -> Modal {
    let frame = Frame::popup(&ctx.global_style()).inner_margin(theme::margin());
    Modal::new(Id::unique("over").with(name)).frame(frame)
}

/// How wide it may be: a card, where the window has room for one.
pub(super) fn width(ctx: &Context) -> f32 {
    let room = ctx.content_rect().width() - 2.0 * (theme::space::L + theme::space::XL);
    room.clamp(0.0, theme::CARD_WIDTH)
}
