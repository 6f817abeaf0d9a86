//! The messages: a column of any length, of which only the rows in view are laid out
//! and painted.
//!
//! ```text
//!   Timeline     what the page calls: shows, scrolls, says what the reader wants
//!     │
//!   place        where the reader is, and which rows are in view     (pure)
//!   column       the rows below one another  ◂ heights              (pure)
//!     │
//!   said         what a row says  ◂ above, mention                   (pure)
//!   row          lays it out, shows it  ◂ link, mark, rule, sheet
//!   head         above the oldest        pill    down to the newest
//!   question     before an address is opened
//! ```
//!
//! It asks for nothing itself: what the reader wants is given back as [`Wish`]es. What
//! others typed is shown as text, never interpreted.

mod above;
mod column;
mod head;
mod heights;
mod link;
#[cfg(test)]
mod made_up;
mod mark;
mod pill;
mod place;
mod question;
mod row;
mod rule;
mod said;
mod sheet;

use eframe::egui::accesskit::Live;
use eframe::egui::scroll_area::ScrollArea;
use eframe::egui::{Align2, Id, Rect, Role, Sense, Ui, WidgetInfo};
use jiff::civil::Date;
use taifas_client::{At, Mark, MessageId};

use super::person;
use crate::clock::Clock;
use crate::theme::{self, space};
use crate::words::Plain;
use column::Column;
use head::Head;
use place::{Bounds, Move, Place, Settled};
use question::Question;
use row::{Press, Row};
use said::Said;
use sheet::Sheet;

/// The messages on the screen.
#[derive(Default)]
pub struct Timeline {
    column: Column,
    place: Place,
    head: Head,
    /// What the heights were measured on.
    sheet: Option<Sheet>,
    /// How the reader moves with the next frame.
    moves: Option<Move>,
    /// The newest message when the newest was in view last.
    looked: Option<MessageId>,
    /// What others have said since then.
    news: usize,
    /// An address was pressed.
    question: Option<Question>,
    /// What gets the focus back after the question.
    focus: Option<Id>,
}

/// What there is to show.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// The messages.
    pub place: At<'a>,
    /// Local times.
    pub clock: &'a Clock,
    /// Which day it is.
    pub today: Date,
    /// The line "new since you looked" stands above the first message of somebody else
    /// that is newer.
    pub seen: Option<MessageId>,
}

/// What the reader wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// The messages before this one.
    Older(MessageId),
    /// Say something again that has failed.
    Retry(Mark),
    /// Give it up.
    Discard(Mark),
    /// Something about somebody who has said something.
    About(person::Act),
}

impl Timeline {
    /// Shows the messages in all the space there is. `seen`: the line "new since you
    /// looked" stands above the first message of somebody else that is newer.
    pub fn show(
        &mut self,
        ui: &mut Ui,
        place: At<'_>,
        clock: &Clock,
        seen: Option<MessageId>,
    ) -> Vec<Wish> {
        // At midnight `Today` becomes `Yesterday`, also if nothing else happens.
        ui.ctx().request_repaint_after(clock.rest_of_today());
        self.show_view(ui, View { place, clock, today: clock.today(), seen })
    }

    /// The same on a certain day, for tests.
    pub fn show_view(&mut self, ui: &mut Ui, view: View<'_>) -> Vec<Wish> {
        let mut wishes = Vec::new();
        let area = ui.available_rect_before_wrap();
        self.follow(ui, area, view.place);
        if self.column.len() == 0 {
            self.place = Place::default();
            nobody(ui, area);
            return wishes;
        }
        let sheet = self.sheet.expect("following sets it");
        let settled = self.settle(ui, area, sheet, view);
        let is_near = settled.offset < f64::from(2.0 * area.height());
        wishes.extend(self.head.ask(view.place, is_near).map(Wish::Older));
        self.scroll(ui, area, sheet, view, &settled, &mut wishes);
        self.look(view.place);
        let is_far = settled.offset + f64::from(2.0 * area.height()) < settled.total;
        if !self.is_at_newest() && (self.news > 0 || is_far) && pill::show(ui, area, self.news) {
            self.to_newest();
        }
        self.ask(ui);
        if self.moves.is_some() {
            ui.ctx().request_repaint();
        }
        wishes
    }

    /// Whether the newest message is in view.
    pub fn is_at_newest(&self) -> bool {
        self.place.is_at_newest()
    }

    /// Whether it is asked about an address, over the page.
    pub fn is_asking(&self) -> bool {
        self.question.is_some()
    }

    /// How many messages of others have come below since the newest was in view.
    pub fn new_below(&self) -> usize {
        self.news
    }

    /// Brings the newest message into view with the next frame.
    pub fn to_newest(&mut self) {
        self.moves = Some(Move::Newest);
    }

    /// Brings the oldest message into view with the next frame.
    pub fn to_oldest(&mut self) {
        self.moves = Some(Move::Oldest);
    }

    /// Brings this message into view with the next frame, if it is among them.
    pub fn to_message(&mut self, id: MessageId) {
        self.moves = Some(Move::To(column::Key::Message(id)));
    }

    /// Scrolls by pages with the next frame: -1 to what is older, 1 to what is newer.
    /// A little of the page before stays in view.
    pub fn scroll_pages(&mut self, pages: f32) {
        self.moves = Some(Move::Pages(f64::from(pages) * 0.9));
    }

    /// The connection is gone: older messages that were asked for do not come on the next
    /// one, unless they are asked for again. To be told, since a window that is not shown
    /// paints nothing between the two.
    pub fn lost(&mut self) {
        self.head.lost();
    }

    /// Older messages could not be read: says so above the oldest one, with a button to
    /// ask again.
    pub fn older_failed(&mut self, why: Plain) {
        self.head.failed(why);
    }

    /// Takes over which rows there are.
    fn follow(&mut self, ui: &Ui, area: Rect, place: At<'_>) {
        let sheet = Sheet::new(ui, area);
        let is_like = self.sheet.is_some_and(|known| known.is_like(&sheet));
        self.sheet = Some(sheet);
        if !is_like {
            let estimate = |before: Option<&_>, message: &_| sheet.estimate(before, message);
            self.column.estimate_all(place.messages(), estimate);
        }
        let estimate = |before: Option<&_>, message: &_| sheet.estimate(before, message);
        self.column.follow(place.messages(), place.pending(), estimate);
    }

    /// Moves the reader, and lays out what is in view then.
    fn settle<'a>(
        &mut self,
        ui: &Ui,
        area: Rect,
        sheet: Sheet,
        view: View<'a>,
    ) -> Settled<Row<'a>> {
        let place = view.place;
        let news = above::first_news(place, view.seen);
        let bounds = Bounds {
            view: f64::from(sheet.pixels(area.height())),
            head: f64::from(head::HEIGHT),
            tail: f64::from(space::M),
        };
        let messages = place.messages();
        let moves = self.moves.take();
        self.place.settle(&mut self.column, bounds, moves, |row| {
            let said = match messages.get(row) {
                Some(message) => {
                    let before = row.checked_sub(1).map(|before| &messages[before]);
                    Said::message(place, view.clock, before, message, news)
                }
                None => {
                    let at = row - messages.len();
                    Said::pending(place, at, &place.pending()[at])
                }
            };
            let row = Row::lay(ui, &sheet, said);
            (row.size(), row)
        })
    }

    /// Shows what is in view, with egui's scroll area around it: that knows the bar, the
    /// wheel and the finger, and says how far the reader moves by them. Where a row
    /// stands is the place's alone, which counts finer than a bar of such a length.
    fn scroll(
        &mut self,
        ui: &mut Ui,
        area: Rect,
        sheet: Sheet,
        view: View<'_>,
        settled: &Settled<Row<'_>>,
        wishes: &mut Vec<Wish>,
    ) {
        let (offset, total) = (settled.offset as f32, settled.total as f32);
        let follows = self.is_at_newest();
        let style = ui.style().clone();
        theme::scroll_bar(ui);
        // Beyond the end as it was with the frame before is not beyond the end.
        ui.spacing_mut().scroll.kinetic.rubber_band = false;
        let scroll = ScrollArea::vertical()
            .id_salt("messages")
            .auto_shrink(false)
            .animated(false)
            .vertical_scroll_offset(offset)
            .show_viewport(ui, |ui, _| {
                ui.set_style(style.clone());
                ui.set_width(ui.available_width());
                ui.set_height(total);
                log(ui, follows);
                if let Some(first) = settled.rows.first()
                    && first.row == 0
                {
                    let bottom = sheet.pixels(area.top() + first.top as f32);
                    let column = sheet.column;
                    let rect = Rect::from_x_y_ranges(column, bottom - head::HEIGHT..=bottom);
                    wishes.extend(self.head.show(ui, view.place, rect).map(Wish::Older));
                }
                let mut press = None;
                for row in &settled.rows {
                    let top = sheet.pixels(area.top() + row.top as f32);
                    press = row.laid.show(ui, &sheet, top, view.today).or(press);
                }
                press
            });
        ui.set_style(style);
        match scroll.inner {
            Some(Press::Link(address, id)) => self.question = Question::new(&address, id),
            Some(Press::Retry(mark)) => wishes.push(Wish::Retry(mark)),
            Some(Press::Discard(mark)) => wishes.push(Wish::Discard(mark)),
            Some(Press::About(act)) => wishes.push(Wish::About(act)),
            None => {}
        }
        let now = scroll.state.unclamped_offset().y;
        self.moved(offset, now, total - scroll.inner_rect.height());
    }

    /// The scroll area has moved from one offset to another.
    fn moved(&mut self, from: f32, to: f32, most: f32) {
        let by = to - from;
        // egui rounds to 1/32 of a point, and its ends are not exact where the column is
        // very tall: nobody has moved by that, least of all away from the newest message.
        let least = 2.0 / 32.0 + most.abs() * 4.0 * f32::EPSILON;
        if self.moves.is_some() || by.abs() <= least {
            return;
        }
        self.moves = Some(if by > 0.0 && to >= most - least {
            Move::Newest
        } else if by < 0.0 && to <= least {
            Move::Oldest
        } else {
            Move::By(f64::from(by))
        });
    }

    /// The question before an address is opened, while it is not answered.
    fn ask(&mut self, ui: &Ui) {
        if let Some(question) = &mut self.question {
            if question.show(ui.ctx()) {
                self.focus = Some(question.link());
                self.question = None;
            }
        } else if self.focus.is_some() {
            // A frame later: until then the question's layer keeps it.
            if ui.memory(|memory| memory.allows_interaction(ui.layer_id()))
                && let Some(link) = self.focus.take()
            {
                ui.memory_mut(|memory| memory.request_focus(link));
            }
            ui.ctx().request_repaint();
        }
    }

    /// Counts what has come since the newest was in view.
    fn look(&mut self, place: At<'_>) {
        if self.is_at_newest() || self.looked.is_none() {
            self.looked = place.messages().back().map(|message| message.id);
        }
        self.news = self.looked.map_or(0, |looked| above::newer(place, looked).count());
    }
}

/// Tells a screen reader what this is. What comes is read aloud only while it is
/// followed: otherwise it would read whatever one scrolls past.
fn log(ui: &Ui, follows: bool) {
    ui.ctx().accesskit_node_builder(ui.unique_id(), |node| {
        node.set_role(Role::Log);
        node.set_label("Messages");
        node.set_live(if follows { Live::Polite } else { Live::Off });
    });
}

/// The empty room.
fn nobody(ui: &Ui, area: Rect) {
    let words = "Nobody has said anything yet.";
    let colour = theme::palette(ui).muted;
    let galley = sheet::set(ui, words, theme::text(), colour, area.width());
    let rect = Align2::CENTER_CENTER.anchor_size(area.center(), galley.size());
    let response = ui.interact(rect, ui.unique_id().with("nobody"), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, words));
    ui.painter().galley(rect.min, galley, colour);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_moves_nobody() {
        let mut timeline = Timeline::default();
        // As egui said it when the column first was taller than the view.
        timeline.moved(579.0, 578.968_75, 579.0);
        assert_eq!(timeline.moves, None);
        timeline.moved(579.0, 578.0, 579.0);
        assert_eq!(timeline.moves, Some(Move::By(-1.0)));
    }
}
