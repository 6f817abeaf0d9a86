//! What the server's lines mean to the session: answers, in the order in which they
//! were asked for. What others do is in `events`, and how we come in, in `entering`.

use taifas::protocol::{Now, RoomName};

use super::Session;
use super::asked::{Asked, Granted};
use crate::happening::{Happening, Mark, Refusal, Why};
use crate::id::MessageId;
use crate::password::Password;
use crate::place::Place;
use crate::settings::Entry;
use crate::wire::{Line, Message, Part, Request};

/// Most lines of terms that are kept; more than anybody reads.
const TERMS_MOST: usize = 1_000;

/// Whoever asks for signs of life while so many lines wait to be taken gets no more of
/// them: what waits is one.
const LINES_MOST: usize = 64;

impl Session {
    /// A line after the greeting.
    pub(super) fn heard(&mut self, now: Now, line: Line<'_>) {
        self.look_for_kick(&line);
        match line {
            Line::Ok { verb, words, text, rest } => match self.asked.pop_front() {
                Some(asked) if asked.verb() == verb => {
                    self.granted(now, asked, &Granted { words, text, rest });
                }
                other => self.confused(now, other),
            },
            Line::Fail { verb: "LINE", code: code @ ("SERVER_FULL" | "NAME_TIMEOUT"), text } => {
                self.lost(now, Why::Refused(Refusal::new(code, text)));
            }
            // Whoever keeps knocking is not let in earlier.
            Line::Fail { verb: "LINE", code: code @ "BANNED", text } => {
                self.stop(Refusal::new(code, text));
            }
            Line::Fail { verb, code, text } => match self.asked.pop_front() {
                Some(asked) if asked.verb() == verb || verb == "LINE" => {
                    self.refused(now, asked, Refusal::new(code, text));
                }
                other => self.confused(now, other),
            },
            Line::Prompt => self.answer_prompt(now),
            // While a password is asked for, this would be taken for one; what is sent
            // instead of it is a sign of life, too.
            Line::Ping(token) if !self.is_typing() && self.lines.len() < LINES_MOST => {
                self.send(&Request::Pong(token));
            }
            Line::Ping(_) | Line::Greeting { .. } | Line::Other => {}
            Line::Terms(line) if self.terms.len() < TERMS_MOST => self.terms.push(line.into()),
            Line::Terms(_) => {}
            Line::Past(to, message) => self.past(to, message),
            Line::Gap(id) => {
                if let Some(Asked::History(place, part)) = self.asked.front()
                    && let Some(history) = self.places.history(place)
                {
                    history.gap(*part, id);
                }
            }
            Line::Room(room) => {
                if let Some(Asked::Wish(_, answer)) = self.asked.front_mut() {
                    answer.room(room);
                }
            }
            Line::Data { rest, verb } => {
                if let Some(Asked::Wish(wish, answer)) = self.asked.front_mut()
                    && wish.lists() == Some(verb)
                {
                    answer.line(rest);
                }
            }
            event => self.happened(event),
        }
    }

    /// An answer to something else than what was asked first. What that was is told of
    /// with everything that breaks off.
    fn confused(&mut self, now: Now, asked: Option<Asked>) {
        self.asked.extend(asked);
        self.lost(now, Why::Confused);
    }

    /// A line of the history, or one that was found: answers come in the order in which
    /// they were asked for.
    fn past(&mut self, to: Place, message: Message) {
        let place = self.talk_of(to, &message);
        match self.asked.front_mut() {
            Some(Asked::History(place, part)) => {
                if let Some(history) = self.places.history(place) {
                    history.past(*part, message);
                }
            }
            Some(Asked::Wish(_, answer)) => answer.hit(place, message),
            _ => {}
        }
    }

    /// `OK`
    fn granted(&mut self, now: Now, asked: Asked, end: &Granted<'_>) {
        let secret = |word: &str| Password::new(word).ok();
        let words = end.words;
        match asked {
            Asked::Tags | Asked::Accept | Asked::Ping => {}
            Asked::Terms => {
                let lines = std::mem::take(&mut self.terms);
                self.tell(Happening::Terms { version: words[0].into(), lines });
                self.quit(now);
            }
            Asked::Login { changed } => self.logged_in(now, changed, words[0]),
            Asked::Register => {
                self.registered(secret(words[2]));
                self.entered(now, words[0]);
            }
            Asked::Recover => {
                self.doubt = false;
                self.tell(Happening::Recovered { code: secret(words[1]) });
                self.quit(now);
            }
            Asked::Name => self.entered(now, words[0]),
            Asked::Passwd => self.changed(),
            Asked::Say(mark, _) => self.said(now, mark, words[0]),
            Asked::Join(room) => self.joined(room, end.text.unwrap_or("")),
            Asked::Part(room) => self.parted(room),
            Asked::Names(room) => {
                if let Some(its) = self.places.rooms.get_mut(&room) {
                    let names = its.people.take();
                    if its.is_wanted {
                        self.tell(Happening::People { room, names });
                    }
                }
            }
            Asked::Topic(room) => {
                let text = end.text.unwrap_or("").into();
                if self.places.is_in(&room) {
                    self.tell(Happening::Topic { room, text, by: None });
                }
            }
            Asked::History(place, part) => match words[1].parse() {
                Ok(last) => self.page(place, part, MessageId::new(last), words[2] == "MORE"),
                Err(_) => self.lost(now, Why::Confused),
            },
            Asked::Wish(wish, answer) => {
                let happening = wish.granted(answer, end);
                self.tell(happening);
            }
            Asked::Quit => self.close(),
        }
    }

    fn logged_in(&mut self, now: Now, changed: bool, name: &str) {
        self.doubt = false;
        if changed {
            self.changed();
        }
        match self.entry {
            Entry::Recover { .. } => {
                self.tell(Happening::Recovered { code: None });
                return self.quit(now);
            }
            Entry::Register { .. } => self.registered(None),
            _ => {}
        }
        self.entered(now, name);
    }

    /// Something of ours was taken. If that was so before, the server does not show us the
    /// line again; what it keeps we find in the history.
    fn said(&mut self, now: Now, mark: Mark, id: &str) {
        let Ok(id) = id.parse().map(MessageId::new) else {
            return self.lost(now, Why::Confused);
        };
        let Some((place, text, is_again)) = self.own.stored(mark) else {
            return;
        };
        self.tell(Happening::Stored { mark, place, id });
        if let (true, Place::Person(_), Some(name)) = (is_again, place, self.me) {
            self.unheard.push((place, Message { id, at: now.wall, name, text }));
            if self.places.is_passing(&place) {
                self.show_unheard(place);
            }
        }
    }

    /// Nothing else shows what we have said there.
    fn show_unheard(&mut self, place: Place) {
        for (_, message) in self.unheard.extract_if(.., |(its, _)| *its == place) {
            self.shown.push(message.id);
            self.happenings.push_back(Happening::Said { place, message });
        }
    }

    fn joined(&mut self, room: RoomName, topic: &str) {
        let Some(its) = self.places.rooms.get_mut(&room) else {
            return;
        };
        its.entered();
        if !its.is_wanted {
            return;
        }
        if !std::mem::replace(&mut its.is_opened, true) {
            self.tell(Happening::Opened(room.into()));
        }
        self.tell(Happening::RoomEntered { room, topic: Some(topic.into()) });
    }

    fn parted(&mut self, room: RoomName) {
        if let Some(its) = self.places.rooms.get_mut(&room) {
            its.parted();
            if !its.is_wanted {
                self.places.rooms.remove(&room);
            }
        }
    }

    fn page(&mut self, place: Place, part: Part, last: MessageId, more: bool) {
        let Some(history) = self.places.history(&place) else {
            return;
        };
        let before = history.caught_up();
        if !history.is_reading_part(part) {
            return;
        }
        let page = history.page(place, last, more);
        let after = history.caught_up();
        if let Some(page) = page {
            self.places.set_passing(&place, false);
            self.tell(Happening::Page(page));
        }
        if let (None, Some(id)) = (before, after) {
            self.tell(Happening::CaughtUp { place, id });
        }
    }

    /// `FAIL`
    fn refused(&mut self, now: Now, asked: Asked, why: Refusal) {
        match asked {
            Asked::Say(mark, place) => {
                let is_out = why.code == "NOT_IN_ROOM";
                if self.own.failed(mark).is_some() {
                    self.tell(Happening::Failed { mark, place, why: why.clone() });
                }
                if let (Place::Room(room), true) = (place, is_out) {
                    self.put_out(room, why);
                }
            }
            Asked::Passwd => {
                self.change = None;
                self.tell(Happening::PasswordKept(why));
            }
            Asked::History(place, part) => self.unread(now, place, part, why),
            Asked::Names(room) => {
                if let Some(its) = self.places.rooms.get_mut(&room) {
                    drop(its.people.take());
                }
            }
            Asked::Join(room) => self.not_let_in(now, room, why),
            Asked::Part(room) => self.parted(room),
            Asked::Wish(wish, _) => {
                let happening = wish.refused(why);
                self.tell(happening);
            }
            Asked::Topic(_) | Asked::Ping => {}
            Asked::Quit => self.close(),
            entry => self.refused_entry(now, entry, why),
        }
    }

    /// A history that cannot be read now, or at all.
    fn unread(&mut self, now: Now, place: Place, part: Part, why: Refusal) {
        let Some(history) = self.places.history(&place) else {
            return;
        };
        if let (Place::Room(room), "NOT_IN_ROOM") = (place, why.code.as_str()) {
            return self.put_out(room, why);
        }
        if !history.is_reading_part(part) {
            return;
        }
        let is_passing = matches!(why.code.as_str(), "NOT_STORED" | "TRY_LATER");
        if place.person().is_some() && !is_passing && !history.awaits_older() {
            // Nobody of that name has an account: nothing of it is kept.
            history.is_none();
            self.places.set_passing(&place, true);
            self.tell(Happening::NotKept(place));
            if let (Place::Person(name), "NO_SUCH_NAME") = (place, why.code.as_str()) {
                self.tell(Happening::NoAccount(name));
            }
            return self.show_unheard(place);
        }
        if let Some(why) = history.failed(now.mono_ms, why) {
            self.tell(Happening::OlderFailed { place, why });
        }
    }

    fn not_let_in(&mut self, now: Now, room: RoomName, why: Refusal) {
        let Some(its) = self.places.rooms.get_mut(&room) else {
            return;
        };
        // Who has changed their mind meanwhile wants to know nothing of it.
        let is_told = its.is_wanted;
        let is_final = its.refused(now.mono_ms, &why);
        if !its.is_opened {
            self.places.rooms.remove(&room);
        }
        if is_final && is_told {
            self.tell(Happening::RoomRefused { room, why: why.clone() });
            self.give_up(&why.text);
        }
    }

    /// The server says that we are not in that room, although we thought so.
    fn put_out(&mut self, room: RoomName, why: Refusal) {
        if !self.places.is_in(&room) {
            return;
        }
        if let Some(its) = self.places.rooms.get_mut(&room) {
            its.put_out();
        }
        self.tell(Happening::RoomRefused { room, why: why.clone() });
        self.give_up(&why.text);
    }

    /// We are not let in.
    fn refused_entry(&mut self, now: Now, asked: Asked, why: Refusal) {
        let wrong = why.code == "BAD_CREDENTIALS";
        match asked {
            // It had not happened; now it may.
            Asked::Login { .. } if wrong && self.doubt => self.knock_first(),
            // It may be the other one already.
            Asked::Login { changed: false }
                if wrong && self.change.as_ref().is_some_and(|change| change.doubt) =>
            {
                if let Some(name) = self.name() {
                    self.ask(Asked::Login { changed: true }, &Request::Login(name));
                }
            }
            // Our own old connection may still be there, or others were too quick.
            Asked::Name if self.was_in && why.code == "NAME_IN_USE" => {
                self.lost(now, Why::Refused(why));
            }
            Asked::Login { .. } if why.code == "TRY_LATER" && (self.was_in || self.doubt) => {
                self.lost(now, Why::Refused(why));
            }
            _ => {
                self.doubt = false;
                self.stop(why);
            }
        }
    }
}
