//! The first page: log in, register, exit; which server, whether it answers, and the
//! theme.
//!
//! The server is looked for when its address is left, not at each key. Logging in and
//! registering work while it is silent, and say why it does not go on; while it is not
//! known whom one talks to, they wait for that.

use eframe::egui::{Id, Key, Ui};

use super::field::{self, Below};
use super::note;
use super::trust::{Answer, Question};
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
    /// The box that says so is ticked.
    is_encrypted: bool,
    /// Whether it is where nothing is known of a server: as it was last.
    was_encrypted: bool,
    question: Question,
    /// The focus is to be given to whatever comes first.
    wants_focus: bool,
}

impl Menu {
    /// A fresh page.
    pub fn new(desk: &mut Desk) -> Menu {
        let server = desk.remembered.server.clone();
        let is_encrypted = desk.remembered.is_encrypted();
        let mut menu = Menu {
            server,
            is_encrypted,
            was_encrypted: is_encrypted,
            wants_focus: true,
            ..Menu::default()
        };
        menu.recognise(desk);
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
            if !matches!(desk.lookout.sight(), Sight::Untrusted { .. }) {
                ui.label("A small place to chat, among people who know each other.");
            }
            let go = self.buttons(ui, desk);
            self.server(ui, desk);
            self.trust(ui, desk);
            ui.separator();
            appearance::theme_switch(ui, desk);
            appearance::notify_switch(ui, desk);
            go
        })
    }

    fn buttons(&mut self, ui: &mut Ui, desk: &mut Desk) -> Option<Go> {
        let wants_focus = std::mem::take(&mut self.wants_focus);
        let mut go = None;
        // Before it is known whom one talks to there is nobody to log in to, and the
        // question needs the room.
        if !matches!(desk.lookout.sight(), Sight::Untrusted { .. }) {
            let log_in = card::primary(ui, "Log in");
            if wants_focus && self.server_fault.is_none() {
                log_in.request_focus();
            }
            let register = card::secondary(ui, "Register").clicked().then_some(Go::Register);
            go = log_in.clicked().then_some(Go::Login).or(register);
        }
        if wants_focus && self.server_fault.is_some() {
            ui.memory_mut(|memory| memory.request_focus(server_id()));
        }
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
            self.recognise(desk);
        }
        if response.lost_focus() {
            if ui.input(|input| input.key_pressed(Key::Escape)) {
                self.server.clone_from(&desk.remembered.server);
                self.recognise(desk);
            }
            let before = desk.remembered.server.clone();
            if self.read(desk)
                && (desk.remembered.server != before || field::entered(ui, &response))
            {
                self.question = Question::default();
                desk.look();
            }
        }
        self.encrypted(ui, desk);
        if self.server_fault.is_some() {
            return;
        }
        if self.server != desk.remembered.server {
            card::remark(ui, "Press Enter to look for it.");
        } else if sight(ui, desk.lookout.sight()) {
            desk.look_again();
        }
    }

    /// Whether to talk to it with TLS.
    fn encrypted(&mut self, ui: &mut Ui, desk: &mut Desk) {
        let tick = card::tick(ui, &mut self.is_encrypted, "Encrypted (TLS)");
        if !tick.on_hover_text(ENCRYPTED_HINT).changed() {
            return;
        }
        self.server = address::switched(&self.server, self.is_encrypted);
        if self.read(desk) {
            self.question = Question::default();
            desk.look_again();
        }
    }

    /// Whom to trust, while that is to be decided.
    fn trust(&mut self, ui: &mut Ui, desk: &mut Desk) {
        let &Sight::Untrusted { shown, trusted } = desk.lookout.sight() else {
            return;
        };
        if self.server != desk.remembered.server {
            return;
        }
        let typing = ui.memory(|memory| memory.has_focus(server_id()));
        let server = desk.remembered.server.clone();
        let prints = [Some(shown), trusted];
        match self.question.show(ui, &server, prints, "Don't trust", !typing) {
            None => return,
            Some(Answer::Trust(print)) => desk.trust(Some(print)),
            Some(Answer::Forget) => desk.trust(None),
            Some(Answer::Distrust) => {
                desk.lookout.distrust();
                self.wants_focus = true;
                return ui.request_repaint();
            }
        }
        self.question = Question::default();
        self.wants_focus = true;
        desk.look_again();
    }

    /// A server that is known is talked to as it was: never without TLS unasked. The box
    /// says so while the address is typed, so that it does not change under a click.
    fn recognise(&mut self, desk: &Desk) {
        let known = address::read(&self.server, true).ok();
        let known = known.and_then(|address| desk.remembered.servers.get(&address));
        self.is_encrypted = known.map_or(self.was_encrypted, |known| known.encrypted);
    }

    /// Takes the address that was typed. False if it is none.
    fn read(&mut self, desk: &mut Desk) -> bool {
        match address::read(&self.server, self.is_encrypted) {
            Ok(address) => {
                self.server.clone_from(&address);
                self.server_fault = None;
                desk.remembered.server = address;
                desk.remembered.encrypt(self.is_encrypted);
                self.was_encrypted = self.is_encrypted;
                true
            }
            Err(wrong) => {
                self.server_fault = Some(Plain::own(wrong));
                false
            }
        }
    }
}

const ENCRYPTED_HINT: &str = "Nobody on the way can read along. Whoever runs the server knows \
     whether it takes encrypted connections, and at which port; usually 7668.";

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
        // There is a question below.
        Sight::Untrusted { .. } => false,
    }
}
