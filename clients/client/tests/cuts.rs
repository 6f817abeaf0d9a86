//! The link is cut behind one byte after the other of a whole conversation with the
//! real server, in each direction: also between a message and its answer. Each message
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
use support::{Owner, login, register};
use taifas_client::Link;

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

/// Says six things over this link, in two parts, while somebody else talks over a good
/// one; and looks at what has become of it.
fn converse(server: &Server, proxy: &Proxy, talker: usize, run: &str) {
    let mut ana = Owner::new(proxy.address, login(&name(talker)));
    let text = |n: usize| format!("{run} {n}");
    for n in 0..3 {
        ana.utter(&text(n));
    }
    ana.has(&text(2));
    let mut fresh = Owner::guest(server.address, &format!("ion{talker}"));
    fresh.say(&format!("{run} from ion"));
    for n in 3..6 {
        ana.utter(&text(n));
    }
    ana.has(&format!("{run} from ion"));
    ana.until("delivery", |ana| ana.lobby().pending().is_empty());
    ana.until("live", |ana| *ana.model.link() == Link::Live);
    drop(fresh);

    let fresh = Owner::guest(server.address, &format!("fresh{talker}"));
    let texts = fresh.texts();
    let mine: Vec<&String> = texts.iter().filter(|t| t.starts_with(&format!("{run} "))).collect();
    let (from_ion, said): (Vec<&String>, Vec<&String>) =
        mine.into_iter().partition(|text| text.ends_with("ion"));
    assert_eq!(said, (0..6).map(text).collect::<Vec<_>>().iter().collect::<Vec<_>>(), "{run}");
    assert_eq!(from_ion.len(), 1, "{run}");

    // Up to the last of these both must have the same.
    let last = ana.lobby().messages().iter().rposition(|m| *m.text == text(5)).unwrap();
    let end = ana.lobby().messages()[last].id;
    let first = ana.lobby().messages()[0].id.max(fresh.lobby().messages()[0].id);
    let list = |owner: &Owner| {
        let within = |m: &&taifas_client::Message| m.id >= first && m.id <= end;
        owner.lobby().messages().iter().filter(within).cloned().collect::<Vec<_>>()
    };
    assert_eq!(list(&ana), list(&fresh), "{run}");
}
