//! The search over the messages: where it looks, what it says it found there, and how
//! much of that can be seen.

#![allow(missing_docs)]

#[path = "support/entry.rs"]
mod entry;
mod support;

use eframe::egui::accesskit::Role;
use eframe::egui::epaint::TextShape;
use eframe::egui::{Key, Pos2, Rect, Shape, vec2};
use egui_kittest::kittest::{NodeT, Queryable};
use support::Screen;
use support::chat::{BOX, Owner, QUICK, enter, open, register};
use support::server::Server;
use taifas_client::Place;

fn search(screen: &mut Screen, words: &str) {
    screen.command(Key::F);
    screen.replace("Search", words);
    screen.key(Key::Enter);
    screen.see_no("Looking…");
}

/// Eva says this in the lobby so many times, and is heard.
fn said(server: &Server, screen: &mut Screen, text: &str, times: usize) {
    let mut eva = Owner::new(server.address, register("a-name-of-thirty-two-characters"));
    eva.live();
    for n in 0..times {
        eva.client.say(&Place::LOBBY, &format!("{text} {n}")).unwrap();
    }
    let last = format!("{text} {}", times - 1);
    screen.until("all of it", |screen| screen.count(&last) == 1);
}

/// What was found and is in the list's view: a part of each.
fn hits(screen: &Screen) -> Vec<Rect> {
    let buttons = screen.harness.query_all_by_role(Role::Button);
    let is_hit = |label: &str| label.starts_with("a-name-of") && label.contains(" 20");
    let is_hit = |label: String| is_hit(&label);
    buttons
        .filter(|node| node.accesskit_node().label().is_some_and(is_hit))
        .map(|node| node.rect())
        .collect()
}

/// Texts beside the people that are painted like this, and whether each is cut.
fn painted(screen: &Screen, begins: &str) -> Vec<bool> {
    let shapes = screen.harness.output().shapes.iter().filter_map(|shape| match &shape.shape {
        Shape::Text(text) => Some(text),
        _ => None,
    });
    let is_hit = |text: &&TextShape| text.pos.x > 200.0 && text.galley.text().starts_with(begins);
    shapes.filter(is_hit).map(|text| text.galley.elided).collect()
}

#[test]
fn it_says_where_it_looked() {
    let server = Server::start();
    let mut ana = enter(server.address, "ana");
    ana.say("the boat is back");
    search(&mut ana, "boat");
    ana.see("1 message in #lobby");
    search(&mut ana, "submarine");
    ana.see("Nothing was found in #lobby. Tick Everywhere to look elsewhere, too.");
    ana.click(Role::CheckBox, "Everywhere");
    ana.see("Nothing was found in all your rooms and talks.");
    search(&mut ana, "boat");
    ana.see("1 message in all your rooms and talks");
}

#[test]
fn everywhere_searches_again() {
    let server = Server::start();
    let mut ana = enter(server.address, "ana");
    ana.say("the boat is back");
    ana.command(Key::F);
    ana.type_text("boat");
    // Without Enter: what was typed is meant.
    ana.click(Role::CheckBox, "Everywhere");
    ana.see("1 message in all your rooms and talks");
    ana.replace("Search", "submarine");
    ana.click(Role::CheckBox, "Everywhere");
    ana.see_part("Nothing was found in #lobby.");
}

#[test]
fn much_of_what_is_found_is_in_view() {
    let server = Server::start();
    let mut ana = enter(server.address, "ana");
    let long = format!("the boat {}", "is painted blue ".repeat(20));
    said(&server, &mut ana, &long, 20);
    search(&mut ana, "boat");
    ana.see("20 messages in #lobby");
    let rows = hits(&ana);
    assert!((6..20).contains(&rows.len()), "{rows:?}");
    let top = rows[0];
    for row in &rows {
        assert_eq!((row.min.x, row.max.x), (top.min.x, top.max.x));
        assert!(row.min.x >= 200.0 && row.max.x < 900.0, "beside the people: {row:?}");
    }
    let names = painted(&ana, "a-name-of-thirty-two-characters");
    assert!(names.len() >= 6 && !names.contains(&true), "names are whole: {names:?}");
    let texts = painted(&ana, "the boat is painted blue");
    assert!(texts.iter().filter(|is_cut| **is_cut).count() >= 6, "the texts are not: {texts:?}");
    let field = ana.harness.get_by_role_and_label(Role::MultilineTextInput, BOX).rect();
    assert!(field.max.y < 640.0 && rows[5].max.y < field.min.y - 100.0, "{field:?} {rows:?}");
}

#[test]
fn the_smallest_window_keeps_its_box() {
    let server = Server::start();
    let mut ana = open(server.address, register("ana"), QUICK, [400.0, 360.0]);
    ana.until("active room", |screen| screen.is_active());
    said(&server, &mut ana, "the boat", 9);
    search(&mut ana, "boat");
    ana.see("9 messages in #lobby");
    assert!(hits(&ana).len() >= 2, "{:?}", hits(&ana));
    let window = Rect::from_min_size(Pos2::ZERO, vec2(400.0, 360.0));
    let field = ana.harness.get_by_role_and_label(Role::MultilineTextInput, BOX).rect();
    let close = ana.harness.get_by_role_and_label(Role::Button, "Close search").rect();
    assert!(window.contains_rect(field) && window.contains_rect(close), "{field:?} {close:?}");
}
