//! The place against a plain picture of the screen: whatever comes, goes or turns out
//! taller than thought, the topmost row in view stays where it is.

use std::collections::VecDeque;

use taifas_client::{Mark, Message, MessageId, Pending};

use super::super::column::{Column, Key};
use super::super::made_up::{Random, message};
use super::*;

/// A room whose rows have true heights that nobody knows before measuring.
struct Room {
    column: Column,
    messages: VecDeque<Message>,
    pending: Vec<Pending>,
    place: Place,
    bounds: Bounds,
    /// Another width makes all heights others.
    width: u64,
    /// The top of each text in view, by its row.
    screen: Vec<(Key, f64)>,
    last: Option<(f64, f64)>,
}

impl Room {
    fn new() -> Room {
        Room {
            column: Column::default(),
            messages: VecDeque::new(),
            pending: Vec::new(),
            place: Place::default(),
            bounds: Bounds { view: 400.0, head: 48.0, tail: 12.0 },
            width: 1,
            screen: Vec::new(),
            last: None,
        }
    }

    /// The lines above a text depend on the row before, as day lines and names do.
    fn size(key: Key, above: Option<Key>, width: u64) -> Size {
        let number = |key: Key| match key {
            Key::Message(id) => id.get(),
            Key::Pending(mark) => mark.0 + 7,
        };
        let starts = above.is_none_or(|above| !(number(above) + number(key)).is_multiple_of(3));
        let lines = 1 + number(key).wrapping_mul(2_654_435_761) % 97 % (2 + 9 * width);
        Size { above: if starts { 32.25 } else { 4.0 }, text: lines as f32 * 20.25 }
    }

    /// One frame.
    fn frame(&mut self, moves: Option<Move>) {
        self.column.follow(&self.messages, &self.pending, |_, _| 30.0);
        let keys: Vec<Key> = (0..self.column.len()).map(|row| self.column.key(row)).collect();
        let mut measured = 0;
        let width = self.width;
        let settled = self.place.settle(&mut self.column, self.bounds, moves, |row| {
            measured += 1;
            let above = row.checked_sub(1).map(|row| keys[row]);
            (Room::size(keys[row], above, width), keys[row])
        });
        assert!(measured < 200, "{measured} rows measured for one view");
        self.screen.clear();
        let mut end: Option<(usize, f64)> = None;
        for row in &settled.rows {
            assert_eq!(row.laid, keys[row.row]);
            if let Some((above, bottom)) = end {
                assert_eq!(row.row, above + 1, "no row is left out");
                assert!((row.top - bottom).abs() < 1e-6, "rows neither overlap nor part");
            }
            end = Some((row.row, row.bottom()));
            self.screen.push((row.laid, row.top + f64::from(row.size.above)));
        }
        self.whole(&settled);
        self.last = Some((settled.offset, settled.total));
    }

    /// The view is full, and the scroll bar says the truth.
    fn whole(&self, settled: &Settled<Key>) {
        let (Some(first), Some(last)) = (settled.rows.first(), settled.rows.last()) else {
            assert_eq!(self.column.len(), 0);
            return;
        };
        let Bounds { view, head, tail } = self.bounds;
        if last.row + 1 < self.column.len() {
            assert!(last.bottom() > view - 1e-6, "room below");
        } else {
            assert!(last.bottom() > view - tail - 1e-6, "room below the last");
        }
        let is_short = settled.total <= view + 1e-6;
        if first.row > 0 {
            assert!(first.top < 1e-6, "room above");
        } else {
            assert!(is_short || first.top < head + 1e-6, "room above the first");
        }
        if !is_short {
            let top = head + self.column.top(first.row) - settled.offset;
            assert!((top - first.top).abs() < 1e-6, "the offset is where the view is");
            assert!(settled.offset + view < settled.total + 1e-6);
        }
    }

    fn edges(&self) -> (bool, bool) {
        let (offset, total) = self.last.expect("a frame");
        (offset < 1e-6, offset + self.bounds.view > total - 1e-6)
    }

    /// Whatever was done to the rows: the first text that begins in view and is still
    /// there has not moved. It may only where there is nothing to scroll any more.
    fn holds(&mut self, what: &str) {
        let before = self.screen.clone();
        let followed = self.place.is_at_newest();
        self.frame(None);
        if followed {
            assert!(self.place.is_at_newest(), "{what}: following stopped");
            return;
        }
        let mut in_view = before.iter().filter(|(_, text)| *text >= 0.0);
        let there = in_view.find(|(key, _)| self.column.find(*key).is_some());
        // A smaller window may end above it.
        let Some((key, text)) = there.filter(|(_, text)| *text < self.bounds.view) else {
            return;
        };
        let now = self.screen.iter().find(|(known, _)| known == key).map(|(_, text)| *text);
        let (at_top, at_end) = self.edges();
        if !(at_top || at_end) {
            let now = now.unwrap_or_else(|| panic!("{what}: {key:?} has left the view"));
            assert!((now - text).abs() < 1e-6, "{what}: {key:?} moved from {text} to {now}");
        }
    }

    fn come(&mut self, random: &mut Random) -> &'static str {
        let first = self.messages.front().map_or(1_000_000, |m| m.id.get());
        let last = self.messages.back().map_or(1_000_000, |m| m.id.get());
        match random.below(8) {
            0 | 1 => {
                self.messages.push_back(message(last + 1 + random.below(2), "ana", 0, "x"));
                "a message"
            }
            2 => {
                for id in (first - 1 - random.below(60)..first).rev() {
                    self.messages.push_front(message(id, "ana", 0, "x"));
                }
                "a page of older ones"
            }
            3 => {
                let id = first + random.below(last - first + 1);
                if let Err(at) = self.messages.binary_search_by_key(&id, |m| m.id.get()) {
                    self.messages.insert(at, message(id, "ana", 0, "x"));
                }
                "one in the middle"
            }
            4 => {
                let most = (self.messages.len() as u64).saturating_sub(1).min(40);
                self.messages.drain(..random.below(most + 1) as usize);
                "the oldest gone"
            }
            5 => {
                let mark = Mark(random.below(20));
                if let Some(at) = self.pending.iter().position(|own| own.mark == mark) {
                    self.pending.remove(at);
                } else {
                    let delivery = taifas_client::Delivery::Waiting;
                    self.pending.push(Pending { mark, text: "x".into(), delivery });
                }
                "something pending"
            }
            6 => {
                self.bounds.view = 200.0 + random.below(600) as f64;
                "a window of another height"
            }
            _ => {
                self.width = 1 + random.below(3);
                self.column.estimate_all(&self.messages, |_, _| 30.0);
                "a window of another width"
            }
        }
    }
}

#[test]
fn nothing_moves_under_the_readers_eyes() {
    for seed in 1..=300 {
        let mut random = Random::new(seed);
        let mut room = Room::new();
        for id in 0..random.below(400) {
            room.messages.push_back(message(1_000_001 + id, "ana", 0, "x"));
        }
        room.frame(None);
        for _ in 0..80 {
            if random.below(3) == 0 {
                let by = random.below(1600) as f64 - 900.0;
                let before = room.screen.clone();
                room.frame(Some(Move::By(by)));
                moved(&room, &before, by);
            } else {
                let what = room.come(&mut random);
                room.holds(&format!("seed {seed}: {what}"));
            }
        }
    }
}

/// What is in view before and after scrolling has moved by just that, unless an end was
/// reached.
fn moved(room: &Room, before: &[(Key, f64)], by: f64) {
    let (at_top, at_end) = room.edges();
    if at_top || at_end || by.abs() > 2.0 * room.bounds.view {
        return;
    }
    for (key, text) in before {
        if let Some((_, now)) = room.screen.iter().find(|(known, _)| known == key) {
            assert!((now - (text - by)).abs() < 1e-6, "{key:?}: {text} by {by} is {now}");
        }
    }
}

fn full(count: u64) -> Room {
    let mut room = Room::new();
    room.messages = (1..=count).map(|id| message(id, "ana", 0, "x")).collect();
    room.frame(None);
    room
}

#[test]
fn the_ends_are_reached_and_the_newest_is_followed() {
    let mut room = full(3000);
    assert!(room.place.is_at_newest());
    room.frame(Some(Move::Pages(-1.0)));
    assert!(!room.place.is_at_newest());
    room.messages.push_back(message(3001, "ana", 0, "x"));
    room.frame(None);
    assert!(!room.place.is_at_newest(), "reading is not disturbed");
    room.frame(Some(Move::Newest));
    assert!(room.place.is_at_newest());
    assert_eq!(room.screen.last().map(|(key, _)| *key), Some(Key::Message(MessageId::new(3001))));
    room.frame(Some(Move::Oldest));
    assert_eq!(room.screen.first().map(|(key, _)| *key), Some(Key::Message(MessageId::new(1))));
    assert_eq!(room.last.map(|(offset, _)| offset), Some(0.0));
    // Page by page to the end, through rows that nobody has seen yet.
    let mut pages = 0;
    while !room.place.is_at_newest() {
        room.frame(Some(Move::Pages(0.9)));
        pages += 1;
        assert!(pages < 3000);
    }
    assert!(pages > 100, "{pages}");
}

#[test]
fn when_all_in_view_is_gone_the_oldest_is_shown() {
    let mut room = full(500);
    room.frame(Some(Move::Oldest));
    room.messages.drain(..200);
    room.frame(None);
    assert_eq!(room.screen.first().map(|(key, _)| *key), Some(Key::Message(MessageId::new(201))));
}

#[test]
fn few_rows_stand_at_the_bottom() {
    let mut room = full(2);
    assert!(room.place.is_at_newest());
    let bottom = |room: &Room| {
        let (key, text) = *room.screen.last().expect("a row");
        text + f64::from(Room::size(key, None, 1).text)
    };
    assert!((bottom(&room) - (400.0 - 12.0)).abs() < 1e-6);
    room.frame(Some(Move::By(-50.0)));
    assert!((bottom(&room) - (400.0 - 12.0)).abs() < 1e-6, "nothing to scroll");
}

#[test]
fn a_window_without_room_for_messages_keeps_the_place() {
    for view in [0.0, -40.0] {
        let mut room = Room::new();
        room.messages = (1..=300).map(|id| message(id, "ana", 0, "x")).collect();
        room.frame(None);
        room.frame(Some(Move::By(-700.0)));
        let (before, bounds) = (room.screen.clone(), room.bounds);
        for _ in 0..3 {
            room.column.follow(&room.messages, &room.pending, |_, _| 30.0);
            let flat = Bounds { view, ..bounds };
            let keys: Vec<Key> = (0..room.column.len()).map(|row| room.column.key(row)).collect();
            room.place.settle(&mut room.column, flat, None, |row| {
                (Room::size(keys[row], row.checked_sub(1).map(|row| keys[row]), 1), ())
            });
        }
        room.frame(None);
        assert_eq!(room.screen, before, "{view}");
    }
}
