//! What a room is about: a field to change it, and what the server says to that.
//!
//! The page hands what was typed to the client, and the answer back to here.

use eframe::egui::{Context, Id};
use taifas_client::RoomName;

use super::over;
use crate::pages::card;
use crate::pages::field::{self, Below};
use crate::theme::space;
use crate::words::Plain;

/// The question, while it is asked.
pub struct Topic {
    room: RoomName,
    text: String,
    trouble: Option<Plain>,
    is_asked: bool,
}

/// What somebody wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// This is to be the room's topic.
    Set(RoomName, String),
    /// Nothing more.
    Close,
}

impl Topic {
    /// About this room, whose topic is this now.
    pub fn new(room: RoomName, topic: &str) -> Topic {
        Topic { room, text: topic.into(), trouble: None, is_asked: false }
    }

    /// It was set. True if that is the answer to what was asked here.
    pub fn is_done(&self, room: RoomName) -> bool {
        self.is_asked && self.room == room
    }

    /// It was not. False if that was not asked here.
    pub fn refused(&mut self, room: RoomName, why: Plain) -> bool {
        let is_ours = self.is_done(room);
        if is_ours {
            self.trouble = Some(why);
            self.is_asked = false;
        }
        is_ours
    }

    /// Shows it over the page.
    pub fn show(&mut self, ctx: &Context, is_fresh: bool) -> Option<Wish> {
        let modal = over::modal(ctx, "topic").show(ctx, |ui| {
            ui.set_width(over::width(ctx));
            card::heading(ui, &format!("Topic of {}", self.room));
            ui.add_space(space::S);
            let id = Id::unique("topic");
            let below =
                Below::fault_or(&self.trouble, "Operators say it. Leave it empty to take it away.");
            let field = field::text(ui, id, "Topic", &mut self.text, below);
            if is_fresh {
                field.request_focus();
            }
            if field.changed() {
                self.trouble = None;
            }
            let entered = field::entered(ui, &field);
            let set = |ui: &mut _| card::primary(ui, "Set topic").clicked();
            let pressed = ui.add_enabled_ui(!self.is_asked, set).inner;
            let close = card::secondary(ui, "Close").clicked();
            if (entered || pressed) && !self.is_asked {
                self.is_asked = true;
                return Some(Wish::Set(self.room, self.text.trim().to_owned()));
            }
            close.then_some(Wish::Close)
        });
        let closes = modal.should_close().then_some(Wish::Close);
        modal.inner.or(closes)
    }
}
