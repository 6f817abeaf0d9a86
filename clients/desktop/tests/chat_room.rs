//! The room: when it becomes active, who is here, what is unread, what keys do, and how
//! it folds in a narrow window.

#![allow(missing_docs)]

#[path = "support/entry.rs"]
mod entry;
mod support;

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;
use support::Screen;
use support::chat::{LONG, QUICK, enter, login, open, other, register, through};
use support::client::proxy::{Proxy, Way};
use support::server::Server;

#[test]
fn it_becomes_active_only_when_everything_is_here() {
    let server = Server::start();
    let mut first = enter(server.address, "ana");
    assert_eq!(first.focused().as_deref(), Some("Message"), "one can write at once");
    assert!(first.has("People (1)") && first.has("ana, you"));
    assert!(first.has("#lobby") && first.has(&server.address.to_string()));
    first.say("something to read");
    let mut ion = other(server.address, "ion");
    ion.has("something to read");
    drop(first);
    // What others do is told, too, and would be counted below.
    let mut alone = || ion.until("others gone", |ion| ion.lobby().people().len() == 1);
    alone();

    // How much comes until it is active (or a little more: that we have come is told to
    // us, too); then the line is cut at several places before that.
    let whole = {
        let proxy = Proxy::new(server.address);
        let mut ana = through(server.address, proxy.address, login("ana"), LONG, [900.0, 640.0]);
        ana.until("active room", |screen| {
            assert!(screen.is_active() != screen.has("Getting names and messages…"));
            screen.is_active()
        });
        proxy.count(Way::Down)
    };
    for part in [0, whole / 4, whole / 2, whole * 2 / 3, whole * 3 / 4] {
        alone();
        let proxy = Proxy::new(server.address);
        proxy.cut_after(Way::Down, part);
        let mut ana = through(server.address, proxy.address, login("ana"), LONG, [900.0, 640.0]);
        ana.see_part("Connection lost, trying again in ");
        assert!(!ana.is_active() && ana.has("Getting names and messages…"), "{part}");
        ana.press("Try now");
        ana.until("active room", |screen| screen.is_active());
    }
}

#[test]
fn if_nobody_answers_one_can_try_or_go_back() {
    let proxy = Proxy::new("127.0.0.1:1".parse().unwrap());
    let mut ana = open(proxy.address, register("ana"), LONG, [900.0, 640.0]);
    ana.see_part("Connection lost, trying again in ");
    assert!(ana.has("Getting names and messages…") && !ana.is_active());
    ana.press("Try now");
    ana.see_part("Connection lost, trying again in ");
    ana.press("Back to menu");
    assert!(!ana.has("Getting names and messages…"));
    assert_eq!(ana.app().title(), "taifas");
}

#[test]
fn who_is_not_let_in_is_told_why() {
    let server = Server::start();
    let _ana = enter(server.address, "ana");
    let mut again = open(server.address, register("ana"), QUICK, [900.0, 640.0]);
    again.see("You are not connected any more");
    assert!(!again.is_active() && !again.has("Getting names and messages…"));
    again.press("Back to menu");
    assert!(!again.has("You are not connected any more"));
}

#[test]
fn two_people_talk() {
    let server = Server::start();
    let mut ana = enter(server.address, "ana");
    let mut ion = enter(server.address, "ion");
    let mut witness = other(server.address, "eva");
    ana.see("People (3)");
    ana.say("buna, ion 👋");
    witness.has("buna, ion 👋");
    ion.say("buna, ana ❤️ ăâîșț");
    witness.has("buna, ana ❤️ ăâîșț");
    assert_eq!(witness.texts(), ["buna, ion 👋", "buna, ana ❤️ ăâîșț"]);
    for screen in [&mut ana, &mut ion] {
        screen.until("both", |screen| {
            screen.count("buna, ion 👋") == 1 && screen.count("buna, ana ❤️ ăâîșț") == 1
        });
    }
}

#[test]
fn people_come_and_go() {
    let server = Server::start();
    let mut ana = enter(server.address, "ana");
    let ion = other(server.address, "ion");
    let eva = other(server.address, "Eva");
    ana.see("People (3)");
    assert!(ana.has_button("Eva") && ana.has_button("ion") && ana.has_button("ana, you"));
    ion.client.close();
    ana.see("People (2)");
    assert!(!ana.has_button("ion"));
    eva.client.close();
    ana.see("People (1)");
}

#[test]
fn people_by_keys_alone() {
    let server = Server::start();
    let mut ana = enter(server.address, "ana");
    let _others: Vec<_> = ["bea", "Beth", "cor"].map(|name| other(server.address, name)).into();
    ana.see("People (4)");
    ana.write("tell ");
    ana.tab_to("Find a name");
    assert_eq!(ana.focused().as_deref(), Some("Find a name"));
    assert_eq!(ana.draft(), "tell ", "the field does not see the key");
    ana.type_text("BE");
    assert!(ana.has_button("bea") && ana.has_button("Beth") && !ana.has_button("cor"));
    ana.key(Key::ArrowDown);
    assert_eq!(ana.focused().as_deref(), Some("bea"));
    ana.key(Key::ArrowDown);
    assert_eq!(ana.focused().as_deref(), Some("Beth"));
    ana.key(Key::ArrowDown);
    assert_eq!(ana.focused().as_deref(), Some("Beth"), "there is no more");
    ana.key(Key::Enter);
    assert_eq!(ana.draft(), "tell Beth ");
    assert_eq!(ana.focused().as_deref(), Some("Message"));
    assert!(ana.has_button("cor"), "the filter is empty again");

    ana.key(Key::Enter);
    ana.tab_to("Find a name");
    ana.type_text("co");
    ana.key(Key::Enter);
    assert_eq!(ana.draft(), "cor: ", "the first that is left");

    ana.tab_to("Find a name");
    ana.type_text("xyz");
    assert!(ana.has("Nobody here has such a name"));
    ana.key(Key::Enter);
    ana.key(Key::Escape);
    assert_eq!(ana.focused().as_deref(), Some("Message"));
    assert_eq!(ana.draft(), "cor: ");
}

#[test]
fn a_full_room_is_walked_through_by_arrows() {
    let server = Server::start();
    let mut ana = enter(server.address, "ana");
    let names: Vec<String> = (10..60).map(|n| format!("p{n}")).collect();
    let _others: Vec<_> = names.iter().map(|name| other(server.address, name)).collect();
    ana.see("People (51)");
    assert!(ana.has_button("p10") && !ana.has_button("p59"), "only rows in view are made");
    ana.tab_to("Find a name");
    ana.key(Key::ArrowDown);
    for name in &names {
        ana.key(Key::ArrowDown);
        assert_eq!(ana.focused().as_deref(), Some(name.as_str()));
    }
    for name in names.iter().rev().skip(1) {
        ana.key(Key::ArrowUp);
        assert_eq!(ana.focused().as_deref(), Some(name.as_str()));
    }
    ana.key(Key::ArrowUp);
    ana.key(Key::ArrowUp);
    assert_eq!(ana.focused().as_deref(), Some("Find a name"));
}

#[test]
fn the_title_counts_while_nobody_looks() {
    let server = Server::start();
    let mut ana = enter(server.address, "ana");
    let mut ion = other(server.address, "ion");
    assert_eq!(ana.app().title(), "ana · taifas");
    ion.say("seen as it comes");
    ana.see("People (2)");
    assert_eq!(ana.app().title(), "ana · taifas");
    ana.focus_window(false);
    for (text, title) in
        [("one", "(1) ana · taifas"), ("Ana?", "(2) ana · taifas"), ("ana!", "(3) ana · taifas")]
    {
        ion.say(text);
        ana.until(title, |ana| ana.app().title() == title);
    }
    ana.focus_window(true);
    assert_eq!(ana.app().title(), "ana · taifas");
    ana.focus_window(false);
    assert_eq!(ana.app().title(), "ana · taifas", "they were looked at");
}

#[test]
fn the_line_above_what_is_new_stays_until_one_speaks_or_looks_away() {
    const LINE: &str = "new since you looked";
    let server = Server::start();
    let mut ana = enter(server.address, "ana");
    let mut ion = other(server.address, "ion");
    ion.say("old");
    ana.until("old", |ana| ana.count("old") == 1);
    assert!(!ana.has(LINE));
    ana.focus_window(false);
    ana.focus_window(true);
    ion.say("seen as it comes");
    ana.until("that", |ana| ana.count("seen as it comes") == 1);
    assert!(!ana.has(LINE), "nothing came while one looked away");
    ana.focus_window(false);
    ion.say("new");
    ana.until("new", |ana| ana.count("new") == 1);
    assert!(ana.has(LINE));
    ana.focus_window(true);
    ion.say("and more");
    ana.until("more", |ana| ana.count("and more") == 1);
    assert!(ana.has(LINE), "it stays while one reads");
    let texts = ana.texts();
    let at = |end: &str| texts.iter().position(|text| text.ends_with(end));
    assert!(at("seen as it comes") < at(LINE) && at(LINE) < at(": new"), "{texts:#?}");
    ana.say("now I speak");
    ana.until("end of the line", |ana| !ana.has(LINE));
    ana.focus_window(false);
    ion.say("newer");
    ana.until("newer", |ana| ana.count("newer") == 1);
    ana.focus_window(true);
    assert!(ana.has(LINE));
    ana.focus_window(false);
    assert!(!ana.has(LINE), "one has looked away again");
}

#[test]
fn what_was_said_before_one_came_is_no_news() {
    let server = Server::start();
    let mut ion = other(server.address, "ion");
    ion.say("long ago");
    ion.has("long ago");
    let mut ana = open(server.address, register("ana"), QUICK, [900.0, 640.0]);
    // Somewhere else while the password is looked at.
    ana.focus_window(false);
    ana.until("active room", |screen| screen.is_active());
    assert!(ana.has_part(": long ago") && !ana.has("new since you looked"), "{:?}", ana.texts());
    assert_eq!(ana.app().title(), "ana · taifas");
    ion.say("just now");
    ana.see("new since you looked");
    let texts = ana.texts();
    let at = |what: &str| texts.iter().position(|text| text.ends_with(what)).expect("it is there");
    assert!(at(": long ago") < at("new since you looked"), "{texts:?}");
    assert!(at("new since you looked") < at(": just now"), "{texts:?}");
    assert_eq!(ana.app().title(), "(1) ana · taifas");
}

#[test]
fn keys_scroll_the_messages_from_the_box() {
    let server = Server::start();
    let mut ana = enter(server.address, "ana");
    let mut ion = other(server.address, "ion");
    for n in 0..60 {
        ion.utter(&format!("line {n}"));
    }
    ana.until("the last one", |ana| ana.count("line 59") == 1);
    ana.key(Key::PageUp);
    ana.key(Key::PageUp);
    assert_eq!(ana.count("line 59"), 0);
    assert_eq!(ana.focused().as_deref(), Some("Message"));
    ion.say("below");
    ana.until("unread", |ana| ana.has_part("1 new"));
    assert_eq!(ana.count("below"), 0, "nothing moves under the reader's eyes");
    for _ in 0..3 {
        ana.key(Key::PageDown);
    }
    ana.until("the newest", |ana| ana.count("below") == 1);
    ana.key(Key::PageUp);
    ana.key(Key::PageUp);
    assert_eq!(ana.count("below"), 0);
    ana.say("mine");
    ana.until("the newest", |ana| ana.count("mine") == 1);
}

#[test]
fn a_narrow_window_folds_the_people_away() {
    let server = Server::start();
    let mut ana = open(server.address, register("ana"), QUICK, [639.0, 480.0]);
    ana.until("active room", |screen| screen.is_active());
    let _ion = other(server.address, "ion");
    ana.until("button", |ana| ana.has_button("People (2)"));
    assert!(!ana.has_button("ion"));
    ana.press("People (2)");
    assert_eq!(ana.focused().as_deref(), Some("Find a name"));
    ana.press("ion");
    assert_eq!(ana.draft(), "ion: ");
    assert!(!ana.has_button("ion"), "it folds away again");
    assert_eq!(ana.focused().as_deref(), Some("Message"));
    ana.press("People (2)");
    ana.key(Key::Escape);
    assert!(!ana.has_button("ion"));
    assert_eq!(ana.focused().as_deref(), Some("Message"));
    ana.harness.set_size([640.0, 480.0].into());
    ana.harness.run_ok();
    assert!(ana.has_button("ion") && !ana.has_button("People (2)"));
}

#[test]
fn the_smallest_window_has_room_for_all() {
    let server = Server::start();
    let mut ana = open(server.address, register("ana"), QUICK, [400.0, 360.0]);
    ana.until("active room", |screen| screen.is_active());
    ana.press("Emoji");
    assert_eq!(ana.focused().as_deref(), Some("grinning"));
    for label in ["Send", "Menu", "People (1)", "grinning"] {
        let button = ana.harness.get_by_role_and_label(Role::Button, label).rect();
        let is_in = button.min.x >= 0.0 && button.max.x <= 400.0;
        assert!(is_in && button.min.y >= 0.0 && button.max.y <= 360.0, "{label}: {button:?}");
    }
}

#[test]
fn no_window_is_too_small_to_be_painted() {
    let server = Server::start();
    let mut ana = enter(server.address, "ana");
    let mut ion = other(server.address, "ion");
    ion.say("look at https://example.org/x");
    ana.see("https://example.org/x");
    // What asks for a least size is not always asked.
    let squeeze = |ana: &mut Screen| {
        for size in [[0.0, 0.0], [30.0, 600.0], [90.0, 90.0], [900.0, 10.0], [900.0, 640.0]] {
            ana.harness.set_size(size.into());
            ana.harness.run_ok();
        }
    };
    squeeze(&mut ana);
    ana.key(Key::F1);
    squeeze(&mut ana);
    ana.key(Key::Escape);
    ana.press("Menu");
    ana.press("Change password…");
    squeeze(&mut ana);
    ana.key(Key::Escape);
    ana.click(Role::Link, "https://example.org/x");
    squeeze(&mut ana);
    assert!(ana.has("Open this address?"));
}

#[test]
fn keys_of_the_page_rest_while_an_address_is_asked_about() {
    let server = Server::start();
    let mut ana = enter(server.address, "ana");
    let mut ion = other(server.address, "ion");
    ion.say("look at https://example.org/x");
    ana.see("https://example.org/x");
    ana.click(Role::Link, "https://example.org/x");
    ana.key(Key::F1);
    assert!(ana.has("Open this address?") && !ana.has("Keyboard"));
    ana.key(Key::Escape);
    assert!(!ana.has("Open this address?"));
    assert_eq!(ana.focused().as_deref(), Some("https://example.org/x"), "back where one was");
    ana.key(Key::F1);
    assert!(ana.has("Keyboard"));
}

#[test]
fn a_long_notice_leaves_the_box_in_view() {
    let words = "word ".repeat(380);
    let address = entry::saying(format!(
        "NAME taifas taifas/1 :hello\r\nOK TAGS ON\r\nPASSWORD :type it\r\nOK LOGIN ana 1\r\n\
         :taifas NOTICE :{words}\r\nOK HISTORY 0 0\r\nNAMES #lobby ana\r\nOK NAMES 1\r\n"
    ));
    let mut ana = open(address, login("ana"), QUICK, taifas_desktop::theme::WINDOW_LEAST);
    ana.until("active room", |screen| screen.is_active());
    assert!(ana.has_part("word word"));
    let window = ana.harness.ctx.content_rect();
    let field = ana.harness.get_by_role_and_label(Role::MultilineTextInput, "Message").rect();
    assert!(window.contains_rect(field), "{field:?} of {window:?}");
    ana.press("Dismiss");
    assert!(!ana.has_part("word word"));
}

#[test]
fn the_menu_and_the_list_of_keys() {
    let server = Server::start();
    let mut ana = enter(server.address, "ana");
    ana.press("Menu");
    ana.harness.get_by_role_and_label(Role::RadioButton, "Dark").click();
    ana.harness.run_ok();
    assert!(ana.harness.ctx.global_style().visuals.dark_mode);
    ana.key(Key::Escape);
    assert_eq!(ana.focused().as_deref(), Some("Message"));
    ana.key(Key::F1);
    ana.see("Keyboard");
    assert_eq!(ana.focused().as_deref(), Some("Close"));
    ana.key(Key::Escape);
    assert!(!ana.has("Ctrl+K"));
    assert_eq!(ana.focused().as_deref(), Some("Message"));
    ana.key(Key::F10);
    assert_eq!(ana.focused().as_deref(), Some("Menu"));
    ana.key(Key::ArrowDown);
    assert_eq!(ana.focused().as_deref(), Some("Change password…"));
    ana.key(Key::End);
    assert_eq!(ana.focused().as_deref(), Some("Log out"));
    ana.key(Key::Home);
    assert_eq!(ana.focused().as_deref(), Some("Change password…"));
    ana.key(Key::Escape);
    assert!(!ana.has("Log out"));
    ana.press("Menu");
    ana.press("Keyboard");
    assert!(ana.has("Ctrl+K"));
    ana.key(Key::Enter);
    assert!(!ana.has("Ctrl+K"));
    assert_eq!(ana.focused().as_deref(), Some("Message"));
}

#[test]
fn every_control_can_be_reached_by_tab() {
    let server = Server::start();
    let mut ana = enter(server.address, "ana");
    ana.write("x");
    let mut seen = Vec::new();
    for _ in 0..20 {
        ana.key(Key::Tab);
        seen.extend(ana.focused());
    }
    for label in ["Menu", "Find a name", "ana, you", "Message", "Emoji", "Send"] {
        assert!(seen.iter().any(|focused| focused == label), "{label} in {seen:?}");
    }
    while ana.focused().as_deref() != Some("Menu") {
        ana.keys(Modifiers::SHIFT, Key::Tab);
    }
    ana.key(Key::Enter);
    ana.key(Key::ArrowDown);
    assert_eq!(ana.focused().as_deref(), Some("Change password…"));
    ana.key(Key::Enter);
    assert!(ana.has("Old password"));
    assert!(!ana.has("Log out"), "the menu is closed");
    ana.key(Key::Escape);
    ana.key(Key::F10);
    assert_eq!(ana.focused().as_deref(), Some("Menu"));
    ana.key(Key::ArrowDown);
    for label in [
        "Change password…",
        "Keyboard",
        "Join a room…",
        "Search…",
        "Bans…",
        "Leave #lobby",
        "Light",
        "Dark",
        "System",
        "Notify me",
        "Log out",
    ] {
        assert_eq!(ana.focused().as_deref(), Some(label));
        ana.key(Key::Tab);
    }
}

#[test]
fn what_is_typed_goes_to_the_box() {
    let server = Server::start();
    let mut ana = enter(server.address, "ana");
    let focused = |ana: &Screen| ana.harness.ctx.memory(|memory| memory.focused());
    let field = focused(&ana).expect("the box");
    ana.harness.ctx.memory_mut(|memory| memory.surrender_focus(field));
    ana.harness.run_ok();
    assert_eq!(focused(&ana), None);
    ana.type_text("typed");
    assert_eq!(ana.draft(), "typed");
    assert_eq!(focused(&ana), Some(field));
}
