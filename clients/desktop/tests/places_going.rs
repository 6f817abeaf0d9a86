//! Going to places: rooms one is in already, rooms and people that are not in view, and
//! what was begun to be written in each of them.

#![allow(missing_docs)]

#[path = "support/entry.rs"]
mod entry;
mod support;

use eframe::egui::Key;
use eframe::egui::accesskit::Role;
use egui_kittest::kittest::Queryable;
use support::Screen;
use support::chat::{Owner, enter, login, register};
use support::server::Server;
use taifas_client::Place;

/// An account without a screen that is in these rooms.
fn account(server: &Server, name: &str, rooms: &[&str]) -> Owner {
    let mut owner = Owner::new(server.address, register(name));
    owner.live();
    for room in rooms {
        let place: Place = room.parse().unwrap();
        owner.client.join(room.parse().unwrap());
        owner.until(room, |owner| owner.model.at(&place).is_in());
    }
    owner
}

/// Opens the list of rooms to join.
fn rooms(screen: &mut Screen) {
    screen.press("Join…");
    screen.see_no("Asking which rooms there are…");
}

#[test]
fn who_joins_a_room_they_are_in_goes_there() {
    let server = Server::start();
    let mut ana = enter(server.address, "ana");
    let _eva = account(&server, "eva", &["#boats"]);
    rooms(&mut ana);
    assert!(ana.has("#boats, 1 person"), "{:?}", ana.texts());
    ana.press("#boats, 1 person");
    ana.see("Leave #boats");
    ana.see_no("Join a room");

    // From the list, which says so.
    rooms(&mut ana);
    assert!(ana.has("#boats, joined, 2 people") && ana.has("#lobby, joined, 2 people"));
    ana.press("#lobby, joined, 2 people");
    ana.see_no("Join a room");
    ana.see("Leave #lobby");
    assert_eq!(ana.focused().as_deref(), Some("Message"));

    // By its name, in any case.
    rooms(&mut ana);
    ana.type_text("#Boats");
    ana.key(Key::Enter);
    ana.see_no("Join a room");
    ana.see("Leave #boats");
    // And where one is already.
    rooms(&mut ana);
    ana.type_text("boats");
    ana.key(Key::Enter);
    ana.see_no("Join a room");
    assert_eq!(ana.focused().as_deref(), Some("Message"));
}

/// An account that has said this to everybody, and is away.
fn away(server: &Server, name: &str, text: &str) {
    let mut owner = account(server, name, &[]);
    owner.say(text);
    assert!(owner.client.close().is_empty());
}

#[test]
fn one_writes_to_somebody_who_is_away() {
    let server = Server::start();
    let mut ana = enter(server.address, "ana");
    away(&server, "zoe", "bye");
    ana.until("zoe gone", |ana| ana.count("bye") == 1 && ana.has("People (1)"));
    ana.command(Key::K);
    ana.type_text("Zoe");
    assert!(ana.has("Write to Zoe") && !ana.has("Go to Zoe"));
    ana.key(Key::Enter);
    ana.see("only you two");
    assert_eq!(ana.focused().as_deref(), Some("Message"));
    ana.say("for when you are back");
    let mut zoe = Owner::new(server.address, login("zoe"));
    zoe.has_at(&"ana".parse().unwrap(), "for when you are back");
    // Once it is open, it is a place like others.
    ana.press("#lobby");
    ana.command(Key::K);
    ana.type_text("zoe");
    assert!(ana.has("Go to Zoe") && !ana.has("Write to zoe"), "{:?}", ana.texts());
}

#[test]
fn a_name_that_nobody_has_is_said_to_be_so() {
    let server = Server::start();
    let mut ana = enter(server.address, "ana");
    ana.command(Key::K);
    ana.type_text("ana");
    assert!(!ana.has("Write to ana"), "to oneself nobody writes by mistake");
    ana.type_text(" x");
    assert!(ana.has("Nothing here has such a name"), "{:?}", ana.texts());
    ana.key(Key::Escape);
    ana.command(Key::K);
    ana.type_text("evva");
    ana.press("Write to evva");
    ana.see_part("There is no account evva, and nobody here has that name.");
    ana.say("hello?");
    ana.see("There is nobody of that name.");
    assert!(ana.has_button("Discard"), "and nothing is lost");
}

#[test]
fn the_jump_field_leads_into_rooms_one_is_not_in() {
    let server = Server::start();
    let mut ana = enter(server.address, "ana");
    let _eva = account(&server, "eva", &["#boats"]);
    ana.command(Key::K);
    ana.see("Join #boats, 1 person");
    assert!(ana.has("Go to #lobby") && !ana.has_part("Join #lobby"));
    ana.type_text("boa");
    ana.key(Key::Enter);
    ana.see("Leave #boats");
    ana.see("2 here");
    // One that there is not yet.
    ana.command(Key::K);
    ana.type_text("#kitchen");
    ana.see("Make #kitchen");
    assert!(!ana.has_part("Write to"));
    ana.key(Key::Enter);
    ana.see("Leave #kitchen");
    assert_eq!(ana.focused().as_deref(), Some("Message"));
    // A name may be a person's or a room's.
    ana.command(Key::K);
    ana.type_text("cellar");
    ana.see("Make #cellar");
    assert!(ana.has("Write to cellar"));
}

/// Who and when, as it stands above somebody's messages.
fn head(ana: &Screen, who: &str) -> String {
    let is = |text: &String| {
        let behind = text.strip_prefix(who).and_then(|rest| rest.strip_prefix(' '));
        behind.is_some_and(|time| time.len() == "00:00".len() && time.contains(':'))
    };
    ana.texts().into_iter().find(is).expect("who and when")
}

#[test]
fn the_name_at_a_message_has_a_menu() {
    let server = Server::start();
    let mut ana = enter(server.address, "ana");
    away(&server, "zoe", "bye");
    away(&server, "eva", "bye, too");
    ana.until("both gone", |ana| ana.count("bye, too") == 1 && ana.has("People (1)"));
    let (zoe, eva) = (head(&ana, "zoe"), head(&ana, "eva"));
    ana.press(&zoe);
    ana.press("Write to zoe");
    ana.see("only you two");
    assert!(!ana.has("Write to zoe"), "the menu is closed");
    ana.press("#lobby");
    ana.harness.get_by_role_and_label(Role::Button, &eva).click_secondary();
    ana.see("Write to eva");
    ana.key(Key::Escape);
    ana.see_no("Write to eva");

    // By keys alone.
    for key in [Key::Enter, Key::Menu] {
        ana.tab_to(&eva);
        ana.key(key);
        ana.see("Write to eva");
        ana.key(Key::ArrowDown);
        assert_eq!(ana.focused().as_deref(), Some("Write to eva"));
        ana.key(Key::Escape);
        ana.see_no("Write to eva");
    }
    ana.tab_to(&eva);
    ana.key(Key::Enter);
    ana.key(Key::ArrowDown);
    ana.key(Key::Enter);
    ana.see("only you two");
    assert_eq!(ana.focused().as_deref(), Some("Message"));
}

#[test]
fn what_was_begun_in_a_place_stays_there_however_one_leaves_it() {
    let server = Server::start();
    let mut ana = enter(server.address, "ana");
    let eva = account(&server, "eva", &["#boats"]);
    ana.see("People (2)");
    ana.write("for the lobby");
    // Into a room by the list of rooms.
    rooms(&mut ana);
    ana.press("#boats, 1 person");
    ana.see("Leave #boats");
    assert_eq!(ana.draft(), "");
    ana.write("for the boats\nin two lines");
    // To a person by the menu of a name.
    ana.press("More about eva");
    ana.press("Write to eva");
    ana.see("only you two");
    assert_eq!(ana.draft(), "");
    ana.write("for eva");
    // By a click, by the jump field, by the list of rooms once more.
    ana.press("#lobby");
    assert_eq!(ana.draft(), "for the lobby");
    ana.command(Key::K);
    ana.type_text("boats");
    ana.key(Key::Enter);
    assert_eq!(ana.draft(), "for the boats\nin two lines");
    ana.command(Key::K);
    ana.type_text("eva");
    ana.key(Key::Enter);
    assert_eq!(ana.draft(), "for eva");
    rooms(&mut ana);
    ana.press("#lobby, joined, 2 people");
    assert_eq!(ana.draft(), "for the lobby");
    // A talk that is closed, and opened by the next word in it.
    ana.press("Talk with eva");
    ana.press("Close the talk with eva");
    ana.see_no("Talk with eva");
    eva.client.say(&"ana".parse().unwrap(), "are you there?").unwrap();
    ana.see("Talk with eva, 1 unread");
    ana.press("Talk with eva, 1 unread");
    assert_eq!(ana.draft(), "for eva");
    ana.see("new since you looked");
    // The same from elsewhere.
    ana.press("#lobby");
    ana.harness.get_by_role_and_label(Role::Button, "Talk with eva").click_secondary();
    ana.see("Close the talk with eva");
    ana.press("Close the talk with eva");
    ana.see_no("Talk with eva");
    ana.command(Key::K);
    ana.type_text("eva");
    ana.key(Key::Enter);
    ana.see("only you two");
    assert_eq!(ana.draft(), "for eva");
    // A room that is left, and joined again.
    ana.press("#boats");
    ana.press("Leave #boats");
    ana.see_no("#boats");
    rooms(&mut ana);
    ana.press("#boats, 1 person");
    ana.see("Leave #boats");
    assert_eq!(ana.draft(), "for the boats\nin two lines");
}
