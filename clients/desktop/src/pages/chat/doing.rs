//! What the chat page does when something was chosen: going to a place, joining and
//! leaving, talking alone, orders; and what becomes of what was asked for.
//!
//! Nothing here waits: what is wanted goes to the client, and what comes of it is taken
//! before a later frame.

use eframe::egui::Context;
use taifas_client::{Happening, Name, Place, Refusal, RoomName};

use super::header::Choice;
use super::order::Ask;
use super::question::Leave;
use super::topic::Topic;
use super::{Chat, Over, draft, join, jump, order, person, places, search, topic};
use crate::pages::Go;
use crate::words;

/// Whether other places are to be remembered after this.
pub(super) fn changes_places(happening: &Happening) -> bool {
    matches!(
        happening,
        Happening::Opened(_)
            | Happening::Left(_)
            | Happening::Kicked { .. }
            | Happening::RoomEntered { .. }
    )
}

impl Chat {
    /// Does what was chosen.
    pub(super) fn choose(&mut self, choice: Option<Choice>, ctx: &Context) -> Option<Go> {
        match choice? {
            Choice::ChangePassword => self.open(Over::Change(Box::default())),
            Choice::Keys => self.open(Over::Keys),
            Choice::Person(act) => self.person(act, ctx),
            Choice::Place(act) => self.place(act, ctx),
            Choice::Topic(room) => {
                let topic = Topic::new(room, self.talk.at(&room.into()).topic());
                self.open(Over::Topic(topic));
            }
            Choice::Search => self.search_for(),
            Choice::LogOut if self.waiting() == 0 => return Some(Go::Menu),
            Choice::LogOut => self.open(Over::Leave(Leave::ToMenu)),
        }
        None
    }

    /// Does something about a place.
    pub(super) fn place(&mut self, act: places::Act, ctx: &Context) {
        match act {
            places::Act::Go(place) => self.go_to(ctx, place),
            places::Act::Leave(Place::Room(room)) => self.talk.client().part(room),
            places::Act::Leave(Place::Person(name)) => self.talk.client().shut(name),
            places::Act::Join => {
                self.open(Over::Join(Box::default()));
                self.talk.client().rooms();
            }
        }
    }

    /// Brings a place into view; what was being written stays with the one before.
    pub(super) fn go_to(&mut self, ctx: &Context, place: Place) {
        self.composer.focus();
        self.wanted = None;
        if place == self.spots.here() {
            return;
        }
        let draft = self.composer.exchange(ctx, String::new());
        self.spots.spot().draft = draft;
        self.spots.go(self.talk.at(&place));
        let draft = std::mem::take(&mut self.spots.spot().draft);
        self.composer.exchange(ctx, draft);
        ctx.request_repaint();
    }

    /// Goes to a place that may have to be opened first.
    fn go_or_open(&mut self, ctx: &Context, place: Place) {
        if self.talk.model().place(&place).is_some() {
            return self.go_to(ctx, place);
        }
        self.wanted = Some(place);
        match place {
            Place::Room(room) => self.talk.client().join(room),
            Place::Person(name) => self.talk.client().open(name),
        }
    }

    /// Goes so many places on.
    pub(super) fn step(&mut self, ctx: &Context, step: isize, unread: bool) {
        let entries = places::entries(self.talk.model());
        if let Some(place) = places::next(&entries, self.spots.here(), step, unread) {
            self.go_to(ctx, place);
        }
    }

    fn person(&mut self, act: person::Act, ctx: &Context) {
        match act {
            person::Act::Address(name) => self.composer.address(ctx, name.as_str()),
            person::Act::Talk(name) => self.go_or_open(ctx, name.into()),
            person::Act::Order(kind, name) => {
                self.open(Over::Order(Box::new(Ask::new(kind, name, self.spots.here().room()))));
            }
        }
    }

    pub(super) fn jumped(&mut self, wish: jump::Wish, ctx: &Context) {
        if let jump::Wish::Go(place) = wish {
            self.go_or_open(ctx, place);
        }
    }

    /// True if the question stays.
    pub(super) fn join(&mut self, wish: join::Wish) -> bool {
        match wish {
            join::Wish::Join(room) => {
                self.wanted = Some(room.into());
                self.talk.client().join(room);
                true
            }
            join::Wish::Close => false,
        }
    }

    pub(super) fn set_topic(&self, topic: &mut Topic, wish: topic::Wish) -> bool {
        let topic::Wish::Set(room, text) = wish else {
            return false;
        };
        if let Err(why) = self.talk.client().topic(room, Some(&text)) {
            topic.refused(room, words::Plain::own(draft::plain(why)));
        }
        true
    }

    pub(super) fn order(&self, ask: &mut Ask, wish: order::Wish) -> bool {
        let order::Wish::Order(order) = wish else {
            return false;
        };
        if let Err(why) = self.talk.client().order(order) {
            ask.unfit(draft::plain(why));
        }
        true
    }

    pub(super) fn search_for(&mut self) {
        self.search.get_or_insert_with(search::Search::new).focus();
    }

    pub(super) fn searched(&mut self, wish: search::Wish, ctx: &Context) {
        match wish {
            search::Wish::Look(place, words) => {
                if let Err(why) = self.talk.client().search(place, &words)
                    && let Some(search) = &mut self.search
                {
                    search.unfit(draft::plain(why));
                }
            }
            search::Wish::Go(place, id) => {
                let is_loaded =
                    self.talk.at(&place).messages().iter().any(|message| message.id == id);
                self.go_or_open(ctx, place);
                if is_loaded {
                    self.spots.spot().timeline.to_message(id);
                }
                let further = "That message is further back than what is loaded. Scroll up \
                               from here to read what was said around it.";
                if let Some(search) = &mut self.search {
                    search.remark((!is_loaded).then_some(further));
                }
            }
            search::Wish::Close => {
                self.search = None;
                self.composer.focus();
            }
        }
    }

    /// What has become of places, and of what was asked about them.
    pub(super) fn heard_of_places(&mut self, happening: Happening, ctx: &Context) {
        match happening {
            Happening::Opened(place @ Place::Person(_)) if self.wanted == Some(place) => {
                self.go_to(ctx, place);
            }
            Happening::RoomEntered { room, .. } => self.room_entered(room, ctx),
            Happening::RoomRefused { room, why } => self.room_refused(room, &why),
            Happening::Left(place) => {
                self.spots.forget(&place);
                place.room().into_iter().for_each(|room| {
                    self.outside.remove(&room);
                    self.notices.is_in(room);
                });
            }
            Happening::Kicked { room, name, by, reason } => {
                if self.talk.model().me() == Some(name) {
                    self.sent_out(room, by, &reason);
                }
            }
            Happening::Topic { room, by, .. } => self.topic_is_set(room, by),
            Happening::TopicFailed { room, why } => self.topic_failed(room, &why),
            answer => self.answered(answer),
        }
    }

    /// What the server has answered to what is asked over the page, or in the search.
    fn answered(&mut self, answer: Happening) {
        let over = self.over.as_mut().map(|(over, _)| over);
        match (answer, over, &mut self.search) {
            (Happening::Rooms(rooms), Some(Over::Join(join)), _) => join.told(rooms),
            (Happening::RoomsFailed(why), Some(Over::Join(join)), _) => {
                join.untold(words::refusal(&why));
            }
            (Happening::Found(found), _, Some(search)) => search.found(found),
            (Happening::SearchFailed { place, words: typed, why }, _, Some(search)) => {
                search.refused(place, &typed, words::refusal(&why));
            }
            (Happening::Ordered { order, lines, answer }, Some(Over::Order(ask)), _) => {
                ask.done(&order, &lines, &answer);
            }
            (Happening::OrderFailed { order, why }, Some(Over::Order(ask)), _) => {
                ask.refused(&order, words::refused_order(&why));
            }
            // Nobody waits for it any more, and still it is not what was wanted.
            (Happening::OrderFailed { why, .. }, ..) => {
                self.notices.say(words::refused_order(&why).text);
            }
            _ => {}
        }
    }

    /// The topic of this room is another one; if we have set it, the question is
    /// answered.
    fn topic_is_set(&mut self, room: RoomName, by: Option<Name>) {
        let is_asked = matches!(&self.over, Some((Over::Topic(topic), _)) if topic.is_done(room));
        if is_asked && by == self.talk.model().me() {
            self.over = None;
            self.composer.focus();
        }
    }

    fn topic_failed(&mut self, room: RoomName, why: &Refusal) {
        let why = words::refused_topic(why);
        let text = format!("The topic of {room} stays: {}", why.text);
        let is_told = match &mut self.over {
            Some((Over::Topic(topic), _)) => topic.refused(room, why),
            _ => false,
        };
        if !is_told {
            self.notices.say(text);
        }
    }

    /// An operator has put us out of this room: it is told where it is, or above the
    /// place in view.
    fn sent_out(&mut self, room: RoomName, by: Name, reason: &str) {
        let why = if reason.is_empty() { "." } else { ": " };
        let said = format!("{by} has sent you out of {room}{why}{reason}");
        if self.spots.here() != room.into() {
            self.notices.sent_out(room, said.clone());
        }
        self.outside.insert(room, said);
    }

    /// Joins a room that we were in, and goes there.
    pub(super) fn join_again(&mut self, room: RoomName) {
        self.wanted = Some(room.into());
        self.talk.client().join(room);
        self.composer.focus();
    }

    fn room_entered(&mut self, room: RoomName, ctx: &Context) {
        self.outside.remove(&room);
        self.notices.is_in(room);
        if self.wanted != Some(room.into()) {
            return;
        }
        let is_asked = matches!(&self.over,
            Some((Over::Join(join), _)) if join.joining() == Some(room));
        if is_asked {
            self.over = None;
        }
        self.go_to(ctx, room.into());
    }

    fn room_refused(&mut self, room: RoomName, why: &Refusal) {
        let why = words::refused_room(why);
        let text = why.text.clone();
        let is_told = match &mut self.over {
            Some((Over::Join(join), _)) => join.refused(room, why),
            _ => false,
        };
        if !is_told {
            self.notices.say(format!("{room}: {text}"));
        }
        self.wanted = self.wanted.filter(|wanted| *wanted != room.into());
    }

    /// Where the place in view is none of ours any more, another one comes into view.
    pub(super) fn stay_somewhere(&mut self, ctx: &Context) {
        let model = self.talk.model();
        if model.place(&self.spots.here()).is_some() {
            return;
        }
        if let Some(first) = model.places().first().map(|at| at.place()) {
            let wanted = self.wanted;
            self.go_to(ctx, first);
            self.wanted = wanted;
        }
    }

    /// The rooms and talks to come back to the next time.
    pub(super) fn to_remember(&self) -> Option<(Name, Vec<RoomName>, Vec<Name>)> {
        let model = self.talk.model();
        let places = model.places();
        let rooms = places.iter().filter_map(|at| at.place().room());
        // Nobody goes back by themselves to where they were sent out of.
        let rooms = rooms.filter(|room| !self.outside.contains_key(room)).collect();
        let talks = places.iter().filter_map(|at| at.place().person()).collect();
        Some((model.me()?, rooms, talks))
    }
}
