//! Registering: a name, a password twice, and the server's terms, which have to be
//! accepted before the button works.
//!
//! Checked here is what the server could only say later: what a name is, and that the
//! passwords are the same and long enough. Everything else is the server's to say.
//! After every try all fields are emptied.

use eframe::egui::{Id, Ui};
use taifas_client::{Entry, Refusal, name};

use super::attempt::{Attempt, Outcome};
use super::code::Code;
use super::field::{self, Below};
use super::new_password::NewPassword;
use super::note::{self, Note};
use super::{Desk, Go, card, terms};
use crate::lookout::Sight;
use crate::words::{self, Plain};

/// The page.
#[derive(Default)]
pub struct Register {
    username: String,
    passwords: NewPassword,
    /// The version of the terms that was accepted; another one has to be read first.
    accepted: Option<String>,
    username_fault: Option<Plain>,
    terms_fault: Option<Plain>,
    /// The try that is under way.
    attempt: Option<Attempt>,
    note: Note,
    /// The first field that is empty or wrong is to get the focus.
    wants_focus: bool,
}

impl Register {
    /// A fresh page.
    pub fn new(desk: &mut Desk) -> Register {
        desk.look();
        Register { wants_focus: true, ..Register::default() }
    }

    /// Takes what has happened.
    pub fn take(&mut self, desk: &mut Desk) -> Option<Go> {
        match self.attempt.take()?.take() {
            Outcome::Open(attempt) => {
                if attempt.is_in_doubt() {
                    self.note = Note::busy(
                        "The connection broke. Trying again, to see whether your account was made…",
                    );
                }
                self.attempt = Some(attempt);
            }
            Outcome::Registered { code, talk } => {
                if let Ok(name) = name(&self.username) {
                    desk.remembered.username = name.to_string();
                }
                return Some(Go::Code(Code::new(code, Some(talk))));
            }
            Outcome::Entered(talk) => return Some(Go::Chat(talk)),
            Outcome::Refused(why) => self.refused(desk, &why),
            // The first page asks about it; no password was sent.
            Outcome::Untrusted => return Some(Go::Menu),
            Outcome::Lost(why) => self.end(Note::lost(&why)),
            // An answer to what this page does not ask for.
            Outcome::Recovered { .. } => {}
        }
        None
    }

    /// Shows it.
    pub fn show(&mut self, ui: &mut Ui, desk: &mut Desk) -> Option<Go> {
        if card::escaped(ui) {
            if self.attempt.is_none() {
                return Some(Go::Menu);
            }
            self.cancel();
        }
        card::show(ui, "Register", |ui| self.content(ui, desk))
    }

    fn content(&mut self, ui: &mut Ui, desk: &mut Desk) -> Option<Go> {
        card::remark(ui, &format!("Server: {}", desk.remembered.server_words()));
        let is_free = self.attempt.is_none();
        let entered = ui
            .add_enabled_ui(is_free, |ui| {
                let entered = self.fields(ui);
                self.terms(ui, desk);
                entered
            })
            .inner;
        let may = is_free && !self.note.is_waiting();
        let is_accepted = self.version(desk).is_some();
        let pressed = ui.add_enabled_ui(may && is_accepted, |ui| {
            let button = card::primary(ui, "Register");
            button.on_disabled_hover_text("Accept the terms first.").clicked()
        });
        if !is_accepted {
            card::remark(ui, "To register, read the terms and tick the box above.");
        }
        if may && (entered || pressed.inner) {
            self.submit(desk);
        }
        self.note.show(ui);
        if self.attempt.is_some() {
            // Instead of Back, which could not say what may have been done.
            if card::secondary(ui, "Cancel").clicked() {
                self.cancel();
            }
            return None;
        }
        card::secondary(ui, "Back").clicked().then_some(Go::Menu)
    }

    /// Whether one of them was left with Enter.
    fn fields(&mut self, ui: &mut Ui) -> bool {
        let username = Id::unique("register username");
        if self.wants_focus && ui.is_enabled() {
            self.wants_focus = false;
            let name = self.username.is_empty() || self.username_fault.is_some();
            let [password, again] = self.passwords.wanting();
            field::focus_first(ui, &[(username, name), password, again]);
        }
        let below = Below::fault(&self.username_fault);
        let typed = field::text(ui, username, "Username", &mut self.username, below);
        if typed.changed() {
            self.username_fault = None;
        } else if typed.lost_focus() && !self.username.is_empty() {
            self.check_name();
        }
        let entered = self.passwords.show(ui, "Password");
        field::show_box(ui, "Show passwords", &mut self.passwords.secrets());
        field::entered(ui, &typed) || entered
    }

    fn terms(&mut self, ui: &mut Ui, desk: &mut Desk) {
        if terms::show(ui, desk.lookout.sight()) {
            desk.look_again();
        }
        let Sight::Answers(terms) = desk.lookout.sight() else {
            return;
        };
        let mut is_accepted = self.accepted.as_ref() == Some(&terms.version);
        let tick = card::tick(ui, &mut is_accepted, "I have read and accept the terms");
        if tick.changed() {
            self.accepted = is_accepted.then(|| terms.version.clone());
            self.terms_fault = None;
        }
        if let Some(fault) = &self.terms_fault {
            note::fault(ui, fault);
        }
    }

    /// The version that was accepted, if the server still has it.
    fn version(&self, desk: &Desk) -> Option<String> {
        let Sight::Answers(terms) = desk.lookout.sight() else {
            return None;
        };
        self.accepted.clone().filter(|accepted| *accepted == terms.version)
    }

    fn check_name(&mut self) {
        self.username_fault = match name(&self.username) {
            _ if self.username.trim().is_empty() => Some(Plain::own("Choose a username.")),
            Err(_) => Some(Plain::own(words::NAME_RULE)),
            Ok(_) => None,
        };
    }

    fn submit(&mut self, desk: &Desk) {
        self.note = Note::Nothing;
        self.check_name();
        let password = self.passwords.checked();
        let terms = self.version(desk);
        self.terms_fault = terms
            .is_none()
            .then(|| Plain::own("Read the terms and tick the box, if you accept them."));
        let (Ok(name), Some(password), Some(terms)) = (name(&self.username), password, terms)
        else {
            self.wants_focus = true;
            return;
        };
        match Attempt::start(desk, Entry::Register { name, password, terms }) {
            Ok(attempt) => {
                self.attempt = Some(attempt);
                self.passwords.empty();
                self.note = Note::busy("Registering…");
            }
            Err(why) => self.end(Note::Wrong(why)),
        }
    }

    fn refused(&mut self, desk: &mut Desk, why: &Refusal) {
        let plain = words::refusal(why);
        self.end(Note::Nothing);
        match why.code.as_str() {
            "NAME_INVALID" | "NAME_IN_USE" | "NAME_REGISTERED" => self.username_fault = Some(plain),
            "PASSWORD_TOO_SHORT" => self.passwords.refused(plain),
            // ACCEPT knows no such version.
            "PARAMS" | "TERMS_REQUIRED" => {
                self.accepted = None;
                desk.look_again();
                let text = "The terms have changed meanwhile. Read them again, then register.";
                self.note = Note::Wrong(Plain { text: text.into(), code: plain.code });
            }
            _ => self.note = Note::refused(why, plain),
        }
    }

    fn cancel(&mut self) {
        let may_be_done = self.attempt.take().is_some_and(|attempt| attempt.may_be_done());
        self.end(match may_be_done {
            true => Note::Wrong(Plain::own(
                "Cancelled. Your account may have been made; try to log in with it.",
            )),
            false => Note::busy("Cancelled."),
        });
    }

    /// A try is over.
    fn end(&mut self, note: Note) {
        self.username.clear();
        self.passwords.empty();
        self.note = note;
        self.wants_focus = true;
    }
}
