//! Long answers, produced as the output drains, so that asking never harms who asks.

use super::room::RoomId;
use super::session::{Doing, Flow, Listing, ListingKind, Waits};
use super::{Asked, Effect, Effects, Hub, SessionId};
use crate::limits::{HISTORY_BYTES, HISTORY_LINES, NAMES_LINE_BYTES};
use crate::protocol::line::{self, NameLines};
use crate::protocol::{
    Code, HistoryTarget, MessageId, Name, Now, Page, Query, RoomName, Span, StoreFailed, Ticket,
    Verb,
};

/// Bytes of a list produced at a time: well below the soft bound.
const PORTION_BYTES: usize = 16 * 1024;

impl Hub {
    /// `NAMES [#room]`
    pub(super) fn names(&mut self, id: SessionId, room: Option<RoomName>, fx: &mut Effects) {
        self.list(id, room, ListingKind::Names, fx);
    }

    /// `WHO [#room]`
    pub(super) fn who(&mut self, id: SessionId, room: Option<RoomName>, fx: &mut Effects) {
        self.list(id, room, ListingKind::Who, fx);
    }

    fn list(&mut self, id: SessionId, room: Option<RoomName>, kind: ListingKind, fx: &mut Effects) {
        if let Some(room) = self.asked_room(id, kind.verb(), room, fx) {
            self.start_listing(id, room, kind, fx);
        }
    }

    /// Begins a list of people; the rest follows as it drains.
    pub(super) fn start_listing(
        &mut self,
        id: SessionId,
        room: RoomId,
        kind: ListingKind,
        fx: &mut Effects,
    ) {
        if let Some(s) = self.sessions.get_mut(id) {
            s.listing = Some(Box::new(Listing { room, kind, after: None, count: 0 }));
            self.list_on(id, fx);
        }
    }

    /// The next portion of a list of people.
    pub(super) fn list_on(&mut self, id: SessionId, fx: &mut Effects) {
        let Some(s) = self.sessions.get_mut(id) else {
            return;
        };
        let Some(mut listing) = s.listing.take() else {
            return;
        };
        let room = self.rooms.get_mut(listing.room);
        room.is_listed();
        let room = &*room;
        let mut finished = true;
        fx.send(id, |out| {
            let start = out.len();
            let from = match listing.after {
                Some(after) => std::ops::Bound::Excluded(after),
                None => std::ops::Bound::Unbounded,
            };
            let mut people = room.members.range((from, std::ops::Bound::Unbounded));
            if listing.kind == ListingKind::Who {
                for (name, m) in people.by_ref() {
                    let sessions = usize::from(m.sessions);
                    line::who(out, &room.name, name, m.user, sessions, m.since);
                    listing.count += 1;
                    listing.after = Some(*name);
                    if out.len() - start >= PORTION_BYTES {
                        break;
                    }
                }
            } else {
                let head = format!("NAMES {}", room.name);
                let mut lines = NameLines { out, head, line_bytes: NAMES_LINE_BYTES, len: 0 };
                for (name, _) in people.by_ref() {
                    lines.push(name);
                    listing.count += 1;
                    listing.after = Some(*name);
                    if lines.out.len() - start >= PORTION_BYTES {
                        break;
                    }
                }
                lines.finish();
            }
            finished = people.next().is_none();
        });
        if !finished {
            s.listing = Some(listing);
            fx.push(Effect::WhenDrained { session: id });
            return;
        }
        s.waits = Waits::Nothing;
        let next = match listing.kind {
            ListingKind::Fresh => {
                let rooms = s.rooms.as_slice();
                let at = rooms.iter().position(|room| *room == listing.room);
                at.and_then(|at| rooms.get(at + 1)).copied()
            }
            ListingKind::Names | ListingKind::Who => {
                let (verb, count) = (listing.kind.verb().as_str(), listing.count);
                fx.send(id, |o| line::ok(o, verb, format_args!("{count}")));
                None
            }
        };
        match next {
            Some(room) => self.start_listing(id, room, ListingKind::Fresh, fx),
            None => self.refresh(id, fx),
        }
    }

    /// Tells a session who is in its rooms, if presence lines were kept from it.
    /// Otherwise it may go on.
    pub(super) fn refresh(&mut self, id: SessionId, fx: &mut Effects) {
        let Some(s) = self.sessions.get_mut(id) else {
            return;
        };
        let spared = s.flow == Flow::Live && std::mem::take(&mut s.spared);
        match s.rooms.as_slice().first() {
            Some(room) if spared => {
                let room = *room;
                self.start_listing(id, room, ListingKind::Fresh, fx);
            }
            _ => fx.push(Effect::Ready { session: id }),
        }
    }

    /// `HISTORY [#room or name] [AFTER <id> or BEFORE <id>] [<count>]`
    pub(super) fn history(
        &mut self,
        id: SessionId,
        target: HistoryTarget,
        span: Span,
        count: Option<usize>,
        fx: &mut Effects,
    ) {
        let upto = self.said.relayed();
        let (lines, bytes) = (count.unwrap_or(HISTORY_LINES).min(HISTORY_LINES), HISTORY_BYTES);
        let mut stranger = None;
        let room = match target {
            HistoryTarget::Current => Ok(None),
            HistoryTarget::Room(name) => Ok(Some(name)),
            HistoryTarget::Person(name) => Err(name),
        };
        let query = match room {
            Ok(room) => {
                let Some(room_id) = self.asked_room(id, Verb::History, room, fx) else {
                    return;
                };
                Query::History { room: self.rooms.get(room_id).name, span, upto, lines, bytes }
            }
            Err(with) => {
                let Some(account) = self.sessions.get(id).and_then(|s| s.account) else {
                    let text = "what guests tell each other is not kept; for the room's history type HISTORY #lobby";
                    return self.fail(id, "HISTORY", Code::NotLoggedIn, text, fx);
                };
                stranger = (!self.people.is_registered(&with)).then_some(with);
                Query::Talk { account, with, span, upto, lines, bytes }
            }
        };
        let ticket = self.ticket();
        if let Some(s) = self.sessions.get_mut(id) {
            let after = match span {
                Span::After(after) => after,
                Span::Latest | Span::Before(_) => MessageId(0),
            };
            s.doing = Some(Box::new(Doing::History { ticket, after, with: stranger }));
            self.asked.insert(ticket, Asked { session: id, upto });
            fx.push(Effect::Ask { ticket, query });
        }
    }

    /// The store has read: a history, or what somebody has missed.
    pub(super) fn page(
        &mut self,
        now: Now,
        ticket: Ticket,
        page: Result<Page, StoreFailed>,
        fx: &mut Effects,
    ) {
        let Some(asked) = self.asked.remove(&ticket) else {
            return;
        };
        let id = asked.session;
        let Some(s) = self.sessions.get(id) else {
            return;
        };
        match s.doing.as_deref() {
            Some(Doing::History { ticket: awaited, after, with }) if *awaited == ticket => {
                let (after, with) = (*after, *with);
                self.history_read(id, after, with, page, fx);
            }
            Some(Doing::Search { ticket: awaited }) if *awaited == ticket => {
                self.searched(id, page, fx);
            }
            Some(Doing::Untold { ticket: awaited }) if *awaited == ticket => {
                self.untold_read(id, page, fx);
            }
            _ => self.missed_read(now, ticket, asked, page, fx),
        }
    }

    fn history_read(
        &mut self,
        id: SessionId,
        after: MessageId,
        with: Option<Name>,
        page: Result<Page, StoreFailed>,
        fx: &mut Effects,
    ) {
        let Ok(page) = page else {
            let text = "the history cannot be read now; try again later";
            self.fail(id, "HISTORY", Code::NotStored, text, fx);
            return self.finish(id, fx);
        };
        if let (Some(with), true) = (with, page.strangers) {
            let text = format!(
                "there is no account {with}, and no talk with them; for a room's history type HISTORY #lobby"
            );
            self.fail(id, "HISTORY", Code::NoSuchName, &text, fx);
            return self.finish(id, fx);
        }
        fx.send(id, |o| {
            if let Some(first) = page.gap {
                line::data(o, format_args!("GAP {first}"));
            }
            for stored in &page.lines {
                line::hist(o, stored);
            }
            let last = page.lines.last().map_or(after, |stored| stored.id);
            let more = if page.more { " MORE" } else { "" };
            line::ok(o, "HISTORY", format_args!("{} {last}{more}", page.lines.len()));
        });
        self.finish(id, fx);
    }

    /// The room a question is about, or the `FAIL` that says why there is none.
    pub(super) fn asked_room(
        &self,
        id: SessionId,
        verb: Verb,
        room: Option<RoomName>,
        fx: &mut Effects,
    ) -> Option<RoomId> {
        let current = self.sessions.get(id)?.current;
        let found = room.map_or(current, |name| self.rooms.find(&name));
        if found.is_none() {
            let (code, text) = match room {
                Some(_) => (Code::NoSuchRoom, "there is no such room; there is #lobby"),
                None => (Code::NotInRoom, "you are in no room"),
            };
            self.fail(id, verb.as_str(), code, text, fx);
        }
        found
    }

    /// `TERMS`
    pub(super) fn terms(&self, id: SessionId, fx: &mut Effects) {
        let terms = &self.settings.terms;
        fx.send(id, |o| {
            for text in &terms.lines {
                line::data(o, format_args!("TERMS :{text}"));
            }
            line::ok(o, "TERMS", format_args!("{}", terms.version));
        });
    }

    /// `HELP [<verb>]`
    pub(super) fn help(&self, id: SessionId, about: Option<&str>, fx: &mut Effects) {
        let about = about.map(|word| word.strip_prefix('/').unwrap_or(word));
        let one = match about {
            None => None,
            Some(word) => match Verb::from_word(word) {
                Some(verb) => Some(verb),
                None => {
                    let text = "there is no command of that name; type HELP for all of them";
                    return self.fail(id, "HELP", Code::UnknownCommand, text, fx);
                }
            },
        };
        fx.send(id, |o| {
            match one {
                Some(verb) => help_line(o, verb),
                None => Verb::ALL.into_iter().for_each(|verb| help_line(o, verb)),
            }
            line::ok(o, "HELP", format_args!(""));
        });
    }
}

fn help_line(out: &mut Vec<u8>, verb: Verb) {
    line::data(out, format_args!("HELP :{} - {}", verb.usage(), verb.summary()));
}

impl ListingKind {
    fn verb(self) -> Verb {
        match self {
            ListingKind::Names | ListingKind::Fresh => Verb::Names,
            ListingKind::Who => Verb::Who,
        }
    }
}
