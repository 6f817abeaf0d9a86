//! Logging in: a name, its password, and in plain words what became of it.
//!
//! Whether they belong together is the server's to say, and how many tries are left is
//! never said; how long to wait is. After every try both fields are emptied; the name
//! then stands there again only if it is the one that is remembered, which is the one
//! that came in last.

use eframe::egui::{Id, Ui};
use taifas_client::{Entry, name};

use super::attempt::{Attempt, Outcome};
use super::field::{self, Below};
use super::note::Note;
use super::{Desk, Go, card};
use crate::secret::Secret;
use crate::talk::Talk;
use crate::words::{self, Plain};

/// The page.
#[derive(Default)]
pub struct Login {
    username: String,
    username_fault: Option<Plain>,
    password: Secret,
    password_fault: Option<Plain>,
    /// The try that is under way.
    attempt: Option<Attempt>,
    /// We are in; the page says so once before it goes on.
    entered: Option<Box<Talk>>,
    note: Note,
    /// The first field that is empty or wrong is to get the focus.
    wants_focus: bool,
}

impl Login {
    /// A fresh page.
    pub fn new(desk: &mut Desk) -> Login {
        let username = desk.remembered.username.clone();
        Login { username, wants_focus: true, ..Login::default() }
    }

    /// Takes what has happened.
    pub fn take(&mut self, desk: &mut Desk) -> Option<Go> {
        match self.attempt.take()?.take() {
            Outcome::Open(attempt) => self.attempt = Some(attempt),
            Outcome::Entered(talk) => {
                if let Some(name) = talk.model().me() {
                    desk.remembered.username = name.to_string();
                }
                self.entered = Some(talk);
                self.end(desk, Note::Done(Plain::own("OK")));
            }
            Outcome::Refused(why) => self.end(desk, Note::refused(&why, words::refusal(&why))),
            // The first page asks about it; no password was sent.
            Outcome::Untrusted => return Some(Go::Menu),
            Outcome::Lost(why) => self.end(desk, Note::lost(&why)),
            // Answers to what this page does not ask for.
            Outcome::Registered { .. } | Outcome::Recovered { .. } => {}
        }
        None
    }

    /// Shows it.
    pub fn show(&mut self, ui: &mut Ui, desk: &mut Desk) -> Option<Go> {
        if card::escaped(ui) {
            if self.attempt.is_none() {
                return Some(Go::Menu);
            }
            self.cancel(desk);
        }
        let go = card::show(ui, "Log in", |ui| self.content(ui, desk));
        self.entered.take().map(Go::Chat).or(go)
    }

    fn content(&mut self, ui: &mut Ui, desk: &mut Desk) -> Option<Go> {
        card::remark(ui, &format!("Server: {}", desk.remembered.server_words()));
        let is_free = self.attempt.is_none() && self.entered.is_none();
        let entered = ui.add_enabled_ui(is_free, |ui| self.fields(ui)).inner;
        let may = is_free && !self.note.is_waiting();
        let pressed = ui.add_enabled_ui(may, |ui| card::primary(ui, "Log in").clicked()).inner;
        if may && (entered || pressed) {
            self.submit(desk);
        }
        self.wants_focus |= entered;
        self.note.show(ui);
        if self.attempt.is_some() && card::secondary(ui, "Cancel").clicked() {
            self.cancel(desk);
        }
        if card::link(ui, "Forgot password?").clicked() {
            return Some(Go::Recover);
        }
        card::secondary(ui, "Back").clicked().then_some(Go::Menu)
    }

    /// Whether one of them was left with Enter.
    fn fields(&mut self, ui: &mut Ui) -> bool {
        let (username, password) = (Id::unique("login username"), Id::unique("login password"));
        if self.wants_focus && ui.is_enabled() {
            self.wants_focus = false;
            let name = self.username.is_empty() || self.username_fault.is_some();
            field::focus_first(ui, &[(username, name), (password, true)]);
        }
        let below = Below::fault(&self.username_fault);
        let typed = field::text(ui, username, "Username", &mut self.username, below);
        if typed.changed() {
            self.username_fault = None;
        }
        let below = Below::fault(&self.password_fault);
        let secret = field::secret(ui, password, "Password", &mut self.password, below);
        if secret.changed() {
            self.password_fault = None;
        }
        field::show_box(ui, "Show password", &mut [&mut self.password]);
        field::entered(ui, &typed) || field::entered(ui, &secret)
    }

    fn submit(&mut self, desk: &Desk) {
        self.note = Note::Nothing;
        let name = name(&self.username);
        self.username_fault = match &name {
            _ if self.username.trim().is_empty() => Some(Plain::own("Type your username.")),
            Err(_) => Some(Plain::own(words::NAME_RULE)),
            Ok(_) => None,
        };
        let password = self.password.password();
        self.password_fault = password.is_err().then(|| Plain::own("Type your password."));
        let (Ok(name), Ok(password)) = (name, password) else {
            self.wants_focus = true;
            return;
        };
        match Attempt::start(desk, Entry::Login { name, password }) {
            Ok(attempt) => {
                self.attempt = Some(attempt);
                self.password.empty();
                self.note = Note::busy("Logging in…");
            }
            Err(why) => self.end(desk, Note::Wrong(why)),
        }
    }

    fn cancel(&mut self, desk: &Desk) {
        self.attempt = None;
        self.end(desk, Note::busy("Cancelled."));
    }

    /// A try is over.
    fn end(&mut self, desk: &Desk, note: Note) {
        let remembered = &desk.remembered.username;
        let is_remembered = self.username.trim().eq_ignore_ascii_case(remembered);
        self.username = if is_remembered { remembered.clone() } else { String::new() };
        self.password.empty();
        self.note = note;
        self.wants_focus = true;
    }
}
