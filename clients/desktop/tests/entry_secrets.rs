//! What is typed into a field for secrets is nowhere on the screen while it is hidden,
//! cannot be copied from there, and arrives as it was typed.

#[path = "support/entry.rs"]
mod entry;
mod support;

use eframe::egui::accesskit::Role;
use eframe::egui::{Event, Key, Modifiers, OutputCommand};
use support::Screen;
use support::server::Server;

use entry::{ANA, PASSWORD, account};

fn screen(server: impl ToString) -> Screen {
    let mut screen = Screen::new(server);
    screen.go("Log in", "Log in");
    screen
}

/// What is put on the clipboard by this.
fn copied(screen: &mut Screen, event: Event) -> Vec<String> {
    screen.harness.event(event);
    screen.harness.step();
    let commands = &screen.harness.output().platform_output.commands;
    let texts = commands.iter().filter_map(|command| match command {
        OutputCommand::CopyText(text) => Some(text.clone()),
        _ => None,
    });
    texts.collect()
}

#[test]
fn hidden_it_is_nowhere() {
    let server = Server::start();
    let mut screen = screen(server.address);
    screen.secret("Password", PASSWORD);
    assert_eq!(screen.value("Password"), "•".repeat(PASSWORD.len()));
    assert!(!screen.everything().contains(PASSWORD));
    screen.keys(Modifiers::COMMAND, Key::A);
    assert!(copied(&mut screen, Event::Copy).is_empty());
    assert!(copied(&mut screen, Event::Cut).is_empty());
    assert_eq!(screen.value("Password"), "");
}

#[test]
fn shown_it_is_a_text_like_others_and_hidden_again_nowhere() {
    let server = Server::start();
    let mut screen = screen(server.address);
    screen.secret("Password", PASSWORD);
    screen.click(Role::CheckBox, "Show password");
    screen.fill("Password", "!");
    assert_eq!(screen.value("Password"), format!("{PASSWORD}!"));
    screen.keys(Modifiers::COMMAND, Key::A);
    assert_eq!(copied(&mut screen, Event::Copy), [format!("{PASSWORD}!")]);
    screen.click(Role::CheckBox, "Show password");
    assert!(!screen.everything().contains(PASSWORD));
    assert_eq!(screen.value("Password"), "•".repeat(PASSWORD.len() + 1));
}

#[test]
fn it_is_hidden_again_after_a_try() {
    let server = Server::start();
    account(server.address);
    let mut screen = screen(server.address);
    screen.fill("Username", ANA);
    screen.secret("Password", "wrong horse");
    screen.click(Role::CheckBox, "Show password");
    screen.press("Log in");
    screen.see("The name or the password is wrong. Try again.");
    screen.secret("Password", PASSWORD);
    assert!(!screen.everything().contains(PASSWORD));
}

#[test]
fn what_is_edited_pasted_and_undone_arrives_as_it_was_meant() {
    let server = Server::start();
    account(server.address);
    let mut screen = screen(server.address);
    screen.fill("Username", ANA);
    // Out of order, with a line break at the end, and with things that do nothing.
    screen.secret("Password", "horse");
    screen.key(Key::Home);
    screen.paste("correct \r\n");
    screen.type_text("xx");
    screen.key(Key::Backspace);
    screen.key(Key::Backspace);
    screen.keys(Modifiers::COMMAND, Key::Z);
    screen.keys(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    screen.click(Role::CheckBox, "Show password");
    screen.fill("Password", "");
    screen.keys(Modifiers::COMMAND, Key::Z);
    assert_eq!(screen.value("Password"), PASSWORD);
    screen.click(Role::CheckBox, "Show password");
    screen.press("Log in");
    screen.until("chat", Screen::is_chat);
    assert!(!screen.everything().contains(PASSWORD));
}

#[test]
fn the_middle_button_pastes_no_line_break_either() {
    let server = Server::start();
    let mut screen = screen(server.address);
    screen.click(Role::CheckBox, "Show password");
    screen.middle_click(Role::TextInput, "Password", "correct horse\r\n");
    assert_eq!(screen.value("Password"), PASSWORD);
}
