//! What to ask next: whatever is wanted and may be asked now.
//!
//! Called by the machine after each line that came and each wish of the owner's.

use taifas::protocol::Now;

use super::asked::{Answer, Asked};
use super::{Phase, Session};
use crate::happening::{Happening, Link};
use crate::wire::Request;

/// Most pages of histories on their way at a time: enough that a break in several rooms
/// is made up for at once, and few enough that what is said now is not behind all of
/// them.
const PAGES_AT_ONCE: usize = 8;

impl Session {
    /// Asks for whatever is wanted and may be asked now.
    pub(super) fn go_on(&mut self, now: Now) {
        if self.phase != Phase::In || self.is_typing() {
            return;
        }
        self.come_and_go(now);
        self.say_what_waits(now);
        self.read_on(now);
        while let Some(wish) = self.wishes.pop_front() {
            self.lines.push_back(wish.line());
            self.asked.push_back(Asked::Wish(wish, Answer::default()));
        }
        if !self.is_live && self.places.are_whole() {
            self.is_live = true;
            self.pauses.restart();
            self.tell(Happening::Link(Link::Live));
        }
        if self.change.is_some() {
            self.ask(Asked::Passwd, &Request::Passwd);
        }
    }

    /// Into the rooms we want to be in, and out of the others.
    fn come_and_go(&mut self, now: Now) {
        let mut asked = Vec::new();
        for (room, its) in &mut self.places.rooms {
            if its.comes(now.mono_ms) {
                asked.push((Asked::Join(*room), Request::Join(*room)));
            } else if its.goes() {
                asked.push((Asked::Part(*room), Request::Part(*room)));
            }
        }
        asked.into_iter().for_each(|(asked, request)| self.ask(asked, &request));
    }

    fn say_what_waits(&mut self, now: Now) {
        let is_guest = self.is_guest();
        let places = &self.places;
        while let Some((mark, place, text)) =
            self.own.send_next(now.wall, |place| places.is_ready(place))
        {
            let text: Box<str> = text.into();
            let nonce = self.own.nonce(mark);
            let nonce = (!is_guest).then_some(nonce.as_str());
            self.asked.push_back(Asked::Say(mark, place));
            self.lines.push_back(Request::Say { nonce, place, text: &text }.line());
        }
    }

    /// Histories, names and topics of wherever we are.
    fn read_on(&mut self, now: Now) {
        let mut asked = Vec::new();
        let mut pages = self.places.histories().filter(|(_, its)| its.is_reading()).count();
        for (place, history) in self.places.histories() {
            if pages < PAGES_AT_ONCE
                && let Some(part) = history.ask(now.mono_ms)
            {
                pages += 1;
                asked.push((Asked::History(place, part), Request::History(place, part)));
            }
        }
        let here = self.places.rooms.iter_mut().filter(|(_, its)| its.is_here());
        for (room, its) in here {
            if its.people.is_due() {
                its.people.ask();
                asked.push((Asked::Names(*room), Request::Names(*room)));
            }
            if std::mem::take(&mut its.wants_topic) {
                asked.push((Asked::Topic(*room), Request::Topic(*room, None)));
            }
        }
        asked.into_iter().for_each(|(asked, request)| self.ask(asked, &request));
    }
}
