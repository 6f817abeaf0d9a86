//! Logging in, and everything that can be wrong with it.

#[path = "support/entry.rs"]
mod entry;
mod support;

use eframe::egui::Key;
use eframe::egui::accesskit::Role;
use support::Screen;
use support::server::Server;
use taifas_desktop::remembered::Remembered;

use entry::{ANA, PASSWORD, account, hang_up, say, saying, scripted};

const WRONG: &str = "The name or the password is wrong. Try again.";

/// At the page, nothing remembered.
fn screen(server: impl ToString) -> Screen {
    let mut screen = Screen::new(server);
    screen.go("Log in", "Log in");
    screen
}

/// The same for somebody who was here before.
fn known(server: impl ToString) -> Screen {
    let mut remembered = Remembered::default();
    (remembered.server, remembered.username) = (server.to_string(), ANA.into());
    let mut screen = Screen::remembering(remembered, [900.0, 640.0]);
    screen.go("Log in", "Log in");
    screen
}

fn log_in(screen: &mut Screen, username: &str, password: &str) {
    screen.fill("Username", username);
    screen.secret("Password", password);
    screen.key(Key::Enter);
}

#[test]
fn the_right_password_leads_to_the_chat() {
    let server = Server::start();
    account(server.address);
    let mut screen = screen(server.address);
    assert_eq!(screen.focused().as_deref(), Some("Username"));
    screen.fill("Username", ANA);
    screen.key(Key::Tab);
    assert_eq!(screen.focused().as_deref(), Some("Password"));
    screen.type_text(PASSWORD);
    screen.press("Log in");
    // The line says so in the last frame of the page.
    let end = std::time::Instant::now() + support::PATIENCE;
    let mut said_ok = false;
    while !screen.is_chat() {
        assert!(std::time::Instant::now() < end);
        screen.harness.step();
        said_ok |= screen.has("OK");
    }
    assert!(said_ok);
    assert_eq!(screen.app().desk().remembered.username, ANA);
}

#[test]
fn enter_submits_and_names_have_no_case() {
    let server = Server::start();
    account(server.address);
    let mut screen = screen(server.address);
    log_in(&mut screen, "ANA", PASSWORD);
    screen.until("chat", Screen::is_chat);
    assert_eq!(screen.app().desk().remembered.username, ANA, "as the server writes it");
}

#[test]
fn the_name_is_remembered_and_the_password_has_the_focus() {
    let server = Server::start();
    account(server.address);
    let mut screen = known(server.address);
    assert_eq!(screen.value("Username"), ANA);
    assert_eq!(screen.focused().as_deref(), Some("Password"));
    screen.type_text(PASSWORD);
    screen.key(Key::Enter);
    screen.until("chat", Screen::is_chat);
}

#[test]
fn a_wrong_password() {
    let server = Server::start();
    account(server.address);
    let mut screen = known(server.address);
    screen.secret("Password", "wrong horse");
    screen.key(Key::Enter);
    screen.see(WRONG);
    assert!(screen.hover_text(WRONG).starts_with("BAD_CREDENTIALS: "));
    assert_eq!(screen.value("Password"), "");
    assert_eq!(screen.value("Username"), ANA, "it is the one that is remembered");
    assert_eq!(screen.focused().as_deref(), Some("Password"));
    screen.type_text(PASSWORD);
    screen.key(Key::Enter);
    screen.until("chat", Screen::is_chat);
}

#[test]
fn an_unknown_name_is_said_in_the_same_words() {
    let server = Server::start();
    let mut screen = known(server.address);
    screen.replace("Username", "ion");
    screen.secret("Password", PASSWORD);
    screen.key(Key::Enter);
    screen.see(WRONG);
    assert_eq!(
        (screen.value("Username"), screen.value("Password")),
        (String::new(), String::new())
    );
    assert_eq!(screen.focused().as_deref(), Some("Username"));
    assert_eq!(screen.app().desk().remembered.username, ANA, "nobody else came in");
}

#[test]
fn empty_fields_and_names_that_are_none() {
    let server = Server::start();
    let mut screen = screen(server.address);
    screen.press("Log in");
    assert!(screen.has("Type your username.") && screen.has("Type your password."));
    assert_eq!(screen.focused().as_deref(), Some("Username"));
    screen.type_text("ana maria");
    assert!(!screen.has("Type your username."));
    screen.key(Key::Enter);
    assert!(screen.has_part("A name begins with a letter"));
    assert_eq!(screen.value("Username"), "ana maria", "that was no try");
    screen.replace("Username", ANA);
    screen.key(Key::Enter);
    assert_eq!(screen.focused().as_deref(), Some("Password"));
    assert!(screen.has("Type your password.") && !screen.has_part("begins with a letter"));
}

#[test]
fn too_many_tries_are_counted_down() {
    let server = Server::with(&["limits.password_tries=1"]);
    account(server.address);
    let mut screen = known(server.address);
    for _ in 0..2 {
        screen.secret("Password", "wrong horse");
        screen.key(Key::Enter);
        screen.until("end of the try", |screen| !screen.has("Logging in…"));
    }
    screen.see_part("Too many tries. Wait ");
    assert!(screen.hover_text("Too many tries").starts_with("TRY_LATER: "));
    assert!(!screen.is_enabled(Role::Button, "Log in"));
    screen.secret("Password", PASSWORD);
    screen.key(Key::Enter);
    assert_ne!(screen.value("Password"), "", "not sent, so not emptied");
    screen.see("Too many tries. Wait 1 second, then try again.");
    screen.see("You can try again now.");
    screen.press("Log in");
    screen.until("chat", Screen::is_chat);
}

#[test]
fn nothing_listens_there() {
    let mut server = Server::start();
    server.kill();
    let mut screen = screen(server.address);
    log_in(&mut screen, ANA, PASSWORD);
    screen.see_part("nothing listens at that address");
    assert_eq!(
        (screen.value("Username"), screen.value("Password")),
        (String::new(), String::new())
    );
    assert!(screen.is_enabled(Role::Button, "Log in"));
}

#[test]
fn the_connection_breaks_meanwhile() {
    let address = scripted(&[hang_up]);
    let mut screen = screen(address);
    log_in(&mut screen, ANA, PASSWORD);
    screen.see("The connection to the server broke. Try again.");
    assert_eq!(screen.value("Password"), "");
}

#[test]
fn a_server_that_is_full() {
    let address = saying("FAIL LINE SERVER_FULL :this server is full\r\n");
    let mut screen = screen(address);
    log_in(&mut screen, ANA, PASSWORD);
    screen.see("The server is full. Try again later.");
}

#[test]
fn who_is_banned_is_told_for_how_long() {
    let address = scripted(&[|stream| {
        say(stream, "OK TAGS ON\r\nFAIL LOGIN BANNED :you are shut out for 20 minutes\r\n");
    }]);
    let mut screen = screen(address);
    log_in(&mut screen, ANA, PASSWORD);
    screen.see("You are shut out for 20 minutes. Ask whoever runs the server.");
    assert_eq!(screen.hover_text("You are shut out"), "BANNED: you are shut out for 20 minutes");
}

#[test]
fn a_try_can_be_given_up() {
    let address = scripted(&[]);
    let mut screen = screen(address);
    log_in(&mut screen, ANA, PASSWORD);
    assert!(screen.has("Logging in…"));
    assert!(!screen.is_enabled(Role::Button, "Log in"));
    assert!(!screen.is_enabled(Role::TextInput, "Username"));
    assert!(!screen.is_enabled(Role::PasswordInput, "Password"));
    assert_eq!(screen.value("Password"), "");
    screen.press("Cancel");
    assert!(screen.has("Cancelled.") && !screen.has("Cancel"));
    assert_eq!(screen.value("Username"), "");
    log_in(&mut screen, ANA, PASSWORD);
    screen.key(Key::Escape);
    assert!(screen.has("Cancelled.") && screen.is_titled("Log in"));
    screen.key(Key::Escape);
    assert!(screen.is_titled("taifas"));
}

#[test]
fn by_keyboard_there_and_back() {
    let server = Server::start();
    let mut screen = screen(server.address);
    let mut order = Vec::new();
    for _ in 0..6 {
        order.push(screen.focused().unwrap());
        screen.key(Key::Tab);
    }
    let wanted = ["Username", "Password", "Show password", "Log in", "Forgot password?", "Back"];
    assert_eq!(order, wanted);
    screen.tab_to("Forgot password?");
    screen.key(Key::Enter);
    assert!(screen.is_titled("Forgot password"));
    screen.key(Key::Escape);
    assert!(screen.is_titled("Log in"));
    screen.tab_to("Back");
    screen.key(Key::Space);
    assert!(screen.is_titled("taifas"));
}
