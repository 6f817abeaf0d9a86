//! The session machine alone, cut behind every single byte of a conversation with a
//! scripted server in two rooms and with one person, once and twice, with the server
//! slow to notice and not: each message is stored once, in order, and the model is whole.

#![allow(missing_docs)]

#[path = "support/scripted.rs"]
mod scripted;
mod support;

use scripted::{Cut, Driven, Scripted};
use support::{QUICK, Random, login};
use taifas_client::session::Session;
use taifas_client::{At, Happening, Link, Place, RoomName, Settings};

const PLACES: [&str; 3] = ["#garden", "#lobby", "ion"];

fn driven() -> Driven {
    let settings = Settings {
        waits: QUICK,
        rooms: vec![RoomName::LOBBY, "#garden".parse().unwrap()],
        talks: vec!["ion".parse().unwrap()],
        ..Settings::new("", login("ana"))
    };
    Driven::new(Session::new(settings, 7))
}

/// Talk in two rooms and with one person, before the first connection, while it is
/// there, and while others talk.
fn converse(driven: &mut Driven) -> Scripted {
    let mut server = Scripted::default();
    // What ion says in a place where ana sees it.
    let target = |place: &str| if place == "ion" { "ana" } else { place }.to_owned();
    for n in 0..5 {
        PLACES.iter().for_each(|place| {
            server.say(&target(place), &format!("old {n}"), &mut []);
        });
    }
    let mut said = Vec::new();
    let mut say = |driven: &mut Driven, place: &str, text: &str| {
        let place: Place = place.parse().unwrap();
        driven.session.say(driven.now, &place, text).unwrap();
        said.push((place, text.to_owned()));
    };
    say(driven, "#lobby", "one");
    say(driven, "#garden", "one");
    say(driven, "ion", "one");
    say(driven, "#lobby", "two");
    driven.run(&mut server);
    for n in 0..5 {
        for (at, place) in PLACES.iter().enumerate() {
            if at != n % 3 {
                say(driven, place, &format!("three {n}"));
            }
            let mut peers: Vec<_> = driven.peer.iter_mut().collect();
            server.say(&target(place), &format!("new {n}"), &mut peers);
        }
    }
    driven.run(&mut server);
    PLACES.iter().for_each(|place| say(driven, place, "four"));
    driven.run(&mut server);

    for place in PLACES {
        let place: Place = place.parse().unwrap();
        let mine = server.stored.iter().filter(|m| m.name == "ana" && m.to == place);
        let want = said.iter().filter(|(to, _)| *to == place).map(|(_, text)| text);
        assert_eq!(
            mine.map(|m| &m.text).collect::<Vec<_>>(),
            want.collect::<Vec<_>>(),
            "once each, in order, in {place}"
        );
    }
    server
}

/// The model must show what a client shows that was never cut.
fn check(mut driven: Driven, mut server: Scripted, case: &str) {
    assert!(driven.cuts.is_empty(), "{case}: not cut: {:?}", driven.cuts);
    assert_eq!(*driven.model.link(), Link::Live, "{case}");
    let mut fresh = self::driven();
    fresh.run(&mut server);
    let places =
        |driven: &Driven| driven.model.places().iter().map(|at| at.place()).collect::<Vec<Place>>();
    assert_eq!(places(&driven), PLACES.map(|place| place.parse().unwrap()), "{case}");
    for place in places(&driven) {
        let (cut, uncut) = (driven.model.at(&place), fresh.model.at(&place));
        assert!(cut.pending().is_empty(), "{case}: {:?}", cut.pending());
        let first = cut.messages()[0].id.get();
        let here = server.stored.iter().filter(|m| m.place() == place && m.id >= first);
        assert_eq!(
            cut.messages().iter().map(|m| m.id.get()).collect::<Vec<_>>(),
            here.map(|m| m.id).collect::<Vec<_>>(),
            "{case}: nothing is missing in {place} from its first message on"
        );
        let newest = |at: At<'_>| at.messages().iter().rev().take(3).cloned().collect::<Vec<_>>();
        assert_eq!(newest(cut), newest(uncut), "{case}");
        assert_eq!(cut.people(), uncut.people(), "{case}");
        assert_eq!(cut.topic(), uncut.topic(), "{case}");
        assert!(cut.is_in(), "{case}");
    }

    // It leaves in good order.
    driven.session.leave(driven.now);
    driven.run(&mut server);
    assert_eq!(*driven.model.link(), Link::Closed, "{case}");
}

/// How many bytes go each way without a cut.
fn length() -> (u64, u64) {
    let mut driven = driven();
    let server = converse(&mut driven);
    let length = (driven.up, driven.down);
    check(driven, server, "uncut");
    length
}

fn run(cuts: &[Cut], is_late: bool) {
    let case = format!("{cuts:?}, late: {is_late}");
    let mut driven = driven();
    driven.cuts.extend(cuts);
    driven.is_late = is_late;
    let server = converse(&mut driven);
    let lost = |h: &&Happening| matches!(h, Happening::Link(Link::Lost { .. }));
    assert_eq!(driven.happenings.iter().filter(lost).count(), cuts.len(), "{case}");
    check(driven, server, &case);
}

#[test]
fn cut_behind_every_byte() {
    let (up, down) = length();
    assert!(up > 400 && down > 1000, "{up} up, {down} down");
    for is_late in [false, true] {
        (0..up).for_each(|at| run(&[Cut::Up(at)], is_late));
    }
    (0..down).for_each(|at| run(&[Cut::Down(at)], false));
}

#[test]
fn cut_twice_and_three_times() {
    let (up, down) = length();
    let mut random = Random::new("cuts");
    for _ in 0..1500 {
        let mut cuts = Vec::new();
        let (mut above, mut below) = (0, 0);
        for _ in 0..2 + random.below(2) {
            // The same way again, the places lie further on; what is sent again makes
            // the way longer, so that they are all reached.
            if random.below(2) == 0 {
                above += random.below(up / 3);
                cuts.push(Cut::Up(above));
            } else {
                below += random.below(down / 3);
                cuts.push(Cut::Down(below));
            }
        }
        run(&cuts, random.below(2) == 0);
    }
}
