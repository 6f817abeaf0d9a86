//! Long answers, produced as the output drains, so that asking never harms who asks.

use super::room::RoomId;
use super::session::{Doing, Flow, Listing, ListingKind, PeopleListing, RoomsListing, Waits};
use super::{Asked, Effect, Effects, Hub, SessionId, words};
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

    /// `LIST`
    pub(super) fn list_rooms(&mut self, id: SessionId, fx: &mut Effects) {
        if let Some(s) = self.sessions.get_mut(id) {
            s.listing = Some(Box::new(Listing::Rooms(RoomsListing::default())));
            self.list_on(id, fx);
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
            let listing = PeopleListing { room, kind, after: None, count: 0 };
            s.listing = Some(Box::new(Listing::People(listing)));
            self.list_on(id, fx);
        }
    }

    /// The next portion of a list.
    pub(super) fn list_on(&mut self, id: SessionId, fx: &mut Effects) {
        let listing = self.sessions.get_mut(id).and_then(|s| s.listing.take());
        match listing.map(|listing| *listing) {
            None => {}
            Some(Listing::People(listing)) => self.list_people_on(id, listing, fx),
            Some(Listing::Rooms(listing)) => self.list_rooms_on(id, listing, fx),
        }
    }

    fn list_rooms_on(&mut self, id: SessionId, mut listing: RoomsListing, fx: &mut Effects) {
        let Some(s) = self.sessions.get_mut(id) else {
            return;
        };
        let mut rooms = self.rooms.by_name(listing.after).peekable();
        fx.send(id, |out| {
            let start = out.len();
            while out.len() - start < PORTION_BYTES
                && let Some(room) = rooms.next()
            {
                line::room(out, "LIST", &room.name, room.members.len(), room.topic());
                listing.count += 1;
                listing.after = Some(room.name);
            }
        });
        let finished = rooms.peek().is_none();
        drop(rooms);
        if !finished {
            s.listing = Some(Box::new(Listing::Rooms(listing)));
            fx.push(Effect::WhenDrained { session: id });
            return;
        }
        s.waits = Waits::Nothing;
        fx.send(id, |o| line::ok(o, "LIST", format_args!("{}", listing.count)));
        self.refresh(id, fx);
    }

    fn list_people_on(&mut self, id: SessionId, mut listing: PeopleListing, fx: &mut Effects) {
        let Some(s) = self.sessions.get_mut(id) else {
            return;
        };
        if listing.kind == ListingKind::Fresh && !s.rooms.contains(listing.room) {
            // It was sent out of the room meanwhile.
            s.waits = Waits::Nothing;
            return self.refresh(id, fx);
        }
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
            s.listing = Some(Box::new(Listing::People(listing)));
            fx.push(Effect::WhenDrained { session: id });
            return;
        }
        s.waits = Waits::Nothing;
        if listing.kind != ListingKind::Fresh {
            let (verb, count) = (listing.kind.verb().as_str(), listing.count);
            fx.send(id, |o| line::ok(o, verb, format_args!("{count}")));
        }
        self.refresh(id, fx);
    }

    /// Tells a session who is in one of its rooms whose presence lines were kept from it,
    /// and the others in turn. When there is none left it may go on.
    pub(super) fn refresh(&mut self, id: SessionId, fx: &mut Effects) {
        let Some(s) = self.sessions.get_mut(id) else {
            return;
        };
        if s.flow == Flow::Live
            && let Some(spared) = &mut s.spared
        {
            let room = s.rooms.as_slice().iter().copied().find(|room| spared.contains(*room));
            if let Some(room) = room {
                spared.remove(room);
                return self.start_listing(id, room, ListingKind::Fresh, fx);
            }
            s.spared = None;
        }
        fx.push(Effect::Ready { session: id });
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
                let Some(room_id) = self.own_room(id, "HISTORY", room, fx) else {
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
        let page = match self.lines_read(now, ticket, page, fx) {
            Ok(()) => return,
            Err(page) => page,
        };
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
    fn asked_room(
        &self,
        id: SessionId,
        verb: Verb,
        room: Option<RoomName>,
        fx: &mut Effects,
    ) -> Option<RoomId> {
        let current = self.sessions.get(id)?.current;
        let found = room.map_or(current, |name| self.rooms.find(&name));
        if found.is_none() {
            let slash = self.slash(id);
            let (code, text) = match room {
                Some(_) => (Code::NoSuchRoom, words::no_such_room(slash)),
                None => (Code::NotInRoom, words::in_no_room(slash)),
            };
            self.fail(id, verb.as_str(), code, &text, fx);
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
        let operator = self.operator(id).is_some();
        let may = |verb: &Verb| operator || !verb.is_operators();
        fx.send(id, |o| {
            match one {
                Some(verb) => help_line(o, verb),
                None => Verb::ALL.into_iter().filter(may).for_each(|verb| help_line(o, verb)),
            }
            line::ok(o, "HELP", format_args!(""));
        });
    }
}

fn help_line(out: &mut Vec<u8>, verb: Verb) {
    let operators = if verb.is_operators() { "for operators: " } else { "" };
    line::data(out, format_args!("HELP :{} - {operators}{}", verb.usage(), verb.summary()));
}

impl ListingKind {
    fn verb(self) -> Verb {
        match self {
            ListingKind::Names | ListingKind::Fresh => Verb::Names,
            ListingKind::Who => Verb::Who,
        }
    }
}
