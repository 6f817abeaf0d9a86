//! What stands above the oldest message: whether there is more, and who is to blame if
//! it does not come. It has one height, so that nothing moves when it changes.
//!
//! Also asks for the older ones, once for each oldest message and connection. Called by
//! the timeline.

use eframe::egui::{Align, Button, Label, Layout, Rect, RichText, Ui, UiBuilder};
use taifas_client::{At, Link, MessageId};

use crate::theme::{self, space};
use crate::words::Plain;

/// How tall it is.
pub(super) const HEIGHT: f32 = 2.0 * space::XL;

/// What is known of the messages before the oldest one.
#[derive(Debug, Default)]
pub(super) struct Head {
    /// Those before this one were asked for on this connection.
    asked: Option<MessageId>,
    /// Why they did not come.
    failed: Option<Plain>,
}

impl Head {
    /// The connection is gone, and what was asked on it is not answered on the next one.
    pub(super) fn lost(&mut self) {
        (self.asked, self.failed) = (None, None);
    }

    /// They did not come.
    pub(super) fn failed(&mut self, why: Plain) {
        self.failed = Some(why);
    }

    /// Before which message to ask now, if the reader is near.
    pub(super) fn ask(&mut self, place: At<'_>, is_near: bool) -> Option<MessageId> {
        if *place.link() != Link::Live || self.asked != place.older() {
            self.lost();
        }
        let older = place.older()?;
        if !is_near || self.asked.is_some() || *place.link() != Link::Live {
            return None;
        }
        self.asked = Some(older);
        Some(older)
    }

    /// Shows it. Says before which message to ask again, if that is wanted.
    pub(super) fn show(&mut self, ui: &mut Ui, place: At<'_>, rect: Rect) -> Option<MessageId> {
        let builder = UiBuilder::new()
            .scope_id(ui.unique_id().with("head"))
            .max_rect(rect)
            .layout(Layout::top_down(Align::Center));
        ui.scope_builder(builder, |ui| match (&self.failed, place.older()) {
            (Some(why), Some(older)) => {
                let again = failed(ui, why);
                if again {
                    self.failed = None;
                    self.asked = Some(older);
                }
                again.then_some(older)
            }
            (_, older) => {
                let words = match older {
                    None if place.is_full() => "Older messages are not kept in memory.",
                    None => "This is where the history begins.",
                    Some(_) if *place.link() == Link::Live => "Loading older messages…",
                    Some(_) => "Older messages come when the connection is back.",
                };
                ui.add_space((HEIGHT - theme::SMALL_SIZE) / 2.0);
                ui.label(small(ui, words));
                None
            }
        })
        .inner
    }
}

fn failed(ui: &mut Ui, why: &Plain) -> bool {
    ui.add_space((HEIGHT - ui.spacing().interact_size.y) / 2.0);
    ui.horizontal(|ui| {
        ui.spacing_mut().button_padding.y = space::XS;
        let retry = ui.add(Button::new("Retry")).clicked();
        let words = small(ui, &format!("Older messages could not be loaded: {}", why.text));
        let label = ui.add(Label::new(words).truncate());
        if !why.code.is_empty() {
            label.on_hover_text(&why.code);
        }
        retry
    })
    .inner
}

fn small(ui: &Ui, words: &str) -> RichText {
    RichText::new(words).font(theme::small()).color(theme::palette(ui).muted)
}
