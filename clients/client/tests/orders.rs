//! What operators do, by the library and against the real server: each order is carried
//! out or refused, and whoever it is about sees it.

#![allow(missing_docs)]

mod support;

use std::time::Duration;

use support::server::Server;
use support::{Owner, QUICK, register};
use taifas_client::{Delivery, Entry, Happening, Link, Order, Place, RoomName, Settings};

/// Ana is an operator, in the lobby and the garden; so is ion, who is none.
fn two(server: &Server) -> (Owner, Owner) {
    let owner = |name: &str| {
        let rooms = vec![RoomName::LOBBY, garden()];
        let settings = Settings::new(&server.address.to_string(), register(name));
        let mut owner = Owner::of(Settings { rooms, waits: QUICK, ..settings });
        owner.live();
        owner
    };
    let (mut ana, ion) = (owner("ana"), owner("ion"));
    server.op("ana");
    // A running server is told, and takes a moment.
    while order(&mut ana, Order::Stats).is_err() {}
    (ana, ion)
}

fn garden() -> RoomName {
    "#garden".parse().unwrap()
}

/// Orders it and waits for the answer: its lines and its end, or the code of the no.
fn order(owner: &mut Owner, order: Order) -> Result<(Vec<String>, String), String> {
    let before = owner.seen.len();
    owner.client.order(order).unwrap();
    let mut found = None;
    owner.until("answer", |owner| {
        found = owner.seen[before..].iter().find_map(|happening| match happening {
            Happening::Ordered { lines, answer, .. } => Some(Ok((lines.clone(), answer.clone()))),
            Happening::OrderFailed { why, .. } => Some(Err(why.code.clone())),
            _ => None,
        });
        found.is_some()
    });
    found.expect("just found")
}

#[test]
fn orders_are_for_operators() {
    let server = Server::start();
    let (mut ana, mut ion) = two(&server);
    let of = |name: &str| Order::Whois(name.parse().unwrap());
    assert_eq!(order(&mut ion, of("ana")), Err("NOT_ALLOWED".into()));
    let (lines, answer) = order(&mut ana, of("ion")).unwrap();
    assert_eq!((lines[0].as_str(), answer.as_str()), ("ion user 2", "ion 1"));
    assert!(lines[1].ends_with("#garden #lobby") || lines[1].ends_with("#lobby #garden"));
    assert_eq!(order(&mut ana, of("nobody")), Err("NO_SUCH_NAME".into()));
    let (lines, _) = order(&mut ana, Order::Stats).unwrap();
    assert!(lines.iter().any(|line| line == "named 2"), "{lines:?}");

    order(&mut ana, Order::Notice("at eight".into())).unwrap();
    ion.until("notice", |ion| {
        ion.seen.iter().any(|h| matches!(h, Happening::Notice(text) if text == "at eight"))
    });

    // A ban of a name that is nobody's here, listed and ended.
    let ban = Order::Ban { mask: "maria".into(), duration: None, reason: "spam".into() };
    assert_eq!(order(&mut ana, ban), Ok((vec![], "maria never".into())));
    let listed = order(&mut ana, Order::Bans).unwrap();
    assert_eq!(listed, (vec!["maria never ana :spam".into()], "1".into()));
    order(&mut ana, Order::Unban("maria".into())).unwrap();
    assert_eq!(order(&mut ana, Order::Bans).unwrap().0, [""; 0]);

    // A message is erased, for ana at once.
    let place = Place::Room(garden());
    ion.client.say(&place, "my number is 555-1234").unwrap();
    ana.has_at(&place, "my number is 555-1234");
    let id = ana.model.at(&place).messages()[0].id;
    order(&mut ana, Order::Forget(id)).unwrap();
    assert!(ana.texts_at(&place).is_empty());
}

#[test]
fn muted_out_of_the_room_and_off_the_server() {
    let server = Server::start();
    let (mut ana, mut ion) = two(&server);
    let name = "ion".parse().unwrap();
    let place = Place::Room(garden());
    let reason = || "shouting".to_owned();
    let duration = Some(Duration::from_secs(1800));
    order(&mut ana, Order::Mute { name, duration, reason: reason() }).unwrap();
    let mark = ion.client.say(&place, "hello?").unwrap();
    ion.until("refusal", |ion| {
        let is = |own: &taifas_client::Pending| {
            own.mark == mark
                && matches!(&own.delivery, Delivery::Failed(why) if why.code == "MUTED")
        };
        ion.model.at(&place).pending().iter().any(is)
    });
    order(&mut ana, Order::Unmute(name)).unwrap();
    ion.until("its end", |ion| {
        ion.seen.iter().any(|h| matches!(h, Happening::Notice(text) if text.contains("no longer")))
    });
    ion.client.retry(mark);
    ana.has_at(&place, "hello?");

    // Out of the room, and in again because ion wants to.
    order(&mut ana, Order::Kick { room: Some(garden()), name, reason: reason() }).unwrap();
    ion.until("kick", |ion| !ion.model.at(&place).is_in());
    ana.until("its end", |ana| !ana.model.at(&place).people().contains(&name));
    assert_eq!(*ion.model.link(), Link::Live, "still here");
    ana.client.say(&place, "not for ion").unwrap();
    ana.has_at(&place, "not for ion");
    ion.client.join(garden());
    ion.has_at(&place, "not for ion");
    assert_eq!(ion.texts_at(&place), ["hello?", "not for ion"]);

    // Off the server: nobody comes back by themselves.
    order(&mut ana, Order::Kick { room: None, name, reason: reason() }).unwrap();
    let why = ion.stopped();
    assert_eq!(why.code, "KICKED");
    assert!(why.text.contains("shouting"), "{why}");
    ion.utter("said while away");
    ion.client.come_back();
    ana.has("said while away");
    ion.live();
    assert!(ion.model.at(&place).is_in(), "all is as it was");

    // And banned, they are told so, and do not knock in vain.
    order(&mut ana, Order::Ban { mask: "ion".into(), duration, reason: reason() }).unwrap();
    let why = ion.stopped();
    assert_eq!(why.code, "BANNED");
    assert!(why.text.contains("shouting"), "{why}");
    let guest = Entry::Guest { name };
    assert_eq!(Owner::new(server.address, guest).stopped().code, "BANNED");
}
