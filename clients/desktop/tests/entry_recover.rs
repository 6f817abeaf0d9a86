//! A forgotten password, the recovery code, and the page that shows it once.

#[path = "support/entry.rs"]
mod entry;
mod support;

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, OutputCommand, ViewportCommand};
use egui_kittest::kittest::Queryable;
use support::Screen;
use support::server::Server;

use entry::{ANA, PASSWORD, Script, account, hang_up, read_password, say, scripted};

const NEW: &str = "battery staple";
const FIELDS: [&str; 4] = ["Username", "Recovery code", "New password", "New password again"];

fn screen(server: impl ToString) -> Screen {
    let mut screen = Screen::sized(server, [900.0, 900.0]);
    screen.go("Log in", "Log in");
    screen.click(Role::Link, "Forgot password?");
    assert!(screen.is_titled("Forgot password"));
    screen
}

fn recover(screen: &mut Screen, code: &str) {
    screen.fill("Username", ANA);
    screen.secret("Recovery code", code);
    screen.secret("New password", NEW);
    screen.secret("New password again", NEW);
    screen.key(Key::Enter);
}

fn are_empty(screen: &Screen) -> bool {
    FIELDS.iter().all(|field| screen.value(field).is_empty())
}

/// The code that is shown.
fn code(screen: &Screen) -> String {
    let is_code = |text: &String| text.len() == 23 && text.matches('-').count() == 3;
    screen.texts().into_iter().find(is_code).expect("a code")
}

#[test]
fn a_new_password_and_the_next_code() {
    let server = Server::start();
    let first = account(server.address);
    let mut screen = screen(server.address);
    assert_eq!(screen.focused().as_deref(), Some("Username"));
    recover(&mut screen, &first.to_lowercase());
    screen.until("code", |screen| screen.is_titled("Your recovery code"));
    assert!(screen.has_part("Your password is changed"));
    let next = code(&screen);
    assert_ne!(next, first);
    screen.click(Role::CheckBox, "I have written it down");
    screen.press("Go on");
    assert!(screen.is_titled("Log in"));
    assert_eq!(screen.value("Username"), ANA);
    assert_eq!(screen.focused().as_deref(), Some("Password"));
    screen.type_text(PASSWORD);
    screen.key(Key::Enter);
    screen.see("The name or the password is wrong. Try again.");
    screen.secret("Password", NEW);
    screen.key(Key::Enter);
    screen.until("chat", Screen::is_chat);
}

#[test]
fn a_wrong_code() {
    let server = Server::with(&["limits.password_tries=1"]);
    account(server.address);
    let mut screen = screen(server.address);
    recover(&mut screen, "00000-00000-00000-00000");
    screen.see_part("The name or the recovery code is wrong, or the code was used already.");
    assert!(screen.hover_text("The name or the recovery").starts_with("BAD_CREDENTIALS: "));
    assert!(are_empty(&screen));
    recover(&mut screen, "00000-00000-00000-00000");
    screen.see_part("Too many tries. Wait ");
    assert!(are_empty(&screen) && !screen.is_enabled(Role::Button, "Set new password"));
}

#[test]
fn what_is_wrong_stands_below_its_field() {
    let server = Server::start();
    let mut screen = screen(server.address);
    screen.press("Set new password");
    for fault in ["Type your username.", "Type your recovery code.", "Choose a password."] {
        assert!(screen.has(fault), "{fault}");
    }
    screen.fill("Username", ANA);
    screen.secret("Recovery code", "x");
    screen.secret("New password", NEW);
    screen.secret("New password again", PASSWORD);
    screen.press("Set new password");
    assert!(screen.has("The two passwords differ. Type the same one twice."));
    assert!(!screen.has("Type your username.") && !screen.has("Type your recovery code."));
    assert_eq!(screen.focused().as_deref(), Some("New password again"));
}

#[test]
fn a_code_that_was_lost_on_the_way() {
    let breaks: Script = |stream| {
        say(stream, "OK TAGS ON\r\nPASSWORD :type it\r\n");
        read_password(stream);
        hang_up(stream);
    };
    let was_changed: Script = |stream| {
        say(stream, "OK TAGS ON\r\nPASSWORD :type it\r\n");
        read_password(stream);
        say(stream, "OK LOGIN ana 1\r\n");
    };
    let address = scripted(&[breaks, was_changed]);
    let mut screen = screen(address);
    recover(&mut screen, "7K3QF-0V9ZD-M2XTA-HC8WE");
    screen.until("code page", |screen| screen.is_titled("Your password is changed"));
    assert!(screen.has_part("It is lost, and nobody can show it again."));
    screen.press("Go on");
    assert!(screen.is_titled("Log in"));
    assert_eq!(screen.value("Username"), ANA);
}

#[test]
fn the_code_is_copied_on_demand() {
    let server = Server::start();
    let first = account(server.address);
    let mut screen = screen(server.address);
    recover(&mut screen, &first);
    screen.see("Copy");
    assert!(!screen.has_part("Copied"));
    let shown = code(&screen);
    screen.harness.get_by_role_and_label(Role::Button, "Copy").click();
    screen.harness.step();
    let commands = &screen.harness.output().platform_output.commands;
    assert!(matches!(&commands[..], [OutputCommand::CopyText(text)] if *text == shown));
    screen.see_part("Copied. The clipboard keeps it");
}

#[test]
fn the_window_is_not_closed_over_a_code() {
    let server = Server::start();
    let first = account(server.address);
    let mut screen = screen(server.address);
    recover(&mut screen, &first);
    screen.see("Copy");
    let question = "Leave without having written down the code?";
    assert!(screen.close_window().contains(&ViewportCommand::CancelClose));
    assert!(screen.has(question));
    assert_eq!(screen.focused().as_deref(), Some("Stay"));
    screen.key(Key::Enter);
    assert!(!screen.has(question) && screen.has("Copy"));
    screen.close_window();
    screen.key(Key::Escape);
    assert!(!screen.has(question) && screen.has("Copy"));
    screen.close_window();
    screen.key(Key::Tab);
    assert_eq!(screen.focused().as_deref(), Some("Leave"));
    screen.harness.get_by_role_and_label(Role::Button, "Leave").click();
    screen.harness.step();
    assert!(screen.commands().contains(&ViewportCommand::Close));
    assert!(!screen.close_window().contains(&ViewportCommand::CancelClose));
}

#[test]
fn by_keyboard_there_and_back() {
    let server = Server::start();
    let mut screen = screen(server.address);
    let mut order = Vec::new();
    for _ in 0..7 {
        order.push(screen.focused().unwrap());
        screen.key(Key::Tab);
    }
    let mut wanted = FIELDS.to_vec();
    wanted.extend(["Show code and passwords", "Set new password", "Back"]);
    assert_eq!(order, wanted);
    screen.key(Key::Escape);
    assert!(screen.is_titled("Log in"));
}
