//! The life of a slow reader: behind, fed from what was stored as its output
//! drains, live again. It loses nothing, and costs a fixed amount.

use super::owed::Owed;
use super::room::Rooms;
use super::session::{Behind, Flow, Session, Waits};
use super::visits::Visits;
use super::{Asked, Effect, Effects, Hub, SessionId};
use crate::limits::HISTORY_BYTES;
use crate::protocol::line;
use crate::protocol::{MessageId, Now, Page, Query, StoreFailed, Stored, Target, Ticket};

/// People in the lists that are given to whoever has caught up, whether or not anything
/// in them is new: a line or a few.
const SHORT: usize = 256;

/// Most messages the store is asked for at a time; the bytes are the tighter bound
/// for all but the shortest.
const PAGE_LINES: usize = 1000;

impl Hub {
    /// More than the soft bound is unsent: the session is behind.
    pub(super) fn full(&mut self, id: SessionId, fx: &mut Effects) {
        let seen = self.said.relayed();
        let Some(s) = self.sessions.get_mut(id) else {
            return;
        };
        if s.flow == Flow::Live {
            let (topics, visits) = (self.topics_set, Visits::default());
            let behind = Behind { seen, reading: None, tells_after: seen, topics, visits };
            s.flow = Flow::Behind(Box::new(behind));
            self.behind.insert(id);
            fx.push(Effect::Hold { session: id });
        }
        fx.push(Effect::WhenDrained { session: id });
    }

    /// Everything queued is sent: on with what the session has missed, or asked for.
    pub(super) fn drained(&mut self, id: SessionId, fx: &mut Effects) {
        let Some(s) = self.sessions.get(id) else {
            return;
        };
        if s.flow != Flow::Live {
            self.feed(id, fx);
        } else if s.listing.is_some() {
            self.list_on(id, fx);
        } else {
            self.bans_on(id, fx);
        }
    }

    /// The next portion of what a session has missed: from memory if that reaches back
    /// far enough, otherwise from the store.
    fn feed(&mut self, id: SessionId, fx: &mut Effects) {
        let upto = self.said.relayed();
        let Some(s) = self.sessions.get_mut(id) else {
            return;
        };
        let Flow::Behind(behind) = &s.flow else {
            return;
        };
        let seen = behind.seen;
        if behind.reading.is_some() {
            return;
        }
        let nothing = s.rooms.is_empty() && behind.visits.is_empty() && s.account.is_none();
        if nothing || seen >= upto {
            return self.live_again(id, fx);
        }
        let (s, tagged) = (&*s, s.tagged);
        let mut owed = self.said.take_owed(id);
        let from_memory = self.said.since(seen).map(|missed| {
            let hears = |stored: &Stored| hears(s, &self.rooms, stored);
            let mut portion = Portion { tagged, last: seen, most: HISTORY_BYTES, owed: &mut owed };
            let mut all = true;
            fx.send(id, |o| all = portion.write(o, missed, hears));
            if all { upto } else { portion.last }
        });
        self.said.put_owed(id, owed);
        if let Some(last) = from_memory {
            return self.fed(id, last, fx);
        }
        let rooms = behind.visits.rooms(&s.rooms).into_iter();
        let rooms = rooms.map(|room| self.rooms.get(room).name).collect();
        let (account, lines, bytes) = (s.account, PAGE_LINES, HISTORY_BYTES);
        let query = Query::CatchUp { rooms, account, after: seen, upto, lines, bytes };
        let ticket = self.ticket();
        if let Some(s) = self.sessions.get_mut(id)
            && let Flow::Behind(behind) = &mut s.flow
        {
            behind.reading = Some(ticket);
            self.asked.insert(ticket, Asked { session: id, upto });
            fx.push(Effect::Ask { ticket, query });
        }
    }

    /// The store has read what a session has missed.
    pub(super) fn missed_read(
        &mut self,
        now: Now,
        ticket: Ticket,
        asked: Asked,
        page: Result<Page, StoreFailed>,
        fx: &mut Effects,
    ) {
        let Asked { session: id, upto } = asked;
        let Some(s) = self.sessions.get_mut(id) else {
            return;
        };
        let Flow::Behind(behind) = &mut s.flow else {
            return;
        };
        if behind.reading != Some(ticket) {
            return;
        }
        behind.reading = None;
        let seen = behind.seen;
        let Ok(page) = page else {
            // It cannot be given what it missed, and must not believe it was.
            self.notice(id, "what you missed cannot be read now; connect again later", fx);
            return self.close(now, id, fx);
        };
        if let Some(first) = page.gap {
            let text = format!("some of what you missed is no longer kept: on with id {first}");
            self.notice(id, &text, fx);
        }
        let mut owed = self.said.take_owed(id);
        let mut last = match page.lines.last() {
            Some(stored) if page.more => stored.id,
            _ => upto,
        };
        if let Some(s) = self.sessions.get(id) {
            let hears = |stored: &Stored| hears(s, &self.rooms, stored);
            // The lines are a portion already; what is owed between them is bounded here.
            let most = usize::MAX;
            let mut portion = Portion { tagged: s.tagged, last: seen, most, owed: &mut owed };
            let mut all = true;
            fx.send(id, |o| all = portion.write(o, page.lines.iter(), hears));
            if !all {
                last = portion.last;
            }
        }
        self.said.put_owed(id, owed);
        self.fed(id, last, fx);
    }

    /// A session has been fed up to this id.
    fn fed(&mut self, id: SessionId, upto: MessageId, fx: &mut Effects) {
        if let Some(s) = self.sessions.get_mut(id)
            && let Flow::Behind(behind) = &mut s.flow
        {
            behind.seen = upto;
            // What is owed at the end is a portion of its own.
            if upto >= self.said.relayed() && !self.said.owes_much(id) {
                self.live_again(id, fx);
            } else {
                fx.push(Effect::WhenDrained { session: id });
            }
        }
    }

    /// A session has seen everything that was relayed.
    fn live_again(&mut self, id: SessionId, fx: &mut Effects) {
        let tagged = self.sessions.get(id).is_some_and(|s| s.tagged);
        let mut owed = self.said.take_owed(id);
        fx.send(id, |o| {
            let len = o.len() + HISTORY_BYTES;
            owed.write(o, tagged, None, len);
        });
        if !owed.is_empty() {
            self.said.put_owed(id, owed);
            return fx.push(Effect::WhenDrained { session: id });
        }
        let Some(s) = self.sessions.get_mut(id) else {
            return;
        };
        let topics = match std::mem::replace(&mut s.flow, Flow::Live) {
            Flow::Behind(behind) => behind.topics,
            Flow::Live => self.topics_set,
        };
        s.waits = Waits::Nothing;
        // Short lists are given always, so that whoever catches up can count on them;
        // long ones only if there is something new in them.
        let rooms = s.rooms.as_slice().iter();
        if rooms.map(|room| self.rooms.get(*room).members.len()).sum::<usize>() <= SHORT {
            s.spared = Some(Box::new(s.rooms.clone()));
        }
        self.behind.remove(&id);
        self.missed_topics(id, topics, fx);
        fx.push(Effect::Live { session: id });
        if self.sessions.get(id).is_some_and(Session::is_being_told_a_list) {
            // It was in the middle of a list when it fell behind.
            fx.push(Effect::WhenDrained { session: id });
        } else {
            self.refresh(id, fx);
        }
    }
}

/// Whether a session that is behind is to be fed this message.
fn hears(s: &Session, rooms: &Rooms, stored: &Stored) -> bool {
    let Flow::Behind(behind) = &s.flow else {
        return false;
    };
    match stored.message.to {
        Target::Room(name) => {
            rooms.find(&name).is_some_and(|room| behind.visits.hear(&s.rooms, room, stored.id))
        }
        Target::Person(_) | Target::Passing(_) => {
            stored.id > behind.tells_after
                && s.account.is_some_and(|account| stored.message.is_told_with(account))
        }
    }
}

/// One portion of what a session has missed, with what it is owed between.
struct Portion<'a> {
    tagged: bool,
    /// Up to this id it has everything.
    last: MessageId,
    /// So many bytes are enough.
    most: usize,
    owed: &'a mut Owed,
}

impl Portion<'_> {
    /// Writes what the session hears of this. Whether that was all of it.
    fn write<'m>(
        &mut self,
        out: &mut Vec<u8>,
        missed: impl Iterator<Item = &'m Stored>,
        hears: impl Fn(&Stored) -> bool,
    ) -> bool {
        let start = out.len();
        for stored in missed {
            if hears(stored) {
                let owed =
                    self.owed.write(out, self.tagged, Some(stored.id), start + HISTORY_BYTES);
                if !owed {
                    return false;
                }
                if self.tagged {
                    line::tagged_message(out, stored.id, &stored.message);
                } else {
                    line::message(out, &stored.message);
                }
            }
            self.last = stored.id;
            if out.len() - start >= self.most {
                return false;
            }
        }
        true
    }
}
