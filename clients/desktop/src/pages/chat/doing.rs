//! What the chat page does when something was chosen: going to a place, joining and
//! leaving, talking alone, orders; and what becomes of what was asked for.
//!
//! Nothing here waits: what is wanted goes to the client, and what comes of it is taken
//! before a later frame.

use eframe::egui::Context;
use taifas_client::{At, Happening, Name, Order, Place, Refusal, RoomName};

use super::bans::{self, Bans};
use super::header::Choice;
use super::jump::Jump;
use super::order::Ask;
use super::question::Leave;
use super::topic::Topic;
use super::{Chat, Over, draft, join, jump, nowhere, order, person, places, search, topic};
use crate::pages::Go;
use crate::remembered::Remembered;
use crate::words;

/// Whether other places are to be remembered after this.
pub(super) fn changes_places(happening: &Happening) -> bool {
    matches!(
        happening,
        Happening::Opened(_)
            | Happening::Left(_)
            | Happening::Kicked { .. }
            | Happening::RoomEntered { .. }
            // Only now it is known what of a talk is read.
            | Happening::CaughtUp { place: Place::Person(_), .. }
    )
}

impl Chat {
    /// Does what was chosen.
    pub(super) fn choose(&mut self, choice: Option<Choice>, ctx: &Context) -> Option<Go> {
        match choice? {
            Choice::Bans => self.show_bans(),
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
            places::Act::Join => self.ask_which_room(),
        }
    }

    /// Brings a place into view; what was being written stays with the one before.
    pub(super) fn go_to(&mut self, ctx: &Context, place: Place) {
        self.composer.focus();
        self.wanted = None;
        // As it is written where it is listed, in whatever case it was typed.
        let places = self.talk.model().places();
        let place = places.iter().map(At::place).find(|known| *known == place).unwrap_or(place);
        if place == self.spots.here() {
            return;
        }
        let written = self.composer.exchange(ctx, String::new());
        let draft = self.spots.go(self.talk.at(&place), written);
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
    pub(super) fn join(&mut self, wish: join::Wish, ctx: &Context) -> bool {
        match wish {
            // Nobody would answer: there is nothing to ask for.
            join::Wish::Join(room) if self.talk.at(&room.into()).is_in() => {
                self.go_to(ctx, room.into());
                false
            }
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

    /// Goes somewhere from nowhere.
    pub(super) fn begin(&mut self, choice: Option<nowhere::Choice>) {
        match choice {
            Some(nowhere::Choice::Join) => self.ask_which_room(),
            Some(nowhere::Choice::Write) => self.open(Over::Jump(Jump::default())),
            None => {}
        }
    }

    fn ask_which_room(&mut self) {
        self.open(Over::Join(Box::default()));
        self.talk.client().rooms();
    }

    fn show_bans(&mut self) {
        let mut bans = Bans::new();
        if let Err(why) = self.talk.client().order(Order::Bans) {
            bans.unfit(draft::plain(why));
        }
        self.open(Over::Bans(Box::new(bans)));
    }

    pub(super) fn lift(&self, bans: &mut Bans, wish: bans::Wish) -> bool {
        let bans::Wish::Lift(whom) = wish else {
            return false;
        };
        if let Err(why) = self.talk.client().order(Order::Unban(whom)) {
            bans.unfit(draft::plain(why));
        }
        true
    }

    pub(super) fn search_for(&mut self) {
        if self.is_nowhere() {
            return;
        }
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
            // The first one, from nowhere: it is in view already.
            Happening::Opened(place) if place == self.spots.here() => self.composer.focus(),
            Happening::RoomEntered { room, .. } => self.room_entered(room, ctx),
            Happening::RoomRefused { room, why } => self.room_refused(room, &why),
            Happening::Left(place) => {
                self.spots.forget(&place);
                self.composer.focus();
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
            Happening::Renamed { old, new } => self.renamed(old, new),
            Happening::NoAccount(name) => self.nobody_is(name),
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
            (Happening::Rooms(rooms), Some(Over::Jump(jump)), _) => jump.told(rooms),
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
            (Happening::Ordered { order, lines, .. }, Some(Over::Bans(bans)), _) => {
                bans.done(&order, &lines);
            }
            (Happening::OrderFailed { order, why }, Some(Over::Bans(bans)), _) => {
                bans.refused(&order, words::refused_order(&why));
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

    /// The talk in view is with nobody, as far as can be seen from here.
    fn nobody_is(&mut self, name: Name) {
        let is_here = |at: &At<'_>| at.people().contains(&name);
        if self.spots.here() == name.into() && !self.talk.model().places().iter().any(is_here) {
            self.notices.say(format!(
                "There is no account {name}, and nobody here has that name. Look at how it is \
                 spelled."
            ));
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

    /// Whom one talks with alone is called something else, and whoever takes the old name
    /// is somebody else: the talk is theirs from then on.
    fn renamed(&mut self, old: Name, new: Name) {
        if self.talk.model().place(&old.into()).is_some() {
            self.notices.say(format!(
                "{old} is called {new} now. What you write to {old} does not reach them, and \
                 whoever calls themselves {old} next is somebody else."
            ));
        }
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
        match model.places().first().map(|at| at.place()) {
            Some(first) => {
                let wanted = self.wanted;
                self.go_to(ctx, first);
                self.wanted = wanted;
            }
            None => self.search = None,
        }
    }

    /// Writes down which rooms and talks to come back to the next time, and what of the
    /// talks is read.
    pub(super) fn remember(&self, remembered: &mut Remembered) {
        let Some((me, rooms, talks)) = self.to_remember() else {
            return;
        };
        remembered.keep_places(&me, &rooms, &talks);
        for talk in talks {
            let at = self.talk.at(&talk.into());
            if at.is_begun() {
                remembered.keep_read(&me, &talk, at.read_up_to());
            }
        }
    }

    /// Everything in view was looked at.
    pub(super) fn mark_read(&mut self, remembered: &mut Remembered) {
        let here = self.spots.here();
        let before = self.talk.at(&here).read_up_to();
        self.talk.mark_read(&here);
        let (now, me) = (self.talk.at(&here).read_up_to(), self.talk.model().me());
        if let (Place::Person(name), Some(me), true) = (here, me, now != before) {
            remembered.keep_read(&me, &name, now);
        }
    }

    /// The rooms and talks to come back to the next time.
    fn to_remember(&self) -> Option<(Name, Vec<RoomName>, Vec<Name>)> {
        let model = self.talk.model();
        let places = model.places();
        let rooms = places.iter().filter_map(|at| at.place().room());
        // Nobody goes back by themselves to where they were sent out of.
        let rooms = rooms.filter(|room| !self.outside.contains_key(room)).collect();
        // What is told to guests and by them is not kept: there is nothing to come back to.
        let is_kept = |at: &&At<'_>| at.messages().is_empty() || at.is_kept();
        let talks = places.iter().filter(is_kept).filter_map(|at| at.place().person()).collect();
        Some((model.me()?, rooms, talks))
    }
}
