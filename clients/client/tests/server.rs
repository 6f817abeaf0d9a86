//! The library against the real server: every way in, talk, history, and a `kill -9`
//! in the middle.

#![allow(missing_docs)]

mod support;

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::JoinHandle;

use support::proxy::{Proxy, Way};
use support::server::Server;
use support::{Owner, QUICK, login, password, register};
use taifas_client::{
    BadText, Client, Delivery, Entry, Happening, Link, MessageId, Name, Place, RoomName, Settings,
    Waits, Why,
};

/// The recovery code of an account that is made.
fn code(owner: &mut Owner) -> String {
    owner.find("code", |happening| match happening {
        Happening::Registered { code: Some(code) } | Happening::Recovered { code: Some(code) } => {
            Some(code.expose().to_owned())
        }
        _ => None,
    })
}

#[test]
fn look_at_the_terms_then_register_log_in_and_forget_the_password() {
    let server = Server::start();
    let mut look = Owner::new(server.address, Entry::Look);
    look.closed();
    let (version, lines) = look.find("terms", |happening| match happening {
        Happening::Terms { version, lines } => Some((version.clone(), lines.len())),
        _ => None,
    });
    assert_eq!((version.as_str(), lines), ("1", 10));

    let mut ana = Owner::new(server.address, register("ana"));
    let first_code = code(&mut ana);
    ana.live();
    assert_eq!(ana.model.me().unwrap().as_str(), "ana");
    ana.say("I am new here");

    // The same name again, without having read the terms, and too short a password.
    assert_eq!(Owner::new(server.address, register("Ana")).stopped().code, "NAME_REGISTERED");
    let mut old = register("ion");
    if let Entry::Register { terms, .. } = &mut old {
        *terms = "0".into();
    }
    assert_eq!(Owner::new(server.address, old).stopped().code, "PARAMS");
    let mut short = register("ion");
    if let Entry::Register { password: typed, .. } = &mut short {
        *typed = password("short");
    }
    assert_eq!(Owner::new(server.address, short).stopped().code, "PASSWORD_TOO_SHORT");

    // In again, from elsewhere; with the wrong password not.
    let mut phone = Owner::new(server.address, login("ana"));
    phone.live();
    assert_eq!(phone.texts(), ["I am new here"]);
    let name = "ana".parse().unwrap();
    let wrong = Entry::Login { name, password: password("wrong horse") };
    assert_eq!(Owner::new(server.address, wrong).stopped().code, "BAD_CREDENTIALS");

    // Forgotten: everybody with the old one is out, and comes back with the new one.
    let recover = |code: &str| Entry::Recover {
        name,
        code: password(code),
        password: password(" battery staple "),
    };
    let mut forgot = Owner::new(server.address, recover(&first_code));
    let next_code = code(&mut forgot);
    forgot.closed();
    assert_ne!(first_code, next_code);
    assert_eq!(phone.stopped().code, "BAD_CREDENTIALS");
    assert!(phone.seen.iter().any(|happening| matches!(happening, Happening::Notice(_))));
    let mark = phone.utter("said while out");
    phone.client.enter_again(password(" battery staple "));
    phone.has("said while out");
    assert!(
        phone.seen.iter().any(|h| matches!(h, Happening::Stored { mark: m, .. } if *m == mark))
    );
    assert_eq!(
        Owner::new(server.address, recover(&first_code)).stopped().code,
        "BAD_CREDENTIALS",
        "a code works once"
    );
}

#[test]
fn change_the_password_and_come_back_with_it() {
    let server = Server::start();
    let proxy = Proxy::new(server.address);
    let mut ana = Owner::new(proxy.address, register("ana"));
    ana.live();
    ana.client.change_password(password("wrong horse"), password("battery staple"));
    let why = ana.find("refusal", |happening| match happening {
        Happening::PasswordKept(why) => Some(why.code.clone()),
        _ => None,
    });
    assert_eq!(why, "BAD_CREDENTIALS");
    ana.client.change_password(password("password of ana"), password(" battery  staple"));
    ana.until("change", |ana| ana.seen.iter().any(|h| matches!(h, Happening::PasswordChanged)));
    proxy.cut();
    ana.until("loss", |ana| {
        ana.seen.iter().any(|h| matches!(h, Happening::Link(Link::Lost { .. })))
    });
    ana.live();
    ana.say("still me");
}

#[test]
fn talk_as_guests_and_see_who_comes_and_goes() {
    let server = Server::start();
    let mut ana = Owner::guest(server.address, "ana");
    let mut ion = Owner::guest(server.address, "ion");
    ana.until("ion", |ana| ana.lobby().people().len() == 2);
    ion.say("hello, ana");
    ana.say("hello, ion");
    ana.has("hello, ana");
    ion.has("hello, ion");
    assert_eq!(ana.lobby().messages(), ion.lobby().messages());
    assert_eq!((ana.model.unread(), ion.model.unread()), (1, 1));
    ana.model.mark_read(&Place::LOBBY);
    assert_eq!(ana.model.unread(), 0);

    // The name is in use; somebody who comes late sees what was said, as read.
    let taken = Entry::Guest { name: "Ana".parse().unwrap() };
    assert_eq!(Owner::new(server.address, taken).stopped().code, "NAME_IN_USE");
    let late = Owner::guest(server.address, "late");
    assert_eq!(late.texts(), ["hello, ana", "hello, ion"]);
    assert_eq!(late.model.unread(), 0);
    let names: Vec<&str> = late.lobby().people().iter().map(|name| name.as_str()).collect();
    assert_eq!(names, ["ana", "ion", "late"]);

    assert!(ion.client.close().is_empty());
    ana.until("ion's end", |ana| !ana.lobby().people().contains(&"ion".parse().unwrap()));
}

#[test]
fn what_cannot_be_said_is_refused_at_once() {
    let server = Server::start();
    let mut ana = Owner::guest(server.address, "ana");
    for (text, why) in [
        ("", BadText::Blank),
        (" \t ", BadText::Blank),
        ("a\nb", BadText::Character),
        ("\u{202e}abc", BadText::Character),
        (&*"x".repeat(taifas_client::TEXT_BYTES + 1), BadText::TooLong),
    ] {
        assert_eq!(ana.client.say(&Place::LOBBY, text), Err(why), "{text:?}");
    }
    for text in ["#1 is best", ":)", " kept as it is ", "ă 🦊 κόσμε", "MSG #lobby :x"] {
        ana.say(text);
    }
    ana.say(&"x".repeat(taifas_client::TEXT_BYTES));
    ana.utter("a\tb");
    ana.has("a b");
}

#[test]
fn read_back_to_the_beginning_of_a_long_history() {
    let server = Server::start();
    let mut ana = Owner::guest(server.address, "ana");
    let texts: Vec<String> = (0..350).map(|n| format!("number {n}")).collect();
    for text in &texts {
        ana.utter(text);
    }
    ana.has("number 349");
    assert_eq!(ana.texts(), texts, "in the order in which it was said");

    let mut late = Owner::guest(server.address, "late");
    assert_eq!(late.texts(), texts[250..]);
    while let Some(before) = late.lobby().older() {
        late.client.older(&Place::LOBBY, before);
        let have = late.lobby().messages().len();
        late.until("older page", |late| late.lobby().messages().len() > have);
    }
    assert_eq!(late.texts(), texts);
    assert_eq!(late.lobby().messages(), ana.lobby().messages());
    assert_eq!(late.model.unread(), 0);
}

#[test]
fn what_was_missed_is_read_page_by_page_across_a_kill() {
    let mut server = Server::start();
    let mut ion = Owner::new(server.address, register("ion"));
    ion.live();
    ion.say("before");
    // Ana is away, for long, and is told by nobody that she is.
    let proxy = Proxy::new(server.address);
    let patient = Waits { pause_ms: 1_000_000, pause_most_ms: 1_000_000, ..QUICK };
    let ana = Entry::Guest { name: "ana".parse().unwrap() };
    let mut ana = Owner::patient(proxy.address, ana, patient);
    ana.live();
    proxy.cut();
    ana.until("loss", |ana| matches!(ana.model.link(), Link::Lost { why: Why::Broken, .. }));
    ana.utter("written while away");
    let away = ana.model.clone();

    for n in 0..130 {
        ion.utter(&format!("missed {n}"));
    }
    ion.has("missed 129");
    server.kill();
    for n in 130..250 {
        ion.utter(&format!("missed {n}"));
    }
    server.restart();
    ion.has("missed 249");
    assert_eq!(
        away.at(&Place::LOBBY).pending(),
        ana.lobby().pending(),
        "nothing happens while it waits"
    );

    ana.client.try_now();
    ana.has("written while away");
    ana.live();
    ana.has("missed 249");
    ion.has("written while away");
    assert_eq!(ana.lobby().messages(), ion.lobby().messages());
    let missed: Vec<String> = (0..250).map(|n| format!("missed {n}")).collect();
    let texts: Vec<String> = ana.texts().into_iter().filter(|t| t.starts_with("missed")).collect();
    assert_eq!(texts, missed);
    assert_eq!(ana.model.unread(), 250);
    assert!(ana.lobby().pending().is_empty() && ion.lobby().pending().is_empty());
}

#[test]
fn a_kill_in_the_middle_of_talk_loses_and_doubles_nothing() {
    let mut server = Server::start();
    let mut ana = Owner::new(server.address, register("ana"));
    ana.live();
    for round in 0..5 {
        for n in 0..40 {
            ana.utter(&format!("{round} {n}"));
        }
        // Some of it is on the disk and answered, some is not.
        let some = format!("{round} {}", 7 * round);
        ana.has(&some);
        server.kill();
        server.restart();
    }
    ana.has("4 39");
    ana.live();
    let said: Vec<String> = (0..5).flat_map(|r| (0..40).map(move |n| format!("{r} {n}"))).collect();
    assert_eq!(ana.texts(), said);
    assert!(ana.lobby().pending().is_empty(), "{:?}", ana.lobby().pending());
    let fresh = Owner::guest(server.address, "fresh");
    let behind = said.len() - fresh.texts().len();
    assert_eq!(fresh.texts(), said[behind..]);
}

/// Where ana and ion are besides the lobby.
fn garden() -> RoomName {
    "#garden".parse().unwrap()
}

/// In both rooms from the start.
fn in_two_rooms(server: impl ToString, entry: Entry) -> Owner {
    let rooms = vec![RoomName::LOBBY, garden()];
    let settings = Settings { rooms, waits: QUICK, ..Settings::new(&server.to_string(), entry) };
    let mut owner = Owner::of(settings);
    owner.live();
    owner
}

#[test]
fn rooms_are_made_left_listed_and_about_something() {
    let server = Server::start();
    let mut ana = Owner::new(server.address, register("ana"));
    ana.live();
    let place = Place::Room(garden());
    assert_eq!(ana.client.say(&place, "too early"), Err(BadText::NotThere));
    ana.client.join(garden());
    ana.until("garden", |ana| ana.model.at(&place).is_in());
    ana.client.say(&place, "the tulips are out").unwrap();
    ana.has_at(&place, "the tulips are out");
    ana.client.topic(garden(), Some("mine")).unwrap();
    let refused = ana.find("refusal", |happening| match happening {
        Happening::TopicFailed { why, .. } => Some(why.code.clone()),
        _ => None,
    });
    assert_eq!(refused, "NOT_ALLOWED");
    server.op("ana");
    ana.find("notice", |happening| match happening {
        Happening::Notice(text) => text.contains("operator now").then_some(()),
        _ => None,
    });
    ana.client.topic(garden(), Some("what grows")).unwrap();
    ana.until("topic", |ana| ana.model.at(&place).topic() == "what grows");

    // A guest may come in, but not make a room.
    let mut ion = Owner::guest(server.address, "ion");
    ion.client.join("#cellar".parse().unwrap());
    let refused = ion.find("refusal", |happening| match happening {
        Happening::RoomRefused { room, why } => Some((*room, why.code.clone())),
        _ => None,
    });
    assert_eq!(refused, ("#cellar".parse().unwrap(), "NOT_ALLOWED".to_owned()));
    ion.client.join(garden());
    ion.has_at(&place, "the tulips are out");
    ion.until("names", |ion| ion.model.at(&place).people().len() == 2);
    assert_eq!(ion.model.at(&place).topic(), "what grows");
    assert_eq!(ion.model.at(&place).unread(), 0);
    ana.client.say(&place, "hello, ion").unwrap();
    ana.utter("here, too");
    ion.has("here, too");
    ion.has_at(&place, "hello, ion");
    assert_eq!((ion.model.at(&place).unread(), ion.model.at(&place).mentions()), (1, 1));
    assert_eq!((ion.model.unread(), ion.model.mentions()), (2, 1));

    ion.client.rooms();
    let rooms = ion.find("rooms", |happening| match happening {
        Happening::Rooms(rooms) => Some(rooms.clone()),
        _ => None,
    });
    let list: Vec<(String, usize, &str)> =
        rooms.iter().map(|r| (r.room.to_string(), r.members, &*r.topic)).collect();
    assert_eq!(list, [("#garden".into(), 2, "what grows"), ("#lobby".into(), 2, "")]);

    ion.client.part(garden());
    ana.until("ion's end", |ana| ana.model.at(&place).people().len() == 1);
    ion.until("it to be out of sight", |ion| ion.model.place(&place).is_none());
    assert_eq!((ana.model.places().len(), ion.model.places().len()), (2, 1));
    assert_eq!(ana.model.at(&Place::LOBBY).people().len(), 2, "still in the lobby");
}

#[test]
fn a_kill_in_the_middle_of_talk_in_two_rooms_loses_and_doubles_nothing() {
    let mut server = Server::start();
    let mut ana = in_two_rooms(server.address, register("ana"));
    let mut ion = in_two_rooms(server.address, register("ion"));
    let places = [Place::LOBBY, Place::Room(garden())];
    for round in 0..5 {
        for n in 0..30 {
            for place in &places {
                ana.client.say(place, &format!("ana {round} {n}")).unwrap();
                ion.client.say(place, &format!("ion {round} {n}")).unwrap();
            }
        }
        // Some of it is on the disk and answered, some is not.
        ana.has_at(&places[round % 2], &format!("ana {round} {}", 5 * round));
        ion.has_at(&places[round % 2], &format!("ion {round} {}", 5 * round));
        server.kill();
        server.restart();
    }
    for place in &places {
        // Each takes what comes while the other waits for it: who takes nothing says
        // nothing either, in the end.
        ana.has_at(place, "ana 4 29");
        ion.has_at(place, "ion 4 29");
        for (owner, other) in [(&mut ana, "ion 4 29"), (&mut ion, "ana 4 29")] {
            owner.has_at(place, other);
            owner.until("delivery", |owner| owner.model.at(place).pending().is_empty());
            owner.live();
        }
        for name in ["ana", "ion"] {
            let said: Vec<String> =
                (0..5).flat_map(|r| (0..30).map(move |n| format!("{name} {r} {n}"))).collect();
            let texts = ana.texts_at(place);
            let its: Vec<&String> = texts.iter().filter(|text| text.starts_with(name)).collect();
            assert_eq!(its, said.iter().collect::<Vec<_>>(), "{place}");
        }
        assert_eq!(ana.model.at(place).messages(), ion.model.at(place).messages());
        for owner in [&mut ana, &mut ion] {
            owner.until("both", |owner| owner.model.at(place).people().len() == 2);
        }
    }
}

#[test]
fn the_echo_answers_where_it_was_asked() {
    let server = Server::start();
    let mut ana = in_two_rooms(server.address, register("ana"));
    let rooms = vec![RoomName::LOBBY, garden()];
    let entry = Entry::Guest { name: "echo".parse().unwrap() };
    let settings = Settings { rooms, ..Settings::new(&server.address.to_string(), entry) };
    let bot = Client::connect(settings, || ()).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // As in examples/echo_bot.rs, until it has answered twice.
            let mut left = 2;
            while let (1.., Some(happening)) = (left, bot.wait()) {
                if let Happening::Said { place, message } = happening
                    && let Some(text) = message.text.strip_prefix("echo ")
                {
                    bot.say(&place, text).unwrap();
                    left -= 1;
                }
            }
        });
        let echo = "echo".parse().unwrap();
        for place in [Place::Room(garden()), Place::LOBBY] {
            ana.until("echo", |ana| ana.model.at(&place).people().contains(&echo));
            ana.client.say(&place, &format!("echo {place}")).unwrap();
            ana.has_at(&place, &place.to_string());
        }
    });
    assert_eq!(ana.texts(), ["echo #lobby", "#lobby"]);
}

/// No history has it, so what had arrived would be seen by all but who said it.
#[test]
fn what_a_guest_is_told_over_a_link_that_is_cut_is_there_once() {
    let server = Server::start();
    let mut ion = Owner::guest(server.address, "ion");
    ion.live();
    for (name, way) in [("ana", Way::Down), ("eva", Way::Up)] {
        let proxy = Proxy::new(server.address);
        let mut ana = Owner::new(proxy.address, register(name));
        ana.live();
        let (to, from): (Place, Place) =
            ("ion".parse::<Name>().unwrap().into(), name.parse::<Name>().unwrap().into());
        ana.client.say(&to, "first").unwrap();
        ana.has_at(&to, "first");
        // It arrives and its answer does not; or neither does.
        proxy.cut_after(way, 0);
        ana.client.say(&to, "once").unwrap();
        ana.has_at(&to, "once");
        assert_eq!(proxy.cuts(), 1);
        ana.client.say(&to, "more").unwrap();
        ana.has_at(&to, "more");
        ion.has_at(&from, "more");
        assert_eq!(ana.texts_at(&to), ["first", "once", "more"]);
        assert_eq!(ion.texts_at(&from), ["first", "once", "more"]);
        let ids = |owner: &Owner, place: &Place| -> Vec<MessageId> {
            owner.model.at(place).messages().iter().map(|message| message.id).collect()
        };
        assert_eq!(ids(&ana, &to), ids(&ion, &from));
        assert!(ana.model.at(&to).pending().is_empty());
    }
}

#[test]
fn a_talk_with_nobody_is_told_to_be_one() {
    let server = Server::start();
    let mut ana = Owner::new(server.address, register("ana"));
    ana.live();
    let mut eva = Owner::new(server.address, register("eva"));
    eva.live();
    // Answers come in the order of what was asked: had the first been none, it would
    // have been told before the second.
    for name in ["eva", "evva"] {
        ana.client.open(name.parse().unwrap());
    }
    let nobody = ana.find("answer", |happening| match happening {
        Happening::NoAccount(name) => Some(*name),
        _ => None,
    });
    assert_eq!(nobody.as_str(), "evva");
}

#[test]
fn a_guest_says_it_at_most_once_and_is_told() {
    let server = Server::start();
    let proxy = Proxy::new(server.address);
    let mut ana = Owner::guest(proxy.address, "ana");
    // It arrives, its answer does not.
    proxy.cut_after(Way::Down, 0);
    ana.utter("once");
    ana.until(
        "loss",
        |ana| matches!(ana.lobby().pending(), [own] if own.delivery != Delivery::Waiting),
    );
    let [own] = ana.lobby().pending() else { panic!("{:?}", ana.lobby().pending()) };
    assert!(matches!(&own.delivery, Delivery::Failed(why) if why.code.is_empty()));
    let mark = own.mark;
    // Its own old connection may still have the name: it tries until it has it.
    ana.live();
    ana.has("once");
    ana.client.discard(mark);
    ana.until("discarding", |ana| ana.lobby().pending().is_empty());
    ana.say("twice");
    assert_eq!(ana.texts(), ["once", "twice"]);
}

#[test]
fn nobody_there_and_nobody_of_ours() {
    // A port where nobody listens.
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut ana = Owner::new(free, Entry::Look);
    ana.until("three tries", |ana| {
        let lost = |h: &&Happening| {
            matches!(h, Happening::Link(Link::Lost { why: Why::Unreachable(_), .. }))
        };
        ana.seen.iter().filter(lost).count() >= 3
    });
    assert!(ana.client.close().is_empty());

    // A server of something else.
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = other.local_addr().unwrap();
    let its = std::thread::spawn(move || {
        let (mut socket, _) = other.accept().unwrap();
        socket.write_all(b"SSH-2.0-OpenSSH_9.9\r\n").unwrap();
    });
    assert_eq!(Owner::new(address, login("ana")).stopped().code, "");
    its.join().unwrap();
}

#[test]
fn a_server_that_says_nothing_is_noticed_and_left_at_once() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let waits = Waits { connect_ms: 20, ..QUICK };
    let mut ana = Owner::patient(silent.local_addr().unwrap(), login("ana"), waits);
    ana.until("loss", |ana| matches!(ana.model.link(), Link::Lost { why: Why::Silent, .. }));
    ana.utter("hello");
    let unsaid = ana.client.close();
    assert_eq!(unsaid.iter().map(|(_, _, text)| text.as_str()).collect::<Vec<_>>(), ["hello"]);

    // Greeted, let in, and then nothing: it asks for a sign of life, in vain.
    let (address, server) = one_that_falls_silent();
    let waits = Waits { quiet_ms: 1000, answer_ms: 500, pause_ms: 1_000_000, ..QUICK };
    let mut ana = Owner::patient(address, Entry::Guest { name: "ana".parse().unwrap() }, waits);
    ana.until("loss", |ana| matches!(ana.model.link(), Link::Lost { why: Why::Silent, .. }));
    assert!(ana.seen.iter().any(|happening| matches!(happening, Happening::Link(Link::Live))));
    drop(server.join().unwrap());
}

/// Lets one guest in, and then neither reads nor says anything, as long as what the
/// thread returns is kept.
fn one_that_falls_silent() -> (SocketAddr, JoinHandle<TcpStream>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let thread = std::thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let mut lines = BufReader::new(socket.try_clone().unwrap()).lines();
        socket.write_all(b"NAME taifas taifas/1 :hello\r\n").unwrap();
        for (asked, answer) in [
            ("TAGS ON", "OK TAGS ON"),
            ("NAME ana", "OK NAME ana"),
            ("HISTORY #lobby", "OK HISTORY 0 0"),
            ("NAMES #lobby", "OK NAMES 0"),
            ("TOPIC #lobby", "OK TOPIC #lobby :"),
        ] {
            assert_eq!(lines.next().unwrap().unwrap(), asked);
            socket.write_all(format!("{answer}\r\n").as_bytes()).unwrap();
        }
        socket
    });
    (address, thread)
}

#[test]
fn closing_takes_its_time_and_no_more_though_nobody_reads() {
    let (address, server) = one_that_falls_silent();
    // More than any two systems keep on the way: the sending thread is stuck in the
    // middle of it.
    let waits = Waits { leave_ms: 100, answer_ms: 600_000, ..QUICK };
    let mut ana = Owner::patient(address, Entry::Guest { name: "ana".parse().unwrap() }, waits);
    ana.live();
    let socket = server.join().unwrap();
    let long = "x".repeat(taifas_client::TEXT_BYTES);
    let said = (0..).map_while(|_| ana.client.say(&Place::LOBBY, &long).ok()).count();
    assert_eq!(said, taifas_client::session::OWN_MOST);
    assert_eq!(ana.client.close().len(), said, "it returns, and nothing is forgotten");
    drop(socket);
}

#[test]
fn closing_says_what_waits_first() {
    let server = Server::start();
    let mut ana = Owner::new(server.address, register("ana"));
    ana.live();
    for n in 0..100 {
        ana.utter(&format!("{n}"));
    }
    assert!(ana.client.close().is_empty(), "all of it was stored");
    let fresh = Owner::guest(server.address, "fresh");
    assert_eq!(fresh.texts(), (0..100).map(|n| n.to_string()).collect::<Vec<_>>());
}

#[test]
fn an_owner_that_takes_nothing_holds_nothing_up() {
    let server = Server::start();
    let mut sleeper = Owner::guest(server.address, "sleeper");
    let mut ana = Owner::guest(server.address, "ana");
    let long = "x".repeat(3000);
    for n in 0..900 {
        ana.utter(&format!("{n} {long}"));
    }
    ana.has(&format!("899 {long}"));
    // It wakes up and has it all, in order.
    sleeper.has(&format!("899 {long}"));
    assert_eq!(sleeper.texts(), ana.texts());
    // And one that never wakes up can be closed.
    let sleeper = Owner::guest(server.address, "sleeper2");
    for n in 0..600 {
        ana.utter(&format!("again {n} {long}"));
    }
    ana.has(&format!("again 599 {long}"));
    assert!(sleeper.client.close().is_empty());
}
