//! Quiet lines over the messages: what the server has to say, and older messages that
//! could not be read.
//!
//! They stay until they are dismissed or no longer true; the page fills them.

use std::collections::VecDeque;

use eframe::egui::{Align, Label, Layout, RichText, Ui};
use taifas_client::MessageId;

use crate::theme;
use crate::words::Plain;

/// Most notices at a time; then the oldest goes.
const NOTICES_MOST: usize = 3;

/// The lines that are there.
#[derive(Default)]
pub struct Notices {
    said: VecDeque<String>,
    /// Which older messages are wanted, and why they could not be read if they could
    /// not.
    older: Option<(MessageId, Option<Plain>)>,
}

impl Notices {
    /// Something to be read.
    pub fn say(&mut self, text: String) {
        self.said.push_back(text);
        if self.said.len() > NOTICES_MOST {
            self.said.pop_front();
        }
    }

    /// Somebody wants the messages before this one. False if they could not be read and
    /// nobody has asked for another try.
    pub fn wants_older(&mut self, id: MessageId) -> bool {
        let may = !matches!(self.older, Some((_, Some(_))));
        if may {
            self.older = Some((id, None));
        }
        may
    }

    /// They could not be read.
    pub fn older_failed(&mut self, why: Plain) {
        if let Some((_, reason)) = &mut self.older {
            *reason = Some(why);
        }
    }

    /// They are here, or will be asked for anew.
    pub fn forget_older(&mut self) {
        self.older = None;
    }

    /// Whether there is anything to show.
    pub fn is_empty(&self) -> bool {
        self.said.is_empty() && !matches!(self.older, Some((_, Some(_))))
    }

    /// Shows them. Says which older messages are to be tried again.
    pub fn show(&mut self, ui: &mut Ui) -> Option<MessageId> {
        let mut dismissed = None;
        for (at, text) in self.said.iter().enumerate() {
            if line(ui, text, "", "Dismiss") {
                dismissed = Some(at);
            }
        }
        if let Some(at) = dismissed {
            self.said.remove(at);
        }
        let (id, why) = self.older.as_ref()?;
        let why = why.as_ref()?;
        let text = format!("Older messages could not be read: {}", why.text);
        let id = line(ui, &text, &why.code, "Retry").then_some(*id)?;
        self.older = Some((id, None));
        Some(id)
    }
}

fn line(ui: &mut Ui, text: &str, code: &str, button: &str) -> bool {
    let mut pressed = false;
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        ui.set_height(ui.spacing().interact_size.y);
        pressed = ui.button(button).clicked();
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            let label =
                ui.add(Label::new(RichText::new(text).color(theme::palette(ui).muted)).wrap());
            if !code.is_empty() {
                label.on_hover_text(code);
            }
        });
    });
    pressed
}
