//! The pages, one at a time, and what they share.
//!
//! A page takes what has happened ([`Page::take`]), shows itself ([`Page::show`]), and
//! says where to go. It never waits, and never changes another page.

pub mod appearance;
pub mod attempt;
pub mod card;
pub mod chat;
pub mod code;
pub mod field;
pub mod login;
pub mod menu;
pub mod new_password;
pub mod note;
pub mod recover;
pub mod register;
pub mod strip;
pub mod terms;
pub mod trust;
pub mod unkept;

use eframe::egui::{Context, InputState, Ui};
use taifas_client::Fingerprint;

use crate::clock::Clock;
use crate::lookout::Lookout;
use crate::notify::Notifier;
use crate::remembered::Remembered;
use crate::talk::{Departures, Talk};
use chat::Chat;
use code::Code;
use login::Login;
use menu::Menu;
use recover::Recover;
use register::Register;
use unkept::Unkept;

/// What stays while the pages change.
pub struct Desk {
    /// To paint again.
    pub ctx: Context,
    /// Server, name, theme, window.
    pub remembered: Remembered,
    /// Whether the server answers.
    pub lookout: Lookout,
    /// Talks that are being left.
    pub departures: Departures,
    /// Local times.
    pub clock: Clock,
    /// What is meant for us while nobody looks.
    pub notifier: Notifier,
    /// What is to be said where it could not be written down.
    pub unkept: Unkept,
}

/// The page that is shown.
pub enum Page {
    /// Log in, register, exit; which server.
    Menu(Menu),
    /// Name and password.
    Login(Login),
    /// A new account.
    Register(Register),
    /// A new password.
    Recover(Recover),
    /// A recovery code, this once.
    Code(Code),
    /// The room.
    Chat(Box<Chat>),
}

/// Where to go next.
pub enum Go {
    /// The first page.
    Menu,
    /// Log in.
    Login,
    /// Register.
    Register,
    /// Forgot password.
    Recover,
    /// Show a recovery code.
    Code(Code),
    /// Chat.
    Chat(Box<Talk>),
    /// Close the window.
    Exit,
}

impl Desk {
    /// Whether somebody looks at the window. One that was made small may still have the
    /// focus where there is no other to get it.
    pub fn has_focus(&self) -> bool {
        let is_small = |input: &InputState| input.viewport().minimized == Some(true);
        self.ctx.input(|input| input.focused && !is_small(input))
    }

    /// Looks at the server that is remembered.
    pub fn look(&mut self) {
        self.lookout.look(&self.ctx, &self.remembered, &self.departures);
    }

    /// Looks at it as if nothing was known.
    pub fn look_again(&mut self) {
        self.lookout.look_again(&self.ctx, &self.remembered, &self.departures);
    }

    /// This certificate is the server's from now on, or nobody knows any more; written
    /// down at once.
    pub fn trust(&mut self, fingerprint: Option<Fingerprint>) {
        self.remembered.trust(fingerprint);
        self.save();
    }

    /// Writes down what is to be remembered.
    pub fn save(&mut self) {
        let kept = self.remembered.save();
        self.unkept.heard(kept, self.remembered.path());
    }
}

impl Page {
    /// Takes what has happened since the last time.
    pub fn take(&mut self, desk: &mut Desk) -> Option<Go> {
        match self {
            Page::Menu(page) => page.take(desk),
            Page::Login(page) => page.take(desk),
            Page::Register(page) => page.take(desk),
            Page::Recover(page) => page.take(desk),
            Page::Code(page) => page.take(desk),
            Page::Chat(page) => page.take(desk),
        }
    }

    /// Shows it.
    pub fn show(&mut self, ui: &mut Ui, desk: &mut Desk) -> Option<Go> {
        match self {
            Page::Menu(page) => page.show(ui, desk),
            Page::Login(page) => page.show(ui, desk),
            Page::Register(page) => page.show(ui, desk),
            Page::Recover(page) => page.show(ui, desk),
            Page::Code(page) => page.show(ui, desk),
            Page::Chat(page) => page.show(ui, desk),
        }
    }

    /// What the window is called while this page is shown.
    pub fn title(&self, desk: &Desk) -> String {
        match self {
            Page::Chat(page) => page.title(desk),
            _ => "taifas".into(),
        }
    }

    /// Whether the window may be closed now; if not, the page asks for it.
    pub fn may_close(&mut self) -> bool {
        match self {
            Page::Chat(page) => page.may_close(),
            Page::Code(page) => page.may_close(),
            _ => true,
        }
    }
}
