//! The session machine alone, cut behind every single byte of a conversation with a
//! scripted server, once and twice, with the server slow to notice and not: each
//! message is stored once, in order, and the model is whole.

#![allow(missing_docs)]

#[path = "support/scripted.rs"]
mod scripted;
mod support;

use scripted::{Cut, Driven, Scripted};
use support::{QUICK, Random, login};
use taifas_client::session::Session;
use taifas_client::{Happening, Link, Place, Settings};

fn driven() -> Driven {
    let settings = Settings { waits: QUICK, ..Settings::new("", login("ana")) };
    Driven::new(Session::new(settings, 7))
}

/// Talk before the first connection, while it is there, and while others talk.
fn converse(driven: &mut Driven) -> Scripted {
    let mut server = Scripted::default();
    for n in 0..5 {
        server.say(&format!("old {n}"), &mut []);
    }
    let mut said = Vec::new();
    let mut say = |driven: &mut Driven, text: &str| {
        driven.session.say(driven.now, &Place::LOBBY, text).unwrap();
        said.push(text.to_owned());
    };
    say(driven, "one");
    say(driven, "two");
    driven.run(&mut server);
    for n in 0..5 {
        say(driven, &format!("three {n}"));
        let mut peers: Vec<_> = driven.peer.iter_mut().collect();
        server.say(&format!("new {n}"), &mut peers);
    }
    driven.run(&mut server);
    say(driven, "four");
    driven.run(&mut server);

    let mine: Vec<&String> =
        server.stored.iter().filter(|m| m.1 == "ana").map(|(_, _, text)| text).collect();
    assert_eq!(mine, said.iter().collect::<Vec<_>>(), "once each, in order");
    server
}

/// The model must show what a client shows that was never cut.
fn check(mut driven: Driven, mut server: Scripted, case: &str) {
    assert!(driven.cuts.is_empty(), "{case}: not cut: {:?}", driven.cuts);
    assert_eq!(*driven.model.link(), Link::Live, "{case}");
    assert!(
        driven.model.at(&Place::LOBBY).pending().is_empty(),
        "{case}: {:?}",
        driven.model.at(&Place::LOBBY).pending()
    );
    let mut fresh = self::driven();
    fresh.run(&mut server);
    let first = driven.model.at(&Place::LOBBY).messages()[0].id;
    let whole: Vec<u64> =
        server.stored.iter().map(|m| m.0).filter(|id| *id >= first.get()).collect();
    let ids: Vec<u64> =
        driven.model.at(&Place::LOBBY).messages().iter().map(|m| m.id.get()).collect();
    assert_eq!(ids, whole, "{case}: nothing is missing from its first message on");
    let shown = |driven: &Driven| {
        driven.model.at(&Place::LOBBY).messages().iter().rev().take(3).cloned().collect()
    };
    let (cut, uncut): (Vec<_>, Vec<_>) = (shown(&driven), shown(&fresh));
    assert_eq!(cut, uncut, "{case}");
    assert_eq!(
        driven.model.at(&Place::LOBBY).people(),
        fresh.model.at(&Place::LOBBY).people(),
        "{case}"
    );

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
