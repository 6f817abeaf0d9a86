//! An operator's order about somebody: for how long, why, and the server's answer.
//!
//! The page hands the order to the client, and the answer back to here. Who asks is no
//! operator as far as is known here; the server says so where it matters.

use std::time::Duration;

use eframe::egui::accesskit::Role;
use eframe::egui::{Button, Context, Id, Label, RichText, Ui, WidgetInfo};
use taifas_client::{Name, Order, RoomName};

use super::person::Kind;
use super::{over, who};
use crate::clock::Clock;
use crate::pages::field::{self, Below};
use crate::pages::{card, note};
use crate::theme::space;
use crate::words::Plain;

/// How long it may last.
const DURATIONS: [(&str, Option<Duration>); 4] = [
    ("10 minutes", Some(Duration::from_secs(600))),
    ("1 hour", Some(Duration::from_secs(3600))),
    ("1 day", Some(Duration::from_secs(86_400))),
    ("For good", None),
];

/// The question and the answer.
pub struct Ask {
    kind: Kind,
    name: Name,
    /// The room that is in view, if it is one.
    room: Option<RoomName>,
    /// Which of the durations.
    duration: usize,
    only_room: bool,
    reason: String,
    state: State,
}

/// What somebody wants.
#[derive(Debug, PartialEq, Eq)]
pub enum Wish {
    /// This is to be done.
    Order(Order),
    /// Nothing more.
    Close,
}

enum State {
    Asking,
    Asked(Order),
    Refused(Plain),
    Done(Vec<String>),
}

impl Ask {
    /// About this person, from this room.
    pub fn new(kind: Kind, name: Name, room: Option<RoomName>) -> Ask {
        let only_room = room.is_some();
        let reason = String::new();
        Ask { kind, name, room, duration: 1, only_room, reason, state: State::Asking }
    }

    /// It was done. False if it was not asked here.
    pub fn done(&mut self, order: &Order, lines: &[String], answer: &str) -> bool {
        let is_ours = self.is_asked(order);
        if is_ours {
            self.state = State::Done(match order {
                Order::Whois(_) => lines.to_vec(),
                order => vec![what_was_done(order).unwrap_or_else(|| answer.to_owned())],
            });
        }
        is_ours
    }

    /// It was not done. False likewise.
    pub fn refused(&mut self, order: &Order, why: Plain) -> bool {
        let is_ours = self.is_asked(order);
        if is_ours {
            self.state = State::Refused(why);
        }
        is_ours
    }

    /// The client does not take it.
    pub fn unfit(&mut self, why: &str) {
        self.state = State::Refused(Plain::own(why));
    }

    /// Shows it over the page.
    pub fn show(&mut self, ctx: &Context, clock: &Clock, is_fresh: bool) -> Option<Wish> {
        let modal = over::modal(ctx, "order").show(ctx, |ui| {
            ui.set_width(over::width(ctx));
            card::heading(ui, &self.title());
            ui.add_space(space::S);
            // There is nothing more to be said for these.
            let is_plain = matches!(self.kind, Kind::Whois | Kind::Unmute);
            let mut wish = (is_plain && is_fresh).then(|| self.ask());
            if !is_plain && !matches!(self.state, State::Done(_)) {
                wish = self.question(ui, is_fresh);
            }
            self.answer(ui, clock);
            let close = card::secondary(ui, "Close");
            if is_fresh && is_plain {
                close.request_focus();
            }
            wish.or(close.clicked().then_some(Wish::Close))
        });
        let closes = modal.should_close().then_some(Wish::Close);
        modal.inner.or(closes)
    }

    fn question(&mut self, ui: &mut Ui, is_fresh: bool) -> Option<Wish> {
        if matches!(self.kind, Kind::Mute | Kind::Ban) {
            ui.label("For how long");
            ui.horizontal_wrapped(|ui| {
                for (at, (word, _)) in DURATIONS.iter().enumerate() {
                    let is_chosen = self.duration == at;
                    let button = ui.add(Button::selectable(is_chosen, *word));
                    button.widget_info(|| {
                        WidgetInfo::selected(Role::RadioButton, ui.is_enabled(), is_chosen, *word)
                    });
                    if button.clicked() {
                        self.duration = at;
                    }
                }
            });
        }
        if let Some(room) = self.room.filter(|_| self.kind == Kind::Kick) {
            card::tick(ui, &mut self.only_room, &format!("Only out of {room}"));
        }
        let id = Id::unique("reason");
        let hint = Below::Hint("They are told. It may be empty.");
        let field = field::text(ui, id, "Reason", &mut self.reason, hint);
        if is_fresh {
            field.request_focus();
        }
        let entered = field::entered(ui, &field);
        let is_free = !matches!(self.state, State::Asked(_));
        let verb = self.verb();
        let press = |ui: &mut Ui| card::primary(ui, verb).clicked();
        let pressed = ui.add_enabled_ui(is_free, press).inner;
        ((entered || pressed) && is_free).then(|| self.ask())
    }

    fn answer(&self, ui: &mut Ui, clock: &Clock) {
        match &self.state {
            State::Asking => {}
            State::Asked(_) => drop(card::remark(ui, "Asking the server…")),
            State::Refused(why) => drop(note::fault(ui, why)),
            State::Done(lines) => {
                if self.kind != Kind::Whois {
                    ui.label(RichText::new("Done.").strong());
                }
                for line in lines.iter().filter(|line| !line.is_empty()) {
                    let line = match self.kind {
                        Kind::Whois => who::line(line, clock, clock.today()),
                        _ => line.clone(),
                    };
                    ui.add(Label::new(line).wrap().selectable(true));
                }
            }
        }
    }

    fn ask(&mut self) -> Wish {
        let (name, reason) = (self.name, self.reason.trim().to_owned());
        let duration = DURATIONS[self.duration].1;
        let order = match self.kind {
            Kind::Mute => Order::Mute { name, duration, reason },
            Kind::Ban => Order::Ban { mask: name.to_string(), duration, reason },
            Kind::Kick => Order::Kick { room: self.room.filter(|_| self.only_room), name, reason },
            Kind::Unmute => Order::Unmute(name),
            Kind::Whois => Order::Whois(name),
        };
        self.state = State::Asked(order.clone());
        Wish::Order(order)
    }

    fn is_asked(&self, order: &Order) -> bool {
        matches!(&self.state, State::Asked(asked) if asked == order)
    }

    fn verb(&self) -> &'static str {
        match self.kind {
            Kind::Mute => "Mute",
            Kind::Ban => "Ban",
            Kind::Kick => "Kick",
            Kind::Unmute => "Unmute",
            Kind::Whois => "Ask",
        }
    }

    fn title(&self) -> String {
        match self.kind {
            Kind::Whois => format!("Who is {}", self.name),
            _ => format!("{} {}", self.verb(), self.name),
        }
    }
}

/// What an order has done, for people.
fn what_was_done(order: &Order) -> Option<String> {
    let how_long = |duration: &Option<Duration>| {
        let known = DURATIONS.iter().find(|(_, known)| known == duration);
        match known {
            Some((_, None)) | None => "for good".to_owned(),
            Some((words, _)) => format!("for {words}"),
        }
    };
    Some(match order {
        Order::Mute { name, duration, .. } => {
            format!("{name} cannot say anything {}.", how_long(duration))
        }
        Order::Unmute(name) => format!("{name} can speak again."),
        Order::Ban { mask, duration, .. } => format!("{mask} is shut out {}.", how_long(duration)),
        Order::Kick { room: Some(room), name, .. } => format!("{name} was sent out of {room}."),
        Order::Kick { room: None, name, .. } => format!("{name} was disconnected."),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_goes_to_its_own_question() {
        let ion: Name = "ion".parse().expect("a name");
        let mut ask = Ask::new(Kind::Kick, ion, Some(RoomName::LOBBY));
        let Wish::Order(order) = ask.ask() else { panic!("an order") };
        assert_eq!(
            order,
            Order::Kick { room: Some(RoomName::LOBBY), name: ion, reason: String::new() }
        );
        assert!(!ask.done(&Order::Whois(ion), &[], ""), "that was not asked here");
        assert!(ask.refused(&order, Plain::own("No.")));
        assert!(!ask.done(&order, &[], ""), "it is answered already");
        ask.only_room = false;
        let again = ask.ask();
        assert_eq!(again, Wish::Order(Order::Kick { room: None, name: ion, reason: "".into() }));
    }

    #[test]
    fn a_ban_is_for_an_hour_unless_one_says_otherwise() {
        let ion: Name = "ion".parse().expect("a name");
        let mut ask = Ask::new(Kind::Ban, ion, None);
        let duration = |wish| match wish {
            Wish::Order(Order::Ban { mask, duration, .. }) => {
                assert_eq!(mask, "ion");
                duration
            }
            other => panic!("{other:?}"),
        };
        assert_eq!(duration(ask.ask()), Some(Duration::from_secs(3600)));
        ask.duration = DURATIONS.len() - 1;
        assert_eq!(duration(ask.ask()), None);
    }

    #[test]
    fn what_was_done_in_plain_words() {
        let name: Name = "ion".parse().expect("a name");
        let reason = String::new;
        for (duration, words) in [(0, "10 minutes"), (1, "1 hour"), (2, "1 day")] {
            let order = Order::Mute { name, duration: DURATIONS[duration].1, reason: reason() };
            let said = format!("ion cannot say anything for {words}.");
            assert_eq!(what_was_done(&order), Some(said));
        }
        let ban = Order::Ban { mask: "ion".into(), duration: None, reason: reason() };
        assert_eq!(what_was_done(&ban).as_deref(), Some("ion is shut out for good."));
        let kick = |room| Order::Kick { room, name, reason: reason() };
        let said = [Some(RoomName::LOBBY), None].map(|room| what_was_done(&kick(room)));
        let told = ["ion was sent out of #lobby.", "ion was disconnected."];
        assert_eq!(said, told.map(|told| Some(told.to_owned())));
        assert_eq!(what_was_done(&Order::Bans), None);
    }
}
