//! The life of a slow reader: behind, fed from what was stored as its output
//! drains, live again. It loses nothing, and costs a fixed amount.

use std::collections::VecDeque;

use super::room::Rooms;
use super::said::Owed;
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
            let mut last = upto;
            fx.send(id, |o| {
                let start = o.len();
                for stored in missed {
                    if hears(s, &self.rooms, stored) {
                        write_missed(o, tagged, stored, &mut owed);
                    }
                    if o.len() - start >= HISTORY_BYTES {
                        last = stored.id;
                        break;
                    }
                }
            });
            last
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
        if let Some(s) = self.sessions.get(id) {
            let missed = page.lines.iter().filter(|stored| hears(s, &self.rooms, stored));
            fx.send(id, |o| {
                missed.for_each(|stored| write_missed(o, s.tagged, stored, &mut owed));
            });
        }
        self.said.put_owed(id, owed);
        let last = match page.lines.last() {
            Some(stored) if page.more => stored.id,
            _ => upto,
        };
        self.fed(id, last, fx);
    }

    /// A session has been fed up to this id.
    fn fed(&mut self, id: SessionId, upto: MessageId, fx: &mut Effects) {
        if let Some(s) = self.sessions.get_mut(id)
            && let Flow::Behind(behind) = &mut s.flow
        {
            behind.seen = upto;
            if upto >= self.said.relayed() {
                self.live_again(id, fx);
            } else {
                fx.push(Effect::WhenDrained { session: id });
            }
        }
    }

    /// A session has seen everything that was relayed.
    fn live_again(&mut self, id: SessionId, fx: &mut Effects) {
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
        let owed = self.said.take_owed(id);
        fx.send(id, |o| owed.iter().for_each(|owed| owed.write(o)));
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

/// Writes a message that a session has missed, behind the answers that come before it.
fn write_missed(out: &mut Vec<u8>, tagged: bool, stored: &Stored, owed: &mut VecDeque<Owed>) {
    while let Some(answer) = owed.front().filter(|owed| owed.is_before(stored.id)) {
        answer.write(out);
        owed.pop_front();
    }
    if tagged {
        line::tagged_message(out, stored.id, &stored.message);
    } else {
        line::message(out, &stored.message);
    }
}
