//! Change password: the old one, the new one twice, and what became of it.
//!
//! What is wrong with the new one is said before anything is sent; the fields are empty
//! after every try. The page hands the two to the client, and the answer back to here.

use eframe::egui::{Context, Key, RichText, Ui};
use taifas_client::{BadPassword, PASSWORD_CHARS_MIN, Password};

use super::over;
use super::password::Field;
use crate::theme::{self, space};
use crate::words::Plain;

/// The question, while it is asked.
#[derive(Default)]
pub struct Change {
    old: Field,
    new: Field,
    again: Field,
    is_shown: bool,
    state: State,
    /// The first field has had the focus.
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
#[derive(Default)]
enum State {
    #[default]
    Asking,
    /// On its way.
    Asked,
    Done,
    /// It stays what it was.
    Kept(Plain),
}

impl Change {
    /// The server has changed it.
    pub fn changed(&mut self) {
        self.state = State::Done;
        self.is_begun = false;
    }

    /// The server has not.
    pub fn kept(&mut self, why: Plain) {
        self.state = State::Kept(why);
        self.is_begun = false;
    }

    /// Shows it over the page.
    pub fn show(&mut self, ctx: &Context) -> Option<Wish> {
        let modal = over::modal(ctx, "change password").show(ctx, |ui| {
            ui.set_width(over::width(ctx));
            ui.label(RichText::new("Change password").heading());
            ui.add_space(space::S);
            match self.state {
                State::Done => self.done(ui),
                _ => self.fields(ui),
            }
        });
        let closes = modal.should_close().then_some(Wish::Close);
        modal.inner.or(closes)
    }

    fn fields(&mut self, ui: &mut Ui) -> Option<Wish> {
        let is_asked = matches!(self.state, State::Asked);
        let mut wants = false;
        ui.add_enabled_ui(!is_asked, |ui| {
            let old = self.old.show(ui, "Your password now", self.is_shown);
            let new = self.new.show(ui, "New password", self.is_shown);
            let again = self.again.show(ui, "New password again", self.is_shown);
            if !std::mem::replace(&mut self.is_begun, true) {
                old.request_focus();
            }
            ui.checkbox(&mut self.is_shown, "Show passwords");
            let lost = old.lost_focus() || new.lost_focus() || again.lost_focus();
            wants = lost && ui.input(|input| input.key_pressed(Key::Enter));
        });
        let mut wish = None;
        ui.add_space(space::S);
        ui.horizontal(|ui| {
            let change = ui.add_enabled_ui(!is_asked, |ui| ui.button("Change").clicked()).inner;
            if change || wants {
                wish = self.submit();
            }
            if ui.button("Close").clicked() {
                wish = Some(Wish::Close);
            }
        });
        let palette = theme::palette(ui);
        match &self.state {
            State::Asked => {
                ui.label(RichText::new("Being changed…").color(palette.muted));
            }
            State::Kept(why) => {
                let label = ui.label(RichText::new(&why.text).color(palette.error));
                if !why.code.is_empty() {
                    label.on_hover_text(&why.code);
                }
            }
            State::Asking | State::Done => {}
        }
        wish
    }

    fn done(&mut self, ui: &mut Ui) -> Option<Wish> {
        ui.label("Your password is changed. Wherever else you are logged in, it is asked for.");
        ui.add_space(space::S);
        let close = ui.button("Close");
        if !std::mem::replace(&mut self.is_begun, true) {
            close.request_focus();
        }
        close.clicked().then_some(Wish::Close)
    }

    /// Takes what was typed, in any case.
    fn submit(&mut self) -> Option<Wish> {
        self.is_begun = false;
        let is_same = self.new.is_same(&self.again);
        let (old, new) = (self.old.take(), self.new.take());
        self.again = Field::default();
        let wrong = match (old, new) {
            (Err(BadPassword::Empty), _) => "Type the password that you have now first.".into(),
            (_, Err(BadPassword::Empty)) => "Type the new password, twice.".into(),
            (Err(why), _) | (_, Err(why)) => bad(why).into(),
            _ if !is_same => "The two new passwords are not the same. Type them again.".into(),
            (_, Ok(new)) if !new.is_long_enough() => format!(
                "The new password is too short. It needs at least {PASSWORD_CHARS_MIN} characters."
            ),
            (Ok(old), Ok(new)) => {
                self.state = State::Asked;
                return Some(Wish::Change(old, new));
            }
        };
        self.state = State::Kept(Plain::own(&wrong));
        None
    }
}

/// What is wrong with a password, and what to do.
pub(super) fn bad(why: BadPassword) -> &'static str {
    match why {
        BadPassword::Empty => "Type a password first.",
        BadPassword::TooLong => "The password is too long.",
        BadPassword::Character => "A password has no line breaks or control characters in it.",
    }
}
