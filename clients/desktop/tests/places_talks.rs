//! Words to one person, and what was said long ago: a private talk from both its ends,
//! what waited for somebody who was away, and the search in one place and everywhere.

#![allow(missing_docs)]

#[path = "support/entry.rs"]
mod entry;
mod support;

use std::io::Write;
use std::net::TcpStream;

use eframe::egui::Key;
use eframe::egui::accesskit::Role;
use egui_kittest::kittest::{NodeT, Queryable};
use support::Screen;
use support::chat::{Owner, QUICK, enter, login, open, register};
use support::server::Server;
use taifas_client::Place;

fn person(name: &str) -> Place {
    name.parse().unwrap()
}

fn account(server: &Server, name: &str) -> Owner {
    let mut owner = Owner::new(server.address, register(name));
    owner.live();
    owner
}

/// Searches for this as one does.
fn search(screen: &mut Screen, words: &str) {
    screen.command(Key::F);
    screen.replace("Search", words);
    screen.key(Key::Enter);
    screen.see_no("Looking…");
}

#[test]
fn two_people_talk_alone() {
    let server = Server::start();
    let mut ana = enter(server.address, "ana");
    let mut eva = account(&server, "eva");
    let mut ion = account(&server, "ion");
    ana.see("People (3)");
    ana.press("More about eva");
    ana.press("Write to eva");
    ana.see("only you two");
    ana.say("for you alone");
    ana.until("said", |ana| ana.count("for you alone") == 1 && ana.has("stored"));
    eva.has_at(&person("ana"), "for you alone");

    ana.press("#lobby");
    eva.client.say(&person("ana"), "and for you").unwrap();
    ana.until("a mark", |ana| ana.has_part("eva, 1 unread"));
    ana.focus_window(false);
    ana.until("title", |ana| ana.app().title() == "(1) ana · taifas");
    ana.focus_window(true);
    let row = ana.texts().into_iter().find(|text| text.contains("eva, 1 unread"));
    ana.press(&row.expect("just seen"));
    ana.until("read", |ana| ana.count("and for you") == 1 && !ana.has_part("unread"));

    // Whoever speaks first need not be known here.
    ion.client.say(&person("ana"), "me too").unwrap();
    ana.until("a mark", |ana| ana.has_part("ion, 1 unread"));
    ion.has_at(&person("ana"), "me too");
    assert!(!ion.texts().iter().any(|text| text.contains("alone")));
}

#[test]
fn what_was_told_while_one_was_away_is_there() {
    let server = Server::start();
    drop(account(&server, "ana"));
    let mut eva = account(&server, "eva");
    eva.client.open("ana".parse().unwrap());
    eva.client.say(&person("ana"), "for when you are back").unwrap();
    eva.has_at(&person("ana"), "for when you are back");
    let mut ana = open(server.address, login("ana"), QUICK, [900.0, 640.0]);
    ana.until("active room", |screen| screen.is_active());
    ana.until("a mark", |ana| ana.has_part("eva, 1 unread"));
    let row = ana.texts().into_iter().find(|text| text.contains("eva, 1 unread"));
    ana.press(&row.expect("just seen"));
    ana.until("message", |ana| ana.count("for when you are back") == 1);
}

#[test]
fn what_happens_while_the_page_changes_is_not_lost() {
    let server = Server::start();
    entry::account(server.address);
    let mut eva = account(&server, "eva");
    eva.until("ana gone", |eva| eva.lobby().people().len() == 1);
    eva.client.say(&person("ana"), "while away").unwrap();
    eva.has_at(&person("ana"), "while away");
    let mut ana = Screen::new(server.address);
    ana.press("Log in");
    ana.fill("Username", entry::ANA);
    ana.secret("Password", entry::PASSWORD);
    // Everything is here before the next frame, or most of it.
    ana.harness.key_press(Key::Enter);
    ana.harness.step();
    eva.until("ana", |eva| eva.lobby().people().len() == 2);
    eva.say("hello");
    ana.until("active room", |screen| screen.is_active());
    ana.see("Talk with eva, 1 unread");
    let me = "ana".parse().unwrap();
    let places = ana.app().desk().remembered.places(&me);
    assert!(places.is_some_and(|(rooms, talks)| rooms.len() == 1 && talks.len() == 1));
}

#[test]
fn what_was_not_read_is_unread_after_the_next_login() {
    let server = Server::start();
    entry::account(server.address);
    let mut eva = account(&server, "eva");
    eva.until("ana gone", |eva| eva.lobby().people().len() == 1);
    let mut tell = |text: &str| {
        eva.client.say(&person("ana"), text).unwrap();
        eva.has_at(&person("ana"), text);
    };
    let mut ana = Screen::new(server.address);
    ana.press("Log in");
    ana.fill("Username", entry::ANA);
    let log_in = |ana: &mut Screen| {
        ana.secret("Password", entry::PASSWORD);
        ana.key(Key::Enter);
        ana.until("active room", |screen| screen.is_active());
    };
    let log_out = |ana: &mut Screen| {
        ana.press("Menu");
        ana.press("Log out");
        ana.see("Log in");
    };
    // Told while one is away: announced once.
    tell("while away");
    log_in(&mut ana);
    ana.see("Talk with eva, 1 unread");
    log_out(&mut ana);
    ana.press("Log in");
    log_in(&mut ana);
    ana.see("Talk with eva, 1 unread");
    // Told while one is here, and not looked at.
    tell("while here");
    ana.see("Talk with eva, 2 unread");
    log_out(&mut ana);
    tell("away again");
    ana.press("Log in");
    log_in(&mut ana);
    ana.see("Talk with eva, 3 unread");
    ana.press("Talk with eva, 3 unread");
    ana.see("new since you looked");
    ana.until("read", |ana| ana.count("away again") == 1 && !ana.has_part("unread"));
    // What was read is read.
    log_out(&mut ana);
    ana.press("Log in");
    log_in(&mut ana);
    ana.see("Talk with eva");
    assert!(!ana.has_part("unread"));
    // Also what comes later, into a talk that is open.
    tell("once more");
    ana.see("Talk with eva, 1 unread");
    log_out(&mut ana);
    ana.press("Log in");
    log_in(&mut ana);
    ana.see("Talk with eva, 1 unread");
}

#[test]
fn a_search_leads_to_what_was_said() {
    let server = Server::start();
    let mut ana = enter(server.address, "ana");
    let mut eva = account(&server, "eva");
    eva.client.say(&Place::LOBBY, "the boat is painted").unwrap();
    for n in 0..30 {
        eva.client.say(&Place::LOBBY, &format!("line {n}")).unwrap();
    }
    eva.client.say(&person("ana"), "a boat of your own?").unwrap();
    ana.until("all of it", |ana| ana.count("line 29") == 1 && ana.has_part("eva, 1 unread"));
    eva.has_at(&person("ana"), "a boat of your own?");
    assert_eq!(ana.count("the boat is painted"), 0, "scrolled away");

    search(&mut ana, "boat");
    ana.see("1 message in #lobby");
    let hit = |ana: &Screen, text: &str| -> String {
        let buttons = ana.harness.query_all_by_role(Role::Button);
        let labels = buttons.filter_map(|node| node.accesskit_node().label());
        labels.into_iter().find(|label| label.ends_with(text)).expect("it was found")
    };
    let found = hit(&ana, ": the boat is painted");
    ana.press(&found);
    ana.until("it in view", |ana| ana.count("the boat is painted") == 2);

    ana.click(Role::CheckBox, "Everywhere");
    ana.see("2 messages in all your rooms and talks");
    let found = hit(&ana, ", eva: a boat of your own?");
    ana.press(&found);
    ana.see("only you two");

    search(&mut ana, "submarine");
    ana.see("Nothing was found in all your rooms and talks.");
    ana.key(Key::Escape);
    ana.see_no("Close search");
    assert_eq!(ana.focused().as_deref(), Some("Message"));
}

#[test]
fn who_is_called_something_else_is_not_who_takes_the_name() {
    let server = Server::start();
    let mut ana = enter(server.address, "ana");
    let mut guest = TcpStream::connect(server.address).unwrap();
    guest.write_all(b"NAME ion\r\nTELL ana psst\r\n").unwrap();
    ana.see_part("ion, 1 unread");
    guest.write_all(b"NAME jon\r\n").unwrap();
    ana.see_part("ion is called jon now.");
    // Of a talk with a guest nothing is kept, and so nothing is remembered.
    let eva = account(&server, "eva");
    eva.client.say(&person("ana"), "kept").unwrap();
    ana.see_part("eva, 1 unread");
    ana.harness.run_ok();
    let (_, talks) = ana.app().desk().remembered.places(&"ana".parse().unwrap()).unwrap();
    assert_eq!(talks, ["eva".parse().unwrap()]);
}
