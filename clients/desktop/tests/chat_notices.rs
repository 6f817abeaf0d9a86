//! The quiet lines over the messages: the newest in view, none twice, and none that is
//! not true any more.

#![allow(missing_docs)]

#[path = "support/entry.rs"]
mod entry;
mod support;

use eframe::egui::Rect;
use eframe::egui::accesskit::Role;
use egui_kittest::kittest::Queryable;
use support::Screen;
use support::chat::{QUICK, enter, login, open};
use support::server::Server;

/// A server that says these, once one is in.
fn noticed(texts: &[&str]) -> Screen {
    let notices: String = texts.iter().map(|text| format!(":taifas NOTICE :{text}\r\n")).collect();
    let address = entry::saying(format!(
        "NAME taifas taifas/1 :hello\r\nOK TAGS ON\r\nPASSWORD :type it\r\nOK LOGIN ana 1\r\n\
         {notices}OK HISTORY 0 0\r\nNAMES #lobby ana\r\nOK NAMES 1\r\n"
    ));
    let mut ana = open(address, login("ana"), QUICK, [900.0, 640.0]);
    ana.until("active room", |screen| screen.is_active());
    ana
}

fn rect(screen: &Screen, text: &str) -> Rect {
    screen.harness.get_by_label(text).rect()
}

/// What the strip may take of the page: from the header to the messages.
fn strip(screen: &Screen) -> std::ops::Range<f32> {
    let button = |label| screen.harness.get_by_role_and_label(Role::Button, label).rect();
    button("Menu").max.y..button("Join…").min.y
}

#[test]
fn the_newest_is_in_view_and_older_ones_below_it() {
    let texts = ["the oldest", "an old one", "one more", "the fourth", "the newest"];
    let mut ana = noticed(&texts);
    let view = strip(&ana);
    let newest = rect(&ana, "the newest");
    assert!(view.contains(&newest.min.y) && view.contains(&newest.max.y), "{newest:?} {view:?}");
    assert!(view.end - view.start < 110.0, "few lines: {view:?}");
    // They are in their order, without gaps.
    let rows: Vec<f32> = texts.iter().rev().map(|text| rect(&ana, text).center().y).collect();
    let row = ana.harness.ctx.global_style().spacing.interact_size.y;
    for pair in rows.windows(2) {
        assert!((row..row + 10.0).contains(&(pair[1] - pair[0])), "{rows:?}");
    }
    // Older ones are read by scrolling, and dismissed.
    ana.harness.get_by_label("the oldest").scroll_to_me();
    ana.harness.run_ok();
    let oldest = rect(&ana, "the oldest");
    assert!(view.contains(&oldest.min.y) && view.contains(&oldest.max.y), "{oldest:?} {view:?}");
    let dismiss = ana.harness.get_all_by_role_and_label(Role::Button, "Dismiss").last();
    dismiss.expect("each has one").click();
    ana.harness.run_ok();
    assert!(!ana.has("the oldest") && ana.has("an old one"));
}

#[test]
fn one_line_is_as_high_as_its_button() {
    let ana = noticed(&["the only one"]);
    let (text, view) = (rect(&ana, "the only one"), strip(&ana));
    let button = ana.harness.get_by_role_and_label(Role::Button, "Dismiss").rect();
    assert!((text.center().y - button.center().y).abs() < 2.0, "{text:?} {button:?}");
    assert!(view.end - view.start < 80.0, "no gap: {view:?}");
}

#[test]
fn the_same_is_not_said_twice_in_a_row() {
    let ana = noticed(&["soup is ready", "no, it is not", "soup is ready", "soup is ready"]);
    let count = |text: &str| ana.texts().iter().filter(|line| *line == text).count();
    assert_eq!((count("soup is ready"), count("no, it is not")), (2, 1), "{:?}", ana.texts());
}

#[test]
fn a_server_that_is_back_is_not_going_down() {
    let mut server = Server::start();
    let mut ana = enter(server.address, "ana");
    for _ in 0..2 {
        server.stop();
        ana.see_part("Connection lost");
        ana.see("the server is going down; goodbye");
        server.restart();
        ana.until("the end of it", |ana| !ana.has_part("going down"));
    }
}

#[test]
fn advice_is_for_a_window() {
    let server = Server::start();
    let mut ana = enter(server.address, "ana");
    server.op("ana");
    ana.see_part("you are an operator now");
    assert!(!ana.has_part("HELP"), "{:?}", ana.texts());
    assert!(ana.has_part("the menu beside each name"));
}
