//! The message box: what is sent and what is not, the counter, pastes, emoji.

#![allow(missing_docs)]

mod support;

use std::iter::repeat_n;

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;
use support::Screen;
use support::chat::{BOX, Owner, enter, other};
use support::server::Server;
use taifas_client::TEXT_BYTES;

/// Most that is being written at a time.
const DRAFT_BYTES: usize = 32 * 1024;

fn ana_and_ion(server: &Server) -> (Screen, Owner) {
    let ana = enter(server.address, "ana");
    (ana, other(server.address, "ion"))
}

#[test]
fn enter_sends_and_shift_enter_makes_two() {
    let server = Server::start();
    let (mut ana, mut ion) = ana_and_ion(&server);
    ana.say("one, by Enter");
    ion.has("one, by Enter");
    ana.write("two,");
    ana.keys(Modifiers::SHIFT, Key::Enter);
    ana.keys(Modifiers::SHIFT, Key::Enter);
    ana.write(" and three");
    assert_eq!(ana.draft(), "two,\n\n and three");
    ana.key(Key::Enter);
    ion.has(" and three");
    assert_eq!(ion.texts(), ["one, by Enter", "two,", " and three"]);
    assert_eq!(ana.draft(), "");
    ana.write("four, by the button");
    ana.press("Send");
    ion.has("four, by the button");
    assert_eq!(ana.focused().as_deref(), Some("Message"), "one can go on writing");
}

#[test]
fn there_is_nothing_to_send() {
    let server = Server::start();
    let (mut ana, mut ion) = ana_and_ion(&server);
    assert!(!ana.is_enabled(Role::Button, "Send"));
    ana.key(Key::Enter);
    ana.write("   ");
    ana.keys(Modifiers::SHIFT, Key::Enter);
    assert!(!ana.is_enabled(Role::Button, "Send"));
    ana.key(Key::Enter);
    assert_eq!(ana.draft(), "   \n", "Enter makes no line of its own");
    ana.write("something");
    assert!(ana.is_enabled(Role::Button, "Send"));
    ana.key(Key::Enter);
    ion.has("something");
    assert_eq!(ion.texts(), ["something"]);
}

#[test]
fn the_counter_is_shown_near_the_bound() {
    let server = Server::start();
    let (mut ana, mut ion) = ana_and_ion(&server);
    let fill = |bytes: usize| -> String { repeat_n('x', bytes).collect() };
    ana.write(&fill(TEXT_BYTES - 201));
    assert!(!ana.has_part(" left"));
    ana.write("x");
    assert!(ana.has("200 left"));
    ana.write(&fill(13));
    assert!(ana.has("187 left"));
    ana.write("ț");
    assert!(ana.has("185 left"), "bytes are counted");
    ana.write(&fill(185));
    assert!(ana.has("0 left") && ana.is_enabled(Role::Button, "Send"));
    ana.write("x");
    assert!(ana.has_part("1 too many. This is too long"), "{:?}", ana.texts());
    assert!(!ana.is_enabled(Role::Button, "Send"));
    ana.key(Key::Enter);
    assert_eq!(ana.draft().len(), TEXT_BYTES + 1, "nothing is lost");
    ana.key(Key::Backspace);
    ana.key(Key::Enter);
    ion.until("the long one", |ion| ion.texts().iter().any(|text| text.len() == TEXT_BYTES));
    assert_eq!(ion.texts().len(), 1);
}

#[test]
fn if_one_line_is_too_long_nothing_is_sent() {
    let server = Server::start();
    let (mut ana, mut ion) = ana_and_ion(&server);
    let long: String = repeat_n('x', TEXT_BYTES + 5).collect();
    ana.paste(&format!("short\n{long}"));
    assert!(ana.has_part("5 too many. Line 2:"), "{:?}", ana.texts());
    ana.key(Key::Enter);
    assert_eq!(ana.draft().lines().count(), 2);
    ion.say("still quiet here");
    assert_eq!(ion.texts(), ["still quiet here"]);
}

#[test]
fn a_paste_is_cleaned_and_a_long_one_is_asked_for() {
    let server = Server::start();
    let (mut ana, mut ion) = ana_and_ion(&server);
    ana.paste("red\u{1b}[31m\tand\u{202e} back\r\n");
    assert_eq!(ana.draft(), "red[31m and back\n");
    ana.key(Key::Enter);
    ion.has("red[31m and back");
    let ten: Vec<String> = (1..=10).map(|n| format!("ten {n}")).collect();
    ana.paste(&ten.join("\n"));
    ana.key(Key::Enter);
    ion.has("ten 10");
    let many: Vec<String> = (1..=37).map(|n| format!("line {n}")).collect();
    ana.paste(&many.join("\n"));
    ana.key(Key::Enter);
    ana.see("Send 37 messages?");
    assert_eq!(ana.focused().as_deref(), Some("Not yet"));
    ana.key(Key::Enter);
    assert!(!ana.has("Send 37 messages?"));
    assert_eq!(ana.draft().lines().count(), 37);
    assert_eq!(ana.focused().as_deref(), Some("Message"));
    ana.key(Key::Enter);
    ana.press("Send them");
    ion.has("line 37");
    assert_eq!(ion.texts()[11..], many);
    assert_eq!(ana.draft(), "");
    assert_eq!(ana.focused().as_deref(), Some("Message"));
}

#[test]
fn a_file_that_is_pasted_by_mistake_stays_outside() {
    const TOO_MUCH: &str = "too much to paste at once";
    let server = Server::start();
    let mut ana = enter(server.address, "ana");
    ana.write("before");
    let file = "a line of some file\n".repeat(100_000);
    ana.paste(&file);
    assert!(ana.has_part(TOO_MUCH));
    assert_eq!(ana.draft(), "before");
    ana.middle_click(Role::MultilineTextInput, BOX, &file);
    assert_eq!(ana.draft(), "before");
    ana.write("!");
    assert!(!ana.has_part(TOO_MUCH));
    ana.paste(&"x".repeat(DRAFT_BYTES - "before!".len()));
    assert_eq!(ana.draft().len(), DRAFT_BYTES);
    ana.paste("x");
    assert!(ana.has_part("too many"), "that it cannot be sent is said before anything else");
    assert_eq!(ana.draft().len(), DRAFT_BYTES);
}

#[test]
fn what_the_middle_button_pastes_is_cleaned_wherever_the_focus_is() {
    let server = Server::start();
    let mut ana = enter(server.address, "ana");
    for is_elsewhere in [false, true] {
        if is_elsewhere {
            ana.command(Key::F);
            assert_eq!(ana.focused().as_deref(), Some("Search"));
        }
        ana.middle_click(Role::MultilineTextInput, BOX, "a\tb\u{202e}\r\nc");
        assert_eq!(ana.draft(), "a b\nc");
        ana.command(Key::A);
        ana.key(Key::Backspace);
    }
}

#[test]
fn up_brings_the_last_own_message_back() {
    let server = Server::start();
    let (mut ana, mut ion) = ana_and_ion(&server);
    ana.key(Key::ArrowUp);
    assert_eq!(ana.draft(), "");
    ana.say("mine");
    ion.has("mine");
    ion.say("not mine");
    ana.see("People (2)");
    ana.key(Key::ArrowUp);
    assert_eq!(ana.draft(), "mine");
    ana.write(" again");
    ana.key(Key::ArrowUp);
    assert_eq!(ana.draft(), "mine again", "only an empty box takes it");
    ana.key(Key::Enter);
    ion.has("mine again");
}

#[test]
fn emoji_go_in_at_the_cursor() {
    let server = Server::start();
    let (mut ana, mut ion) = ana_and_ion(&server);
    ana.write("well done!");
    ana.key(Key::ArrowLeft);
    ana.press("Emoji");
    assert_eq!(ana.focused().as_deref(), Some("grinning"));
    ana.press("thumbs up");
    ana.press("red heart");
    assert_eq!(ana.draft(), "well done👍❤️!", "several in a row");
    ana.key(Key::Escape);
    assert!(!ana.has("thumbs up"));
    ana.write("?");
    assert_eq!(ana.draft(), "well done👍❤️?!", "the cursor stands behind them");
    ana.key(Key::Enter);
    ion.has("well done👍❤️?!");
}

#[test]
fn emoji_by_keys_alone() {
    let server = Server::start();
    let (mut ana, _ion) = ana_and_ion(&server);
    ana.key(Key::Tab);
    assert_eq!(ana.focused().as_deref(), Some("Emoji"));
    ana.key(Key::Enter);
    assert_eq!(ana.focused().as_deref(), Some("grinning"));
    ana.key(Key::ArrowRight);
    assert_eq!(ana.focused().as_deref(), Some("laughing eyes"));
    ana.key(Key::Enter);
    for _ in 0..3 {
        ana.key(Key::ArrowDown);
    }
    assert_eq!(ana.focused().as_deref(), Some("thumbs down"), "on into the next group");
    ana.key(Key::Space);
    ana.key(Key::ArrowLeft);
    ana.key(Key::ArrowUp);
    assert_eq!(ana.focused().as_deref(), Some("sleeping"));
    ana.key(Key::Tab);
    assert_eq!(ana.focused().as_deref(), Some("crying"));
    ana.key(Key::Escape);
    assert_eq!(ana.focused().as_deref(), Some("Message"));
    assert_eq!(ana.draft(), "😄👎");
    ana.press("Emoji");
    assert_eq!(ana.focused().as_deref(), Some("thumbs down"), "where one was");
}

#[test]
fn keys_that_come_together_mean_what_they_mean_one_by_one() {
    let server = Server::start();
    let (mut ana, mut ion) = ana_and_ion(&server);
    ana.write("slow machine ");
    ana.together(&[Key::Tab, Key::Enter]);
    ana.harness.run_ok();
    assert_eq!(ana.draft(), "slow machine ", "that Enter was not for the box");
    assert_eq!(ana.focused().as_deref(), Some("grinning"));
    ana.together(&[Key::Escape]);
    ana.harness.run_ok();
    ana.key(Key::Tab);
    ana.together(&[Key::Enter]);
    // The frame in which it opens has not shown it yet.
    ana.together(&[Key::ArrowRight, Key::Enter, Key::Escape]);
    ana.harness.run_ok();
    assert_eq!(ana.draft(), "slow machine 😄");
    assert_eq!(ana.focused().as_deref(), Some("Message"));
    ana.key(Key::Enter);
    ion.has("slow machine 😄");
}

#[test]
fn the_box_grows_and_stops_growing() {
    let server = Server::start();
    let mut ana = enter(server.address, "ana");
    let height = |ana: &mut Screen| {
        // At the top of the text the field's top is the box's.
        ana.command(Key::Home);
        let field = ana.harness.get_by_role_and_label(Role::MultilineTextInput, BOX).rect();
        ana.command(Key::End);
        640.0 - field.min.y
    };
    let one = height(&mut ana);
    ana.paste("1\n2\n3");
    let three = height(&mut ana);
    assert!(three > one + 20.0, "{one} {three}");
    ana.paste("\n4\n5");
    let five = height(&mut ana);
    assert!(five > three + 20.0, "{three} {five}");
    ana.paste("\n6\n7\n8\n9");
    let nine = height(&mut ana);
    assert!((nine - five).abs() < 4.0, "{five} {nine}");
    assert!(ana.is_enabled(Role::Button, "Send"));
}
