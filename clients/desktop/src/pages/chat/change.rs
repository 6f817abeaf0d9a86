//! Change password: the old one, the new one twice, and what became of it.
//!
//! What is wrong with the new one is said before anything is sent; what is sent is
//! wiped here at once. The page hands the two to the client, and the answer back to
//! here.

use eframe::egui::{Context, Id, Ui};
use taifas_client::{Password, Refusal};

use super::over;
use crate::pages::field::{self, Below};
use crate::pages::new_password::NewPassword;
use crate::pages::note::Note;
use crate::pages::{card, field::focus_first};
use crate::secret::Secret;
use crate::theme::space;
use crate::words::{self, Plain};

/// The question, while it is asked.
#[derive(Default)]
pub struct Change {
    old: Secret,
    old_fault: Option<Plain>,
    new: NewPassword,
    note: Note,
    state: State,
    /// The first thing that wants something has the focus.
    is_begun: bool,
}

/// What somebody wants.
pub enum Wish {
    /// The old one and the new one.
    Change(Password, Password),
    /// Nothing more.
    Close,
}

/// How far it has come.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
enum State {
    #[default]
    Asking,
    /// On its way.
    Asked,
    Done,
}

impl Change {
    /// The server has changed it.
    pub fn changed(&mut self) {
        self.state = State::Done;
        self.note = Note::Done(Plain::own(
            "Your password is changed. Wherever else you are logged in, it is asked for.",
        ));
        self.is_begun = false;
    }

    /// The server has not.
    pub fn kept(&mut self, why: &Refusal) {
        self.state = State::Asking;
        let plain = words::refused_change(why);
        match why.code.as_str() {
            "PASSWORD_TOO_SHORT" => self.new.refused(plain),
            _ => self.note = Note::refused(why, plain),
        }
        self.is_begun = false;
    }

    /// Shows it over the page.
    pub fn show(&mut self, ctx: &Context) -> Option<Wish> {
        let modal = over::modal(ctx, "change password").show(ctx, |ui| {
            ui.set_width(over::width(ctx));
            card::heading(ui, "Change password");
            ui.add_space(space::S);
            let wish = if self.state == State::Done { None } else { self.ask(ui) };
            self.note.show(ui);
            let close = card::secondary(ui, "Close");
            if self.state == State::Done && !std::mem::replace(&mut self.is_begun, true) {
                close.request_focus();
            }
            wish.or(close.clicked().then_some(Wish::Close))
        });
        let closes = modal.should_close().then_some(Wish::Close);
        modal.inner.or(closes)
    }

    fn ask(&mut self, ui: &mut Ui) -> Option<Wish> {
        let is_free = self.state == State::Asking;
        let entered = ui.add_enabled_ui(is_free, |ui| self.fields(ui)).inner;
        let may = is_free && !self.note.is_waiting();
        let change = |ui: &mut Ui| card::primary(ui, "Change password").clicked();
        let pressed = ui.add_enabled_ui(may, change).inner;
        if may && (entered || pressed) { self.submit() } else { None }
    }

    /// Whether one of them was left with Enter.
    fn fields(&mut self, ui: &mut Ui) -> bool {
        let id = Id::unique("old password");
        if ui.is_enabled() && !std::mem::replace(&mut self.is_begun, true) {
            let old = (id, self.old.is_empty() || self.old_fault.is_some());
            let [first, again] = self.new.wanting();
            focus_first(ui, &[old, first, again]);
        }
        let below = Below::fault(&self.old_fault);
        let old = field::secret(ui, id, "Old password", &mut self.old, below);
        if old.changed() {
            self.old_fault = None;
        }
        let entered = self.new.show(ui, "New password");
        let [first, again] = self.new.secrets();
        field::show_box(ui, "Show passwords", &mut [&mut self.old, first, again]);
        field::entered(ui, &old) || entered
    }

    fn submit(&mut self) -> Option<Wish> {
        self.note = Note::Nothing;
        self.is_begun = false;
        let old = self.old.password();
        self.old_fault = old.is_err().then(|| Plain::own("Type the password you have now."));
        let (Ok(old), Some(new)) = (old, self.new.checked()) else {
            return None;
        };
        self.old.empty();
        self.new.empty();
        self.state = State::Asked;
        self.note = Note::busy("Being changed…");
        Some(Wish::Change(old, new))
    }
}
