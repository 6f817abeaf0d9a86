//! The library over TLS, to the real server behind a door: nobody unknown is told
//! anything, nobody who has changed, and nobody who cannot sign; and what is said comes
//! through as it does without.

#![allow(missing_docs)]

mod support;
#[path = "support/tls.rs"]
mod tls;

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use rustls::version::{TLS12, TLS13};
use support::proxy::{Proxy, Way};
use support::server::Server;
use support::{Owner, QUICK, Random, login, register};
use taifas_client::{Entry, Fingerprint, Happening, Link, Security, Settings, Waits, Why};
use tls::{Door, Identity, fingerprint};

fn owner(server: SocketAddr, entry: Entry, trusted: Option<Fingerprint>) -> Owner {
    let security = Security::Tls { trusted };
    Owner::of(Settings { security, waits: QUICK, ..Settings::new(&server.to_string(), entry) })
}

/// Waits until it asks for trust.
fn untrusted(owner: &mut Owner) -> (Fingerprint, Option<Fingerprint>) {
    owner.until("question", |owner| matches!(owner.model.link(), Link::Untrusted { .. }));
    match owner.model.link() {
        Link::Untrusted { fingerprint, expected } => (*fingerprint, *expected),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_unknown_server_is_told_nothing_until_it_is_trusted() {
    let server = Server::start();
    let identity = Identity::new();
    let print = fingerprint(&identity);
    for versions in [&[&TLS13], &[&TLS12]] {
        let name = format!("ana{}", versions.len() + usize::from(versions[0] == &TLS12));
        let door = Door::speaking(server.address, &identity, versions);
        let mut ana = owner(door.address, register(&name), None);
        assert_eq!(untrusted(&mut ana), (print, None));
        assert_eq!((door.told(), door.handshakes()), (0, 0));
        let early = format!("{name}, before it was trusted");
        ana.utter(&early);
        ana.client.trust(print);
        ana.live();
        ana.has(&early);
        assert!(door.told() > 0);
        // It comes back without asking again.
        door.cut();
        ana.say(&format!("{name} again"));
        assert!(ana.client.close().is_empty());
        assert_eq!(door.handshakes(), 2, "{versions:?}");
    }
}

#[test]
fn a_server_that_has_changed_is_refused_loudly() {
    let server = Server::start();
    let (old, new) = (Identity::new(), Identity::new());
    let (known, other) = (fingerprint(&old), fingerprint(&new));
    let door = Door::new(server.address, &old);
    let mut ana = owner(door.address, register("ana"), Some(known));
    ana.live();
    ana.say("hello");
    let (told, handshakes) = (door.told(), door.handshakes());
    door.show(&new);
    door.cut();
    assert_eq!(untrusted(&mut ana), (other, Some(known)));
    ana.utter("kept");
    // It stays so: nobody comes back by themselves.
    assert_eq!((door.told(), door.handshakes()), (told, handshakes));
    // The wrong answer helps nobody.
    ana.client.trust(known);
    ana.until("question again", |ana| {
        let asked = |h: &&Happening| matches!(h, Happening::Link(Link::Untrusted { .. }));
        ana.seen.iter().filter(asked).count() == 2
    });
    assert_eq!(door.told(), told);
    ana.client.trust(other);
    ana.has("kept");
    ana.live();
    // From the start likewise.
    let mut phone = owner(door.address, login("ana"), Some(known));
    assert_eq!(untrusted(&mut phone), (other, Some(known)));
}

#[test]
fn the_servers_own_door() {
    let mut server = Server::encrypted();
    let (address, shown) = server.tls.clone().expect("it speaks TLS");
    let print: Fingerprint = shown.parse().unwrap();
    let mut ana = owner(address, register("ana"), None);
    assert_eq!(untrusted(&mut ana), (print, None));
    ana.client.trust(print);
    ana.live();
    for n in 0..200 {
        ana.utter(&format!("{n}"));
    }
    ana.has("60");
    // What is encrypted and what is not are one room.
    let mut ion = Owner::guest(server.address, "ion");
    ion.has("199");
    assert!(ana.client.close().is_empty());
    // It shows the same after a kill.
    server.kill();
    server.restart();
    let (address, again) = server.tls.clone().expect("it speaks TLS");
    assert_eq!(again, shown);
    let mut ana = owner(address, login("ana"), Some(print));
    ana.live();
    assert_eq!(ana.texts().len(), 100);
}

#[test]
fn whoever_cannot_sign_is_told_nothing() {
    let server = Server::start();
    let identity = Identity::new();
    for versions in [&[&TLS13], &[&TLS12]] {
        let door = Door::speaking(server.address, &identity.stolen(), versions);
        let mut ana = owner(door.address, login("ana"), Some(fingerprint(&identity)));
        ana.until("refusal", |ana| {
            let lost = |h: &Happening| {
                matches!(h, Happening::Link(Link::Lost { why: Why::Unreachable(_), .. }))
            };
            ana.seen.iter().any(lost)
        });
        assert_eq!((door.told(), door.handshakes()), (0, 0), "{versions:?}");
    }
    // Lines instead of TLS: the same.
    let mut ana = owner(server.address, login("ana"), None);
    ana.until("refusal", |ana| {
        let lost = |h: &Happening| match h {
            Happening::Link(Link::Lost { why, .. }) => why.to_string().contains("TLS"),
            _ => false,
        };
        ana.seen.iter().any(lost)
    });
}

#[test]
fn much_goes_both_ways_at_once_and_keys_change_meanwhile() {
    let server = Server::start();
    let identity = Identity::new();
    let print = Some(fingerprint(&identity));
    let door = Door::speaking(server.address, &identity, &[&TLS13]);
    let mut ana = owner(door.address, register("ana"), print);
    let mut ion = owner(door.address, register("ion"), print);
    ana.live();
    ion.live();
    let long = "x".repeat(3500);
    for n in 0..300 {
        ana.utter(&format!("ana {n} {long}"));
        ion.utter(&format!("ion {n} {long}"));
    }
    for n in (0..300).step_by(20) {
        ana.has(&format!("ana {n} {long}"));
        ion.has(&format!("ion {n} {long}"));
        door.refresh();
    }
    for name in ["ana", "ion"] {
        ana.has(&format!("{name} 299 {long}"));
        ion.has(&format!("{name} 299 {long}"));
    }
    assert_eq!(ana.texts(), ion.texts());
    assert_eq!(ana.texts().len(), 600);
    // Quiet, and then other keys once more: nothing is waited for.
    door.refresh();
    ana.say("still here");
    assert_eq!(door.handshakes(), 2, "nobody had to come back");
    assert!(ana.client.close().is_empty() && ion.client.close().is_empty());
}

#[test]
fn it_says_farewell_to_whoever_does_not() {
    // A server that greets and then only listens.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (hears, heard) = mpsc::channel();
    let listens = std::thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        socket.write_all(b"NAME taifas taifas/1 :hello\r\n").unwrap();
        let lines = BufReader::new(socket).lines();
        lines.map_while(Result::ok).for_each(|line| hears.send(line).unwrap());
    });
    let identity = Identity::new();
    let door = Door::new(address, &identity);
    let entry = Entry::Guest { name: "ana".parse().unwrap() };
    let mut ana = owner(door.address, entry, Some(fingerprint(&identity)));
    ana.until("greeting", |ana| *ana.model.link() == Link::Entering);
    assert_eq!([heard.recv().unwrap(), heard.recv().unwrap()], ["TAGS ON", "NAME ana"]);
    ana.client.close();
    // The door counts it before it ends the connection inside.
    listens.join().unwrap();
    assert_eq!(door.farewells(), 1);
}

#[test]
fn cut_anywhere_nothing_is_lost_or_doubled() {
    let server = Server::start();
    let identity = Identity::new();
    let print = Some(fingerprint(&identity));
    let door = Door::new(server.address, &identity);
    owner(door.address, register("ana"), print).live();
    let mut random = Random::new("tls cuts");
    let mut said = Vec::new();
    for round in 0..60 {
        let proxy = Proxy::new(door.address);
        let way = [Way::Up, Way::Down][random.below(2) as usize];
        proxy.cut_after(way, random.below(3000));
        let mut ana = owner(proxy.address, login("ana"), print);
        for n in 0..4 {
            said.push(format!("{round} {n}"));
            ana.utter(&format!("{round} {n}"));
        }
        ana.has(&format!("{round} 3"));
        ana.until("delivery", |ana| ana.lobby().pending().is_empty());
        ana.live();
    }
    let mut fresh = owner(door.address, Entry::Guest { name: "fresh".parse().unwrap() }, print);
    fresh.live();
    while let Some(before) = fresh.lobby().older() {
        fresh.client.older(&taifas_client::Place::LOBBY, before);
        let have = fresh.lobby().messages().len();
        fresh.until("older page", |fresh| fresh.lobby().messages().len() > have);
    }
    assert_eq!(fresh.texts(), said);
}

#[test]
fn whoever_dribbles_is_not_waited_for() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (told, ended) = mpsc::channel();
    std::thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        // The beginning of a long record, and then the rest of it, byte by byte.
        socket.write_all(&[22, 3, 3, 0x3f, 0xff, 2, 0, 0x3f, 0xfb]).unwrap();
        let start = Instant::now();
        while socket.write_all(&[0]).is_ok() {
            std::thread::sleep(Duration::from_millis(10));
        }
        told.send(start.elapsed()).unwrap();
    });
    let security = Security::Tls { trusted: None };
    let waits = Waits { connect_ms: 300, ..QUICK };
    let settings =
        Settings { security, waits, ..Settings::new(&address.to_string(), login("ana")) };
    let ana = Owner::of(settings);
    let took = ended.recv_timeout(Duration::from_secs(20)).expect("it hangs up");
    assert!(took < Duration::from_secs(10), "{took:?}");
    drop(ana);
}
