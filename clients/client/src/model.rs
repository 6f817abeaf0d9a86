//! What a screen shows: people, messages in order, our own with their delivery, what
//! is unread. A pure fold over [`Happening`]s: the same ones give the same model, and
//! messages that come twice, or in any order, stand once and in the order of their ids.
//!
//! It never asks for anything and knows no time; what a line looks like, and where a
//! day begins, is the screen's. The owner folds every happening it takes.

use std::collections::{BTreeSet, VecDeque};

use taifas::protocol::{MessageId, Name};

use crate::happening::{Happening, Link, Mark, Page, Refusal};
use crate::wire::{Message, Part};

/// Most messages kept; then the oldest go, and are not asked for again.
pub const MESSAGES_MOST: usize = 100_000;

/// Everything a screen shows of a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    link: Link,
    /// The name we have, once we have one.
    me: Option<Name>,
    people: BTreeSet<Name>,
    /// Invariant: the ids rise; at most `most`.
    messages: VecDeque<Message>,
    most: usize,
    /// Each id here has messages missing right before it.
    gaps: BTreeSet<MessageId>,
    /// Ours that are not among the messages, in the order in which they were said.
    pending: Vec<Pending>,
    /// Everything up to here was looked at.
    read: MessageId,
    /// Messages of others above `read`.
    unread: usize,
    /// The server has messages from before the first one.
    has_older: bool,
    /// The first page has come.
    is_begun: bool,
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
            people: BTreeSet::new(),
            messages: VecDeque::new(),
            most: most.max(1),
            gaps: BTreeSet::new(),
            pending: Vec::new(),
            read: MessageId(0),
            unread: 0,
            has_older: false,
            is_begun: false,
        }
    }

    /// Takes in what has happened.
    pub fn fold(&mut self, happening: &Happening) {
        match happening {
            Happening::Link(link) => self.link = link.clone(),
            Happening::Entered(name) => {
                self.me = Some(*name);
                self.count_unread();
            }
            Happening::Page(page) => self.page(page),
            Happening::Said(message) => self.insert(message),
            Happening::CaughtUp(id) => {
                // What should have come by now is deleted already.
                self.pending.retain(|own| match own.delivery {
                    Delivery::Stored(stored) => stored > *id,
                    _ => true,
                });
            }
            Happening::People(names) => self.people = names.iter().copied().collect(),
            Happening::Joined(names) => self.people.extend(names),
            Happening::Parted(names) => names.iter().for_each(|name| {
                self.people.remove(name);
            }),
            Happening::Renamed { old, new } => self.renamed(old, *new),
            Happening::Waiting { mark, text } => {
                self.forget(*mark);
                let delivery = Delivery::Waiting;
                self.pending.push(Pending { mark: *mark, text: text.clone(), delivery });
            }
            Happening::Stored { mark, id } => {
                if self.find(*id).is_ok() {
                    self.forget(*mark);
                } else {
                    self.deliver(*mark, Delivery::Stored(*id));
                }
            }
            Happening::Failed { mark, why } => self.deliver(*mark, Delivery::Failed(why.clone())),
            Happening::Discarded(mark) => self.forget(*mark),
            Happening::Registered { .. }
            | Happening::Recovered { .. }
            | Happening::Terms { .. }
            | Happening::PasswordChanged
            | Happening::PasswordKept(_)
            | Happening::OlderFailed(_)
            | Happening::Notice(_) => {}
        }
    }

    /// Everything there is, was looked at.
    pub fn mark_read(&mut self) {
        self.read = self.newest().unwrap_or(self.read).max(self.read);
        self.unread = 0;
    }

    /// How the connection stands.
    pub fn link(&self) -> &Link {
        &self.link
    }

    /// The name we have.
    pub fn me(&self) -> Option<Name> {
        self.me
    }

    /// Who is here, in the order of their names.
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

    /// Everything up to this id was looked at.
    pub fn read_up_to(&self) -> MessageId {
        self.read
    }

    /// Whether we have said it.
    pub fn is_mine(&self, message: &Message) -> bool {
        self.me == Some(message.name)
    }

    /// Whether messages are missing right before this one: they are deleted.
    pub fn is_behind_gap(&self, id: MessageId) -> bool {
        self.gaps.contains(&id)
    }

    /// Before which id to ask for older messages, if there are any and there is room.
    pub fn older(&self) -> Option<MessageId> {
        let first = self.messages.front()?.id;
        (self.has_older && self.messages.len() < self.most).then_some(first)
    }

    /// Whether there are older messages for which there is no room any more.
    pub fn is_full(&self) -> bool {
        self.has_older && self.messages.len() >= self.most
    }

    fn newest(&self) -> Option<MessageId> {
        self.messages.back().map(|message| message.id)
    }

    fn page(&mut self, page: &Page) {
        let is_first = !self.is_begun;
        self.is_begun = true;
        if let Some(id) = page.gap {
            self.gaps.insert(id);
        }
        let before = self.messages.front().map(|message| message.id);
        match page.part {
            // What is older than the room in memory is not taken in from its old end.
            Part::Before(_) => {
                let room = self.most.saturating_sub(self.messages.len());
                let from = page.messages.len().saturating_sub(room);
                page.messages[from..].iter().for_each(|message| self.insert(message));
                if before.is_none_or(|before| page.part == Part::Before(before)) {
                    self.has_older = page.more || from > 0;
                }
            }
            Part::Newest => {
                page.messages.iter().for_each(|message| self.insert(message));
                self.has_older |= page.more;
            }
            Part::After(_) => page.messages.iter().for_each(|message| self.insert(message)),
        }
        if is_first && let Some(last) = page.messages.last() {
            // What was said before we came is no news.
            self.read = self.read.max(last.id);
            self.count_unread();
        }
    }

    /// Puts a message in its place, once.
    fn insert(&mut self, message: &Message) {
        let Err(at) = self.find(message.id) else {
            return;
        };
        if at == 0 && self.messages.len() >= self.most {
            return;
        }
        if at == self.messages.len() {
            self.messages.push_back(message.clone());
        } else {
            self.messages.insert(at, message.clone());
        }
        self.unread += usize::from(self.is_news(message));
        self.pending.retain(|own| own.delivery != Delivery::Stored(message.id));
        if self.messages.len() > self.most
            && let Some(oldest) = self.messages.pop_front()
        {
            self.has_older = true;
            self.unread -= usize::from(self.is_news(&oldest));
            self.gaps.remove(&oldest.id);
        }
    }

    fn is_news(&self, message: &Message) -> bool {
        message.id > self.read && !self.is_mine(message)
    }

    fn count_unread(&mut self) {
        self.unread = self.messages.iter().filter(|message| self.is_news(message)).count();
    }

    fn find(&self, id: MessageId) -> Result<usize, usize> {
        if self.newest().is_none_or(|newest| newest < id) {
            return Err(self.messages.len());
        }
        self.messages.binary_search_by_key(&id, |message| message.id)
    }

    fn renamed(&mut self, old: &Name, new: Name) {
        self.people.remove(old);
        self.people.insert(new);
        if self.me == Some(*old) {
            self.me = Some(new);
            self.count_unread();
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
}
