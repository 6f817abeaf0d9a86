//! Quiet lines over the messages: what the server has to say to us, and rooms that we
//! were sent out of, with the way back.
//!
//! They stay until they are dismissed; the page fills them, and joins.

use std::collections::VecDeque;

use eframe::egui::{Align, Label, Layout, RichText, ScrollArea, Ui};

use taifas_client::RoomName;

use crate::pages::card;
use crate::theme;

/// Most notices at a time; then the oldest goes.
const NOTICES_MOST: usize = 3;

/// The lines that are there.
#[derive(Default)]
pub struct Notices {
    said: VecDeque<Notice>,
}

struct Notice {
    text: String,
    /// The room that one may want to join again.
    room: Option<RoomName>,
}

/// What was done with one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Done {
    Dismissed,
    Join,
}

impl Notices {
    /// Something to be read.
    pub fn say(&mut self, text: String) {
        self.add(Notice { text, room: None });
    }

    /// We are not in this room any more, for a reason.
    pub fn sent_out(&mut self, room: RoomName, text: String) {
        self.is_in(room);
        self.add(Notice { text, room: Some(room) });
    }

    /// We are in this room again.
    pub fn is_in(&mut self, room: RoomName) {
        self.said.retain(|notice| notice.room != Some(room));
    }

    /// We are not on the server any more, in whatever room we were.
    pub fn is_out_of_all(&mut self) {
        self.said.retain(|notice| notice.room.is_none());
    }

    fn add(&mut self, notice: Notice) {
        self.said.push_back(notice);
        if self.said.len() > NOTICES_MOST {
            self.said.pop_front();
        }
    }

    /// Whether there is anything to show.
    pub fn is_empty(&self) -> bool {
        self.said.is_empty()
    }

    /// Shows them. However long they are, the messages and their box stay in view. Says
    /// which room is to be joined again.
    pub fn show(&mut self, ui: &mut Ui) -> Option<RoomName> {
        let style = ui.style().clone();
        theme::scroll_bar(ui);
        let area = ScrollArea::vertical().id_salt("notices").auto_shrink([false, true]);
        let mut join = None;
        area.max_height(theme::NOTICES_HEIGHT).show(ui, |ui| {
            ui.set_style(style);
            self.said.retain(|notice| {
                let done = line(ui, notice);
                join = join.or(notice.room.filter(|_| done == Some(Done::Join)));
                done.is_none()
            });
        });
        join
    }
}

fn line(ui: &mut Ui, notice: &Notice) -> Option<Done> {
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        ui.set_height(ui.spacing().interact_size.y);
        let dismiss = ui.button("Dismiss");
        card::follow(&dismiss);
        let mut done = dismiss.clicked().then_some(Done::Dismissed);
        if let Some(room) = notice.room {
            let join = ui.button("Join again").on_hover_text(format!("Join {room} again"));
            card::follow(&join);
            done = join.clicked().then_some(Done::Join).or(done);
        }
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            let text = RichText::new(&notice.text).color(theme::palette(ui).muted);
            ui.add(Label::new(text).wrap());
        });
        done
    })
    .inner
}
