//! Questions that are asked before something is done: leaving while messages wait, and
//! sending a great many at once.
//!
//! They only ask; the page does what was answered.

use eframe::egui::Context;

use super::over;
use crate::theme::space;

/// Where one is about to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leave {
    /// To the first page.
    ToMenu,
    /// The window is closed.
    Exit,
}

/// Asks whether to leave although so many messages wait. `None`: no answer yet.
pub fn to_leave(ctx: &Context, waiting: usize, is_fresh: bool) -> Option<bool> {
    let text = match waiting {
        0 => "Everything has been sent by now. Leave?".into(),
        1 => "1 message has not been sent yet. Leave anyway?".into(),
        more => format!("{more} messages have not been sent yet. Leave anyway?"),
    };
    ask(ctx, &text, "Stay", "Leave", is_fresh)
}

/// Asks whether to send so many messages at once.
pub fn to_send(ctx: &Context, count: usize, is_fresh: bool) -> Option<bool> {
    ask(ctx, &format!("Send {count} messages?"), "Not yet", "Send them", is_fresh)
}

/// The focus is on No: who presses Enter in a hurry loses nothing.
fn ask(ctx: &Context, text: &str, no: &str, yes: &str, is_fresh: bool) -> Option<bool> {
    let modal = over::modal(ctx, yes).show(ctx, |ui| {
        ui.set_max_width(over::width(ctx));
        ui.label(text);
        ui.add_space(space::M);
        ui.horizontal(|ui| {
            let no = ui.button(no);
            if is_fresh {
                no.request_focus();
            }
            let yes = ui.button(yes);
            yes.clicked().then_some(true).or(no.clicked().then_some(false))
        })
        .inner
    });
    modal.inner.or(modal.should_close().then_some(false))
}
