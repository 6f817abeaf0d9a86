//! Registering, and everything that can be wrong with it.

#[path = "support/entry.rs"]
mod entry;
mod support;

use std::fs;
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};

use eframe::egui::accesskit::{Role, Toggled};
use eframe::egui::{Key, Modifiers, ViewportCommand};
use egui_kittest::kittest::{NodeT, Queryable};
use support::Screen;
use support::server::Server;

use entry::{ANA, PASSWORD, account, hang_up, read_password, say, scripted};

const TICK: &str = "I have read and accept the terms";

/// At the page, with the terms there.
fn screen(server: impl ToString) -> Screen {
    let mut screen = Screen::sized(server, [900.0, 900.0]);
    screen.go("Register", "Register");
    screen.see(TICK);
    screen
}

fn fill(screen: &mut Screen, username: &str, password: &str, again: &str) {
    screen.fill("Username", username);
    screen.secret("Password", password);
    screen.secret("Password again", again);
}

fn register(screen: &mut Screen) {
    fill(screen, ANA, PASSWORD, PASSWORD);
    screen.click(Role::CheckBox, TICK);
    screen.press("Register");
}

fn fields(screen: &Screen) -> [String; 3] {
    ["Username", "Password", "Password again"].map(|label| screen.value(label))
}

fn is_ticked(screen: &Screen) -> bool {
    let tick = screen.harness.get_by_role_and_label(Role::CheckBox, TICK);
    tick.accesskit_node().toggled() == Some(Toggled::True)
}

#[test]
fn a_new_account_its_code_and_the_chat() {
    let server = Server::start();
    let mut screen = screen(server.address);
    assert_eq!(screen.focused().as_deref(), Some("Username"));
    assert!(screen.has("The server's terms") && screen.has_part("small private chat server"));
    register(&mut screen);
    screen.until("code", |screen| screen.is_titled("Your recovery code"));
    assert!(screen.has("Your account is made."));
    let texts = screen.texts();
    assert_eq!(texts.iter().filter(|text| is_code(text)).count(), 1, "{texts:#?}");
    assert!(!screen.is_enabled(Role::Button, "Go on"));
    screen.press("Go on");
    assert!(screen.is_titled("Your recovery code"), "not before it is written down");
    screen.click(Role::CheckBox, "I have written it down");
    screen.press("Go on");
    assert!(screen.is_chat());
    assert_eq!(screen.app().desk().remembered.username, ANA);
}

/// `7K3QF-0V9ZD-M2XTA-HC8WE`
fn is_code(text: &str) -> bool {
    text.len() == 23 && text.matches('-').count() == 3
}

#[test]
fn by_keyboard_alone_in_the_smallest_window() {
    let server = Server::start();
    let mut screen = Screen::sized(server.address, taifas_desktop::theme::WINDOW_LEAST);
    screen.see("The server answers.");
    screen.tab_to("Register");
    screen.key(Key::Enter);
    screen.see(TICK);
    assert_eq!(screen.focused().as_deref(), Some("Username"));
    screen.type_text(ANA);
    screen.key(Key::Tab);
    screen.type_text(PASSWORD);
    screen.key(Key::Tab);
    screen.type_text(PASSWORD);
    let mut order = Vec::new();
    for _ in 0..4 {
        screen.key(Key::Tab);
        order.push(screen.focused().unwrap());
    }
    assert_eq!(order, ["Show passwords", "The server's terms", TICK, "Back"]);
    assert!(in_view(&screen, "Back"), "it follows the focus");
    screen.keys(Modifiers::SHIFT, Key::Tab);
    screen.key(Key::Space);
    assert!(is_ticked(&screen));
    screen.tab_to("Register");
    assert!(in_view(&screen, "Register"));
    screen.key(Key::Enter);
    screen.until("code", |screen| screen.is_titled("Your recovery code"));
    screen.tab_to("I have written it down");
    screen.key(Key::Space);
    screen.key(Key::Tab);
    assert_eq!(screen.focused().as_deref(), Some("Go on"));
    screen.key(Key::Enter);
    assert!(screen.is_chat());
}

/// Whether this button can be seen, all of it.
fn in_view(screen: &Screen, label: &str) -> bool {
    let button = screen.harness.get_by_role_and_label(Role::Button, label).rect();
    let window = screen.harness.ctx.content_rect();
    window.contains_rect(button)
}

#[test]
fn the_terms_scroll_by_keyboard() {
    let server = Server::start();
    let mut screen = screen(server.address);
    let last = "It comes without any warranty";
    let top = |screen: &Screen| screen.harness.get_by_label_contains(last).rect().top();
    screen.tab_to("The server's terms");
    let before = top(&screen);
    screen.key(Key::ArrowDown);
    screen.until("a line", |screen| top(screen) < before - 10.0);
    assert_eq!(screen.focused().as_deref(), Some("The server's terms"));
    screen.key(Key::End);
    let area = screen.harness.get_by_label("The server's terms").rect();
    screen.until("the end", |screen| top(screen) < area.bottom());
    screen.key(Key::Home);
    screen.until("the beginning", |screen| (top(screen) - before).abs() < 1.0);
    screen.key(Key::Tab);
    assert_eq!(screen.focused().as_deref(), Some(TICK));
}

#[test]
fn what_is_wrong_stands_below_its_field() {
    let server = Server::start();
    let mut screen = screen(server.address);
    assert!(screen.has("At least 8 characters."));
    screen.fill("Username", "4na");
    screen.key(Key::Tab);
    assert!(screen.has_part("A name begins with a letter"));
    screen.type_text("short");
    screen.key(Key::Tab);
    assert!(screen.has("A password has at least 8 characters. Choose a longer one."));
    screen.type_text("other");
    screen.key(Key::Tab);
    assert!(screen.has("The two passwords differ. Type the same one twice."));
    let below = |screen: &Screen, field: &str, part: &str| {
        let node = |label: &str| screen.harness.get_by_label_contains(label).rect();
        let field = screen.harness.get_by_label(field).rect();
        (node(part).top() - field.bottom()).abs() < 12.0
    };
    assert!(below(&screen, "Username", "A name begins"));
    assert!(below(&screen, "Password", "at least 8"));
    assert!(below(&screen, "Password again", "differ"));
    // Nothing of that was a try.
    screen.click(Role::CheckBox, TICK);
    screen.press("Register");
    assert_eq!(fields(&screen)[0], "4na");
    assert_eq!(screen.focused().as_deref(), Some("Username"));
    screen.replace("Username", ANA);
    assert!(!screen.has_part("A name begins with a letter"));
    screen.secret("Password", " enough");
    assert!(!screen.has_part("Choose a longer one") && !screen.has_part("differ"));
    screen.secret("Password again", "");
    screen.key(Key::Enter);
    assert!(screen.has("The two passwords differ. Type the same one twice."));
    assert_eq!(screen.focused().as_deref(), Some("Password again"));
    screen.keys(Modifiers::COMMAND, Key::A);
    screen.type_text("short enough");
    screen.key(Key::Enter);
    screen.until("code", |screen| screen.is_titled("Your recovery code"));
}

#[test]
fn empty_fields() {
    let server = Server::start();
    let mut screen = screen(server.address);
    screen.fill("Username", "");
    screen.key(Key::Enter);
    for fault in [
        "Choose a username.",
        "Choose a password.",
        "Read the terms and tick the box, if you accept them.",
    ] {
        assert!(screen.has(fault), "{fault}");
    }
}

#[test]
fn the_terms_have_to_be_accepted() {
    let server = Server::start();
    let mut screen = screen(server.address);
    fill(&mut screen, ANA, PASSWORD, PASSWORD);
    assert!(!screen.is_enabled(Role::Button, "Register"));
    assert!(screen.has("To register, read the terms and tick the box above."));
    screen.key(Key::Enter);
    assert!(screen.has("Read the terms and tick the box, if you accept them."));
    screen.click(Role::CheckBox, TICK);
    assert!(!screen.has_part("Read the terms and tick"));
    assert!(screen.is_enabled(Role::Button, "Register"));
    screen.click(Role::CheckBox, TICK);
    assert!(!screen.is_enabled(Role::Button, "Register"));
}

#[test]
fn a_name_that_is_taken() {
    let server = Server::start();
    account(server.address);
    let mut screen = screen(server.address);
    register(&mut screen);
    screen.see_part("That name belongs to an account.");
    assert!(screen.hover_text("That name belongs").starts_with("NAME_REGISTERED: "));
    assert_eq!(fields(&screen), ["", "", ""].map(String::from), "emptied after every try");
    assert_eq!(screen.focused().as_deref(), Some("Username"));
    fill(&mut screen, "Ion", PASSWORD, PASSWORD);
    assert!(!screen.has_part("That name belongs"));
    screen.key(Key::Enter);
    screen.until("code", |screen| screen.is_titled("Your recovery code"));
    assert_eq!(screen.app().desk().remembered.username, "Ion");
}

#[test]
fn terms_that_change_meanwhile_are_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("terms.txt");
    fs::write(&file, "Be kind.\n").unwrap();
    let mut server = Server::with(&[&format!("terms_file={}", file.display())]);
    let mut screen = screen(server.address);
    assert!(screen.has("Be kind."));
    fill(&mut screen, ANA, PASSWORD, PASSWORD);
    screen.click(Role::CheckBox, TICK);
    server.kill();
    fs::write(&file, "Be very kind.\n").unwrap();
    server.restart();
    screen.press("Register");
    screen.see("The terms have changed meanwhile. Read them again, then register.");
    screen.see("Be very kind.");
    assert!(!is_ticked(&screen) && !screen.has("Be kind."));
    register(&mut screen);
    screen.until("code", |screen| screen.is_titled("Your recovery code"));
}

#[test]
fn a_server_that_is_silent_has_no_terms() {
    let mut server = Server::start();
    server.kill();
    let mut screen = Screen::new(server.address);
    screen.go("Register", "Register");
    screen.see_part("nothing listens at that address");
    assert!(!screen.has(TICK) && !screen.is_enabled(Role::Button, "Register"));
    server.restart();
    screen.press("Try again");
    screen.see(TICK);
}

#[test]
fn the_server_goes_away_meanwhile() {
    let mut server = Server::start();
    let mut screen = screen(server.address);
    fill(&mut screen, ANA, PASSWORD, PASSWORD);
    screen.click(Role::CheckBox, TICK);
    // Not before: the page may look again, and then there are no terms to be ticked.
    server.kill();
    screen.press("Register");
    screen.see_part("nothing listens at that address");
    assert_eq!(fields(&screen), ["", "", ""].map(String::from));
}

/// The password arrives, and then the connection breaks.
fn breaks(stream: &mut TcpStream) {
    say(stream, "OK TAGS ON\r\nOK ACCEPT 1\r\nPASSWORD :type it\r\n");
    read_password(stream);
    hang_up(stream);
}

/// The password is the right one: the account was made.
fn was_made(stream: &mut TcpStream) {
    say(stream, "OK TAGS ON\r\nPASSWORD :type it\r\n");
    read_password(stream);
    say(stream, "OK LOGIN ana 1\r\n:taifas JOIN #lobby ana\r\n");
}

#[test]
fn an_account_whose_code_was_lost_on_the_way() {
    let mut screen = screen(scripted(&[breaks, was_made]));
    register(&mut screen);
    screen.until("code page", |screen| screen.is_titled("Your account is made"));
    assert!(screen.has_part("It is lost, and nobody can show it again."));
    assert!(!screen.has("Copy") && !screen.has("I have written it down"));
    assert!(!screen.close_window().contains(&ViewportCommand::CancelClose));
    screen.press("Go on");
    assert!(screen.is_chat());
}

#[test]
fn giving_up_in_doubt_says_so() {
    let mut screen = screen(scripted(&[breaks]));
    register(&mut screen);
    screen.see("The connection broke. Trying again, to see whether your account was made…");
    screen.press("Cancel");
    assert!(screen.has("Cancelled. Your account may have been made; try to log in with it."));
}

/// The password has arrived there.
static ARRIVED: AtomicBool = AtomicBool::new(false);

/// The password arrives, and is looked at for as long as anybody cares to wait.
fn takes_its_time(stream: &mut TcpStream) {
    say(stream, "OK TAGS ON\r\nOK ACCEPT 1\r\nPASSWORD :type it\r\n");
    read_password(stream);
    ARRIVED.store(true, Ordering::SeqCst);
}

#[test]
fn giving_up_while_the_server_is_at_it_says_so_too() {
    let mut screen = screen(scripted(&[takes_its_time]));
    register(&mut screen);
    screen.until("password there", |_| ARRIVED.load(Ordering::SeqCst));
    screen.harness.run_ok();
    assert!(screen.has("Registering…"));
    assert!(!screen.has("Back"), "Back would say nothing");
    screen.press("Cancel");
    assert!(screen.has("Cancelled. Your account may have been made; try to log in with it."));
    assert!(screen.has("Back"));
}

#[test]
fn its_card_stands_where_the_others_do() {
    let server = Server::start();
    let mut screen = Screen::new(server.address);
    screen.see("The server answers.");
    let middle = |screen: &Screen, button: &str| {
        screen.harness.get_by_role_and_label(Role::Button, button).rect().center().x
    };
    let menu = middle(&screen, "Log in");
    screen.go("Register", "Register");
    screen.see_part("I have read");
    assert_eq!(middle(&screen, "Register"), menu);
}
