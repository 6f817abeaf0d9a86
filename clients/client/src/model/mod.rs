//! What a screen shows: rooms and talks, in each its people, its messages in order, our
//! own with their delivery, and what is unread. A pure fold over [`Happening`]s: the
//! same ones give the same model, and messages that come twice, or in any order, stand
//! once and in the order of their ids.
//!
//! It never asks for anything and knows no time; what a line looks like, and where a
//! day begins, is the screen's. The owner folds every happening it takes.
//!
//! Memory is bounded over all places together: when there are more messages than may be
//! kept, the oldest one goes of that place which was not looked at for longest, as
//! [`Model::mark_read`] tells it; and so on. What went is read again with
//! [`At::older`] when somebody wants to see it.

mod mention;
mod place;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Deref;

use taifas::protocol::Name;

pub use mention::mentions;
pub use place::PlaceModel;

use crate::happening::{Happening, Link, Mark, Page, Refusal};
use crate::id::MessageId;
use crate::order::Order;
use crate::place::Place;
use crate::wire::{Message, Part};

/// Most messages kept, over all places.
pub const MESSAGES_MOST: usize = 100_000;

/// Most bytes of their texts, for each message that may be kept: few people say more at a
/// time, and whoever always does must not fill the memory of all who listen.
pub const BYTES_EACH_MOST: usize = 640;

/// Most people known to be in one room.
pub const PEOPLE_MOST: usize = 100_000;

/// Everything a screen shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    link: Link,
    /// The name we have, once we have one.
    me: Option<Name>,
    places: BTreeMap<Place, PlaceModel>,
    /// What [`Model::at`] shows of a place that there is not.
    nowhere: PlaceModel,
    /// All messages of all places. Invariant: at most `most`.
    count: usize,
    most: usize,
    /// The bytes of their texts. Invariant: at most `bytes_most`.
    bytes: usize,
    bytes_most: usize,
    /// How often a place was looked at; the newest look has this number.
    looks: u64,
    /// The highest id folded.
    newest: MessageId,
}

/// One place of a [`Model`], with what it shares with all the others: what a page that
/// shows it needs. It gives everything that a [`PlaceModel`] does.
#[derive(Debug, Clone, Copy)]
pub struct At<'a> {
    model: &'a Model,
    place: Place,
    its: &'a PlaceModel,
}

/// Something of ours that is not among the messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// Its mark.
    pub mark: Mark,
    /// Its text.
    pub text: Box<str>,
    /// What has become of it.
    pub delivery: Delivery,
}

/// What has become of something of ours. What is among the messages is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// It is on its way, or waits for a connection.
    Waiting,
    /// It is on the server's disk; the message is about to come.
    Stored(MessageId),
    /// It was not said; in the server's words, or the client's.
    Failed(Refusal),
}

impl Default for Model {
    fn default() -> Model {
        Model::new()
    }
}

impl Model {
    /// Nothing has happened.
    pub fn new() -> Model {
        Model::bounded(MESSAGES_MOST)
    }

    /// The same for at most so many messages, for machines that are small.
    pub fn bounded(most: usize) -> Model {
        Model {
            link: Link::Connecting,
            me: None,
            places: BTreeMap::new(),
            nowhere: PlaceModel::default(),
            count: 0,
            most: most.max(1),
            bytes: 0,
            bytes_most: most.max(1).saturating_mul(BYTES_EACH_MOST),
            looks: 0,
            newest: MessageId::NONE,
        }
    }

    /// Takes in what has happened.
    pub fn fold(&mut self, happening: &Happening) {
        match happening {
            Happening::Link(link) => self.link = link.clone(),
            Happening::Entered(name) => self.call_me(*name),
            Happening::Opened(place) => drop(self.open(*place)),
            Happening::Left(place) => self.close(place),
            Happening::Away { name, count } => self.open((*name).into()).away(*count),
            Happening::Page(page) => self.page(page),
            Happening::NotKept(place) => self.open(*place).pass(),
            Happening::Said { place, message } => {
                self.open(*place).hear(message.id);
                self.insert(place, message);
            }
            Happening::CaughtUp { place, id } => self.open(*place).caught_up(*id),
            Happening::Renamed { old, new } => {
                self.places.values_mut().for_each(|place| place.renamed(old, *new));
                if self.me == Some(*old) {
                    self.call_me(*new);
                }
            }
            Happening::Waiting { mark, place, text } => {
                self.open(*place).wait(*mark, text.clone());
            }
            Happening::Stored { place, .. }
            | Happening::Failed { place, .. }
            | Happening::Discarded { place, .. } => {
                // Of what was said where we are not any more, nothing is to be seen.
                if let Some(place) = self.places.get_mut(place) {
                    place.answered(happening);
                }
            }
            Happening::Ordered { order: Order::Forget(id), .. } => self.erase(*id),
            _ => self.fold_room(happening),
        }
    }

    /// What happens in rooms alone.
    fn fold_room(&mut self, happening: &Happening) {
        match happening {
            Happening::RoomEntered { room, topic } => {
                self.open((*room).into()).entered(topic.as_deref());
            }
            Happening::RoomRefused { room, .. } => self.put_out((*room).into()),
            Happening::Kicked { room, name, .. } if self.me == Some(*name) => {
                self.put_out((*room).into());
            }
            Happening::People { room, names } => self.open((*room).into()).set_people(names),
            Happening::Joined { room, names } => self.open((*room).into()).joined(names),
            Happening::Parted { room, names } => self.open((*room).into()).parted(names),
            Happening::Topic { room, text, .. } => {
                // Any room can be asked about; those that are not ours are not shown.
                if let Some(place) = self.places.get_mut(&(*room).into()) {
                    place.set_topic(text);
                }
            }
            _ => {}
        }
    }

    /// Everything there is in this place, was looked at, now: of all places it is the
    /// last one whose messages make room for others.
    pub fn mark_read(&mut self, place: &Place) {
        if let Some(place) = self.places.get_mut(place) {
            self.looks += 1;
            place.mark_read(self.looks);
        }
    }

    /// Up to here this place was looked at on an earlier day, as
    /// [`At::read_up_to`](PlaceModel::read_up_to) told then: what others have said there
    /// since is unread. To be told before anything is folded. Where it is not, all that
    /// was said before we came counts as read, but for what we were told while away.
    pub fn read_before(&mut self, place: &Place, id: MessageId) {
        self.open(*place).read_before(id);
    }

    /// How the connection stands.
    pub fn link(&self) -> &Link {
        &self.link
    }

    /// The name we have.
    pub fn me(&self) -> Option<Name> {
        self.me
    }

    /// The place, if it is one of ours.
    pub fn place(&self, place: &Place) -> Option<&PlaceModel> {
        self.places.get(place)
    }

    /// The place with all around it. One that is none of ours is empty.
    pub fn at(&self, place: &Place) -> At<'_> {
        let its = self.places.get(place).unwrap_or(&self.nowhere);
        At { model: self, place: *place, its }
    }

    /// All our places: first the rooms, by name, then the talks, the one with the newest
    /// message first.
    pub fn places(&self) -> Vec<At<'_>> {
        let (rooms, mut talks): (Vec<_>, Vec<_>) = self
            .places
            .iter()
            .map(|(place, its)| At { model: self, place: *place, its })
            .partition(|at| at.place.room().is_some());
        talks.sort_by_key(|at| std::cmp::Reverse(at.its.last()));
        rooms.into_iter().chain(talks).collect()
    }

    /// Messages of others that were not looked at, in all places.
    pub fn unread(&self) -> usize {
        self.places.values().map(PlaceModel::unread).sum()
    }

    /// Those of them that are meant for us: that name us, or were told to us alone.
    pub fn mentions(&self) -> usize {
        self.places.values().map(PlaceModel::mentions).sum()
    }

    /// Whether we have said it.
    pub fn is_mine(&self, message: &Message) -> bool {
        self.me == Some(message.name)
    }

    /// How many there are at most is the session's, which says when one is left.
    fn open(&mut self, place: Place) -> &mut PlaceModel {
        let (newest, me) = (self.newest, self.me);
        self.places.entry(place).or_insert_with(|| PlaceModel::new(place, newest, me))
    }

    fn close(&mut self, place: &Place) {
        if let Some(gone) = self.places.remove(place) {
            self.count -= gone.messages().len();
            self.bytes -= gone.bytes();
        }
    }

    fn put_out(&mut self, place: Place) {
        if let Some(place) = self.places.get_mut(&place) {
            place.put_out();
        }
    }

    fn call_me(&mut self, name: Name) {
        self.me = Some(name);
        self.places.values_mut().for_each(|place| place.call_me(name));
    }

    fn page(&mut self, page: &Page) {
        let room = self.room_for(&page.place);
        let place = self.open(page.place);
        let first = place.first();
        if let Some(id) = page.gap {
            place.add_gap(id);
        }
        let from = match page.part {
            // What is older than the room in memory is not taken in from its old end.
            Part::Before(_) => page.messages.len().saturating_sub(room),
            Part::Newest | Part::After(_) => 0,
        };
        page.messages[from..].iter().for_each(|message| self.insert(&page.place, message));
        self.open(page.place).turned(page, first, from > 0);
    }

    /// Puts a message in its place, once; then sees to it that there are not too many.
    fn insert(&mut self, place: &Place, message: &Message) {
        self.newest = self.newest.max(message.id);
        if !self.open(*place).insert(message) {
            return;
        }
        self.count += 1;
        self.bytes += message.text.len();
        while self.count > self.most || self.bytes > self.bytes_most {
            let held = self.places.values_mut().filter(|place| !place.messages().is_empty());
            let Some(oldest) = held.min_by_key(|place| place.looked()) else {
                return;
            };
            self.bytes -= oldest.drop_oldest();
            self.count -= 1;
        }
    }

    /// How many older messages of this place there would be room for, with those gone
    /// that go first.
    fn room_for(&self, place: &Place) -> usize {
        let looked = self.at(place).its.looked();
        let less = |its: &&PlaceModel| its.looked() < looked;
        let (mut room, mut bytes) = (self.most - self.count, self.bytes_most - self.bytes);
        for other in self.places.values().filter(less) {
            room += other.messages().len();
            bytes += other.bytes();
        }
        // The last part of the bytes is for a page whose texts nobody has seen yet: it has
        // to fit whole, or what does not would be asked for again and again.
        if bytes > self.bytes_most / 16 { room } else { 0 }
    }

    /// An operator's word: the message is no more.
    fn erase(&mut self, id: MessageId) {
        for place in self.places.values_mut() {
            if let Some(bytes) = place.erase(id) {
                self.count -= 1;
                self.bytes -= bytes;
            }
        }
    }
}

impl<'a> At<'a> {
    /// Which place.
    pub fn place(&self) -> Place {
        self.place
    }

    /// All of it.
    pub fn model(&self) -> &'a Model {
        self.model
    }

    /// How the connection stands.
    pub fn link(&self) -> &'a Link {
        &self.model.link
    }

    /// The name we have.
    pub fn me(&self) -> Option<Name> {
        self.model.me
    }

    /// Whether we have said it.
    pub fn is_mine(&self, message: &Message) -> bool {
        self.model.is_mine(message)
    }

    /// All of the place, for longer than this value lives.
    pub fn its(&self) -> &'a PlaceModel {
        self.its
    }

    /// Who is in the room, in the order of their names; in a talk nobody.
    pub fn people(&self) -> &'a BTreeSet<Name> {
        self.its.people()
    }

    /// The messages, oldest first.
    pub fn messages(&self) -> &'a VecDeque<Message> {
        self.its.messages()
    }

    /// Ours that are not among the messages; they stand behind them.
    pub fn pending(&self) -> &'a [Pending] {
        self.its.pending()
    }

    /// Before which id to ask for older messages, if there are any and there is room.
    pub fn older(&self) -> Option<MessageId> {
        self.its.before().filter(|_| self.model.room_for(&self.place) > 0)
    }

    /// Whether there are older messages for which there is no room any more.
    pub fn is_full(&self) -> bool {
        self.its.before().is_some() && self.model.room_for(&self.place) == 0
    }
}

impl Deref for At<'_> {
    type Target = PlaceModel;

    fn deref(&self) -> &PlaceModel {
        self.its
    }
}
