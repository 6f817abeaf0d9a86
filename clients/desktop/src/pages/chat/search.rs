//! The search: a field over the messages, a switch to all places, and what was found.
//!
//! It says what to look for and where to go; the page asks the server, and hands the
//! answers to here. What others typed is shown as text only.

use eframe::egui::{Id, Key, ScrollArea, TextEdit, Ui};
use taifas_client::{Found, MessageId, Place};

use super::{hit, keys, lines};
use crate::clock::Clock;
use crate::pages::{card, note};
use crate::theme::{self, space};
use crate::words::Plain;

/// The search, while it is open.
#[derive(Default)]
pub struct Search {
    typed: String,
    everywhere: bool,
    state: State,
    /// What is to be known about the hit that was chosen.
    remark: Option<&'static str>,
    /// The field is to have the focus.
    wants_focus: bool,
}

/// What somebody wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// Look for this; `None` is everywhere.
    Look(Option<Place>, String),
    /// Go to this message.
    Go(Place, MessageId),
    /// Nothing more.
    Close,
}

#[derive(Default)]
enum State {
    #[default]
    Idle,
    Asked(Option<Place>, String),
    Found(Found),
    Refused(Plain),
}

impl Search {
    /// Just opened.
    pub fn new() -> Search {
        Search { wants_focus: true, ..Search::default() }
    }

    /// Puts the focus here.
    pub fn focus(&mut self) {
        self.wants_focus = true;
    }

    /// Something was found. Answers to what was asked before are not looked at.
    pub fn found(&mut self, found: Found) {
        if self.is_asked(found.place, &found.words) {
            self.state = State::Found(found);
        }
    }

    /// The server does not look.
    pub fn refused(&mut self, place: Option<Place>, words: &str, why: Plain) {
        if self.is_asked(place, words) {
            self.state = State::Refused(why);
        }
    }

    /// The client does not take it.
    pub fn unfit(&mut self, why: &str) {
        self.state = State::Refused(Plain::own(why));
    }

    /// What is to be known about the hit that was chosen.
    pub fn remark(&mut self, remark: Option<&'static str>) {
        self.remark = remark;
    }

    /// Shows it.
    pub fn show(&mut self, ui: &mut Ui, here: Place, clock: &Clock) -> Option<Wish> {
        let mut wish = self.field(ui, here);
        let mut chosen = None;
        match &self.state {
            State::Idle => {}
            State::Asked(..) => drop(card::remark(ui, "Looking…")),
            State::Refused(why) => drop(note::fault(ui, why)),
            State::Found(found) => chosen = hits(ui, found, clock),
        }
        if let Some(remark) = self.remark {
            card::remark(ui, remark);
        }
        wish = chosen.map(|(place, id)| Wish::Go(place, id)).or(wish);
        wish
    }

    fn field(&mut self, ui: &mut Ui, here: Place) -> Option<Wish> {
        let mut wish = None;
        ui.horizontal(|ui| {
            let id = Id::unique("search");
            let has_focus = ui.memory(|memory| memory.has_focus(id));
            let entered = has_focus && keys::take(ui, Key::Enter);
            let width = (ui.available_width() / 2.0).min(theme::CARD_WIDTH);
            let edit = TextEdit::singleline(&mut self.typed).id(id).desired_width(width);
            let hint = if self.everywhere { "everywhere".into() } else { here.to_string() };
            let field = ui.add(edit.hint_text(format!("Search {hint}")));
            let field = field.accessible_name("Search");
            if std::mem::take(&mut self.wants_focus) {
                field.request_focus();
            }
            let switched = card::tick(ui, &mut self.everywhere, "Everywhere").changed();
            if entered || switched {
                wish = self.ask(here);
            }
            if ui.button("Close").accessible_name("Close search").clicked() {
                wish = Some(Wish::Close);
            }
        });
        wish
    }

    fn ask(&mut self, here: Place) -> Option<Wish> {
        let words = self.typed.trim().to_owned();
        if words.is_empty() {
            return None;
        }
        self.remark = None;
        let place = (!self.everywhere).then_some(here);
        self.state = State::Asked(place, words.clone());
        Some(Wish::Look(place, words))
    }

    fn is_asked(&self, place: Option<Place>, words: &str) -> bool {
        matches!(&self.state, State::Asked(at, asked) if *at == place && asked == words)
    }
}

/// What was found, and where it was looked for.
fn told(found: &Found) -> String {
    let at = match found.place {
        Some(Place::Room(room)) => format!("in {room}"),
        Some(Place::Person(name)) => format!("in the talk with {name}"),
        None => "in all your rooms and talks".into(),
    };
    match (found.hits.len(), found.more) {
        (0, false) if found.place.is_some() => {
            format!("Nothing was found {at}. Tick Everywhere to look elsewhere, too.")
        }
        (0, false) => format!("Nothing was found {at}."),
        (0, true) => format!("Nothing was found {at} in time. Look for something rarer."),
        (1, false) => format!("1 message {at}"),
        (count, false) => format!("{count} messages {at}"),
        (count, true) => {
            format!("{count} messages {at}, and there are more. Add a word to find fewer.")
        }
    }
}

/// The list. Says which one was chosen.
fn hits(ui: &mut Ui, found: &Found, clock: &Clock) -> Option<(Place, MessageId)> {
    card::remark(ui, &told(found));
    let count = found.hits.len();
    let row = lines::height(ui);
    let style = ui.style().clone();
    theme::scroll_bar(ui);
    ui.spacing_mut().item_spacing.y = space::XS;
    // As many as leave the other half of the window to the messages. The panel is as high
    // as it was with the frame before, and is to grow.
    let most = (ui.ctx().content_rect().height() / 2.0 - ui.min_rect().height()).max(row);
    let scroll = ScrollArea::vertical().id_salt("hits").auto_shrink([false, true]);
    let scroll = scroll.max_height(most).min_scrolled_height(most);
    let mut chosen = None;
    scroll.show_rows(ui, row, count, |ui, rows| {
        ui.set_style(style);
        // The newest is on top.
        for (place, message) in rows.map(|at| &found.hits[count - 1 - at]) {
            let place_too = found.place.is_none().then_some(*place);
            if hit::show(ui, message, place_too, clock).clicked() {
                chosen = Some((*place, message.id));
            }
        }
    });
    chosen
}

#[cfg(test)]
mod tests {
    use eframe::egui::accesskit::Role;
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;
    use taifas_client::{Message, Timestamp};

    use super::*;

    fn hit(id: u64, place: &str, text: &str) -> (Place, Message) {
        let message = Message {
            id: MessageId::new(id),
            at: Timestamp::from_ms(1_795_435_200_000 + id * 60_000),
            name: "ion".parse().expect("a name"),
            text: text.into(),
        };
        (place.parse().expect("a place"), message)
    }

    #[test]
    fn what_is_found_leads_to_where_it_was_said() {
        let hits = vec![hit(1, "#lobby", "a boat"), hit(2, "#dev", "the boat [x](y)")];
        let found = Found { place: None, words: "boat".into(), hits, more: true };
        let search = Search { state: State::Found(found), everywhere: true, ..Search::default() };
        let clock = Clock::in_zone(jiff::tz::TimeZone::UTC);
        let mut harness = Harness::builder().with_size([700.0, 400.0]).build_ui_state(
            |ui: &mut Ui, (search, wish): &mut (Search, Option<Wish>)| {
                *wish = search.show(ui, Place::LOBBY, &clock).or(wish.take());
            },
            (search, None),
        );
        harness.run();
        harness
            .get_by_label_contains("2 messages in all your rooms and talks, and there are more.");
        let rows = |text: &str| harness.get_by_label_contains(text).rect().min.y;
        assert!(rows("the boat [x](y)") < rows(": a boat"), "the newest is on top");
        let called = "ion, Monday, 23 November 2026, 12:02:00, #dev: the boat [x](y)";
        harness.get_by_role_and_label(Role::Button, called).click();
        harness.run();
        let dev = "#dev".parse().expect("a place");
        assert_eq!(harness.state().1, Some(Wish::Go(dev, MessageId::new(2))));
    }

    #[test]
    fn only_what_was_asked_last_is_answered() {
        let mut search = Search { typed: " boat ".into(), ..Search::default() };
        let here = Place::LOBBY;
        assert_eq!(search.ask(here), Some(Wish::Look(Some(here), "boat".into())));
        search.everywhere = true;
        assert_eq!(search.ask(here), Some(Wish::Look(None, "boat".into())));
        let found = |place| Found { place, words: "boat".into(), hits: Vec::new(), more: false };
        search.found(found(Some(here)));
        assert!(matches!(search.state, State::Asked(..)), "that was the question before");
        search.found(found(None));
        assert!(matches!(search.state, State::Found(_)));
        search.refused(None, "boat", Plain::own("No."));
        assert!(matches!(search.state, State::Found(_)), "it is answered already");
        search.typed = "  ".into();
        assert_eq!(search.ask(here), None);
    }
}
