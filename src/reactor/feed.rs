//! What the rooms say in one turn, and who hears it.
//!
//! A line is written once a view, into a chunk; at the end of the turn each hearer's
//! outbox gets one slice for all of it. The work is by turn and connection, never by
//! message and connection.
//!
//! ```text
//!  stream of the turn   |--run: room 0--|--run: room 3--|--run: room 0--|
//!  a hearer's position            ^ an answer was queued here: what came before it
//!                                   in its rooms was queued first
//! ```

use std::rc::Rc;

use super::chunk::{Chunk, Slice};
use super::outbox::Outbox;
use crate::hub::{RoomId, RoomList};

/// The turn's lines, in both views.
#[derive(Debug)]
pub(super) struct Feed {
    plain: Stream,
    tagged: Stream,
    /// Which turn it is: a [`Hearer`]'s position is of one turn only.
    turn: u32,
}

/// The turn's lines in one view.
#[derive(Debug)]
struct Stream {
    chunk: Rc<Chunk>,
    runs: Vec<Run>,
    /// Bytes of all runs.
    len: u32,
}

/// Consecutive lines of one room in one chunk, or lines that several rooms hear.
#[derive(Debug)]
struct Run {
    room: RoomId,
    /// The other rooms that hear it, nearly always none; who is in several hears it once.
    others: Box<[RoomId]>,
    slice: Slice,
    /// Bytes of the runs before it.
    base: u32,
}

/// How far a connection has been fed, and what it hears.
#[derive(Debug, Default)]
pub(super) struct Hearer {
    /// Its rooms.
    pub(super) rooms: RoomList,
    /// Whether it has the tagged view.
    pub(super) tagged: bool,
    /// Whether nothing is to be queued for it: it is behind.
    pub(super) held: bool,
    turn: u32,
    position: u32,
}

impl Feed {
    pub(super) fn new() -> Feed {
        Feed { plain: Stream::new(), tagged: Stream::new(), turn: 1 }
    }

    /// A room hears a message, in each view.
    pub(super) fn relay(&mut self, room: RoomId, plain: &[u8], tagged: &[u8]) {
        self.plain.append(room, &[], plain);
        self.tagged.append(room, &[], tagged);
    }

    /// Everybody in any of these rooms hears something, once, the same in both views.
    pub(super) fn announce(&mut self, rooms: &[RoomId], line: &[u8]) {
        if let Some((room, others)) = rooms.split_first() {
            self.plain.append(*room, others, line);
            self.tagged.append(*room, others, line);
        }
    }

    /// Bytes relayed in this turn, in the view that has more.
    pub(super) fn len(&self) -> usize {
        self.plain.len.max(self.tagged.len) as usize
    }

    /// The rooms that have heard something in this turn, each at least once.
    pub(super) fn rooms(&self) -> impl Iterator<Item = RoomId> {
        self.plain.runs.iter().flat_map(Run::rooms)
    }

    /// Queues for a hearer what its rooms have said since it was last fed. To be called
    /// before anything else is queued for it, and before anything about it changes.
    pub(super) fn catch_up(&self, hearer: &mut Hearer, outbox: &mut Outbox) {
        let stream = if hearer.tagged { &self.tagged } else { &self.plain };
        let from = if hearer.turn == self.turn { hearer.position } else { 0 };
        hearer.turn = self.turn;
        hearer.position = stream.len;
        if hearer.held || hearer.rooms.is_empty() || from == stream.len {
            return;
        }
        let first = stream.runs.partition_point(|run| run.base + run.slice.len() as u32 <= from);
        for run in &stream.runs[first..] {
            let heard = hearer.rooms.contains(run.room)
                || run.others.iter().any(|room| hearer.rooms.contains(*room));
            if heard {
                let skip = from.saturating_sub(run.base);
                let slice = Slice { start: run.slice.start + skip, ..run.slice.clone() };
                outbox.push_shared(&slice);
            }
        }
    }

    /// The hearer has the other view from here on.
    pub(super) fn set_view(&self, hearer: &mut Hearer, outbox: &mut Outbox, tagged: bool) {
        self.catch_up(hearer, outbox);
        hearer.tagged = tagged;
        hearer.position = if tagged { self.tagged.len } else { self.plain.len };
    }

    /// The turn is over, and everybody has been fed.
    pub(super) fn end_turn(&mut self) {
        self.plain.end_turn();
        self.tagged.end_turn();
        self.turn = self.turn.wrapping_add(1);
    }
}

impl Run {
    fn rooms(&self) -> impl Iterator<Item = RoomId> {
        std::iter::once(self.room).chain(self.others.iter().copied())
    }
}

impl Stream {
    fn new() -> Stream {
        Stream { chunk: Chunk::new(), runs: Vec::new(), len: 0 }
    }

    fn append(&mut self, room: RoomId, others: &[RoomId], mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let (taken, start, end) = self.chunk.append(bytes);
            if taken == 0 {
                self.chunk = Chunk::new();
                continue;
            }
            bytes = &bytes[taken..];
            let slice = Slice { chunk: self.chunk.clone(), start, end };
            let base = self.len;
            self.len += taken as u32;
            if let Some(run) = self.runs.last_mut()
                && run.room == room
                && *run.others == *others
                && run.slice.extend(&slice)
            {
                continue;
            }
            self.runs.push(Run { room, others: others.into(), slice, base });
        }
    }

    fn end_turn(&mut self) {
        self.runs.clear();
        self.len = 0;
        // Nobody is behind in it: the same warm memory serves the next turn. Otherwise
        // it grows on, so that who is behind in it stays at one slice.
        self.chunk.reuse();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hearer(rooms: &[RoomId], tagged: bool) -> Hearer {
        let mut hearer = Hearer { tagged, ..Hearer::default() };
        rooms.iter().for_each(|room| hearer.rooms.push(*room));
        hearer
    }

    fn text(outbox: &mut Outbox) -> String {
        struct All(Vec<u8>);
        impl std::io::Write for All {
            fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
                self.0.extend_from_slice(bytes);
                Ok(bytes.len())
            }
            fn write_vectored(&mut self, parts: &[std::io::IoSlice<'_>]) -> std::io::Result<usize> {
                parts.iter().try_fold(0, |taken, part| Ok(taken + self.write(part)?))
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        let mut all = All(Vec::new());
        outbox.write(&mut all).unwrap();
        String::from_utf8(all.0).unwrap()
    }

    #[test]
    fn answers_and_lines_keep_their_order() {
        let mut feed = Feed::new();
        let (a, b) = (RoomId(0), RoomId(1));
        let mut one = hearer(&[a], false);
        let mut two = hearer(&[a, b], true);
        let (mut out1, mut out2) = (Outbox::default(), Outbox::default());
        feed.relay(a, b"1 ", b"t1 ");
        feed.relay(b, b"2 ", b"t2 ");
        feed.catch_up(&mut one, &mut out1);
        out1.push_own(b"OK ");
        feed.relay(a, b"3 ", b"t3 ");
        feed.relay(a, b"4 ", b"t4 ");
        feed.catch_up(&mut two, &mut out2);
        out2.push_own(b"OK ");
        feed.relay(a, b"5 ", b"t5 ");
        for (hearer, out) in [(&mut one, &mut out1), (&mut two, &mut out2)] {
            feed.catch_up(hearer, out);
            feed.catch_up(hearer, out);
        }
        feed.end_turn();
        assert_eq!(text(&mut out1), "1 OK 3 4 5 ");
        assert_eq!(text(&mut out2), "t1 t2 t3 t4 OK t5 ");
        feed.relay(a, b"6 ", b"t6 ");
        feed.catch_up(&mut one, &mut out1);
        feed.set_view(&mut one, &mut out1, true);
        feed.relay(a, b"7 ", b"t7 ");
        feed.catch_up(&mut one, &mut out1);
        assert_eq!(text(&mut out1), "6 t7 ");
    }

    #[test]
    fn who_is_held_gets_nothing_and_who_enters_nothing_from_before() {
        let mut feed = Feed::new();
        let a = RoomId(0);
        let (mut held, mut late) = (Hearer::default(), Hearer::default());
        let mut out = Outbox::default();
        held.rooms.push(a);
        held.held = true;
        feed.relay(a, b"1 ", b"");
        feed.catch_up(&mut held, &mut out);
        feed.catch_up(&mut late, &mut out);
        late.rooms.push(a);
        feed.relay(a, b"2 ", b"");
        feed.catch_up(&mut late, &mut out);
        assert_eq!(text(&mut out), "2 ");
    }

    #[test]
    fn what_several_rooms_hear_is_heard_once() {
        let mut feed = Feed::new();
        let (a, b, c) = (RoomId(0), RoomId(1), RoomId(2));
        let mut hearers = [hearer(&[a, b], false), hearer(&[b], true), hearer(&[c], false)];
        let mut outs = [Outbox::default(), Outbox::default(), Outbox::default()];
        feed.relay(a, b"1 ", b"t1 ");
        feed.announce(&[a, b], b"2 ");
        feed.announce(&[a], b"3 ");
        let mut rooms: Vec<RoomId> = feed.rooms().collect();
        rooms.sort_unstable();
        rooms.dedup();
        assert_eq!(rooms, [a, b], "who is written to at the end of the turn");
        let heard = hearers.iter_mut().zip(&mut outs).map(|(hearer, out)| {
            feed.catch_up(hearer, out);
            text(out)
        });
        assert_eq!(heard.collect::<Vec<_>>(), ["1 2 3 ", "2 ", ""]);
    }

    #[test]
    fn more_than_a_chunk_is_split_without_a_gap() {
        let mut feed = Feed::new();
        let line = [b'x'; 5000];
        for _ in 0..40 {
            feed.relay(RoomId(0), &line, b"");
        }
        let mut hearer = hearer(&[RoomId(0)], false);
        let mut out = Outbox::default();
        feed.catch_up(&mut hearer, &mut out);
        assert_eq!(out.len(), 200_000);
        assert_eq!(text(&mut out).len(), 200_000);
    }
}
