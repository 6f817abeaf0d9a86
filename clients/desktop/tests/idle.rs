//! Nothing is painted while nothing happens: every page, left alone, asks for no frame.

#![allow(missing_docs)]

mod support;

use std::time::Duration;

use eframe::egui::{Key, ViewportId};
use support::Screen;
use support::chat::{enter, other};
use support::server::Server;

/// How long until the page wants to be painted again, of itself.
fn rest(screen: &Screen) -> Duration {
    screen.harness.output().viewport_output[&ViewportId::ROOT].repaint_delay
}

/// A page may wait for midnight, when `Today` becomes `Yesterday`, and for nothing
/// sooner; a test that runs into midnight meets it.
#[track_caller]
fn is_idle(screen: &mut Screen, page: &str) {
    screen.harness.run_ok();
    let rest = rest(screen);
    assert!(rest > Duration::from_secs(5), "{page} wants to be painted in {rest:?}");
}

#[test]
fn the_first_pages_rest() {
    let server = Server::start();
    let mut screen = Screen::new(server.address);
    screen.see("The server answers.");
    is_idle(&mut screen, "menu");
    for page in ["Log in", "Register"] {
        screen.press(page);
        screen.see("Username");
        // A field has the focus and a caret, which does not blink.
        assert_eq!(screen.focused().as_deref(), Some("Username"));
        is_idle(&mut screen, page);
        screen.press("Back");
        screen.see("Exit");
    }
}

#[test]
fn the_room_rests_whatever_is_in_it() {
    let server = Server::start();
    let mut ana = enter(server.address, "ana");
    is_idle(&mut ana, "an empty room");
    let mut ion = other(server.address, "ion");
    for n in 0..40 {
        ion.say(&format!("line {n} of many, @ana, https://example.org/{n}"));
    }
    ana.see_part("line 39 of many");
    ana.say("my own");
    ana.until("its mark", |ana| ana.has("stored"));
    is_idle(&mut ana, "a full room");
    ana.focus_window(false);
    ion.say("unseen");
    ana.until("a title that counts", |ana| ana.app().title().starts_with("(1)"));
    is_idle(&mut ana, "a room nobody looks at");
}

#[test]
fn places_and_questions_rest() {
    let server = Server::start();
    let mut ana = enter(server.address, "ana");
    let ion = other(server.address, "ion");
    ion.client.say(&"ana".parse().unwrap(), "psst").unwrap();
    ana.see_part("ion, 1 unread");
    is_idle(&mut ana, "an unread talk");
    ana.press("Talk with ion, 1 unread");
    ana.see("only you two");
    is_idle(&mut ana, "a talk");
    ana.command(Key::F);
    ana.type_text("psst");
    is_idle(&mut ana, "a search that is typed");
    ana.key(Key::Enter);
    ana.see("Nothing was found.");
    is_idle(&mut ana, "a search");
    ana.press("Close search");
    ana.press("#lobby");
    for (opened, shown) in [
        ("Join…", "Join a room"),
        ("No topic", "Topic of #lobby"),
        ("Who is this", "That was not done. Only operators may; ask whoever runs the server."),
        ("Mute…", "Mute ion"),
    ] {
        if matches!(opened, "Who is this" | "Mute…") {
            ana.press("More about ion");
            ana.press("Operator");
        }
        ana.press(opened);
        ana.see(shown);
        is_idle(&mut ana, opened);
        ana.press("Close");
    }
}
