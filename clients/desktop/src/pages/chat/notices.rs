//! Quiet lines over the messages: what the server has to say to us, and rooms that we
//! were sent out of, with the way back.
//!
//! The newest is on top and in view; older ones are scrolled to. They stay until they
//! are dismissed, or are not true any more; the page fills them, and joins.

use std::collections::VecDeque;

use eframe::egui::{ScrollArea, Ui};

use taifas_client::RoomName;

use crate::pages::strip;
use crate::theme;

/// Most notices at a time; then the oldest goes.
const NOTICES_MOST: usize = 50;

/// The lines that are there.
#[derive(Default)]
pub struct Notices {
    /// The newest first.
    said: VecDeque<Notice>,
    /// There is one that was not shown yet: it is to come into view.
    has_new: bool,
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

    /// The same in the server's words.
    pub fn say_for_server(&mut self, text: &str) {
        self.say(for_a_window(text));
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

    /// We are on the server again: why we were not is over.
    pub fn is_back(&mut self) {
        self.said.retain(|notice| !is_about_a_connection(&notice.text));
    }

    fn add(&mut self, notice: Notice) {
        self.has_new = true;
        if self.said.front().is_some_and(|last| last.text == notice.text) {
            return;
        }
        self.said.push_front(notice);
        self.said.truncate(NOTICES_MOST);
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
        let mut area = ScrollArea::vertical().id_salt("notices").auto_shrink([false, true]);
        if std::mem::take(&mut self.has_new) {
            area = area.vertical_scroll_offset(0.0);
        }
        let most = theme::NOTICES_HEIGHT;
        let mut join = None;
        // Its panel is as high as it was with the frame before, and is to grow.
        area.max_height(most).min_scrolled_height(most).show(ui, |ui| {
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
    let muted = theme::palette(ui).muted;
    strip::show(ui, &notice.text, muted, |ui| {
        let dismiss = strip::button(ui, "Dismiss").clicked();
        let mut done = dismiss.then_some(Done::Dismissed);
        if let Some(room) = notice.room {
            let join = strip::button(ui, "Join again");
            let join = join.on_hover_text(format!("Join {room} again"));
            done = join.clicked().then_some(Done::Join).or(done);
        }
        done
    })
}

/// What the server says to everybody tells of commands, which a window has none of.
fn for_a_window(text: &str) -> String {
    let advice = "HELP lists what operators may do";
    text.replace(advice, "the menu beside each name has what operators may do")
}

/// Whether this was said of a connection that ends, and means nothing to the next one:
/// by its last words, since such a notice is one like any other.
fn is_about_a_connection(text: &str) -> bool {
    ["; goodbye", "; log in again", "; connect again later"].iter().any(|end| text.ends_with(end))
}
