//! What an answer will be to: one value for each command on its way, in order.

use taifas::protocol::RoomName;

use crate::happening::{Found, Happening, Mark, Refusal, RoomInfo};
use crate::order::Order;
use crate::place::Place;
use crate::wire::{Message, Out, Part, Request};

/// Most lines of one answer that are kept; a server of this protocol never says more.
const ANSWER_LINES: usize = 10_000;

/// A command on its way.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Tags,
    Terms,
    Accept,
    Register,
    /// `changed`: with the password that may have become ours.
    Login {
        changed: bool,
    },
    Name,
    Recover,
    Passwd,
    Say(Mark, Place),
    Join(RoomName),
    Part(RoomName),
    Names(RoomName),
    Topic(RoomName),
    History(Place, Part),
    /// Asked by the owner, with what has come of the answer.
    Wish(Wish, Answer),
    Ping,
    Quit,
}

/// What the owner asks once: it is not asked again after a break.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wish {
    Rooms,
    Topic { room: RoomName, text: Option<String> },
    Search { place: Option<Place>, words: String },
    Order { order: Order, line: String },
}

/// The lines of an answer so far.
#[derive(Debug, PartialEq, Eq, Default)]
pub(super) struct Answer {
    pub(super) rooms: Vec<RoomInfo>,
    pub(super) hits: Vec<(Place, Message)>,
    pub(super) lines: Vec<String>,
}

/// The end of an answer.
pub(super) struct Granted<'a> {
    pub(super) words: [&'a str; 4],
    pub(super) text: Option<&'a str>,
    pub(super) rest: &'a str,
}

impl Asked {
    pub(super) fn verb(&self) -> &'static str {
        match self {
            Asked::Tags => "TAGS",
            Asked::Terms => "TERMS",
            Asked::Accept => "ACCEPT",
            Asked::Register => "REGISTER",
            Asked::Login { .. } => "LOGIN",
            Asked::Name => "NAME",
            Asked::Recover => "RECOVER",
            Asked::Passwd => "PASSWD",
            Asked::Say(_, Place::Room(_)) => "MSG",
            Asked::Say(_, Place::Person(_)) => "TELL",
            Asked::Join(_) => "JOIN",
            Asked::Part(_) => "PART",
            Asked::Names(_) => "NAMES",
            Asked::Topic(_) => "TOPIC",
            Asked::History(..) => "HISTORY",
            Asked::Wish(wish, _) => wish.verb(),
            Asked::Ping => "PING",
            Asked::Quit => "QUIT",
        }
    }

    pub(super) fn asks_for_password(&self) -> bool {
        matches!(self, Asked::Register | Asked::Login { .. } | Asked::Recover | Asked::Passwd)
    }
}

impl Wish {
    fn verb(&self) -> &'static str {
        match self {
            Wish::Rooms => "LIST",
            Wish::Topic { .. } => "TOPIC",
            Wish::Search { .. } => "SEARCH",
            Wish::Order { order, .. } => order.verb(),
        }
    }

    /// The verb of the lines that its answer lists, where they are handed on as they are.
    pub(super) fn lists(&self) -> Option<&'static str> {
        match self {
            Wish::Order { order, .. } => Some(order.lists()),
            Wish::Rooms | Wish::Topic { .. } | Wish::Search { .. } => None,
        }
    }

    pub(super) fn line(&self) -> Out {
        match self {
            Wish::Rooms => Request::List.line(),
            Wish::Topic { room, text } => Request::Topic(*room, text.as_deref()).line(),
            Wish::Search { place, words } => {
                Request::Search(place.and_then(|place| place.room()), words).line()
            }
            Wish::Order { line, .. } => Request::Order(line).line(),
        }
    }

    /// It was answered.
    pub(super) fn granted(self, answer: Answer, end: &Granted<'_>) -> Happening {
        let Answer { rooms, mut hits, lines } = answer;
        match self {
            Wish::Rooms => Happening::Rooms(rooms),
            Wish::Topic { room, .. } => {
                Happening::Topic { room, text: end.text.unwrap_or("").into(), by: None }
            }
            Wish::Search { place, words } => {
                // The server looks through a room or through everything: of a talk, it
                // is the rest that is left out here.
                hits.retain(|(at, _)| place.is_none_or(|place| place == *at));
                Happening::Found(Found { place, words, hits, more: end.words[1] == "MORE" })
            }
            Wish::Order { order, .. } => {
                Happening::Ordered { order, lines, answer: end.rest.into() }
            }
        }
    }

    /// It was not, or the answer is a no.
    pub(super) fn refused(self, why: Refusal) -> Happening {
        match self {
            Wish::Rooms => Happening::RoomsFailed(why),
            Wish::Topic { room, .. } => Happening::TopicFailed { room, why },
            Wish::Search { place, words } => Happening::SearchFailed { place, words, why },
            Wish::Order { order, .. } => Happening::OrderFailed { order, why },
        }
    }
}

impl Answer {
    pub(super) fn room(&mut self, room: RoomInfo) {
        push(&mut self.rooms, room);
    }

    pub(super) fn hit(&mut self, place: Place, message: Message) {
        push(&mut self.hits, (place, message));
    }

    pub(super) fn line(&mut self, rest: &str) {
        push(&mut self.lines, rest.to_owned());
    }
}

fn push<T>(list: &mut Vec<T>, one: T) {
    if list.len() < ANSWER_LINES {
        list.push(one);
    }
}
