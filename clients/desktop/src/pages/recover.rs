//! Forgot password: a name, its recovery code, and a new password twice. The next
//! recovery code is shown afterwards, and then one logs in with the new password.
//!
//! Whether name and code belong together is the server's to say. After every try all
//! fields are emptied.

use eframe::egui::{Id, Ui};
use taifas_client::{Entry, name};

use super::attempt::{Attempt, Outcome};
use super::code::Code;
use super::field::{self, Below};
use super::new_password::NewPassword;
use super::note::Note;
use super::{Desk, Go, card};
use crate::secret::Secret;
use crate::words::{self, Plain};

/// The page.
#[derive(Default)]
pub struct Recover {
    username: String,
    username_fault: Option<Plain>,
    code: Secret,
    code_fault: Option<Plain>,
    passwords: NewPassword,
    /// The try that is under way.
    attempt: Option<Attempt>,
    note: Note,
    /// The first field that is empty or wrong is to get the focus.
    wants_focus: bool,
}

impl Recover {
    /// A fresh page.
    pub fn new(desk: &mut Desk) -> Recover {
        let username = desk.remembered.username.clone();
        Recover { username, wants_focus: true, ..Recover::default() }
    }

    /// Takes what has happened.
    pub fn take(&mut self, desk: &mut Desk) -> Option<Go> {
        match self.attempt.take()?.take() {
            Outcome::Open(attempt) => {
                if attempt.is_in_doubt() {
                    self.note = Note::busy(
                        "The connection broke. Trying again, to see whether your password was \
                         changed…",
                    );
                }
                self.attempt = Some(attempt);
            }
            Outcome::Recovered { code } => {
                if let Ok(name) = name(&self.username) {
                    desk.remembered.username = name.to_string();
                }
                return Some(Go::Code(Code::new(code, None)));
            }
            Outcome::Refused(why) => {
                let plain = words::refused_code(&why);
                self.end(Note::Nothing);
                match why.code.as_str() {
                    "PASSWORD_TOO_SHORT" => self.passwords.refused(plain),
                    _ => self.note = Note::refused(&why, plain),
                }
            }
            // The first page asks about it; no password was sent.
            Outcome::Untrusted => return Some(Go::Menu),
            Outcome::Lost(why) => self.end(Note::lost(&why)),
            // Answers to what this page does not ask for.
            Outcome::Entered(_) | Outcome::Registered { .. } => {}
        }
        None
    }

    /// Shows it.
    pub fn show(&mut self, ui: &mut Ui, desk: &mut Desk) -> Option<Go> {
        if card::escaped(ui) {
            if self.attempt.is_none() {
                return Some(Go::Login);
            }
            self.cancel();
        }
        card::show(ui, "Forgot password", |ui| self.content(ui, desk))
    }

    fn content(&mut self, ui: &mut Ui, desk: &mut Desk) -> Option<Go> {
        card::remark(ui, &format!("Server: {}", desk.remembered.server_words()));
        card::remark(
            ui,
            "With the recovery code that you wrote down when you registered, you can set a new \
             password here.",
        );
        let is_free = self.attempt.is_none();
        let entered = ui.add_enabled_ui(is_free, |ui| self.fields(ui)).inner;
        let may = is_free && !self.note.is_waiting();
        let pressed = ui.add_enabled_ui(may, |ui| card::primary(ui, "Set new password").clicked());
        if may && (entered || pressed.inner) {
            self.submit(desk);
        }
        self.wants_focus |= entered;
        self.note.show(ui);
        if self.attempt.is_some() {
            // Instead of Back, which could not say what may have been done.
            if card::secondary(ui, "Cancel").clicked() {
                self.cancel();
            }
            return None;
        }
        card::secondary(ui, "Back").clicked().then_some(Go::Login)
    }

    /// Whether one of them was left with Enter.
    fn fields(&mut self, ui: &mut Ui) -> bool {
        let (username, code) = (Id::unique("recover username"), Id::unique("recover code"));
        if self.wants_focus && ui.is_enabled() {
            self.wants_focus = false;
            let name = self.username.is_empty() || self.username_fault.is_some();
            let [password, again] = self.passwords.wanting();
            let fields = [(username, name), (code, self.code.is_empty()), password, again];
            field::focus_first(ui, &fields);
        }
        let below = Below::fault(&self.username_fault);
        let typed = field::text(ui, username, "Username", &mut self.username, below);
        if typed.changed() {
            self.username_fault = None;
        }
        let below = Below::fault_or(&self.code_fault, "Capitals and dashes do not matter.");
        let secret = field::secret(ui, code, "Recovery code", &mut self.code, below);
        if secret.changed() {
            self.code_fault = None;
        }
        let entered = self.passwords.show(ui, "New password");
        let [first, again] = self.passwords.secrets();
        field::show_box(ui, "Show code and passwords", &mut [&mut self.code, first, again]);
        field::entered(ui, &typed) || field::entered(ui, &secret) || entered
    }

    fn submit(&mut self, desk: &Desk) {
        self.note = Note::Nothing;
        let name = name(&self.username);
        self.username_fault = match &name {
            _ if self.username.trim().is_empty() => Some(Plain::own("Type your username.")),
            Err(_) => Some(Plain::own(words::NAME_RULE)),
            Ok(_) => None,
        };
        let code = self.code.password();
        self.code_fault = code.is_err().then(|| Plain::own("Type your recovery code."));
        let password = self.passwords.checked();
        let (Ok(name), Ok(code), Some(password)) = (name, code, password) else {
            self.wants_focus = true;
            return;
        };
        match Attempt::start(desk, Entry::Recover { name, code, password }) {
            Ok(attempt) => {
                self.attempt = Some(attempt);
                self.code.empty();
                self.passwords.empty();
                self.note = Note::busy("Setting the new password…");
            }
            Err(why) => self.end(Note::Wrong(why)),
        }
    }

    fn cancel(&mut self) {
        let may_be_done = self.attempt.take().is_some_and(|attempt| attempt.may_be_done());
        self.end(match may_be_done {
            true => Note::Wrong(Plain::own(
                "Cancelled. Your password may have been changed; try to log in with the new one.",
            )),
            false => Note::busy("Cancelled."),
        });
    }

    /// A try is over.
    fn end(&mut self, note: Note) {
        self.username.clear();
        self.code.empty();
        self.passwords.empty();
        self.note = note;
        self.wants_focus = true;
    }
}
