//! The model as a pure fold: whatever order messages come in, and however often, they
//! stand once and by their ids; what is unread is counted right; who is here is a set.
//! Cases come from a seeded generator, `SEED` repeats one.

#![allow(missing_docs)]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use support::Random;
use taifas_client::wire::Part;
use taifas_client::{
    At, BYTES_EACH_MOST, Delivery, Happening, Link, Mark, Message, MessageId, Model, Name, Order,
    Page, Place, Refusal, RoomName, Timestamp,
};

const LOBBY: Place = Place::LOBBY;
const ROOM: RoomName = RoomName::LOBBY;

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn message(id: u64) -> Message {
    let who = ["ana", "ion", "Maria"][id as usize % 3];
    let at = Timestamp::from_ms(id * 1000);
    Message { id: MessageId::new(id), at, name: name(who), text: format!("text {id}").into() }
}

fn page(part: Part, ids: impl Iterator<Item = u64>, more: bool) -> Happening {
    let messages = ids.map(message).collect();
    Happening::Page(Page { place: LOBBY, part, messages, gap: None, more })
}

fn said(id: u64) -> Happening {
    Happening::Said { place: LOBBY, message: message(id) }
}

fn lobby(model: &Model) -> At<'_> {
    model.at(&LOBBY)
}

fn ids(model: &Model) -> Vec<u64> {
    lobby(model).messages().iter().map(|message| message.id.get()).collect()
}

/// What is unread, counted in the plain way.
fn unread(model: &Model) -> usize {
    let news = |m: &&Message| m.id > lobby(model).read_up_to() && !model.is_mine(m);
    lobby(model).messages().iter().filter(news).count()
}

#[test]
fn any_order_of_pages_and_talk_is_the_order_of_ids() {
    let mut random = Random::new("orders");
    for case in 0..400 {
        // Ids with holes between them, each told at least once, in pieces.
        let mut all = BTreeSet::new();
        let mut id = 0;
        for _ in 0..1 + random.below(120) {
            id += 1 + random.below(3);
            all.insert(id);
        }
        let all: Vec<u64> = all.into_iter().collect();
        let mut pieces: Vec<(usize, usize)> = all.iter().enumerate().map(|(n, _)| (n, 1)).collect();
        for _ in 0..random.below(20) {
            let from = random.below(all.len() as u64) as usize;
            pieces.push((from, (1 + random.below(30) as usize).min(all.len() - from)));
        }
        for at in (1..pieces.len()).rev() {
            pieces.swap(at, random.below(at as u64 + 1) as usize);
        }
        let mut model = Model::new();
        model.fold(&Happening::Entered(name("ana")));
        for (from, len) in pieces {
            let span = all[from..from + len].iter().copied();
            let happening = match (len, random.below(3)) {
                (1, 0) => said(all[from]),
                (_, 1) => page(Part::After(MessageId::new(all[from] - 1)), span, false),
                _ => page(Part::Before(MessageId::new(all[from] + 999)), span, false),
            };
            model.fold(&happening);
            if random.below(20) == 0 {
                model.mark_read(&LOBBY);
            }
            assert_eq!(model.unread(), unread(&model), "case {case}");
            assert!(ids(&model).is_sorted(), "case {case}");
        }
        assert_eq!(
            lobby(&model).messages().iter().cloned().collect::<Vec<_>>(),
            all.iter().map(|id| message(*id)).collect::<Vec<_>>(),
            "case {case}"
        );
        model.mark_read(&LOBBY);
        assert_eq!(model.unread(), 0);
    }
}

#[test]
fn presence_is_a_set() {
    let mut random = Random::new("presence");
    let names: Vec<Name> = ["ana", "ion", "Maria", "bot", "x1"].map(name).into();
    let (mut model, mut want) = (Model::new(), BTreeSet::new());
    for step in 0..5000 {
        let some: Vec<Name> = names.iter().filter(|_| random.below(3) == 0).copied().collect();
        match random.below(10) {
            0 => {
                want = some.iter().copied().collect();
                model.fold(&Happening::People { room: ROOM, names: some });
            }
            1..5 => {
                want.extend(&some);
                model.fold(&Happening::Joined { room: ROOM, names: some });
            }
            5..9 => {
                some.iter().for_each(|name| {
                    want.remove(name);
                });
                model.fold(&Happening::Parted { room: ROOM, names: some });
            }
            _ => {
                let (old, new) = (names[random.below(5) as usize], names[random.below(5) as usize]);
                if want.remove(&old) {
                    want.insert(new);
                }
                model.fold(&Happening::Renamed { old, new });
            }
        }
        assert_eq!(*lobby(&model).people(), want, "step {step}");
    }
    // Case does not count, the last spelling is shown only after a fresh list.
    model.fold(&Happening::People { room: ROOM, names: vec![name("Ana")] });
    model.fold(&Happening::Parted { room: ROOM, names: vec![name("aNA")] });
    assert!(lobby(&model).people().is_empty());
}

/// What the server would do with it: said, stored, told, in any sensible order.
#[test]
fn what_is_ours_is_shown_once_at_every_moment_after_it_was_said() {
    let mut random = Random::new("delivery");
    for case in 0..500 {
        let mut model = Model::new();
        model.fold(&Happening::Entered(name("ana")));
        // Per text: waiting, then stored and told in either order, or failed and again.
        let mut todo: BTreeMap<u64, Vec<Happening>> = BTreeMap::new();
        let count = 1 + random.below(8);
        for n in 1..=count {
            let (mark, id) = (Mark(n), MessageId::new(n * 3));
            let waiting = || Happening::Waiting {
                mark,
                place: LOBBY,
                text: format!("text {}", n * 3).into(),
            };
            let mut steps = vec![waiting()];
            if random.below(3) == 0 {
                let why = Refusal::new("NOT_STORED", "no");
                steps.extend([Happening::Failed { mark, place: LOBBY, why }, waiting()]);
            }
            let (stored, told) = (Happening::Stored { mark, place: LOBBY, id }, said(n * 3));
            steps.extend(if random.below(2) == 0 { [stored, told] } else { [told, stored] });
            steps.reverse();
            todo.insert(n, steps);
        }
        let mut begun = BTreeSet::new();
        while !todo.is_empty() {
            let keys: Vec<u64> = todo.keys().copied().collect();
            let n = keys[random.below(keys.len() as u64) as usize];
            let steps = todo.get_mut(&n).unwrap();
            model.fold(&steps.pop().unwrap());
            begun.insert(n);
            if steps.is_empty() {
                todo.remove(&n);
            }
            for n in &begun {
                let shown = ids(&model).contains(&(n * 3));
                let pending =
                    lobby(&model).pending().iter().filter(|own| own.mark == Mark(*n)).count();
                assert!(shown as usize + pending >= 1, "case {case}: {n} is not shown");
                assert!(pending <= 1, "case {case}");
                if !todo.contains_key(n) {
                    assert!(shown && pending == 0, "case {case}: {n} is shown twice");
                }
            }
        }
        assert_eq!((model.unread(), lobby(&model).pending().len()), (0, 0), "case {case}");
    }
}

#[test]
fn delivery_has_its_words_and_order() {
    let mut model = Model::new();
    for n in 1..=3 {
        model.fold(&Happening::Waiting { mark: Mark(n), place: LOBBY, text: "x".into() });
    }
    let why = Refusal::new("NOT_STORED", "the disk is full");
    model.fold(&Happening::Failed { mark: Mark(1), place: LOBBY, why: why.clone() });
    model.fold(&Happening::Stored { mark: Mark(2), place: LOBBY, id: MessageId::new(7) });
    let marks = |model: &Model| {
        let own = |own: &taifas_client::Pending| (own.mark.0, own.delivery.clone());
        lobby(model).pending().iter().map(own).collect::<Vec<_>>()
    };
    let stored = Delivery::Stored(MessageId::new(7));
    assert_eq!(marks(&model), [(1, Delivery::Failed(why)), (2, stored), (3, Delivery::Waiting)]);
    // Retried, it goes behind the others; deleted before it came, it goes altogether.
    model.fold(&Happening::Waiting { mark: Mark(1), place: LOBBY, text: "x".into() });
    model.fold(&Happening::CaughtUp { place: LOBBY, id: MessageId::new(7) });
    assert_eq!(marks(&model), [(3, Delivery::Waiting), (1, Delivery::Waiting)]);
    model.fold(&Happening::Discarded { mark: Mark(3), place: LOBBY });
    assert_eq!(marks(&model), [(1, Delivery::Waiting)]);
}

#[test]
fn older_pages_gaps_and_what_is_news() {
    let mut model = Model::new();
    model.fold(&Happening::Entered(name("bot")));
    model.fold(&Happening::Link(Link::CatchingUp));
    assert_eq!(lobby(&model).older(), None);
    // Said while the first page is read: that is news, the page is not.
    model.fold(&said(21));
    model.fold(&page(Part::Newest, 11..=20, true));
    assert_eq!((model.unread(), lobby(&model).older()), (1, Some(MessageId::new(11))));
    model.fold(&page(Part::Before(MessageId::new(11)), 1..=10, false));
    assert_eq!((model.unread(), lobby(&model).older()), (1, None));
    assert_eq!(ids(&model), (1..=21).collect::<Vec<_>>());

    // After a break, some of what was missed is deleted already.
    let messages = vec![message(30), message(31)];
    let part = Part::After(MessageId::new(21));
    let gap = Some(MessageId::new(30));
    model.fold(&Happening::Page(Page { place: LOBBY, part, messages, gap, more: false }));
    assert!(
        lobby(&model).is_behind_gap(MessageId::new(30))
            && !lobby(&model).is_behind_gap(MessageId::new(31))
    );
    assert_eq!(model.unread(), 3);
}

#[test]
fn memory_is_bounded_at_both_ends() {
    let mut model = Model::bounded(10);
    model.fold(&page(Part::Newest, 20..=27, true));
    assert_eq!(lobby(&model).older(), Some(MessageId::new(20)));
    // Room for two of these five: the newest of them.
    model.fold(&page(Part::Before(MessageId::new(20)), 15..=19, false));
    assert_eq!(ids(&model), (18..=27).collect::<Vec<_>>());
    assert_eq!(lobby(&model).older(), None, "there is older, but no room");
    for id in 28..=50 {
        model.fold(&said(id));
        assert_eq!(model.unread(), unread(&model));
    }
    assert_eq!(ids(&model), (41..=50).collect::<Vec<_>>());
    assert_eq!(model.unread(), 10);
    // Something from before those is not kept, and nothing is counted for it.
    model.fold(&said(5));
    assert_eq!((ids(&model)[0], model.unread()), (41, 10));
}

#[test]
fn long_messages_take_the_room_of_many() {
    let long = |id: u64| Message { text: "x".repeat(4000).into(), ..message(id) };
    let held = |model: &Model| {
        let places = model.places();
        places.iter().flat_map(|at| at.its().messages()).map(|m| m.text.len()).sum::<usize>()
    };
    let mut model = Model::bounded(100);
    let garden: Place = "#garden".parse().unwrap();
    for id in 1..=50 {
        let place = if id % 2 == 0 { LOBBY } else { garden };
        model.fold(&Happening::Said { place, message: long(id) });
        assert!(held(&model) <= 100 * BYTES_EACH_MOST, "{id}");
    }
    assert_eq!(held(&model), 64_000, "and not less");
    // Where nothing more fits, nothing more is asked for; where a page fits, it is.
    let mut model = Model::bounded(100);
    (1..=20).for_each(|id| model.fold(&Happening::Said { place: garden, message: long(id) }));
    model.fold(&Happening::Opened(LOBBY));
    model.mark_read(&LOBBY);
    let messages = vec![long(100)];
    let newest = Page { place: LOBBY, part: Part::Newest, messages, gap: None, more: true };
    model.fold(&Happening::Page(newest));
    assert!(lobby(&model).older().is_some(), "the garden goes first");
    (101..=120).for_each(|id| model.fold(&Happening::Said { place: LOBBY, message: long(id) }));
    assert_eq!(lobby(&model).older(), None);
    assert!(lobby(&model).is_full());
    // What is erased, dropped or left makes room.
    model.fold(&Happening::Ordered {
        order: Order::Forget(MessageId::new(120)),
        lines: Vec::new(),
        answer: String::new(),
    });
    assert_eq!(held(&model), 60_000);
    model.fold(&Happening::Left(LOBBY));
    (1..=99).for_each(|id| model.fold(&said(id)));
    assert_eq!(lobby(&model).messages().len(), 99);
}

#[test]
fn a_hundred_thousand_messages_are_quick() {
    let mut model = Model::new();
    for from in (1..=100_000).step_by(100) {
        model.fold(&page(Part::After(MessageId::new(from - 1)), from..from + 100, true));
    }
    model.fold(&said(100_001));
    assert_eq!(lobby(&model).messages().len(), taifas_client::MESSAGES_MOST);
    assert_eq!(ids(&model)[0], 2);
}

/// A small model in several places against the plain way of doing it: all messages of a
/// place in a set, and what was looked at, in the order in which it was.
#[test]
fn places_share_their_memory_and_nothing_else() {
    const MOST: usize = 30;
    let mut random = Random::new("places");
    let places = ["#a", "#b", "ion", "maria"].map(|place| place.parse::<Place>().unwrap());
    for case in 0..300 {
        let mut model = Model::bounded(MOST);
        model.fold(&Happening::Entered(name("ana")));
        let mut said: BTreeMap<Place, BTreeSet<u64>> = BTreeMap::new();
        let mut looked: Vec<Place> = Vec::new();
        for id in 1..=120 {
            let place = places[random.below(4) as usize];
            if random.below(12) == 0 && said.contains_key(&place) {
                model.mark_read(&place);
                looked.retain(|other| *other != place);
                looked.push(place);
                assert_eq!(model.at(&place).unread(), 0, "case {case}");
                continue;
            }
            // Sometimes twice, sometimes in a page.
            let happening = || match id % 3 {
                0 => {
                    let (part, messages) = (Part::After(MessageId::new(id - 1)), vec![message(id)]);
                    Happening::Page(Page { place, part, messages, gap: None, more: false })
                }
                _ => Happening::Said { place, message: message(id) },
            };
            model.fold(&happening());
            said.entry(place).or_default().insert(id);
            // First goes what was never looked at, each place by name.
            while said.values().map(BTreeSet::len).sum::<usize>() > MOST {
                let rank = |place: &Place| looked.iter().position(|other| other == place);
                let held = said.iter().filter(|(_, ids)| !ids.is_empty());
                let oldest = held.map(|(place, _)| *place).min_by_key(|p| (rank(p), *p)).unwrap();
                said.get_mut(&oldest).unwrap().pop_first();
            }
            if random.below(4) == 0 && said[&place].contains(&id) {
                model.fold(&happening());
            }
            for place in &places {
                let at = model.at(place);
                let ids: Vec<u64> = at.messages().iter().map(|m| m.id.get()).collect();
                let want: Vec<u64> = said.get(place).into_iter().flatten().copied().collect();
                assert_eq!(ids, want, "case {case}, {place} after {id}");
                let news = |m: &&Message| m.id > at.read_up_to() && !model.is_mine(m);
                assert_eq!(at.unread(), at.messages().iter().filter(news).count());
                let all_for_me = if place.person().is_some() { at.unread() } else { 0 };
                assert_eq!(at.mentions(), all_for_me, "case {case}, {place}");
            }
        }
        let totals = model.places().iter().map(|at| at.unread()).sum::<usize>();
        assert_eq!(model.unread(), totals);
    }
}

#[test]
fn what_went_from_memory_is_read_again_when_it_is_wanted() {
    let mut model = Model::bounded(10);
    let (garden, cellar): (Place, Place) = ("#garden".parse().unwrap(), "#cellar".parse().unwrap());
    let of = |place, part, ids: std::ops::RangeInclusive<u64>, more| {
        let messages = ids.map(message).collect();
        Happening::Page(Page { place, part, messages, gap: None, more })
    };
    model.fold(&of(garden, Part::Newest, 1..=8, false));
    assert_eq!(model.at(&garden).older(), None, "this is its beginning");
    model.mark_read(&garden);
    model.fold(&of(cellar, Part::Newest, 11..=18, false));
    model.mark_read(&cellar);
    model.fold(&of(cellar, Part::After(MessageId::new(18)), 19..=30, false));
    // Nothing is left of the garden; it goes on where it was.
    assert!(model.at(&garden).messages().is_empty());
    assert_eq!(model.at(&garden).older(), None, "the cellar was looked at later");
    assert!(model.at(&garden).is_full());
    model.mark_read(&garden);
    assert_eq!(model.at(&garden).older(), Some(MessageId::new(9)));
    model.fold(&of(garden, Part::Before(MessageId::new(9)), 5..=8, true));
    let ids = |model: &Model, place| {
        model.at(place).messages().iter().map(|m| m.id.get()).collect::<Vec<_>>()
    };
    assert_eq!(ids(&model, &garden), [5, 6, 7, 8]);
    assert_eq!(ids(&model, &cellar), (25..=30).collect::<Vec<_>>());
    assert_eq!(model.at(&garden).older(), Some(MessageId::new(5)));
}

#[test]
fn places_are_in_order_and_go_when_they_are_left() {
    let mut model = Model::new();
    model.fold(&Happening::Entered(name("ana")));
    let place = |word: &str| word.parse::<Place>().unwrap();
    for word in ["zoe", "#lobby", "ion", "#Garden"] {
        model.fold(&Happening::Opened(place(word)));
    }
    let list =
        |model: &Model| format!("{:?}", model.places().iter().map(At::place).collect::<Vec<_>>());
    assert_eq!(list(&model), "[#Garden, #lobby, ion, zoe]");
    model.fold(&Happening::Said { place: place("zoe"), message: message(5) });
    assert_eq!(list(&model), "[#Garden, #lobby, zoe, ion]");
    // Opened now, it is on top; and then comes whoever speaks.
    model.fold(&Happening::Opened(place("bob")));
    model.fold(&Happening::Said { place: place("ION"), message: message(7) });
    assert_eq!(list(&model), "[#Garden, #lobby, ion, bob, zoe]");
    model.fold(&Happening::Left(place("zoe")));
    model.fold(&Happening::Left(place("#garden")));
    assert_eq!(list(&model), "[#lobby, ion, bob]");
    // What is nowhere is empty, and stays so.
    model.mark_read(&place("#nowhere"));
    assert!(model.place(&place("#nowhere")).is_none());
    let nowhere = model.at(&place("#nowhere"));
    assert!(nowhere.messages().is_empty() && !nowhere.is_in() && nowhere.older().is_none());
    assert!(model.at(&place("ion")).is_in());
}

#[test]
fn whoever_is_put_out_sees_what_was_said_until_then() {
    let mut model = Model::new();
    model.fold(&Happening::Entered(name("ana")));
    model.fold(&Happening::RoomEntered { room: ROOM, topic: Some("tea".into()) });
    model.fold(&Happening::People { room: ROOM, names: vec![name("ana"), name("ion")] });
    model.fold(&said(4));
    let kick = |name| Happening::Kicked { room: ROOM, name, by: name, reason: "x".into() };
    model.fold(&kick(name("ion")));
    assert!(lobby(&model).is_in());
    model.fold(&kick(name("Ana")));
    assert!(!lobby(&model).is_in() && lobby(&model).people().is_empty());
    assert_eq!((ids(&model), lobby(&model).topic()), (vec![4], "tea"));
    model.fold(&Happening::RoomEntered { room: ROOM, topic: None });
    assert!(lobby(&model).is_in());
    model.fold(&Happening::Topic { room: ROOM, text: "".into(), by: None });
    assert_eq!(lobby(&model).topic(), "");
    // Any room may be asked about, and is not ours for that.
    let room = "#other".parse().unwrap();
    model.fold(&Happening::Topic { room, text: "x".into(), by: None });
    assert_eq!(model.places().len(), 1);
}

#[test]
fn what_is_forgotten_is_gone() {
    let mut model = Model::new();
    model.fold(&Happening::Entered(name("bot")));
    let messages = vec![message(3), message(4), message(7)];
    let gap = Some(MessageId::new(4));
    let page = Page { place: LOBBY, part: Part::Newest, messages, gap, more: false };
    model.fold(&Happening::Page(page));
    model.fold(&said(8));
    let forget = |id| Happening::Ordered {
        order: Order::Forget(MessageId::new(id)),
        lines: Vec::new(),
        answer: id.to_string(),
    };
    for id in [4, 8, 99] {
        model.fold(&forget(id));
    }
    assert_eq!((ids(&model), model.unread()), (vec![3, 7], 0));
    assert!(lobby(&model).is_behind_gap(MessageId::new(7)), "there is still something missing");
}

#[test]
fn a_mention_is_counted_once_it_is_known_who_we_are() {
    let mut model = Model::new();
    let at = Timestamp::from_ms(1);
    for (id, text) in [(1, "hello bot"), (2, "hello"), (3, "BOT: look")] {
        let message = Message { id: MessageId::new(id), at, name: name("ion"), text: text.into() };
        model.fold(&Happening::Said { place: LOBBY, message });
    }
    assert_eq!((model.unread(), model.mentions()), (3, 0));
    model.fold(&Happening::Entered(name("bot")));
    assert_eq!((model.unread(), model.mentions()), (3, 2));
    model.fold(&Happening::Renamed { old: name("bot"), new: name("ana") });
    assert_eq!((model.unread(), model.mentions(), model.me()), (3, 0, Some(name("ana"))));
    model.mark_read(&LOBBY);
    assert_eq!((model.unread(), model.mentions()), (0, 0));
}

#[test]
fn what_was_read_on_an_earlier_day_is_read_and_nothing_else() {
    let talk = Place::Person(name("Maria"));
    let told = |ids: std::ops::Range<u64>| {
        let messages = ids.map(message).collect();
        Happening::Page(Page { place: talk, part: Part::Newest, messages, gap: None, more: false })
    };
    let begun = |read: Option<u64>, page: &Happening| {
        let mut model = Model::new();
        read.into_iter().for_each(|id| model.read_before(&talk, MessageId::new(id)));
        model.fold(&Happening::Opened(talk));
        model.fold(&Happening::Entered(name("ana")));
        model.fold(&Happening::Away { name: name("Maria"), count: Some(1) });
        model.fold(page);
        (model.at(&talk).unread(), model.at(&talk).read_up_to().get())
    };
    // 10 and 11 are others', 12 is ours, 13 and 14 are others'.
    assert_eq!(begun(None, &told(10..15)), (1, 13), "without it, what came while away");
    assert_eq!(begun(Some(0), &told(10..15)), (4, 0));
    assert_eq!(begun(Some(10), &told(10..15)), (3, 10));
    assert_eq!(begun(Some(12), &told(10..15)), (2, 12));
    assert_eq!(begun(Some(14), &told(10..15)), (0, 14));
    assert_eq!(begun(Some(20), &told(10..15)), (0, 20), "what was read is deleted already");
    assert_eq!(begun(Some(20), &told(0..0)), (0, 20));
}
