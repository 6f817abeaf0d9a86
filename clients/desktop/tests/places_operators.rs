//! Operators keep order from a name's menu, and what those see whom it concerns: muted,
//! put out of a room, sent away, shut out, and the ways back.

#![allow(missing_docs)]

mod support;

use eframe::egui::Key;
use eframe::egui::accesskit::Role;
use egui_kittest::kittest::Queryable;
use support::Screen;
use support::chat::{LONG, Owner, QUICK, enter, login, open, register};
use support::server::Server;
use taifas_client::{Happening, Link, Order, Place};

const SIZE: [f32; 2] = [900.0, 640.0];

/// Somebody whom whoever runs the server has made an operator, with a screen.
fn operator(server: &Server, name: &str) -> Screen {
    drop(operator_without(server, name));
    let mut screen = open(server.address, login(name), QUICK, SIZE);
    screen.until("active room", |screen| screen.is_active());
    screen
}

/// The same without one.
fn operator_without(server: &Server, name: &str) -> Owner {
    let mut owner = Owner::new(server.address, register(name));
    owner.live();
    assert!(owner.client.close().is_empty());
    server.op(name);
    let mut owner = Owner::new(server.address, login(name));
    owner.live();
    owner
}

/// Opens what an operator can do about somebody, and chooses this.
fn about(screen: &mut Screen, whom: &str, entry: &str) {
    screen.press(&format!("More about {whom}"));
    let menu = screen.texts().into_iter().find(|text| text.starts_with("Operator"));
    screen.press(&menu.expect("what operators do"));
    screen.see(entry);
    screen.press(entry);
}

fn is_in(owner: &Owner, room: &str) -> bool {
    owner.model.at(&room.parse::<Place>().unwrap()).is_in()
}

fn join(screen: &mut Screen, room: &str) {
    screen.press("Join…");
    screen.see_no("Asking which rooms there are…");
    screen.type_text(room);
    screen.key(Key::Enter);
    screen.see_no("Join a room");
    screen.see(&format!("Leave #{room}"));
}

fn kick(operator: &Owner, room: Option<&str>, name: &str) {
    let room = room.map(|room| room.parse().unwrap());
    let order = Order::Kick { room, name: name.parse().unwrap(), reason: "shouting".into() };
    operator.client.order(order).unwrap();
}

#[test]
fn an_operator_mutes_kicks_and_bans_from_a_names_menu() {
    let server = Server::start();
    let mut ana = operator(&server, "ana");
    let mut ion = Owner::new(server.address, register("ion"));
    ion.live();
    ana.see("People (2)");

    about(&mut ana, "ion", "Mute…");
    ana.click(Role::RadioButton, "10 minutes");
    ana.click(Role::TextInput, "Reason");
    ana.type_text("too loud");
    ana.press("Mute");
    ana.see("ion cannot say anything for 10 minutes.");
    ana.key(Key::Escape);
    ion.utter("hello?");
    ion.until("refusal", |ion| format!("{:?}", ion.seen).contains("too loud"));

    about(&mut ana, "ion", "Kick…");
    assert_eq!(ana.focused().as_deref(), Some("Reason"));
    ana.type_text("go and rest");
    ana.key(Key::Enter);
    ana.see("Done.");
    ana.key(Key::Escape);
    ion.until("the room's end", |ion| !is_in(ion, "#lobby"));
    assert_eq!(*ion.model.link(), Link::Live, "out of the room alone");
    ana.see("People (1)");
    ion.client.join("#lobby".parse().unwrap());
    ion.until("room", |ion| is_in(ion, "#lobby"));
    ana.see("People (2)");

    about(&mut ana, "ion", "Who is this");
    ana.see_part("From 127.0.0.1 since ");
    let texts = ana.texts();
    let muted = texts.iter().find(|text| text.starts_with("Muted by ana until to"));
    assert!(muted.is_some_and(|text| text.ends_with(": too loud")), "{texts:?}");
    assert!(!texts.iter().any(|text| text.contains(".000Z") || text.contains(" muted ")));
    ana.key(Key::Escape);

    about(&mut ana, "ion", "Unmute");
    ana.see("ion can speak again.");
    ana.key(Key::Escape);
    ion.client.join("#lobby".parse().unwrap());
    ion.say("thank you");
    about(&mut ana, "ion", "Unmute");
    ana.see("That was not done: ion is not muted.");
    ana.key(Key::Escape);

    about(&mut ana, "ion", "Ban…");
    ana.type_text("for good");
    ana.click(Role::RadioButton, "For good");
    ana.press("Ban");
    ana.see("Done.");
    let why = ion.stopped();
    assert!(why.code == "BANNED" && why.text.contains("for good"), "{why:?}");
    ana.key(Key::Escape);
    ana.see("People (1)");
}

#[test]
fn bans_are_listed_and_lifted() {
    let server = Server::start();
    let mut ana = operator(&server, "ana");
    let bans = |ana: &mut Screen| {
        ana.press("Menu");
        ana.press("Bans…");
        ana.see_no("Asking the server…");
    };
    bans(&mut ana);
    ana.see("Nobody is shut out.");
    ana.key(Key::Escape);
    assert_eq!(ana.focused().as_deref(), Some("Message"));

    let mut ion = Owner::guest(server.address, "ion");
    ana.see("People (2)");
    about(&mut ana, "ion", "Ban…");
    ana.type_text("flooding");
    ana.press("Ban");
    ana.see("Done.");
    ion.stopped();
    ana.key(Key::Escape);
    let boss = operator_without(&server, "boss");
    let mask = "192.0.2.0/24".to_owned();
    boss.client.order(Order::Ban { mask, duration: None, reason: String::new() }).unwrap();
    let mut boss = boss;
    boss.until("its answer", |boss| {
        boss.seen.iter().any(|h| matches!(h, Happening::Ordered { order: Order::Ban { .. }, .. }))
    });

    bans(&mut ana);
    ana.see("192.0.2.0/24");
    assert!(ana.has("For good, by boss.") && ana.has("ion"), "{:?}", ana.texts());
    let until = ana.texts().into_iter().find(|text| text.starts_with("Until to"));
    assert!(until.is_some_and(|text| text.ends_with(", by ana: flooding")), "{:?}", ana.texts());
    ana.press("Lift the ban of ion");
    ana.see("The ban of ion is lifted.");
    assert!(ana.has("192.0.2.0/24") && !ana.has_button("Lift the ban of ion"));
    ion.client.come_back();
    ion.live();

    // Somebody else was quicker.
    boss.client.order(Order::Unban("192.0.2.0/24".into())).unwrap();
    boss.until("its answer", |boss| {
        boss.seen.iter().any(|h| matches!(h, Happening::Ordered { order: Order::Unban(_), .. }))
    });
    ana.press("Lift the ban of 192.0.2.0/24");
    ana.see("That was not done: 192.0.2.0/24 is not banned.");
    ana.see("Nobody is shut out.");
}

#[test]
fn only_operators_see_bans() {
    let server = Server::start();
    let mut ana = enter(server.address, "ana");
    ana.press("Menu");
    ana.press("Bans…");
    ana.see_part("Only operators may");
    assert!(!ana.has("Nobody is shut out."));
}

#[test]
fn whoever_is_no_operator_is_told_so() {
    let server = Server::start();
    let mut ana = enter(server.address, "ana");
    let _ion = Owner::guest(server.address, "ion");
    ana.see("People (2)");
    about(&mut ana, "ion", "Kick…");
    ana.key(Key::Enter);
    ana.see_part("That was not done. Only operators may");
}

#[test]
fn put_out_of_a_room_one_reads_why_and_comes_back() {
    let server = Server::start();
    let boss = operator_without(&server, "boss");
    let mut ana = enter(server.address, "ana");
    join(&mut ana, "boats");
    boss.client.join("#boats".parse().unwrap());
    ana.see("2 here");
    ana.say("before");
    ana.until("said", |ana| ana.count("before") == 1);

    // In view: in the place of the message box.
    kick(&boss, Some("#boats"), "ana");
    ana.see("boss has sent you out of #boats: shouting");
    assert!(!ana.is_active() && ana.count("before") == 1, "it can be read");
    let me = "ana".parse().unwrap();
    let remembered = |ana: &Screen| ana.app().desk().remembered.places(&me).unwrap().0;
    assert_eq!(remembered(&ana).len(), 1, "nobody goes back by themselves");
    ana.press("Join again");
    ana.until("box", |ana| ana.is_active());
    ana.see("2 here");
    assert!(!ana.has_part("has sent you out"));
    assert_eq!(remembered(&ana).len(), 2);
    assert_eq!(ana.focused().as_deref(), Some("Message"));

    // Elsewhere: above the place in view, which stays.
    ana.press("#lobby");
    kick(&boss, Some("#boats"), "ana");
    ana.see("boss has sent you out of #boats: shouting");
    assert!(ana.is_active());
    ana.press("Join again");
    ana.see("Leave #boats");
    ana.until("box", |ana| ana.is_active());
    assert!(!ana.has_part("has sent you out"));
    assert_eq!(ana.count("before"), 1);
}

#[test]
fn sent_away_one_comes_back_when_one_wants_to() {
    let server = Server::start();
    let mut boss = operator_without(&server, "boss");
    let mut ana = open(server.address, register("ana"), LONG, SIZE);
    ana.until("active room", |screen| screen.is_active());
    join(&mut ana, "boats");
    kick(&boss, None, "ana");
    ana.see("You were sent away");
    assert!(ana.has_part("boss has disconnected you: shouting"), "{:?}", ana.texts());
    assert!(!ana.has("Your password") && !ana.has_part("has sent you out"));
    assert_eq!(ana.focused().as_deref(), Some("Come back"));
    // What is written meanwhile waits.
    ana.focus_box();
    ana.say("written while away");
    ana.press("Come back");
    ana.see_no("You were sent away");
    boss.client.join("#boats".parse().unwrap());
    boss.has_at(&"#boats".parse().unwrap(), "written while away");
    assert!(ana.has("#lobby") && ana.has("Leave #boats"), "all is as it was");
}

#[test]
fn whoever_is_banned_reads_for_how_long_and_does_not_knock_in_vain() {
    let server = Server::start();
    let mut boss = operator_without(&server, "boss");
    // Short pauses: who knocked by themselves would be seen to.
    let mut ana = enter(server.address, "ana");
    let duration = Some(std::time::Duration::from_secs(7_200));
    let ban = Order::Ban { mask: "ana".into(), duration, reason: "flooding".into() };
    boss.client.order(ban).unwrap();
    ana.see("You are shut out");
    assert!(ana.has_part("banned for 2 hours more: flooding"), "{:?}", ana.texts());
    assert!(!ana.has_part("trying again"));
    ana.press("Try again");
    ana.until("the same answer", |ana| {
        ana.harness.query_by_label("You are shut out").is_some() && !ana.has_part("Connecting")
    });
    boss.client.order(Order::Unban("ana".into())).unwrap();
    boss.until("its end", |boss| {
        let is = |h: &Happening| matches!(h, Happening::Ordered { order: Order::Unban(_), .. });
        boss.seen.iter().any(is)
    });
    ana.press("Try again");
    ana.see_no("You are shut out");
    ana.until("active room", |screen| screen.is_active());
    ana.say("here again");
    ana.until("said", |ana| ana.count("here again") == 1 && ana.has("stored"));
}
