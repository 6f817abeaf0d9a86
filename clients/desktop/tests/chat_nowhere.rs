//! Nowhere: the last room is left and the last talk closed. The page says what to do,
//! and does not go on showing what was closed.

#![allow(missing_docs)]

mod support;

use eframe::egui::Key;
use support::Screen;
use support::chat::{Owner, QUICK, enter, open, register};
use support::server::Server;

const NOWHERE: &str = "You are in no room and in no talk.";

/// Leaves the lobby for a talk with eva, and closes that.
fn leave_all(ana: &mut Screen) {
    ana.see("People (2)");
    ana.press("More about eva");
    ana.press("Write to eva");
    ana.see("only you two");
    ana.say("are you there?");
    ana.until("said", |ana| ana.count("are you there?") == 1);
    ana.write("never sent");
    ana.press("#lobby");
    ana.press("Leave #lobby");
    ana.see("only you two");
    ana.press("Close the talk with eva");
    ana.see(NOWHERE);
}

fn with_eva() -> (Server, Owner, Screen) {
    let server = Server::start();
    let ana = enter(server.address, "ana");
    let mut eva = Owner::new(server.address, register("eva"));
    eva.live();
    (server, eva, ana)
}

#[test]
fn who_has_left_everything_is_told_what_to_do() {
    let (_server, _eva, mut ana) = with_eva();
    leave_all(&mut ana);
    assert!(!ana.is_active(), "there is nobody to write to");
    assert_eq!(ana.count("are you there?"), 0);
    for gone in ["only you two", "Close the talk with eva", "People (", "eva"] {
        assert!(!ana.has_part(gone), "{gone}: {:?}", ana.texts());
    }
    assert_eq!(ana.focused().as_deref(), Some("Join a room…"));

    // A room there is, by keys alone.
    ana.key(Key::Enter);
    ana.see("#lobby, 1 person");
    ana.type_text("lobby");
    ana.key(Key::Enter);
    ana.see("Leave #lobby");
    assert!(ana.is_active() && !ana.has(NOWHERE));
    assert_eq!(ana.focused().as_deref(), Some("Message"));
    assert_eq!(ana.draft(), "", "what was written to somebody else is not for all");
    ana.say("back");
    ana.until("said", |ana| ana.count("back") == 1);
}

#[test]
fn nowhere_one_can_still_log_out_and_be_written_to() {
    let (_server, eva, mut ana) = with_eva();
    leave_all(&mut ana);
    ana.command(Key::F);
    assert!(!ana.has("Search"), "there is nothing to look through here");
    ana.keys(eframe::egui::Modifiers::ALT, Key::ArrowDown);
    ana.key(Key::Escape);
    assert!(ana.has(NOWHERE));
    eva.client.say(&"ana".parse().unwrap(), "I am").unwrap();
    ana.until("the talk", |ana| ana.count("I am") == 1);
    assert!(ana.is_active());
    ana.press("Close the talk with eva");
    ana.see(NOWHERE);
    // Who is not in view is written to by their name.
    ana.press("Write to somebody…");
    ana.type_text("eva");
    ana.key(Key::Enter);
    ana.see("only you two");
    assert_eq!(ana.focused().as_deref(), Some("Message"));
    ana.press("Close the talk with eva");
    ana.see(NOWHERE);
    ana.press("Menu");
    ana.press("Log out");
    ana.see("Register");
}

#[test]
fn nowhere_in_the_smallest_window() {
    let server = Server::start();
    let mut ana = open(server.address, register("ana"), QUICK, [400.0, 360.0]);
    ana.until("active room", |screen| screen.is_active());
    ana.press("Menu");
    ana.press("Leave #lobby");
    ana.see(NOWHERE);
    ana.press("Rooms");
    ana.see("Join…");
    ana.key(Key::Escape);
    ana.press("Join a room…");
    ana.type_text("boats");
    ana.key(Key::Enter);
    ana.until("a room", |ana| ana.is_active());
}
