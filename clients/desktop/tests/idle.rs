//! Nothing is painted while nothing happens: every page, left alone, asks for no frame.

#![allow(missing_docs)]

mod support;

use std::time::Duration;

use eframe::egui::ViewportId;
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
