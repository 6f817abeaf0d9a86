//! Forgetting: the oldest messages beyond the number kept, and those older than the
//! days kept, a few hundred at a time.
//!
//! Nothing is forgotten by the clock alone: it happens after messages were stored,
//! and a history that nobody adds to stays. **Which time is believed:** that of the
//! messages. A step forward of more than a week, which a silent week or a clock gone
//! wrong both look like, is believed only when messages have borne such times for a
//! day; a step back is believed at once, since it only keeps more. A clock that
//! jumps to 2099 therefore costs nothing if it is put right within a day.

use rusqlite::Connection;

use super::batch::{Refused, sql_id};
use super::{fault, talks, volumes};
use crate::limits::NONCE_KEPT_MS;
use crate::protocol::Timestamp;

/// Most messages, and most nonces, forgotten in one step: a millisecond or so.
const STEP: u64 = 256;

/// Steps' worth of messages that are looked at for one that has to go: how many a
/// wrong clock may have dated into the future without stopping what is behind them.
const LOOK: u64 = 16;

/// Messages stored between one look and the next, and so many that may be beyond the
/// number kept before there is one: fewer where fewer are kept.
const EVERY: u64 = 256;

/// Messages beyond the number kept at which pruning no longer waits for a pause.
const OVERDUE: u64 = 4096;

const DAY_MS: u64 = 24 * 60 * 60 * 1000;
const WEEK_MS: u64 = 7 * DAY_MS;

/// What is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Keep {
    /// Messages, over all rooms.
    pub(super) messages: u64,
    /// Days.
    pub(super) days: u32,
}

/// Knows when something is to be forgotten, and forgets it.
pub(super) struct Pruner {
    keep: Keep,
    calendar: Calendar,
    /// Messages in the file.
    count: u64,
    /// Messages stored since the last look.
    since: u64,
    /// Messages that the next step may take: as many as came, so that it keeps up.
    debt: u64,
    /// Whether the last look found something, or there was none yet.
    due: bool,
}

impl Pruner {
    pub(super) fn new(keep: Keep) -> Pruner {
        Pruner { keep, calendar: Calendar::default(), count: 0, since: 0, debt: 0, due: false }
    }

    /// Keeps this from now on, and looks at once whether that is less.
    pub(super) fn set(&mut self, keep: Keep) {
        self.due |= keep != self.keep;
        self.keep = keep;
    }

    /// Looks at a file just opened.
    pub(super) fn begin(&mut self, conn: &Connection) -> rusqlite::Result<()> {
        let newest = conn
            .prepare("SELECT at FROM messages ORDER BY id DESC LIMIT 1")?
            .query([])?
            .next()?
            .map(|row| row.get::<_, i64>(0))
            .transpose()?;
        self.calendar = Calendar::default();
        if let Some(at) = newest {
            self.calendar.see(at.unsigned_abs());
        }
        // Counted by the bits, 64 messages a row: a COUNT(*) would read every page.
        self.count = 0;
        let mut select = conn.prepare("SELECT bits FROM blocks")?;
        let mut rows = select.query(())?;
        while let Some(row) = rows.next()? {
            self.count += u64::from(row.get::<_, i64>(0)?.count_ones());
        }
        self.due = true;
        Ok(())
    }

    /// So many messages were taken out by something else.
    pub(super) fn gone(&mut self, messages: u64) {
        self.count = self.count.saturating_sub(messages);
    }

    /// Messages were stored, the last of them at this time.
    pub(super) fn stored(&mut self, messages: u64, at: Option<Timestamp>) {
        if let Some(at) = at {
            self.calendar.see(at.ms());
        }
        self.count += messages;
        self.since += messages;
        self.debt += messages;
        let slack = (self.keep.messages / EVERY).clamp(1, EVERY);
        if self.since >= EVERY || self.count >= self.keep.messages.saturating_add(slack) {
            self.since = 0;
            self.due = true;
        }
    }

    pub(super) fn is_due(&self) -> bool {
        self.due
    }

    pub(super) fn is_overdue(&self) -> bool {
        self.count > self.keep.messages.saturating_add(OVERDUE)
    }

    /// The disk refused: it is tried again when more was stored.
    pub(super) fn give_up(&mut self) {
        self.due = false;
    }

    /// Forgets a few, and says how many; 0 when nothing is left to forget.
    pub(super) fn step(&mut self, conn: &Connection) -> Result<u64, Refused> {
        let most = if self.is_overdue() { (2 * self.debt).clamp(STEP, LOOK * STEP) } else { STEP };
        self.debt = 0;
        let excess = self.count.saturating_sub(self.keep.messages);
        let mut doomed = self.choose(conn, excess, most)?;
        let nonces = self.calendar.believed.saturating_sub(NONCE_KEPT_MS) as i64;
        fault::point()?;
        let transaction = conn.unchecked_transaction()?;
        let mut gone = conn
            .prepare_cached(
                "DELETE FROM nonces WHERE (account, nonce) IN
                 (SELECT account, nonce FROM nonces WHERE at <= ?1 ORDER BY at LIMIT ?2)",
            )?
            .execute((nonces, STEP as i64))? as u64;
        let mut messages = 0;
        if let Some(&(last, _)) = doomed.last() {
            messages = conn
                .prepare_cached("DELETE FROM messages WHERE id <= ?1")?
                .execute((last,))? as u64;
            forget_blocks(conn, &mut doomed)?;
            volumes::prune_notes(conn, last)?;
            gone += messages;
        }
        fault::point()?;
        transaction.commit()?;
        self.count = self.count.saturating_sub(messages);
        self.due = gone > 0;
        Ok(gone)
    }

    /// Ids and rooms of the oldest messages that are to go.
    fn choose(
        &self,
        conn: &Connection,
        excess: u64,
        most: u64,
    ) -> rusqlite::Result<Vec<(i64, i64)>> {
        let oldest = self.calendar.believed.saturating_sub(u64::from(self.keep.days) * DAY_MS);
        let mut select =
            conn.prepare_cached("SELECT id, room, at FROM messages ORDER BY id LIMIT ?1")?;
        let mut rows = select.query(((LOOK * STEP) as i64,))?;
        let mut seen = Vec::new();
        let mut doomed = 0;
        while let Some(row) = rows.next()? {
            let at = row.get::<_, i64>(2)?.unsigned_abs();
            let beyond = (seen.len() as u64) < excess;
            // Ids and times may disagree after a clock was wrong. The first message
            // young enough ends it; one from the future goes with what is around it.
            if !beyond && (oldest..=self.calendar.believed).contains(&at) {
                break;
            }
            seen.push((row.get(0)?, row.get(1)?));
            if beyond || at < oldest {
                doomed = seen.len();
                if doomed as u64 >= most {
                    break;
                }
            }
        }
        seen.truncate(doomed.min(most as usize));
        Ok(seen)
    }
}

/// Takes the bits of these ids out, and notes for each room how far it is pruned.
fn forget_blocks(conn: &Connection, doomed: &mut [(i64, i64)]) -> rusqlite::Result<()> {
    doomed.sort_unstable_by_key(|&(id, room)| (room, id));
    let mut note = conn.prepare_cached("UPDATE rooms SET pruned = ?2 WHERE id = ?1")?;
    let mut drop_whole =
        conn.prepare_cached("DELETE FROM blocks WHERE room = ?1 AND block < ?2")?;
    let mut drop_bits =
        conn.prepare_cached("UPDATE blocks SET bits = bits & ?3 WHERE room = ?1 AND block = ?2")?;
    for group in doomed.chunk_by(|a, b| a.1 == b.1) {
        let (id, room) = group[group.len() - 1];
        let block = id / 64;
        if room < 0 {
            talks::prune(conn, room, sql_id(id.unsigned_abs()))?;
        } else {
            note.execute((room, sql_id(id.unsigned_abs())))?;
        }
        drop_whole.execute((room, block))?;
        // Bits above this id's.
        let mask = !(u64::MAX >> (63 - id % 64)) as i64;
        drop_bits.execute((room, block, mask))?;
    }
    Ok(())
}

/// Which of the messages' times are believed; the file's head has the rule.
#[derive(Debug, Default)]
struct Calendar {
    /// Milliseconds since 1970; 0 before the first message.
    believed: u64,
    /// The first time of a step forward that is not believed yet.
    doubted: Option<u64>,
}

impl Calendar {
    fn see(&mut self, at: u64) {
        if self.believed == 0 || at <= self.believed.saturating_add(WEEK_MS) {
            *self = Calendar { believed: at, doubted: None };
            return;
        }
        match self.doubted {
            Some(first) if at >= first.saturating_add(DAY_MS) => {
                *self = Calendar { believed: at, doubted: None };
            }
            Some(first) if at >= first => {}
            _ => self.doubted = Some(at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leap_is_believed_after_a_day_and_a_step_back_at_once() {
        let now = 1_795_000_000_000;
        let far = now + 70 * 365 * DAY_MS;
        let mut calendar = Calendar::default();
        for (at, believed) in [
            (now, now),
            (now + WEEK_MS, now + WEEK_MS),
            (now, now),
            (far, now),
            (far + DAY_MS - 1, now),
            (now + 1, now + 1),
            (far + DAY_MS, now + 1),
            (far + 2 * DAY_MS - 1, now + 1),
            (far + 2 * DAY_MS, far + 2 * DAY_MS),
            (0, 0),
        ] {
            calendar.see(at);
            assert_eq!(calendar.believed, believed, "{at}");
        }
    }
}
