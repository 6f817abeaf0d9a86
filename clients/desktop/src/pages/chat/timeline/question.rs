//! The question that is asked before an address is opened: it shows all of it, and
//! where it leads in truth.
//!
//! Nothing else in the timeline opens anything. Called by the timeline while an address
//! was pressed and the question is not answered.

use eframe::egui::{Context, Frame, Id, Label, Modal, OpenUrl, RichText, ScrollArea, Ui, Vec2};

use super::link::Address;
use crate::theme::{self, space};

/// An address that somebody has pressed.
#[derive(Debug)]
pub(super) struct Question {
    address: Address,
    /// What gets the focus back.
    link: Id,
    /// Its first frame has been: the focus is where it should be.
    is_shown: bool,
}

/// What was answered.
enum Answer {
    Open,
    Copy,
    Cancel,
}

impl Question {
    /// Asks about this address; `None` if it is none.
    pub(super) fn new(address: &str, link: Id) -> Option<Question> {
        Some(Question { address: Address::read(address)?, link, is_shown: false })
    }

    /// The link, which gets the focus back.
    pub(super) fn link(&self) -> Id {
        self.link
    }

    /// Shows it. Says whether it is answered.
    pub(super) fn show(&mut self, ctx: &Context) -> bool {
        let frame = Frame::popup(&ctx.global_style()).inner_margin(theme::margin());
        let modal =
            Modal::new(Id::unique("open an address")).frame(frame).show(ctx, |ui| self.content(ui));
        self.is_shown = true;
        let answer = match modal.inner {
            None if modal.should_close() => Some(Answer::Cancel),
            answer => answer,
        };
        let Some(answer) = answer else {
            return false;
        };
        match answer {
            Answer::Open => ctx.open_url(OpenUrl::new_tab(self.address.whole())),
            Answer::Copy => ctx.copy_text(self.address.whole().to_owned()),
            Answer::Cancel => {}
        }
        true
    }

    fn content(&self, ui: &mut Ui) -> Option<Answer> {
        let palette = theme::palette(ui);
        let room = ui.ctx().content_rect().size() - Vec2::splat(4.0 * space::XL);
        ui.set_width(room.x.clamp(0.0, theme::CARD_WIDTH));
        ui.heading("Open this address?");
        let whole = RichText::new(self.address.whole()).monospace();
        // It may be longer than the window is high; the buttons have to stay in view.
        let most = (room.y / 2.0).max(0.0);
        ui.scope(|ui| {
            theme::scroll_bar(ui);
            let area = ScrollArea::vertical().max_height(most).min_scrolled_height(0.0);
            area.show(ui, |ui| ui.add(Label::new(whole).wrap().selectable(true)));
        });
        let server = format!("It leads to {}.", self.address.server());
        ui.label(RichText::new(server).font(theme::small()).color(palette.muted));
        for warning in self.address.warnings() {
            ui.label(RichText::new(warning).font(theme::small()).color(palette.warning));
        }
        ui.add_space(space::S);
        ui.horizontal(|ui| {
            let open = ui.button("Open").clicked();
            let copy = ui.button("Copy").clicked();
            let cancel = ui.button("Cancel");
            if !self.is_shown {
                // The key that pressed the link may still be down, and repeat.
                cancel.request_focus();
            }
            [(open, Answer::Open), (copy, Answer::Copy), (cancel.clicked(), Answer::Cancel)]
                .into_iter()
                .find_map(|(pressed, answer)| pressed.then_some(answer))
        })
        .inner
    }
}
