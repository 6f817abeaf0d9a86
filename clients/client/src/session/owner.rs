//! What the owner wants: to say something, to be somewhere, to know something.
//!
//! Called by the [`Client`](crate::Client) whenever its owner likes; what can be done
//! now is done, what cannot waits for a connection, or fails where that would make no
//! sense later.

use taifas::limits::TOPIC_BYTES;
use taifas::protocol::{Name, Now, RoomName, Text};

use super::asked::Wish;
use super::places::{Room, Standing};
use super::{BadText, Change, LEFT, Phase, Session, read};
use crate::happening::{Happening, Mark, Refusal};
use crate::id::MessageId;
use crate::order::Order;
use crate::password::Password;
use crate::place::Place;
use crate::settings::Entry;

/// Most questions that may wait at a time.
const WISHES_MOST: usize = 64;

impl Session {
    /// Says something, now or as soon as there is a connection.
    ///
    /// # Errors
    /// [`BadText`] if the server would not take it.
    pub fn say(&mut self, now: Now, place: &Place, text: &str) -> Result<Mark, BadText> {
        let text = read(text)?;
        if matches!(self.phase, Phase::Leaving { .. } | Phase::Closed) {
            return Err(BadText::Over);
        }
        if self.own.is_full() {
            return Err(BadText::TooMany);
        }
        match place {
            Place::Room(_) if !self.places.is_ours(place) => return Err(BadText::NotThere),
            Place::Room(_) => {}
            Place::Person(name) => self.talk(*name, true),
        }
        let (place, text): (_, Box<str>) = (*place, text.as_str().into());
        let mark = self.own.say(place, text.clone());
        self.tell(Happening::Waiting { mark, place, text });
        self.go_on(now);
        Ok(mark)
    }

    /// Says something that has failed again, with its nonce.
    pub fn retry(&mut self, now: Now, mark: Mark) {
        if let Some((place, text)) = self.own.retry(mark) {
            self.tell(Happening::Waiting { mark, place, text });
            self.give_up(LEFT);
            self.go_on(now);
        }
    }

    /// Gives up something that has failed.
    pub fn discard(&mut self, mark: Mark) {
        if let Some(place) = self.own.discard(mark) {
            self.tell(Happening::Discarded { mark, place });
        }
    }

    /// Asks for what was said there before this id; it comes as a page.
    pub fn older(&mut self, now: Now, place: &Place, before: MessageId) {
        if let Some(history) = self.places.history(place) {
            history.want_older(before);
            self.go_on(now);
        }
    }

    /// Wants to be in this room, now and after each break.
    pub fn join(&mut self, now: Now, room: RoomName) {
        self.places.rooms.entry(room).or_default().is_wanted = true;
        self.go_on(now);
    }

    /// Wants not to be in this room any more.
    pub fn part(&mut self, now: Now, room: RoomName) {
        let Some(left) = self.places.rooms.remove(&room) else {
            return;
        };
        // As long as we have to be brought out, it is kept for that alone.
        if matches!(left.standing, Standing::In | Standing::Coming | Standing::Going) {
            let going = Room { standing: left.standing, ..Room::default() };
            self.places.rooms.insert(room, going);
        }
        self.tell(Happening::Left(room.into()));
        self.give_up(LEFT);
        self.go_on(now);
    }

    /// Opens the talk with this person, whether or not anything was said in it.
    pub fn open(&mut self, now: Now, name: Name) {
        self.talk(name, true);
        self.go_on(now);
    }

    /// Closes the talk with this person. The next thing that is said in it opens it
    /// again.
    pub fn shut(&mut self, name: Name) {
        if self.places.talks.remove(&name).is_some() {
            self.tell(Happening::Left(name.into()));
        }
    }

    /// Asks which rooms there are.
    pub fn rooms(&mut self, now: Now) {
        self.wish(now, Wish::Rooms);
    }

    /// Asks what a room is about, or sets it.
    ///
    /// # Errors
    /// [`BadText`] if it cannot be that.
    pub fn topic(&mut self, now: Now, room: RoomName, text: Option<&str>) -> Result<(), BadText> {
        let text = text.map(|text| line(text, TOPIC_BYTES)).transpose()?;
        self.wish(now, Wish::Topic { room, text });
        Ok(())
    }

    /// Looks for what was said: in one place, or wherever we may read.
    ///
    /// # Errors
    /// [`BadText`] if that cannot be looked for.
    pub fn search(&mut self, now: Now, place: Option<Place>, words: &str) -> Result<(), BadText> {
        let words = read(words)?.as_str().to_owned();
        self.wish(now, Wish::Search { place, words });
        Ok(())
    }

    /// Does what operators do.
    ///
    /// # Errors
    /// [`BadText`] if a word in it cannot be sent.
    pub fn order(&mut self, now: Now, order: Order) -> Result<(), BadText> {
        let line = order.line()?;
        self.wish(now, Wish::Order { order, line });
        Ok(())
    }

    /// Asks once. Without a connection nobody knows when it could be answered, or
    /// whether anybody still wants to know.
    fn wish(&mut self, now: Now, wish: Wish) {
        let why = match self.phase {
            Phase::In if self.wishes.len() < WISHES_MOST => None,
            Phase::In => Some("too much is asked at once already"),
            _ => Some("there is no connection now"),
        };
        if let Some(why) = why {
            return self.tell(wish.refused(Refusal::own(why)));
        }
        self.wishes.push_back(wish);
        self.go_on(now);
    }

    /// Changes the password; the answer is a happening. One change at a time.
    pub fn change_password(&mut self, now: Now, old: Password, new: Password) {
        if self.change.is_some() || !matches!(self.entry, Entry::Login { .. }) {
            let why = Refusal::own("the password cannot be changed now");
            return self.tell(Happening::PasswordKept(why));
        }
        self.change = Some(Change { old, new, sent: 0, doubt: false });
        self.go_on(now);
    }

    /// Cuts a pause short.
    pub fn try_now(&mut self, now: Now) {
        if let Phase::Pausing { until_ms } = &mut self.phase {
            *until_ms = now.mono_ms;
        }
    }

    /// After [`Link::Stopped`](crate::Link::Stopped): comes back with this password, and says what waits.
    pub fn enter_again(&mut self, now: Now, again: Password) {
        if let (Phase::Stopped, Entry::Login { password, .. }) = (&self.phase, &mut self.entry) {
            *password = again;
            self.phase = Phase::Pausing { until_ms: now.mono_ms };
        }
    }

    /// After [`Link::Stopped`](crate::Link::Stopped): tries once more, as the same one.
    pub fn come_back(&mut self, now: Now) {
        if self.phase == Phase::Stopped {
            self.phase = Phase::Pausing { until_ms: now.mono_ms };
        }
    }

    /// Leaves in good order: says what waits, if there is a connection to say it on,
    /// and then `QUIT`.
    pub fn leave(&mut self, now: Now) {
        match self.phase {
            Phase::In if !self.is_typing() => {
                self.own.hurry();
                self.go_on(now);
                self.quit(now);
            }
            Phase::Leaving { .. } | Phase::Closed => {}
            _ => self.close(),
        }
    }
}

/// A text that may be empty.
fn line(text: &str, most: usize) -> Result<String, BadText> {
    let text = Text::new(text).map_err(|_| BadText::Character)?;
    match text.as_str().len() {
        len if len > most => Err(BadText::TooLong),
        _ => Ok(text.as_str().to_owned()),
    }
}
