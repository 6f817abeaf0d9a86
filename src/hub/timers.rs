//! What is due when. Time comes from outside, as an argument.

use std::collections::BTreeSet;

use super::room::RoomId;
use super::session::{Doing, Waits};
use super::{Effects, Hub, SessionId};
use crate::limits::PING_AFTER_MS;
use crate::protocol::{Code, Now, line};

/// Something that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    /// A session has to have given its name, or is to be asked PING.
    Session(SessionId),
    /// A room is to be told who came and went.
    Presence(RoomId),
}

/// All that is due, soonest first. Invariant: one entry a session at most, whose
/// moment stands in its `due_ms`, and one a room that has news.
#[derive(Debug, Default)]
pub(super) struct Timers {
    due: BTreeSet<(u64, Timer)>,
}

impl Timers {
    /// Sets a timer that is not set.
    pub(super) fn set(&mut self, at_ms: u64, timer: Timer) {
        self.due.insert((at_ms, timer));
    }

    /// Clears a timer.
    pub(super) fn clear(&mut self, at_ms: u64, timer: Timer) {
        self.due.remove(&(at_ms, timer));
    }

    /// How many are set.
    pub(super) fn len(&self) -> usize {
        self.due.len()
    }

    /// The soonest moment.
    pub(super) fn next(&self) -> Option<u64> {
        self.due.first().map(|(at, _)| *at)
    }

    /// Takes out one timer whose moment has come.
    fn pop(&mut self, now_ms: u64) -> Option<Timer> {
        if self.next()? > now_ms {
            return None;
        }
        self.due.pop_first().map(|(_, timer)| timer)
    }
}

impl Hub {
    /// Does what is due.
    pub(super) fn due(&mut self, now: Now, fx: &mut Effects) {
        while let Some(timer) = self.timers.pop(now.mono_ms) {
            match timer {
                Timer::Session(id) => self.session_due(now, id, fx),
                Timer::Presence(room) => self.tell_presence(room, fx),
            }
        }
    }

    fn session_due(&mut self, now: Now, id: SessionId, fx: &mut Effects) {
        let Some(s) = self.sessions.get_mut(id) else {
            return;
        };
        s.due_ms = None;
        if s.name.is_none() {
            if matches!(s.doing.as_deref(), Some(Doing::Account)) {
                // Its password is being looked at: it did what it was asked. (Being
                // behind is no excuse, or who reads slowly would never need a name.)
                self.set_session_timer(id, now.mono_ms + 1000);
                return;
            }
            let secs = self.settings.limits.name_timeout_secs;
            fx.send(id, |o| {
                let text =
                    format_args!("no name within {secs} seconds; connect again and type NAME");
                line::fail(o, "LINE", Code::NameTimeout, text);
            });
            self.close(now, id, fx);
        } else if s.tagged {
            if s.is_busy() || s.in_flight > 0 || s.waits != Waits::Nothing {
                // It waits for us, and a PONG of its own would wait as well. Whether it
                // still reads is seen by what is unsent.
                s.heard_ms = now.mono_ms;
                s.pinged = false;
            }
            let silent_until = s.heard_ms + PING_AFTER_MS;
            if now.mono_ms < silent_until {
                self.set_session_timer(id, silent_until);
            } else if s.pinged {
                self.close(now, id, fx);
            } else {
                s.pinged = true;
                // Any line at all is an answer; the token only lets a client match it.
                fx.send(id, |o| line::data(o, format_args!("PING {}", now.mono_ms)));
                self.set_session_timer(id, now.mono_ms + PING_AFTER_MS);
            }
        }
    }

    /// Sets a session's timer anew.
    pub(super) fn set_session_timer(&mut self, id: SessionId, at_ms: u64) {
        self.clear_session_timer(id);
        if let Some(s) = self.sessions.get_mut(id) {
            s.due_ms = Some(at_ms);
            self.timers.set(at_ms, Timer::Session(id));
        }
    }

    /// Takes a session's timer away.
    pub(super) fn clear_session_timer(&mut self, id: SessionId) {
        if let Some(s) = self.sessions.get_mut(id)
            && let Some(at) = s.due_ms.take()
        {
            self.timers.clear(at, Timer::Session(id));
        }
    }
}
