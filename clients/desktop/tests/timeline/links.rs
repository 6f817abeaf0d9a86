//! Addresses in messages: shown whole before anything is opened.

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, OutputCommand};
use egui_kittest::kittest::Queryable;

use crate::stage::{Stage, message};

fn opened(commands: &[OutputCommand]) -> Vec<&str> {
    let opened = commands.iter().filter_map(|command| match command {
        OutputCommand::OpenUrl(open) => Some(open.url.as_str()),
        _ => None,
    });
    opened.collect()
}

#[test]
fn a_click_shows_the_address_and_opens_nothing() {
    let text = "look at https://example.com/a?b=c. Or not";
    let mut stage = Stage::new([message(1, "ion", 0, text)], false);
    let commands = stage.commands_of(Role::Link, "https://example.com/a?b=c");
    assert!(opened(&commands).is_empty());
    assert!(stage.has("Open this address?"));
    assert!(stage.has("It leads to example.com."));
    let commands = stage.commands_of(Role::Button, "Open");
    assert_eq!(opened(&commands), ["https://example.com/a?b=c"]);
    assert!(!stage.has("Open this address?"));
}

#[test]
fn it_can_be_copied_and_given_up() {
    let mut stage = Stage::new([message(1, "ion", 0, "http://a.org/x")], false);
    stage.press(Role::Link, "http://a.org/x");
    let commands = stage.commands_of(Role::Button, "Copy");
    assert!(matches!(&commands[..], [OutputCommand::CopyText(text)] if text == "http://a.org/x"));
    assert!(!stage.has("Open this address?"));
    stage.press(Role::Link, "http://a.org/x");
    let commands = stage.commands_of(Role::Button, "Cancel");
    assert!(opened(&commands).is_empty());
    assert!(!stage.has("Open this address?"));
}

#[test]
fn the_keyboard_is_enough() {
    let text = "http://a.org and http://b.org";
    let mut stage = Stage::new([message(1, "ion", 0, text)], false);
    stage.key(Key::Tab);
    assert_eq!(stage.focused().as_deref(), Some("ion 12:00"), "with a menu of their own");
    stage.key(Key::Tab);
    assert_eq!(stage.focused().as_deref(), Some("http://a.org"));
    stage.key(Key::Tab);
    assert_eq!(stage.focused().as_deref(), Some("http://b.org"));
    stage.key(Key::Enter);
    assert!(stage.has("It leads to b.org."));
    assert_eq!(stage.focused().as_deref(), Some("Cancel"), "a held key opens nothing");
    stage.key(Key::Escape);
    assert!(!stage.has("Open this address?"));
    assert_eq!(stage.focused().as_deref(), Some("http://b.org"), "back where one was");
}

#[test]
fn what_looks_like_another_address_is_shown_as_it_is() {
    // A Cyrillic а.
    let mut stage = Stage::new([message(1, "ion", 0, "https://bаnk.example/")], false);
    stage.press(Role::Link, "https://bаnk.example/");
    let texts = stage.texts();
    assert!(texts.iter().any(|text| text == "https://xn--bnk-6cd.example/"), "{texts:?}");
    assert!(texts.iter().any(|text| text.contains("unusual letters")), "{texts:?}");
}

#[test]
fn a_long_link_can_be_clicked_on_each_of_its_lines() {
    let link = format!("https://example.com/{}", "path/".repeat(60));
    let mut stage = Stage::new([message(1, "ion", 0, &link)], false);
    let text = stage.rect(&format!("ion, 12:00: {link}"));
    assert!(text.height() > 40.0);
    let at = eframe::egui::pos2(text.left() + 30.0, text.bottom() - 5.0);
    stage.harness.hover_at(at);
    stage.run();
    for pressed in [true, false] {
        stage.harness.event(eframe::egui::Event::PointerButton {
            pos: at,
            button: eframe::egui::PointerButton::Primary,
            pressed,
            modifiers: eframe::egui::Modifiers::NONE,
        });
        stage.run();
    }
    assert!(stage.has("Open this address?"));
}

#[test]
fn the_longest_address_leaves_the_buttons_in_view() {
    // Each of its letters is six in the address.
    let link = format!("https://example.com/{}", "ț".repeat(900));
    let mut stage = Stage::new([message(1, "ion", 0, &link)], false);
    stage.press(Role::Link, &link);
    let window = stage.harness.ctx.content_rect();
    for button in ["Open", "Copy", "Cancel"] {
        let place = stage.harness.get_by_role_and_label(Role::Button, button).rect();
        assert!(window.contains_rect(place), "{button} at {place:?} of {window:?}");
    }
    let commands = stage.commands_of(Role::Button, "Open");
    assert_eq!(opened(&commands), [format!("https://example.com/{}", "%C8%9B".repeat(900))]);
}
