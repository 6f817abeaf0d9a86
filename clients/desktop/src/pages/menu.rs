//! The first page: log in, register, exit; which server, whether it answers, and the
//! theme.
//!
//! The server is looked for when its address is left, not at each key. Logging in and
//! registering work while it is silent, and say why it does not go on.

use eframe::egui::{Id, Key, Ui};

use super::field::{self, Below};
use super::note;
use super::{Desk, Go, appearance, card};
use crate::address;
use crate::lookout::Sight;
use crate::theme;
use crate::words::Plain;

/// The page.
#[derive(Default)]
pub struct Menu {
    server: String,
    server_fault: Option<Plain>,
    /// The focus is to be given to whatever comes first.
    wants_focus: bool,
}

impl Menu {
    /// A fresh page.
    pub fn new(desk: &mut Desk) -> Menu {
        let server = desk.remembered.server.clone();
        let mut menu = Menu { server, server_fault: None, wants_focus: true };
        if menu.read(desk) {
            desk.look();
        }
        menu
    }

    /// Takes what has happened.
    pub fn take(&mut self, _desk: &mut Desk) -> Option<Go> {
        None
    }

    /// Shows it.
    pub fn show(&mut self, ui: &mut Ui, desk: &mut Desk) -> Option<Go> {
        card::show(ui, "taifas", |ui| {
            ui.label("A small place to chat, among people who know each other.");
            let go = self.buttons(ui, desk);
            self.server(ui, desk);
            ui.separator();
            appearance::theme_switch(ui, desk);
            go
        })
    }

    fn buttons(&mut self, ui: &mut Ui, desk: &mut Desk) -> Option<Go> {
        let log_in = card::primary(ui, "Log in");
        if std::mem::take(&mut self.wants_focus) {
            if self.server_fault.is_some() {
                ui.memory_mut(|memory| memory.request_focus(server_id()));
            } else {
                log_in.request_focus();
            }
        }
        let go = if log_in.clicked() {
            Some(Go::Login)
        } else if card::secondary(ui, "Register").clicked() {
            Some(Go::Register)
        } else {
            None
        };
        if card::secondary(ui, "Exit").clicked() {
            return Some(Go::Exit);
        }
        // An address that was just typed counts, and a wrong one is not passed over.
        go.filter(|_| {
            self.wants_focus = !self.read(desk);
            !self.wants_focus
        })
    }

    fn server(&mut self, ui: &mut Ui, desk: &mut Desk) {
        let below = Below::fault(&self.server_fault);
        let response = field::text(ui, server_id(), "Server", &mut self.server, below);
        if response.changed() {
            self.server_fault = None;
        }
        if response.lost_focus() {
            if ui.input(|input| input.key_pressed(Key::Escape)) {
                self.server.clone_from(&desk.remembered.server);
            }
            let before = desk.remembered.server.clone();
            if self.read(desk)
                && (desk.remembered.server != before || field::entered(ui, &response))
            {
                desk.look();
            }
        }
        if self.server_fault.is_some() {
            return;
        }
        if self.server != desk.remembered.server {
            card::remark(ui, "Press Enter to look for it.");
        } else if sight(ui, desk.lookout.sight()) {
            desk.look_again();
        }
    }

    /// Takes the address that was typed. False if it is none.
    fn read(&mut self, desk: &mut Desk) -> bool {
        match address::read(&self.server) {
            Ok(address) => {
                self.server.clone_from(&address);
                self.server_fault = None;
                desk.remembered.server = address;
                true
            }
            Err(wrong) => {
                self.server_fault = Some(Plain::own(wrong));
                false
            }
        }
    }
}

fn server_id() -> Id {
    Id::unique("menu server")
}

/// Whether the server answers. True if it is to be looked for again.
fn sight(ui: &mut Ui, sight: &Sight) -> bool {
    let palette = theme::palette(ui);
    match sight {
        Sight::Unknown | Sight::Asked => {
            note::say(ui, &Plain::own("Looking for the server…"), palette.muted);
            false
        }
        Sight::Answers(_) => {
            note::say(ui, &Plain::own("The server answers."), palette.accent);
            false
        }
        Sight::Silent(why) => {
            note::say(ui, why, palette.error);
            card::remark(ui, "Trying again by itself, now and then.");
            card::secondary(ui, "Try again").clicked()
        }
        Sight::Refuses(why) => {
            note::say(ui, why, palette.error);
            card::secondary(ui, "Try again").clicked()
        }
    }
}
