//! The client as a whole: which page is shown, what has happened, how the window is
//! called, and how it is closed.
//!
//! [`App::take`] runs before each frame and whenever a client wakes us, also while the
//! window is hidden; [`App::show`] paints. Neither ever waits; only [`App::leave`],
//! when the window is gone, does so for a bounded time.

use eframe::egui::{Context, Frame, Panel, Ui, ViewportCommand};

use crate::clock::Clock;
use crate::lookout::Lookout;
use crate::notify::Notifier;
use crate::pages::chat::Chat;
use crate::pages::login::Login;
use crate::pages::menu::Menu;
use crate::pages::recover::Recover;
use crate::pages::register::Register;
use crate::pages::unkept::Unkept;
use crate::pages::{Desk, Go, Page};
use crate::remembered::Remembered;
use crate::talk::Departures;
use crate::theme::space;
use crate::{fonts, theme};

/// The client.
pub struct App {
    desk: Desk,
    page: Page,
    /// What the window is called now.
    title: String,
}

impl App {
    /// Starts at the menu.
    pub fn new(ctx: &Context, remembered: Remembered) -> App {
        App::at(ctx, remembered, Clock::system()).notifying(Notifier::desktop())
    }

    /// Tells this about what is meant for us while nobody looks.
    #[must_use]
    pub fn notifying(mut self, notifier: Notifier) -> App {
        self.desk.notifier = notifier;
        self
    }

    /// The same in a certain time zone and without a desktop to notify, for tests.
    pub fn at(ctx: &Context, remembered: Remembered, clock: Clock) -> App {
        theme::apply(ctx);
        fonts::apply(ctx);
        ctx.set_theme(remembered.theme.preference());
        let mut desk = Desk {
            ctx: ctx.clone(),
            remembered,
            lookout: Lookout::default(),
            departures: Departures::default(),
            clock,
            notifier: Notifier::default(),
            unkept: Unkept::default(),
        };
        let page = Page::Menu(Menu::new(&mut desk));
        App { desk, page, title: String::new() }
    }

    /// Takes what has happened, and tells the window.
    pub fn take(&mut self) {
        self.desk.lookout.take();
        let go = self.page.take(&mut self.desk);
        self.go(go);
        let closing = self.desk.ctx.input(|input| input.viewport().close_requested());
        if closing && !self.page.may_close() {
            self.desk.ctx.send_viewport_cmd(ViewportCommand::CancelClose);
        }
        let title = self.page.title(&self.desk);
        if title != self.title {
            self.desk.ctx.send_viewport_cmd(ViewportCommand::Title(title.clone()));
            self.title = title;
        }
    }

    /// Shows the page.
    pub fn show(&mut self, ui: &mut Ui) {
        if self.desk.unkept.words().is_some() {
            let frame = Frame::NONE.fill(ui.visuals().panel_fill).inner_margin(space::S);
            Panel::top("unkept").frame(frame).show(ui, |ui| self.desk.unkept.show(ui));
        }
        let go = self.page.show(ui, &mut self.desk);
        self.go(go);
        self.remember_window();
    }

    /// Leaves the server and writes down what is to be remembered. Waits for as long as
    /// a client may take to say goodbye.
    pub fn leave(&mut self) {
        self.desk.lookout = Lookout::default();
        self.page = Page::Menu(Menu::default());
        self.desk.save();
        self.desk.departures.wait();
    }

    /// Shows this page next, as if the one that is shown had asked for it.
    pub fn go_to(&mut self, go: Go) {
        self.go(Some(go));
    }

    /// What stays while the pages change.
    pub fn desk(&self) -> &Desk {
        &self.desk
    }

    /// The page that is shown.
    pub fn page(&self) -> &Page {
        &self.page
    }

    /// What the window is called.
    pub fn title(&self) -> &str {
        &self.title
    }

    fn go(&mut self, go: Option<Go>) {
        let Some(go) = go else {
            return;
        };
        self.page = match go {
            Go::Menu => Page::Menu(Menu::new(&mut self.desk)),
            Go::Login => Page::Login(Login::new(&mut self.desk)),
            Go::Register => Page::Register(Register::new(&mut self.desk)),
            Go::Recover => Page::Recover(Recover::new(&mut self.desk)),
            Go::Code(code) => Page::Code(code),
            Go::Chat(talk) => Page::Chat(Box::new(Chat::new(talk))),
            Go::Exit => {
                self.desk.ctx.send_viewport_cmd(ViewportCommand::Close);
                return;
            }
        };
        self.desk.save();
        // The new page has to be seen, also if nothing else happens.
        self.desk.ctx.request_repaint();
    }

    fn remember_window(&mut self) {
        let window = self.desk.ctx.input(|input| {
            let viewport = input.viewport();
            let is_plain = viewport.maximized != Some(true) && viewport.fullscreen != Some(true);
            viewport.inner_rect.filter(|_| is_plain)
        });
        if let Some(window) = window
            && window.is_finite()
            && window.is_positive()
        {
            self.desk.remembered.window = window.size().into();
        }
    }
}

impl eframe::App for App {
    fn logic(&mut self, _ctx: &Context, _frame: &mut eframe::Frame) {
        self.take();
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        self.show(ui);
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        self.leave();
    }
}
