//! The first page: which server, whether it answers, and the theme.

#[path = "support/entry.rs"]
mod entry;
mod support;

use std::net::TcpListener;
use std::thread;

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Theme, ViewportCommand};
use egui_kittest::kittest::Queryable;
use support::Screen;
use support::server::Server;
use taifas_desktop::remembered::{Look, Remembered};

use entry::{A_WHILE, saying, scripted};

#[test]
fn a_server_that_answers() {
    let server = Server::start();
    let mut screen = Screen::new(server.address);
    assert!(screen.is_titled("taifas"));
    screen.see("The server answers.");
    for button in ["Log in", "Register", "Exit"] {
        assert!(screen.is_enabled(Role::Button, button));
    }
    assert_eq!(screen.value("Server"), server.address.to_string());
    assert_eq!(screen.focused().as_deref(), Some("Log in"));
    // Nothing moves, so nothing is painted.
    let output = screen.harness.output().viewport_output.values().next().unwrap();
    assert!(output.repaint_delay.as_secs() > 3600, "painted again {:?}", output.repaint_delay);
}

#[test]
fn a_server_that_comes_back_is_seen() {
    let mut server = Server::start();
    server.kill();
    let mut screen = Screen::new(server.address);
    screen
        .see_part("nothing listens at that address. Check the address, and that the server runs.");
    assert_eq!(
        screen.hover_text("The server cannot be reached"),
        "nothing listens at that address"
    );
    server.restart();
    screen.see("The server answers.");
    assert!(!screen.has("Try again"));
}

#[test]
fn one_can_try_again_at_once() {
    let mut server = Server::start();
    server.kill();
    let mut screen = Screen::new(server.address);
    screen.see("Try again");
    server.restart();
    screen.press("Try again");
    screen.see("The server answers.");
}

#[test]
fn it_is_looked_at_again_whenever_the_page_is_shown() {
    let mut server = Server::start();
    let mut screen = Screen::new(server.address);
    screen.see("The server answers.");
    screen.go("Log in", "Log in");
    server.kill();
    screen.press("Back");
    screen.see_part("nothing listens");
}

#[test]
fn something_else_listens_there() {
    let address = saying("SSH-2.0-other\r\n");
    let mut screen = Screen::new(address);
    screen.see("There is no taifas server at that address.");
}

#[test]
fn a_server_that_is_full() {
    let server = Server::with(&["limits.connections=1"]);
    let _other = std::net::TcpStream::connect(server.address).unwrap();
    let mut screen = Screen::new(server.address);
    screen.see("The server is full. Try again later.");
    assert!(screen.hover_text("The server is full").starts_with("SERVER_FULL: "));
}

#[test]
fn an_address_that_is_none() {
    let server = Server::start();
    let mut screen = Screen::new(server.address);
    screen.see("The server answers.");
    screen.replace("Server", "");
    screen.key(Key::Enter);
    assert!(screen.has("Type the server's address, for example boat.local:7667."));
    screen.press("Log in");
    assert!(screen.is_titled("taifas"), "a wrong address is not passed over");
    assert_eq!(screen.focused().as_deref(), Some("Server"));
    screen.replace("Server", "not a host");
    assert!(!screen.has_part("Type the server's"), "it goes as soon as one types");
    screen.press("Register");
    assert!(screen.is_titled("taifas") && screen.has_part("That is no address."));
    screen.replace("Server", "127.0.0.1");
    screen.key(Key::Tab);
    assert_eq!(screen.value("Server"), "127.0.0.1:7667");
    assert_eq!(screen.app().desk().remembered.server, "127.0.0.1:7667");
}

#[test]
fn escape_brings_the_address_back() {
    let server = Server::start();
    let mut screen = Screen::new(server.address);
    screen.replace("Server", "elsewhere");
    assert!(screen.has("Press Enter to look for it."));
    screen.key(Key::Escape);
    assert_eq!(screen.value("Server"), server.address.to_string());
    screen.see("The server answers.");
}

#[test]
fn an_address_is_looked_for_when_it_is_left() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let server = Server::start();
    let mut screen = Screen::new(server.address);
    screen.see("The server answers.");
    screen.replace("Server", "");
    for char in listener.local_addr().unwrap().to_string().chars() {
        screen.type_text(&char.to_string());
    }
    thread::sleep(A_WHILE);
    assert!(listener.accept().is_err(), "asked before it was typed");
    screen.key(Key::Enter);
    screen.see("Looking for the server…");
    let mut theirs = None;
    screen.until("connection", |_| {
        theirs = theirs.take().or(listener.accept().ok());
        theirs.is_some()
    });
    screen.replace("Server", &server.address.to_string());
    screen.press("Log in");
    screen.until("page", |screen| screen.is_titled("Log in"));
    screen.press("Back");
    screen.see("The server answers.");
}

#[test]
fn the_theme_is_chosen_and_remembered() {
    let address = scripted(&[]);
    let mut remembered = Remembered::default();
    (remembered.server, remembered.theme) = (address.to_string(), Look::Light);
    let mut screen = Screen::remembering(remembered, [900.0, 640.0]);
    screen.click(Role::RadioButton, "Dark");
    assert_eq!(screen.harness.ctx.theme(), Theme::Dark);
    assert_eq!(screen.app().desk().remembered.theme, Look::Dark);
    screen.click(Role::RadioButton, "Light");
    assert_eq!(screen.harness.ctx.theme(), Theme::Light);
    screen.click(Role::RadioButton, "System");
    assert_eq!(screen.app().desk().remembered.theme, Look::System);
}

#[test]
fn exit_closes_the_window() {
    let server = Server::start();
    let mut screen = Screen::new(server.address);
    screen.harness.get_by_role_and_label(Role::Button, "Exit").click();
    screen.harness.step();
    assert!(screen.commands().contains(&ViewportCommand::Close));
    assert!(!screen.close_window().contains(&ViewportCommand::CancelClose));
}
