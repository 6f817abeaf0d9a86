//! Rooms and talks beside one another: joining, making and leaving, what is unread in
//! which, where each was left, and coming back to all of them.

#![allow(missing_docs)]

#[path = "support/entry.rs"]
mod entry;
mod support;

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers, Shape};
use egui_kittest::kittest::Queryable;
use support::Screen;
use support::chat::{QUICK, enter, open, other, register};
use support::client::Owner;
use support::server::Server;
use taifas_client::{Happening, Place};

fn place(word: &str) -> Place {
    word.parse().unwrap()
}

/// Makes a room, or joins it, by its name.
fn join(screen: &mut Screen, room: &str) {
    screen.press("Join…");
    screen.see_no("Asking which rooms there are…");
    assert_eq!(screen.focused().as_deref(), Some("Room"));
    screen.type_text(room);
    screen.key(Key::Enter);
    screen.see_no("Join a room");
    screen.see(&format!("Leave #{room}"));
}

/// An account without a screen that is in these rooms.
fn account(server: &Server, name: &str, rooms: &[&str]) -> Owner {
    let mut owner = Owner::new(server.address, register(name));
    owner.live();
    for room in rooms {
        owner.client.join(room.parse().unwrap());
        owner.until(room, |owner| owner.model.at(&place(room)).is_in());
    }
    owner
}

#[test]
fn a_room_is_made_joined_and_left() {
    let server = Server::start();
    let mut ana = enter(server.address, "ana");
    ana.press("Join…");
    ana.see_no("Asking which rooms there are…");
    ana.type_text("9 boats");
    assert!(ana.has_part("A room's name begins with a letter"));
    assert!(!ana.has_part("Make #"));
    ana.replace("Room", "boats");
    ana.see("Make #boats");
    ana.press("Make #boats");
    ana.see_no("Join a room");
    ana.see("1 here");
    assert_eq!(ana.focused().as_deref(), Some("Message"));
    ana.say("first in the boat");
    ana.until("said", |ana| ana.count("first in the boat") == 1);
    ana.press("#lobby");
    assert_eq!(ana.count("first in the boat"), 0, "each place has its own messages");

    let mut eva = account(&server, "eva", &["#boats"]);
    eva.has_at(&place("#boats"), "first in the boat");
    ana.press("#boats");
    ana.see("2 here");
    ana.press("Leave #boats");
    ana.see_no("#boats");
    assert!(ana.has("#lobby"), "another place is in view");
    eva.until("ana gone", |eva| eva.model.at(&place("#boats")).people().len() == 1);

    // The list shows it with who is there.
    ana.press("Join…");
    ana.see("#boats, 1 person");
    ana.press("#boats, 1 person");
    ana.see("2 here");
    ana.until("history", |ana| ana.count("first in the boat") == 1);
}

#[test]
fn a_room_that_is_refused_says_why() {
    let server = Server::with(&["rooms=\"operators\""]);
    let mut ana = enter(server.address, "ana");
    ana.press("Join…");
    ana.see_no("Asking which rooms there are…");
    ana.type_text("boats");
    ana.key(Key::Enter);
    ana.see_part("That is not for you:");
    assert!(!ana.has_button("#boats"));
    ana.key(Key::Escape);
    assert_eq!(ana.focused().as_deref(), Some("Message"));
}

#[test]
fn what_is_unread_is_counted_where_it_was_said() {
    let server = Server::start();
    let mut ana = enter(server.address, "ana");
    join(&mut ana, "boats");
    ana.press("#lobby");
    let eva = account(&server, "eva", &["#boats"]);
    let boats = place("#boats");
    eva.client.say(&boats, "one").unwrap();
    ana.see("#boats, 1 unread");
    eva.client.say(&boats, "two, ana").unwrap();
    ana.see("#boats, 2 unread, 1 for you");
    ana.focus_window(false);
    ana.until("title", |ana| ana.app().title() == "(2) ana · taifas");
    ana.focus_window(true);

    // By keys: the draft stays where it was begun.
    ana.write("for the lobby");
    ana.keys(Modifiers::ALT | Modifiers::SHIFT, Key::ArrowDown);
    assert_eq!(ana.draft(), "");
    assert_eq!(ana.focused().as_deref(), Some("Message"));
    ana.until("read", |ana| ana.has("#boats") && !ana.has_part("unread"));
    assert!(ana.has("new since you looked"));
    ana.write("for the boats");
    ana.keys(Modifiers::ALT, Key::ArrowUp);
    assert_eq!(ana.draft(), "for the lobby");
    ana.keys(Modifiers::ALT, Key::ArrowDown);
    assert_eq!(ana.draft(), "for the boats");
    ana.keys(Modifiers::ALT | Modifiers::SHIFT, Key::ArrowDown);
    assert_eq!(ana.draft(), "for the boats", "nothing is new elsewhere");
    ana.key(Key::Enter);
    let mut eva = eva;
    eva.has_at(&boats, "for the boats");
    assert!(!eva.texts().contains(&"for the boats".to_owned()));
}

#[test]
fn each_place_stays_where_it_was_left() {
    let server = Server::start();
    let mut ana = enter(server.address, "ana");
    join(&mut ana, "boats");
    ana.press("#lobby");
    let ion = other(server.address, "ion");
    for n in 0..60 {
        ion.client.say(&Place::LOBBY, &format!("line {n}")).unwrap();
    }
    ana.until("the last one", |ana| ana.count("line 59") == 1);
    ana.key(Key::PageUp);
    ana.key(Key::PageUp);
    let messages = |ana: &Screen| -> Vec<String> {
        ana.texts().into_iter().filter(|text| text.contains(": line ")).collect()
    };
    let before = messages(&ana);
    assert!(!before.is_empty() && ana.count("line 59") == 0);
    ana.press("#boats");
    assert!(messages(&ana).is_empty());
    assert!(ana.has("Nobody has said anything yet."));
    ana.press("#lobby");
    assert_eq!(messages(&ana), before);
}

#[test]
fn the_jump_field_leads_to_places_and_people() {
    let server = Server::start();
    let mut ana = enter(server.address, "ana");
    join(&mut ana, "boats");
    ana.press("#lobby");
    let _ion = other(server.address, "ion");
    ana.see("People (2)");
    ana.command(Key::K);
    assert_eq!(ana.focused().as_deref(), Some("Go to"));
    assert!(ana.has("Go to #boats") && ana.has("Go to ion") && !ana.has("Go to ana"));
    ana.type_text("boa");
    assert!(!ana.has("Go to ion"));
    ana.key(Key::Enter);
    ana.see("1 here");
    assert_eq!(ana.focused().as_deref(), Some("Message"));
    assert_eq!(ana.draft(), "");
    ana.command(Key::K);
    ana.type_text("9 xyz");
    assert!(ana.has("Nothing here has such a name"));
    ana.key(Key::Enter);
    ana.key(Key::Escape);
    assert!(!ana.has("Go to"));
    assert_eq!(ana.focused().as_deref(), Some("Message"));
    // Through the list by Tab.
    ana.command(Key::K);
    ana.type_text("lob");
    ana.key(Key::Tab);
    assert_eq!(ana.focused().as_deref(), Some("Go to #lobby"));
    ana.key(Key::Enter);
    ana.see("2 here");
}

#[test]
fn a_topic_is_set_and_shown() {
    let server = Server::start();
    let mut ana = enter(server.address, "ana");
    join(&mut ana, "boats");
    ana.press("No topic");
    assert_eq!(ana.focused().as_deref(), Some("Topic"));
    ana.type_text("tides and keys");
    ana.key(Key::Enter);
    ana.see_part("Only operators say what a room is about.");
    ana.key(Key::Escape);
    server.op("ana");
    ana.see_part("you are an operator now");
    ana.press("No topic");
    ana.type_text("tides and keys");
    ana.key(Key::Enter);
    ana.see("Topic: tides and keys");
    ana.see_no("Topic of #boats");
    assert_eq!(ana.focused().as_deref(), Some("Message"));
    let eva = account(&server, "eva", &["#boats"]);
    assert_eq!(eva.model.at(&place("#boats")).topic(), "tides and keys");
    ana.press("Topic: tides and keys");
    ana.type_text("\u{202e}");
    ana.key(Key::Enter);
    ana.see_part("There is a character in it that cannot be sent.");
    ana.key(Key::Escape);
    assert!(ana.has("Topic: tides and keys"));
}

#[test]
fn a_persons_menu() {
    let server = Server::start();
    let mut ana = enter(server.address, "ana");
    let _ion = other(server.address, "ion");
    ana.see("People (2)");
    ana.press("More about ion");
    ana.press("Put name in the box");
    assert_eq!(ana.draft(), "ion: ");
    // By keys alone.
    ana.tab_to("ion");
    ana.key(Key::Menu);
    assert_eq!(ana.focused().as_deref(), Some("More about ion"));
    ana.see("Write to ion");
    ana.key(Key::ArrowDown);
    for label in ["Write to ion", "Put name in the box"] {
        assert_eq!(ana.focused().as_deref(), Some(label));
        ana.key(Key::ArrowDown);
    }
    assert!(ana.focused().is_some_and(|label| label.starts_with("Operator")));
    ana.key(Key::Enter);
    ana.see("Mute…");
    ana.tab_to("Mute…");
    ana.key(Key::Enter);
    ana.see("Mute ion");
    assert_eq!(ana.focused().as_deref(), Some("Reason"));
    assert!(!ana.has("Write to ion"), "the menu is closed");
    ana.click(Role::RadioButton, "10 minutes");
    ana.press("Mute");
    ana.see_part("That was not done");
    ana.key(Key::Escape);
    assert_eq!(ana.focused().as_deref(), Some("Message"));
}

#[test]
fn a_search_is_opened_and_closed_by_keys() {
    let server = Server::start();
    let mut ana = enter(server.address, "ana");
    ana.say("the boat is back");
    ana.command(Key::F);
    assert_eq!(ana.focused().as_deref(), Some("Search"));
    ana.type_text("boat");
    ana.key(Key::Enter);
    ana.see("1 message in #lobby");
    ana.key(Key::Escape);
    ana.see_no("Close search");
    assert_eq!(ana.focused().as_deref(), Some("Message"));
}

#[test]
fn rooms_are_joined_again_the_next_time() {
    let server = Server::start();
    entry::account(server.address);
    let mut ana = Screen::new(server.address);
    let log_in = |ana: &mut Screen| {
        ana.press("Log in");
        ana.fill("Username", entry::ANA);
        ana.secret("Password", entry::PASSWORD);
        ana.key(Key::Enter);
        ana.until("active room", |screen| screen.is_active());
    };
    log_in(&mut ana);
    join(&mut ana, "boats");
    ana.press("#lobby");
    ana.press("Leave #lobby");
    ana.until("only boats", |ana| !ana.has_button("#lobby"));
    ana.press("Menu");
    ana.press("Log out");
    ana.see("Log in");
    ana.press("Log in");
    ana.secret("Password", entry::PASSWORD);
    ana.key(Key::Enter);
    ana.until("active room", |screen| screen.is_active());
    ana.see("1 here");
    assert!(ana.has_button("#boats") && !ana.has_button("#lobby"));
}

#[test]
fn a_narrow_window_folds_the_places_away() {
    let server = Server::start();
    let mut ana = open(server.address, register("ana"), QUICK, [400.0, 360.0]);
    ana.until("active room", |screen| screen.is_active());
    assert!(!ana.has_button("Join…"));
    ana.press("Rooms");
    ana.press("Join…");
    ana.see_no("Asking which rooms there are…");
    ana.type_text("boats");
    ana.key(Key::Enter);
    ana.see_no("Join a room");
    ana.press("Rooms");
    ana.press("#lobby");
    assert!(!ana.has_button("#boats"), "it folds away again");
    let eva = account(&server, "eva", &["#boats"]);
    eva.client.say(&place("#boats"), "hello").unwrap();
    ana.see("Rooms (1 new)");
}

#[test]
fn a_talk_with_one_person_is_opened_and_closed() {
    let server = Server::start();
    let mut ana = enter(server.address, "ana");
    let _eva = account(&server, "eva", &[]);
    ana.see("People (2)");
    ana.write("for all");
    ana.press("More about eva");
    ana.press("Write to eva");
    ana.see("Talk with eva");
    ana.see("only you two");
    assert!(!ana.has_part("People ("), "nobody else is here");
    assert_eq!(ana.focused().as_deref(), Some("Message"));
    assert_eq!(ana.draft(), "");
    ana.press("Close the talk with eva");
    ana.see_no("Talk with eva");
    assert_eq!(ana.draft(), "for all", "what was begun in the lobby is there");
    ana.command(Key::K);
    ana.type_text("eva");
    ana.key(Key::Enter);
    ana.see("only you two");
}

#[test]
fn a_long_list_of_people_stays_within_its_column() {
    let server = Server::start();
    let mut ana = enter(server.address, "ana");
    let names =
        ["bo", "a-name-of-thirty-two-characters-x", "cor"].map(|name| &name[..name.len().min(32)]);
    let _others: Vec<_> = names.iter().map(|name| other(server.address, name)).collect();
    ana.see("People (4)");
    let button = |label: &str| ana.harness.get_by_role_and_label(Role::Button, label).rect();
    for name in names {
        let (row, more) = (button(name), button(&format!("More about {name}")));
        assert!(row.max.x <= more.min.x && more.max.x <= 200.0, "{name}: {row:?} {more:?}");
        assert_eq!(row.min.x, button("ana, you").min.x);
    }
}

#[test]
fn rooms_to_join_are_listed_in_clear_lines() {
    let server = Server::start();
    let mut eva = account(&server, "eva", &["#boats", "#a-room-with-a-rather-long-name"]);
    server.op("eva");
    eva.find("word of it", |happening| matches!(happening, Happening::Notice(_)).then_some(()));
    let mut ana = open(server.address, register("ana"), QUICK, [400.0, 360.0]);
    ana.until("active room", |screen| screen.is_active());
    let topic = format!("tides and keys{}", ", and who has the oars".repeat(9));
    eva.client.topic("#boats".parse().unwrap(), Some(&topic)).unwrap();
    eva.until("topic", |eva| eva.model.at(&place("#boats")).topic() == topic);
    ana.press("Rooms");
    ana.press("Join…");
    let row = format!("#boats, 1 person: {topic}");
    ana.see(&row);
    let long = ana.harness.get_by_label("#a-room-with-a-rather-long-name, 1 person").rect();
    let boats = ana.harness.get_by_label(&row).rect();
    assert_eq!((long.width(), long.height()), (boats.width(), boats.height()));
    // The name and the number are painted whole, the topic below them as far as it goes.
    let painted = |begins: &str| {
        let shapes = ana.harness.output().shapes.iter().filter_map(|shape| match &shape.shape {
            Shape::Text(text) if text.galley.text().starts_with(begins) => {
                Some((text.galley.elided, text.pos.y))
            }
            _ => None,
        });
        shapes.filter(|(_, top)| boats.y_range().contains(*top)).collect::<Vec<_>>()
    };
    let [name, people, topic] = ["#boats", "1 person", "tides"].map(painted);
    assert_eq!((name[0].0, people[0].0, topic[0].0), (false, false, true));
    assert!(topic[0].1 > people[0].1, "{people:?} {topic:?}");
}
