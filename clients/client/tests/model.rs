//! The model as a pure fold: whatever order messages come in, and however often, they
//! stand once and by their ids; what is unread is counted right; who is here is a set.
//! Cases come from a seeded generator, `SEED` repeats one.

#![allow(missing_docs)]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use support::Random;
use taifas_client::wire::Part;
use taifas_client::{
    At, Delivery, Happening, Link, Mark, Message, MessageId, Model, Name, Page, Place, Refusal,
    RoomName, Timestamp,
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
fn a_hundred_thousand_messages_are_quick() {
    let mut model = Model::new();
    for from in (1..=100_000).step_by(100) {
        model.fold(&page(Part::After(MessageId::new(from - 1)), from..from + 100, true));
    }
    model.fold(&said(100_001));
    assert_eq!(lobby(&model).messages().len(), taifas_client::MESSAGES_MOST);
    assert_eq!(ids(&model)[0], 2);
}
