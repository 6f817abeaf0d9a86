//! History and catch-up against a naive model, pruning, and what a page says when
//! it no longer reaches back.

#![cfg(feature = "server")]

mod store_common;

use std::collections::BTreeMap;

use store_common::*;
use taifas::protocol::line::hist_len;
use taifas::protocol::{
    AccountId, Message, MessageId, Page, Query, Span, Stored, Target, Timestamp,
};

const ROOMS: [&str; 4] = ["#lobby", "#Two", "#three", "#silent"];

/// Every message ever stored, and how a page is made of those that are left.
struct Model {
    all: BTreeMap<u64, Message>,
    /// The lowest id that is left.
    first: u64,
    last: u64,
}

impl Model {
    fn covered(&self, query: &Query, above: u64, upto: u64) -> Vec<Stored> {
        self.all
            .iter()
            .filter(|(id, message)| {
                **id >= self.first && **id > above && **id <= upto && is_about(query, message)
            })
            .map(|(id, message)| Stored { id: MessageId(*id), message: message.clone().into() })
            .collect()
    }

    fn gap(&self, query: &Query, after: u64) -> Option<MessageId> {
        let lost = self.all.range(after.saturating_add(1)..self.first.max(after.saturating_add(1)));
        let lost = lost.filter(|(_, message)| is_about(query, message)).count();
        let first = self.covered(query, after, u64::MAX).first().map(|stored| stored.id);
        (lost > 0).then(|| first.unwrap_or(MessageId(self.last + 1)))
    }

    fn answer(&self, query: &Query) -> Page {
        let (span, upto, lines, bytes) = match query {
            Query::History { span, upto, lines, bytes, .. }
            | Query::Talk { span, upto, lines, bytes, .. } => (*span, *upto, *lines, *bytes),
            Query::CatchUp { after, upto, lines, bytes, .. } => {
                (Span::After(*after), *upto, *lines, *bytes)
            }
            Query::Untold { .. } | Query::Search { .. } => unreachable!("not asked here"),
        };
        let mut page = match span {
            Span::After(id) => self.forward(query, id, upto, lines, bytes),
            Span::Latest => self.backward(query, upto.0, lines, bytes),
            Span::Before(id) => {
                self.backward(query, upto.0.min(id.0.saturating_sub(1)), lines, bytes)
            }
        };
        // Pruning does not make strangers of them.
        page.strangers = matches!(query, Query::Talk { .. })
            && !self.all.values().any(|message| is_about(query, message));
        page
    }

    fn forward(
        &self,
        query: &Query,
        after: MessageId,
        upto: MessageId,
        lines: usize,
        bytes: usize,
    ) -> Page {
        let (lines, more) = cut(self.covered(query, after.0, upto.0), lines, bytes);
        Page { lines, more, gap: self.gap(query, after.0), ..Page::default() }
    }

    fn backward(&self, query: &Query, upto: u64, lines: usize, bytes: usize) -> Page {
        let mut covered = self.covered(query, 0, upto);
        covered.reverse();
        let (mut lines, more) = cut(covered, lines, bytes);
        lines.reverse();
        Page { lines, more, ..Page::default() }
    }
}

fn is_about(query: &Query, message: &Message) -> bool {
    match query {
        Query::History { room, .. } => message.room() == Some(*room),
        Query::Talk { account, with, .. } => {
            let other = match &message.to {
                Target::Person(to) if message.account == Some(*account) => to.name,
                _ => message.sender,
            };
            message.is_told_with(*account) && other == *with
        }
        Query::CatchUp { rooms, account, .. } => {
            message.room().is_some_and(|room| rooms.contains(&room))
                || account.is_some_and(|account| message.is_told_with(account))
        }
        Query::Untold { .. } | Query::Search { .. } => unreachable!("not asked here"),
    }
}

fn cut(mut covered: Vec<Stored>, lines: usize, bytes: usize) -> (Vec<Stored>, bool) {
    let mut total = 0;
    let fitting = covered
        .iter()
        .enumerate()
        .take_while(|(n, stored)| {
            total += hist_len(stored);
            *n == 0 || (*n < lines && total <= bytes)
        })
        .count();
    let more = fitting < covered.len();
    covered.truncate(fitting);
    (covered, more)
}

fn any_query(random: &mut Random, last: u64) -> Query {
    let upto = match random.below(3) {
        0 => MessageId(u64::MAX),
        1 => MessageId(last),
        _ => MessageId(random.below(last + 2)),
    };
    let id = MessageId(if random.below(20) == 0 { u64::MAX } else { random.below(last + 3) });
    let lines = random.below(120) as usize;
    let most = [300, 20_000][random.below(2) as usize];
    let bytes = random.below(most) as usize;
    if random.below(3) == 0 {
        let mut rooms: Vec<_> = ROOMS.iter().map(|name| room(name)).collect();
        rooms.rotate_left(random.below(4) as usize);
        rooms.truncate(random.below(5) as usize);
        let account = [None, Some(AccountId(1)), Some(AccountId(9))][random.below(3) as usize];
        return Query::CatchUp { rooms, account, after: id, upto, lines, bytes };
    }
    let span = [Span::Latest, Span::After(id), Span::Before(id)][random.below(3) as usize];
    if random.below(3) == 0 {
        let (account, with) = (AccountId(1 + random.below(4)), 1 + random.below(4));
        let with = format!("U{with}").parse().unwrap();
        return Query::Talk { account, with, span, upto, lines, bytes };
    }
    let room = room(ROOMS[random.below(4) as usize]);
    Query::History { room, span, upto, lines, bytes }
}

fn any_message(random: &mut Random) -> Message {
    if random.below(5) == 0 {
        let (from, to) = (1 + random.below(3), 1 + random.below(3));
        return tell(from, to, &"x".repeat(random.below(60) as usize), random.below(2) == 0);
    }
    // Long stretches of one room and single messages of another, in one folder.
    let room = match random.below(100) {
        0 => ROOMS[2],
        n if n < 30 => ROOMS[1],
        _ => ROOMS[0],
    };
    message(room, &"ăx".repeat(random.below(60) as usize))
}

/// A message as it is read: that nobody was there is no news any more.
fn read_back(mut message: Message) -> Message {
    if let Target::Person(to) = &mut message.to {
        to.away = false;
    }
    message
}

#[test]
fn pages_are_the_models() {
    let seed = 0x5eed_0001;
    println!("seed {seed:#x}");
    let random = &mut Random(seed);
    let dir = Folder::new("pages-model");
    let mut model = Model { all: BTreeMap::new(), first: 0, last: 0 };
    let mut rig = Rig::open(options(dir.path()));
    for round in 0..12 {
        let count = random.below(300);
        let messages: Vec<_> = (0..count).map(|_| any_message(random)).collect();
        let outcomes = rig.append(messages.clone());
        for (outcome, message) in outcomes.into_iter().zip(messages) {
            model.last = stored(outcome);
            model.all.insert(model.last, read_back(message));
        }
        for _ in 0..150 {
            let query = any_query(random, model.last);
            assert_eq!(rig.ask(query.clone()), Ok(model.answer(&query)), "{query:?}");
        }
        if round % 4 == 3 {
            rig.store.close();
            rig = Rig::open(options(dir.path()));
        }
    }
    // The lobby's alone; the others' are read when somebody enters.
    assert_eq!(rig.opened.recent.len(), 20);
    assert!(rig.opened.recent.iter().all(|stored| stored.message.room() == Some(room("#lobby"))));
}

#[test]
fn what_is_pruned_is_a_gap() {
    let random = &mut Random(0x5eed_0002);
    let dir = Folder::new("pages-pruned");
    let mut rig = Rig::open(options(dir.path()).keeping(500));
    let mut model = Model { all: BTreeMap::new(), first: 0, last: 0 };
    rig.append([message("#three", "the only one here"), tell(1, 3, "nor here", true)]);
    model.all.insert(1, message("#three", "the only one here"));
    model.all.insert(2, read_back(tell(1, 3, "nor here", true)));
    // The last batch is large enough to be followed by a look.
    for count in [103; 17].into_iter().chain([300]) {
        let messages: Vec<_> = (0..count)
            .map(|n| match random.below(2) {
                0 if n % 3 == 0 => tell(1, 2, "x", false),
                room => message(ROOMS[room as usize], "x"),
            })
            .collect();
        for (outcome, message) in rig.append(messages.clone()).into_iter().zip(messages) {
            model.last = stored(outcome);
            model.all.insert(model.last, read_back(message));
        }
    }
    loop {
        let rooms = ROOMS.iter().map(|name| room(name)).collect();
        let all = Query::CatchUp {
            rooms,
            account: Some(AccountId(1)),
            after: MessageId(0),
            upto: MessageId(u64::MAX),
            lines: usize::MAX,
            bytes: usize::MAX,
        };
        let left = ids(&rig.ask(all).unwrap());
        if left.len() <= 500 {
            model.first = model.last - 499;
            assert_eq!(left, (model.first..=model.last).collect::<Vec<_>>(), "the oldest go");
            break;
        }
    }
    for round in 0..2 {
        for _ in 0..300 {
            let query = any_query(random, model.last);
            let answer = rig.ask(query.clone()).unwrap();
            assert_eq!(answer, model.answer(&query), "{query:?}");
        }
        assert_eq!(rig.history("#three", Span::After(MessageId(0))).gap.unwrap().0, model.last + 1);
        assert_eq!(rig.history("#silent", Span::After(MessageId(0))).gap, None);
        if round == 0 {
            rig.store.close();
            rig = Rig::open(options(dir.path()).keeping(100_000));
            assert_eq!(rig.opened.last_id.0, model.last);
        }
    }
}

trait Keeping {
    fn keeping(self, messages: u64) -> Self;
}

impl Keeping for taifas::store::Options {
    fn keeping(mut self, messages: u64) -> Self {
        self.history_messages = messages;
        self
    }
}

/// Messages of the lobby at this time.
fn at(ms: u64, count: usize) -> Vec<Message> {
    (0..count).map(|_| Message { at: Timestamp::from_ms(ms), ..message("#lobby", "x") }).collect()
}

#[test]
fn the_old_go_and_a_leaping_clock_takes_nothing() {
    let dir = Folder::new("pages-old");
    let mut options = options(dir.path());
    options.history_days = 3;
    let mut rig = Rig::open(options);
    rig.append(at(NOW - 4 * DAY, 300));
    // Into 2099 and back: nothing goes, or the count below would never be reached.
    rig.append(at(NOW + 73 * 365 * DAY, 300));
    rig.append(at(NOW - 4 * DAY, 300));
    assert_eq!(rig.history("#lobby", Span::Latest).lines.len(), 900);
    rig.append(at(NOW, 300));
    loop {
        let left = rig.history("#lobby", Span::Latest);
        if left.lines.len() <= 300 {
            assert_eq!(ids(&left), (901..=1200).collect::<Vec<_>>());
            break;
        }
    }
    assert_eq!(rig.history("#lobby", Span::After(MessageId(899))).gap, Some(MessageId(901)));
    assert_eq!(rig.history("#lobby", Span::After(MessageId(900))).gap, None);
}

/// Waits until this many are left, which is up to the store.
fn left(rig: &mut Rig, count: usize) -> Vec<u64> {
    loop {
        let left = rig.history("#lobby", Span::Latest);
        if left.lines.len() <= count {
            return ids(&left);
        }
    }
}

#[test]
fn where_few_are_kept_few_are_too_many() {
    for keep in [1, 3, 100] {
        let dir = Folder::new(&format!("pages-few-{keep}"));
        let mut rig = Rig::open(options(dir.path()).keeping(keep));
        for last in (keep + 1..keep + 5).chain([keep + 20]) {
            while rig.say("#lobby", "x") < last {}
            let kept: Vec<u64> = (last - keep + 1..=last).collect();
            assert_eq!(left(&mut rig, keep as usize), kept);
            let gap = rig.history("#lobby", Span::After(MessageId(0))).gap;
            assert_eq!(gap, Some(MessageId(kept[0])));
        }
    }
}

#[test]
fn a_line_larger_than_the_page_comes_alone() {
    let dir = Folder::new("pages-large");
    let mut rig = Rig::open(options(dir.path()));
    let text = "ș".repeat(1800);
    for _ in 0..3 {
        rig.say("#lobby", &text);
    }
    for (span, id, more) in [
        (Span::Latest, 3, true),
        (Span::Before(MessageId(2)), 1, false),
        (Span::After(MessageId(1)), 2, true),
    ] {
        let (upto, lines) = (MessageId(3), 100);
        let query = Query::History { room: room("#LOBBY"), span, upto, lines, bytes: 1 };
        let page = rig.ask(query).unwrap();
        assert_eq!((ids(&page), page.more), (vec![id], more), "{span:?}");
        assert_eq!(*page.lines[0].message.text, *text);
    }
}

#[test]
fn what_was_typed_is_what_is_read() {
    let dir = Folder::new("pages-exact");
    let mut rig = Rig::open(options(dir.path()));
    let said = [" two  spaces ", "'; DROP TABLE messages; --", "🦀 ăîșț", "", "\u{feff}x\u{200b}"];
    for text in said {
        rig.say("#LobbY", text);
    }
    rig.store.close();
    let rig = Rig::open(options(dir.path()));
    let read: Vec<&str> = rig.opened.recent.iter().map(|stored| &*stored.message.text).collect();
    assert_eq!(read, said);
    let first = &rig.opened.recent[0].message;
    assert_eq!((&*first.to.to_string(), first.sender.as_str()), ("#LobbY", "Ana"));
    assert_eq!(first.at, Timestamp::from_ms(NOW));
}
