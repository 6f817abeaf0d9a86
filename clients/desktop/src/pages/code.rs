//! The recovery code, shown this once: to be written down before anything else.
//!
//! The code stays in wiped memory; what egui lays out to show it, and the clipboard if
//! one copies it there, cannot be wiped from here. Nothing writes it to a disk. The
//! talk goes on meanwhile; after recovering there is none, and one logs in.

use eframe::egui::{Id, Label, Modal, RichText, Ui};
use taifas_client::Password;

use super::note::Note;
use super::{Desk, Go, card};
use crate::talk::Talk;
use crate::theme;
use crate::words::Plain;

/// The page.
pub struct Code {
    /// `None`: the connection broke before it came.
    code: Option<Password>,
    /// After registering: the talk that goes on. After recovering: none, one logs in.
    talk: Option<Box<Talk>>,
    is_written_down: bool,
    is_copied: bool,
    leaving: Leaving,
}

/// Whether somebody wants to close the window without having written the code down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leaving {
    No,
    Asked,
    Yes,
}

impl Code {
    /// Shows this code (`None`: the connection broke before it came), then goes on.
    pub fn new(code: Option<Password>, talk: Option<Box<Talk>>) -> Code {
        Code { code, talk, is_written_down: false, is_copied: false, leaving: Leaving::No }
    }

    /// Takes what has happened.
    pub fn take(&mut self, _desk: &mut Desk) -> Option<Go> {
        if let Some(talk) = &mut self.talk {
            talk.take();
        }
        None
    }

    /// Shows it.
    pub fn show(&mut self, ui: &mut Ui, _desk: &mut Desk) -> Option<Go> {
        let go = card::show(ui, self.title(), |ui| match &self.code {
            Some(_) => self.content(ui),
            None => self.without(ui),
        });
        self.question(ui).or(go)
    }

    /// Whether the window may be closed now.
    pub fn may_close(&mut self) -> bool {
        let may = self.code.is_none() || self.is_written_down || self.leaving == Leaving::Yes;
        if !may {
            self.leaving = Leaving::Asked;
        }
        may
    }

    fn title(&self) -> &'static str {
        match (&self.code, &self.talk) {
            (Some(_), _) => "Your recovery code",
            (None, Some(_)) => "Your account is made",
            (None, None) => "Your password is changed",
        }
    }

    fn content(&mut self, ui: &mut Ui) -> Option<Go> {
        ui.label(match self.talk {
            Some(_) => "Your account is made.",
            None => "Your password is changed, and the old recovery code is used up.",
        });
        ui.label(
            "Write this code down and keep it safe. With it, and only with it, you can set a new \
             password if you forget yours. It is shown this once.",
        );
        let code = self.code.as_ref()?;
        let large = RichText::new(code.expose()).font(theme::code());
        ui.add(Label::new(large).selectable(true));
        if card::secondary(ui, "Copy").clicked() {
            ui.ctx().copy_text(code.expose().to_owned());
            self.is_copied = true;
        }
        if self.is_copied {
            let copied = "Copied. The clipboard keeps it until something else is copied, and \
                          other programs can read it there.";
            Note::Done(Plain::own(copied)).show(ui);
        }
        card::tick(ui, &mut self.is_written_down, "I have written it down");
        self.go_on(ui)
    }

    /// The code is lost.
    fn without(&mut self, ui: &mut Ui) -> Option<Go> {
        let (done, advice) = match self.talk {
            Some(_) => (
                "Your account is made, and you are logged in.",
                "Without the code a forgotten password cannot be replaced, so keep your password \
                 safe, or ask who runs the server.",
            ),
            None => (
                "Your password is changed. Log in with the new one.",
                "The old recovery code is used up, so keep your new password safe, or ask who runs \
                 the server.",
            ),
        };
        ui.label(done);
        let lost = "The connection broke before your new recovery code came. It is lost, and \
                    nobody can show it again.";
        Note::Wrong(Plain::own(lost)).show(ui);
        ui.label(advice);
        self.is_written_down = true;
        self.go_on(ui)
    }

    fn go_on(&mut self, ui: &mut Ui) -> Option<Go> {
        let pressed = ui.add_enabled_ui(self.is_written_down, |ui| {
            let button = card::primary(ui, "Go on");
            button.on_disabled_hover_text("Write the code down first, and tick the box.").clicked()
        });
        if !self.is_written_down {
            card::remark(ui, "To go on, write the code down and tick the box above.");
        }
        pressed.inner.then(|| self.talk.take().map_or(Go::Login, Go::Chat))
    }

    fn question(&mut self, ui: &Ui) -> Option<Go> {
        if self.leaving != Leaving::Asked {
            return None;
        }
        let modal = Modal::new(Id::unique("leave without the code")).frame(card::surface(ui));
        let shown = modal.show(ui.ctx(), |ui| {
            ui.set_width(theme::CARD_WIDTH - 2.0 * theme::space::L);
            card::heading(ui, "Leave without having written down the code?");
            ui.label("It cannot be shown again.");
            let stay = card::primary(ui, "Stay");
            let leave = card::secondary(ui, "Leave");
            if !stay.has_focus() && !leave.has_focus() {
                stay.request_focus();
            }
            (stay.clicked(), leave.clicked())
        });
        let (stays, leaves) = shown.inner;
        if stays || shown.should_close() {
            self.leaving = Leaving::No;
        }
        if leaves {
            self.leaving = Leaving::Yes;
            return Some(Go::Exit);
        }
        None
    }
}
