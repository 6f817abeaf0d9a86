//! The link is cut behind one byte after the other of a whole conversation with the
//! real server in two rooms, in each direction: also between a message and its answer. Each message
//! is then in the history exactly once, in the order in which it was said, and the
//! model shows what it shows to somebody who was never cut.
//!
//! `STEP` says how many bytes lie between two cuts; the pure session is cut at every
//! single one in tests/session.rs.

#![allow(missing_docs)]

mod support;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use support::proxy::{Proxy, Way};
use support::server::Server;
use support::{Owner, QUICK, login, register};
use taifas_client::{At, Entry, Link, Message, Place, Settings};

/// So many cut themselves off at a time, each with an account of its own.
const TALKERS: usize = 4;

#[test]
fn cut_at_every_place_of_a_conversation() {
    let server = Server::start();
    for talker in 0..TALKERS {
        Owner::new(server.address, register(&name(talker))).live();
    }
    // Never: how long is it?
    let proxy = Proxy::new(server.address);
    converse(&server, &proxy, 0, "whole");
    let (up, down) = (proxy.count(Way::Up), proxy.count(Way::Down));
    assert!(up > 300 && down > 300, "{up} bytes up, {down} down");

    let step = std::env::var("STEP").map_or(7, |step| step.parse().expect("a number"));
    let places: Vec<(Way, u64)> = (0..up.max(down))
        .step_by(step)
        .flat_map(|at| [(Way::Up, at), (Way::Down, at)])
        .filter(|(way, at)| *at < if *way == Way::Up { up } else { down })
        .collect();
    let (next, cuts) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for talker in 0..TALKERS {
            let (server, next, cuts, places) = (&server, &next, &cuts, &places);
            scope.spawn(move || {
                while let Some((way, at)) = places.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let proxy = Proxy::new(server.address);
                    proxy.cut_after(*way, *at);
                    converse(server, &proxy, talker, &format!("{way:?}-{at}"));
                    cuts.fetch_add(proxy.cuts(), Ordering::Relaxed);
                }
            });
        }
    });
    // The last few bytes of a conversation may not be spoken each time.
    let (cuts, places) = (cuts.into_inner(), places.len());
    println!("{up} bytes up, {down} down, {cuts} cuts at {places} places");
    assert!(cuts * 10 >= places * 9, "{cuts} cuts at {places} places");
}

fn name(talker: usize) -> String {
    format!("ana{talker}")
}

/// Where they talk.
fn places() -> [Place; 2] {
    ["#lobby", "#garden"].map(|place| place.parse().unwrap())
}

fn in_both(server: impl ToString, entry: Entry) -> Owner {
    let rooms = places().iter().filter_map(Place::room).collect();
    let settings = Settings { rooms, waits: QUICK, ..Settings::new(&server.to_string(), entry) };
    Owner::of(settings)
}

/// Says six things over this link, in two parts and in both rooms by turns, while
/// somebody else talks over a good one; and looks at what has become of it.
fn converse(server: &Server, proxy: &Proxy, talker: usize, run: &str) {
    let mut ana = in_both(proxy.address, login(&name(talker)));
    let text = |n: usize| format!("{run} {n}");
    let say = |ana: &Owner, n: usize| {
        ana.client.say(&places()[n % 2], &text(n)).unwrap();
    };
    (0..3).for_each(|n| say(&ana, n));
    ana.has(&text(2));
    let guest = |name: &str| Entry::Guest { name: format!("{name}{talker}").parse().unwrap() };
    let mut ion = in_both(server.address, guest("ion"));
    ion.live();
    for place in places() {
        ion.client.say(&place, &format!("{run} from ion")).unwrap();
        ion.has_at(&place, &format!("{run} from ion"));
    }
    (3..6).for_each(|n| say(&ana, n));
    for place in places() {
        ana.has_at(&place, &format!("{run} from ion"));
        ana.until("delivery", |ana| ana.model.at(&place).pending().is_empty());
    }
    ana.until("live", |ana| *ana.model.link() == Link::Live);
    drop(ion);

    let mut fresh = in_both(server.address, guest("fresh"));
    fresh.live();
    for (at, place) in places().iter().enumerate() {
        let texts = fresh.texts_at(place);
        let mine = texts.iter().filter(|text| text.starts_with(&format!("{run} ")));
        let (from_ion, said): (Vec<&String>, Vec<&String>) =
            mine.partition(|text| text.ends_with("ion"));
        let want: Vec<String> = (0..6).filter(|n| n % 2 == at).map(text).collect();
        assert_eq!(said, want.iter().collect::<Vec<_>>(), "{run}");
        assert_eq!(from_ion.len(), 1, "{run}");

        // Up to the last of these both must have the same.
        let (ours, theirs) = (ana.model.at(place), fresh.model.at(place));
        let last = ours.messages().iter().rposition(|m| *m.text == want[2]).unwrap();
        let end = ours.messages()[last].id;
        let first = ours.messages()[0].id.max(theirs.messages()[0].id);
        let list = |at: At<'_>| {
            let within = |m: &&Message| m.id >= first && m.id <= end;
            at.messages().iter().filter(within).cloned().collect::<Vec<_>>()
        };
        assert_eq!(list(ours), list(theirs), "{run}");
    }
}
