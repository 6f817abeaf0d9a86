//! A broken network, another password, and leaving.

#![allow(missing_docs)]

mod support;

use eframe::egui::accesskit::Role;
use eframe::egui::{Event, Key, ViewportCommand, ViewportEvent, ViewportId};
use support::Screen;
use support::chat::{LONG, Owner, enter, login, open, other, password, register};
use support::server::Server;
use taifas_client::{Entry, Happening};

/// Who logs in with the account's first password, and the word that answers.
fn comes_in(server: &Server, name: &str, typed: &str) -> Result<(), String> {
    let entry = Entry::Login { name: name.parse().unwrap(), password: password(typed) };
    let mut owner = Owner::new(server.address, entry);
    owner.find("answer", |happening| match happening {
        Happening::Entered(_) => Some(Ok(())),
        Happening::Link(taifas_client::Link::Stopped(why)) => Some(Err(why.code.clone())),
        _ => None,
    })
}

#[test]
fn what_is_written_while_the_server_is_dead_is_there_once() {
    let mut server = Server::start();
    let mut ana = enter(server.address, "ana");
    ana.say("before");
    other(server.address, "eva").has("before");
    ana.write("half a sen");
    server.kill();
    ana.see_part("Connection lost, trying again");
    assert!(ana.has_button("Try now"));
    ana.write("tence");
    ana.key(Key::Enter);
    ana.say("and another one");
    assert!(ana.is_active(), "one goes on writing");
    for text in ["half a sentence", "and another one"] {
        assert_eq!(ana.count(text), 1, "{text}");
    }
    assert!(ana.has_part("waiting"));
    server.restart();
    ana.until("end of the bar", |ana| !ana.has_part("Connection lost") && ana.is_active());
    let mut ion = other(server.address, "ion");
    ion.has("and another one");
    assert_eq!(ion.texts(), ["before", "half a sentence", "and another one"]);
    ana.say("after");
    ion.has("after");
    assert_eq!(ion.texts().len(), 4);
    ana.until("marks", |ana| !ana.has_part("waiting"));
    for text in ["before", "half a sentence", "and another one", "after"] {
        assert_eq!(ana.count(text), 1, "{text}");
    }
}

#[test]
fn the_seconds_are_counted_and_can_be_cut_short() {
    let mut server = Server::start();
    let waits = taifas_client::Waits { pause_ms: 3_200, pause_most_ms: 3_200, ..LONG };
    let mut ana = open(server.address, register("ana"), waits, [900.0, 640.0]);
    ana.until("active room", |screen| screen.is_active());
    server.kill();
    ana.see("Connection lost, trying again in 3 s");
    ana.see("Connection lost, trying again in 2 s");
    ana.see("Connection lost, trying again in 1 s");

    let mut server = Server::start();
    let mut ana = open(server.address, register("ana"), LONG, [900.0, 640.0]);
    ana.until("active room", |screen| screen.is_active());
    server.kill();
    ana.see_part("Connection lost, trying again in ");
    server.restart();
    ana.press("Try now");
    ana.until("end of the bar", |ana| !ana.has_part("onnect"));
    assert_eq!(ana.focused().as_deref(), Some("Message"));
    ana.say("back");
    other(server.address, "ion").has("back");
}

#[test]
fn nothing_is_painted_while_nothing_happens() {
    let server = Server::start();
    let mut ana = enter(server.address, "ana");
    let quiet = |ana: &mut Screen| {
        ana.harness.run_ok();
        ana.harness.output().viewport_output[&ViewportId::ROOT].repaint_delay
    };
    assert!(quiet(&mut ana).as_secs() > 60, "{:?}", quiet(&mut ana));
}

#[test]
fn a_password_that_was_changed_elsewhere_is_asked_for() {
    let server = Server::start();
    let mut ana = enter(server.address, "ana");
    let mut phone = Owner::new(server.address, login("ana"));
    phone.live();
    phone.client.change_password(password("password of ana"), password("battery staple"));
    ana.see("You are not connected any more");
    assert_eq!(ana.focused().as_deref(), Some("Your password"));
    ana.key(Key::Escape);
    ana.say("written meanwhile");
    ana.type_into(Role::PasswordInput, "Your password", "wrong horse");
    ana.press("Enter again");
    ana.see("You are not connected any more");
    ana.until("empty field", |ana| ana.focused().as_deref() == Some("Your password"));
    ana.type_text("battery staple");
    ana.key(Key::Enter);
    ana.see_no("You are not connected any more");
    phone.has("written meanwhile");
    ana.until("focus", |ana| ana.focused().as_deref() == Some("Message"));
    ana.say("back");
    phone.has("back");
    assert_eq!(phone.texts(), ["written meanwhile", "back"]);
}

fn try_to_change(ana: &mut Screen, old: &str, new: &str, again: &str) {
    for (label, text) in
        [("Old password", old), ("New password", new), ("New password again", again)]
    {
        ana.type_into(Role::PasswordInput, label, text);
    }
    ana.press("Change password");
}

#[test]
fn change_the_password() {
    let server = Server::start();
    let mut ana = enter(server.address, "ana");
    ana.press("Menu");
    ana.press("Change password…");
    assert_eq!(ana.focused().as_deref(), Some("Old password"));
    let old = "password of ana";
    let new = "battery staple";
    for (tried, said, focus) in [
        (["", new, new], "Type the password you have now.", "Old password"),
        ([old, new, "x"], "The two passwords differ.", "New password again"),
        ([old, "short", "short"], "A password has at least 8", "New password"),
        ([old, "", ""], "Choose a password.", "New password"),
    ] {
        try_to_change(&mut ana, tried[0], tried[1], tried[2]);
        ana.see_part(said);
        assert_eq!(ana.focused().as_deref(), Some(focus), "{said}");
        ana.key(Key::Escape);
        ana.press("Menu");
        ana.press("Change password…");
        assert!(!ana.has_part(said), "it is asked anew");
    }
    try_to_change(&mut ana, "wrong horse", new, new);
    ana.see_part("That is not your old password.");
    assert_eq!(ana.focused().as_deref(), Some("Old password"));
    assert_eq!(comes_in(&server, "ana", old), Ok(()));

    ana.harness.run_ok();
    ana.click(Role::CheckBox, "Show passwords");
    ana.type_into(Role::TextInput, "Old password", old);
    ana.type_into(Role::TextInput, "New password", "battery staple");
    ana.type_into(Role::TextInput, "New password again", "battery staple");
    ana.key(Key::Enter);
    ana.see_part("Your password is changed.");
    ana.key(Key::Enter);
    assert!(!ana.has_part("Your password is changed."));
    assert_eq!(ana.focused().as_deref(), Some("Message"));
    assert_eq!(comes_in(&server, "ana", "battery staple"), Ok(()));
    assert_eq!(comes_in(&server, "ana", old), Err("BAD_CREDENTIALS".into()));
    ana.say("still here");
    other(server.address, "ion").has("still here");
}

#[test]
fn log_out_leaves_at_once_if_nothing_waits() {
    let server = Server::start();
    let mut ana = enter(server.address, "ana");
    let mut ion = other(server.address, "ion");
    ana.see("People (2)");
    ana.press("Menu");
    ana.press("Log out");
    assert!(!ana.is_active());
    assert_eq!(ana.app().title(), "taifas");
    ion.until("ana gone", |ion| ion.lobby().people().len() == 1);
}

#[test]
fn leaving_is_asked_for_while_messages_wait() {
    let mut server = Server::start();
    let mut ana = open(server.address, register("ana"), LONG, [900.0, 640.0]);
    ana.until("active room", |screen| screen.is_active());
    assert!(!asks_to_close(&mut ana), "nothing waits");
    server.kill();
    ana.see_part("Connection lost");
    ana.say("waits");
    ana.press("Menu");
    ana.press("Log out");
    ana.see("1 message has not been sent yet. Leave anyway?");
    assert_eq!(ana.focused().as_deref(), Some("Stay"));
    ana.key(Key::Escape);
    assert!(ana.is_active() && !ana.has_part("Leave anyway?"));
    assert_eq!(ana.focused().as_deref(), Some("Message"));
    ana.say("waits, too");
    assert!(asks_to_close(&mut ana));
    ana.see("2 messages have not been sent yet. Leave anyway?");
    ana.press("Stay");
    assert!(ana.is_active());
    ana.press("Menu");
    ana.press("Log out");
    ana.press("Leave");
    assert!(!ana.is_active());
    assert_eq!(ana.app().title(), "taifas");
}

#[test]
fn the_window_closes_when_that_is_answered() {
    let mut server = Server::start();
    let mut ana = open(server.address, register("ana"), LONG, [900.0, 640.0]);
    ana.until("active room", |screen| screen.is_active());
    server.kill();
    ana.see_part("Connection lost");
    ana.say("waits");
    assert!(asks_to_close(&mut ana));
    ana.until("Leave", |ana| ana.has_button("Leave"));
    ana.key(Key::Tab);
    assert_eq!(ana.focused().as_deref(), Some("Leave"));
    ana.harness.event(Event::Key {
        key: Key::Enter,
        physical_key: None,
        pressed: true,
        repeat: false,
        modifiers: Default::default(),
    });
    ana.harness.step();
    assert!(ana.commands().contains(&ViewportCommand::Close), "{:?}", ana.commands());
    assert!(!asks_to_close(&mut ana), "and it is not asked again");
}

/// The window is to be closed; whether the page has asked to wait.
fn asks_to_close(screen: &mut Screen) -> bool {
    let viewport = screen.harness.input_mut().viewports.entry(ViewportId::ROOT).or_default();
    viewport.events.push(ViewportEvent::Close);
    screen.harness.step();
    let asks = screen.commands().contains(&ViewportCommand::CancelClose);
    screen.harness.run_ok();
    asks
}
