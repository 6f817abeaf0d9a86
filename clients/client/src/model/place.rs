//! One room or talk of the model: its people, its messages, what is unread.
//!
//! It sees to the order of its messages and to what is counted; how many there may be is
//! the [model](super)'s, which alone changes it.

use std::collections::{BTreeSet, VecDeque};

use taifas::protocol::Name;

use super::{Delivery, PEOPLE_MOST, Pending, mention};
use crate::happening::{Happening, Mark, Page};
use crate::id::MessageId;
use crate::place::Place;
use crate::wire::{Message, Part};

/// Everything a screen shows of one room or talk.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PlaceModel {
    /// Everything that is told here is meant for us.
    is_talk: bool,
    is_in: bool,
    topic: Box<str>,
    people: BTreeSet<Name>,
    /// Invariant: the ids rise.
    messages: VecDeque<Message>,
    /// The bytes of their texts.
    bytes: usize,
    /// Each id here has messages missing right before it.
    gaps: BTreeSet<MessageId>,
    /// Ours that are not among the messages, in the order in which they were said.
    pending: Vec<Pending>,
    /// Everything up to here was looked at.
    read: MessageId,
    /// Messages of others above `read`.
    unread: usize,
    /// Those of them that are meant for us.
    mentions: usize,
    /// The server has messages from before the first one, if it keeps any.
    has_older: bool,
    /// It keeps none.
    is_passing: bool,
    /// The newest one that was dropped from memory.
    dropped: Option<MessageId>,
    /// The first page has come.
    is_begun: bool,
    /// The first one that was heard before that page.
    heard: Option<MessageId>,
    /// So many of the first page were told to us while we were away.
    away: usize,
    /// What was read on an earlier day is known: all behind `read` is news.
    is_known: bool,
    /// The number of the last look at it; 0 before the first.
    looked: u64,
    /// The newest message anywhere when it was opened.
    opened: MessageId,
    /// The name we have.
    me: Option<Name>,
}

impl PlaceModel {
    /// Whether we are in it. Talks we always are.
    pub fn is_in(&self) -> bool {
        self.is_in || self.is_talk
    }

    /// What the room is about; may be empty.
    pub fn topic(&self) -> &str {
        &self.topic
    }

    /// Who is in the room, in the order of their names; in a talk nobody.
    pub fn people(&self) -> &BTreeSet<Name> {
        &self.people
    }

    /// The messages, oldest first.
    pub fn messages(&self) -> &VecDeque<Message> {
        &self.messages
    }

    /// Ours that are not among the messages; they stand behind them.
    pub fn pending(&self) -> &[Pending] {
        &self.pending
    }

    /// Messages of others that were not looked at.
    pub fn unread(&self) -> usize {
        self.unread
    }

    /// Those of them that are meant for us: in a room those that name us, in a talk all.
    pub fn mentions(&self) -> usize {
        self.mentions
    }

    /// Everything up to this id was looked at.
    pub fn read_up_to(&self) -> MessageId {
        self.read
    }

    /// Whether messages are missing right before this one: they are deleted.
    pub fn is_behind_gap(&self, id: MessageId) -> bool {
        self.gaps.contains(&id)
    }

    /// Whether the first page of its history has come, or there is none to come.
    pub fn is_begun(&self) -> bool {
        self.is_begun
    }

    /// Whether the server keeps what is said there, as far as is known: not so in talks of
    /// guests and with them.
    pub fn is_kept(&self) -> bool {
        !self.is_passing
    }

    pub(super) fn new(place: Place, opened: MessageId, me: Option<Name>) -> PlaceModel {
        PlaceModel { is_talk: place.person().is_some(), opened, me, ..PlaceModel::default() }
    }

    /// The newest message, or where it would be had there been one at the beginning.
    pub(super) fn last(&self) -> MessageId {
        self.newest().unwrap_or(self.opened)
    }

    pub(super) fn first(&self) -> Option<MessageId> {
        self.messages.front().map(|message| message.id)
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn looked(&self) -> u64 {
        self.looked
    }

    /// Before which id there are older ones.
    pub(super) fn before(&self) -> Option<MessageId> {
        let first = self.first().or(self.dropped.map(MessageId::above));
        first.filter(|_| self.has_older && !self.is_passing)
    }

    pub(super) fn mark_read(&mut self, look: u64) {
        self.read = self.newest().unwrap_or(self.read).max(self.read);
        (self.unread, self.mentions) = (0, 0);
        self.looked = look;
    }

    pub(super) fn read_before(&mut self, id: MessageId) {
        self.read = self.read.max(id);
        self.is_known = true;
        self.count();
    }

    pub(super) fn entered(&mut self, topic: Option<&str>) {
        self.is_in = true;
        if let Some(topic) = topic {
            self.set_topic(topic);
        }
    }

    pub(super) fn put_out(&mut self) {
        self.is_in = false;
        self.people.clear();
    }

    pub(super) fn set_topic(&mut self, topic: &str) {
        self.topic = topic.into();
    }

    pub(super) fn set_people(&mut self, names: &[Name]) {
        self.people = names.iter().copied().collect();
    }

    pub(super) fn joined(&mut self, names: &[Name]) {
        self.people.extend(names);
        while self.people.len() > PEOPLE_MOST {
            self.people.pop_last();
        }
    }

    pub(super) fn parted(&mut self, names: &[Name]) {
        names.iter().for_each(|name| {
            self.people.remove(name);
        });
    }

    pub(super) fn renamed(&mut self, old: &Name, new: Name) {
        if self.people.remove(old) {
            self.people.insert(new);
        }
    }

    pub(super) fn call_me(&mut self, me: Name) {
        self.me = Some(me);
        self.count();
    }

    pub(super) fn away(&mut self, count: Option<usize>) {
        self.away = count.unwrap_or(usize::MAX);
    }

    /// Something is said there right now: the first page may have it as well, and yet it
    /// is news.
    pub(super) fn hear(&mut self, id: MessageId) {
        if !self.is_begun {
            self.heard = Some(self.heard.map_or(id, |heard| heard.min(id)));
        }
    }

    pub(super) fn add_gap(&mut self, id: MessageId) {
        self.gaps.insert(id);
    }

    /// There is no history of it.
    pub(super) fn pass(&mut self) {
        self.is_passing = true;
    }

    /// A page was taken in, up to `cut` of it at its old end; `first` was the first
    /// message before.
    pub(super) fn turned(&mut self, page: &Page, first: Option<MessageId>, cut: bool) {
        self.is_passing = false;
        match page.part {
            Part::Before(before) if first.is_none_or(|first| first == before) => {
                self.has_older = page.more || cut;
            }
            Part::Before(_) | Part::After(_) => {}
            Part::Newest => self.has_older |= page.more,
        }
        if !self.is_begun {
            self.is_begun = true;
            self.begin(page);
        }
    }

    /// What was said before we came is no news, but for what was told to us while we were
    /// away; and all of it that was not read on an earlier day, where that is known.
    fn begin(&mut self, page: &Page) {
        if self.is_known {
            return;
        }
        let others = |message: &&Message| self.me != Some(message.name);
        let away = match std::mem::take(&mut self.away) {
            0 => None,
            count => page.messages.iter().rev().filter(others).take(count).last(),
        };
        let news = [away.map(|message| message.id), self.heard].into_iter().flatten().min();
        let old = page.messages.iter().rev().find(|m| news.is_none_or(|news| m.id < news));
        if let Some(old) = old {
            self.read = self.read.max(old.id);
        }
        self.count();
    }

    /// Puts a message in its place. False if it is there.
    pub(super) fn insert(&mut self, message: &Message) -> bool {
        let Err(at) = self.find(message.id) else {
            return false;
        };
        if at == self.messages.len() {
            self.messages.push_back(message.clone());
        } else {
            self.messages.insert(at, message.clone());
        }
        self.bytes += message.text.len();
        self.unread += usize::from(self.is_news(message));
        self.mentions += usize::from(self.is_for_me(message));
        self.pending.retain(|own| own.delivery != Delivery::Stored(message.id));
        true
    }

    /// Returns how many bytes that were.
    pub(super) fn drop_oldest(&mut self) -> usize {
        let oldest = self.messages.pop_front();
        if let Some(oldest) = &oldest {
            self.has_older = true;
            self.dropped = Some(oldest.id);
            while self.gaps.first().is_some_and(|gap| *gap <= oldest.id) {
                self.gaps.pop_first();
            }
            self.uncount(oldest);
        }
        oldest.map_or(0, |oldest| oldest.text.len())
    }

    /// Returns how many bytes it was, if it was there.
    pub(super) fn erase(&mut self, id: MessageId) -> Option<usize> {
        let at = self.find(id).ok()?;
        let erased = self.messages.remove(at)?;
        self.uncount(&erased);
        // What was missing before it is now missing before the next one.
        if let (true, Some(next)) = (self.gaps.remove(&id), self.messages.get(at)) {
            self.gaps.insert(next.id);
        }
        Some(erased.text.len())
    }

    fn uncount(&mut self, gone: &Message) {
        self.bytes -= gone.text.len();
        self.unread -= usize::from(self.is_news(gone));
        self.mentions -= usize::from(self.is_for_me(gone));
    }

    pub(super) fn find(&self, id: MessageId) -> Result<usize, usize> {
        if self.newest().is_none_or(|newest| newest < id) {
            return Err(self.messages.len());
        }
        self.messages.binary_search_by_key(&id, |message| message.id)
    }

    /// What should have come by now is deleted already.
    pub(super) fn caught_up(&mut self, id: MessageId) {
        self.is_begun = true;
        self.pending.retain(|own| match own.delivery {
            Delivery::Stored(stored) => stored > id,
            _ => true,
        });
    }

    pub(super) fn wait(&mut self, mark: Mark, text: Box<str>) {
        self.forget(mark);
        self.pending.push(Pending { mark, text, delivery: Delivery::Waiting });
    }

    /// What has become of something of ours.
    pub(super) fn answered(&mut self, happening: &Happening) {
        match happening {
            Happening::Stored { mark, id, .. } if self.find(*id).is_err() => {
                self.deliver(*mark, Delivery::Stored(*id));
            }
            Happening::Failed { mark, why, .. } => {
                self.deliver(*mark, Delivery::Failed(why.clone()));
            }
            Happening::Stored { mark, .. } | Happening::Discarded { mark, .. } => {
                self.forget(*mark);
            }
            _ => {}
        }
    }

    fn deliver(&mut self, mark: Mark, delivery: Delivery) {
        if let Some(own) = self.pending.iter_mut().find(|own| own.mark == mark) {
            own.delivery = delivery;
        }
    }

    fn forget(&mut self, mark: Mark) {
        self.pending.retain(|own| own.mark != mark);
    }

    fn newest(&self) -> Option<MessageId> {
        self.messages.back().map(|message| message.id)
    }

    fn is_news(&self, message: &Message) -> bool {
        message.id > self.read && self.me != Some(message.name)
    }

    fn is_for_me(&self, message: &Message) -> bool {
        let named = || self.me.is_some_and(|me| mention::mentions(&message.text, &me));
        self.is_news(message) && (self.is_talk || named())
    }

    fn count(&mut self) {
        self.unread = self.messages.iter().filter(|message| self.is_news(message)).count();
        self.mentions = self.messages.iter().filter(|message| self.is_for_me(message)).count();
    }
}
