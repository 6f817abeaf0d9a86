//! Encrypted connections: whom to trust is asked once, remembered, and refused loudly
//! when it is somebody else; plain ones stay as they are.

#![allow(missing_docs)]

#[path = "support/entry.rs"]
mod entry;
mod support;

use std::net::SocketAddr;
use std::path::Path;

use eframe::egui::accesskit::{Role, Toggled};
use eframe::egui::{Key, Pos2, Rect, vec2};
use egui_kittest::kittest::{NodeT, Queryable};
use entry::{ANA, PASSWORD, account};
use support::Screen;
use support::chat::QUICK;
use support::server::Server;
use taifas_client::{Entry, Password, Settings};
use taifas_desktop::pages::Go;
use taifas_desktop::remembered::Remembered;
use taifas_desktop::talk::Talk;

const BOX: &str = "Encrypted (TLS)";
const QUESTION: &str = "Is this your server?";
const REFUSED: &str = "This may not be your server";

/// Another server, with a certificate of its own, at an address where one was.
fn another_at(address: SocketAddr) -> Server {
    Server::with(&["limits.message_rate=0", &format!("listen_tls=[\"{address}\"]")])
}

fn tls(server: &Server) -> (SocketAddr, String) {
    server.tls.clone().expect("it speaks TLS")
}

/// The client with its file in this folder, as it is started.
fn started(folder: &Path) -> Screen {
    let (remembered, trouble) = Remembered::load(Some(folder.join("desktop.toml")));
    assert_eq!(trouble, None);
    Screen::remembering(remembered, [900.0, 640.0])
}

/// Points the first page at this address, encrypted.
fn encrypt(screen: &mut Screen, address: SocketAddr) {
    screen.replace("Server", &address.to_string());
    screen.click(Role::CheckBox, BOX);
}

/// The same, and trusts what is there.
fn trusting(server: &Server) -> (tempfile::TempDir, Screen) {
    let folder = tempfile::tempdir().unwrap();
    let mut screen = started(folder.path());
    encrypt(&mut screen, tls(server).0);
    screen.see(QUESTION);
    choose(&mut screen, "Trust");
    screen.see("The server answers.");
    (folder, screen)
}

/// By keys, which bring what they lead to into view.
fn choose(screen: &mut Screen, button: &str) {
    screen.tab_to(button);
    screen.key(Key::Enter);
}

fn log_in(screen: &mut Screen) {
    screen.press("Log in");
    if screen.value("Username").is_empty() {
        screen.fill("Username", ANA);
    }
    screen.secret("Password", PASSWORD);
    screen.key(Key::Enter);
}

#[test]
fn an_unknown_server_is_asked_about_once() {
    let server = Server::encrypted();
    account(server.address);
    let (address, print) = tls(&server);
    let folder = tempfile::tempdir().unwrap();
    let mut screen = started(folder.path());
    encrypt(&mut screen, address);
    screen.see(QUESTION);
    assert!(screen.has(&print), "as the server prints it: {print}\n{:?}", screen.texts());
    assert!(screen.has_part("Ask whoever runs the server: `taifas fingerprint` shows it."));
    assert_eq!(screen.focused().as_deref(), Some("Don't trust"), "who hurries trusts nobody");
    assert!(!screen.has("Log in") && !screen.has("Register"));
    screen.press("Don't trust");
    screen.see("You do not trust this server, so nothing was said to it.");
    screen.press("Try again");
    screen.see(QUESTION);
    choose(&mut screen, "Trust");
    screen.see("The server answers.");
    assert!(!screen.has(QUESTION));
    log_in(&mut screen);
    screen.until("chat", |screen| screen.is_active());
    screen.see(&format!("{address}, encrypted"));
    screen.say("nobody reads along");
    drop(screen);

    let mut screen = started(folder.path());
    screen.see("The server answers.");
    assert!(!screen.has(QUESTION), "it was answered");
    log_in(&mut screen);
    screen.until("chat", |screen| screen.is_active());
    screen.until("history", |screen| screen.count("nobody reads along") == 1);
}

#[test]
fn another_certificate_is_refused_until_the_old_one_is_forgotten() {
    let server = Server::encrypted();
    let (address, old) = tls(&server);
    let (folder, screen) = trusting(&server);
    drop(screen);
    drop(server);
    let other = another_at(address);
    let (_, new) = tls(&other);
    assert_ne!(old, new);
    let mut screen = started(folder.path());
    screen.see(REFUSED);
    assert!(screen.has(&old) && screen.has(&new), "both are shown: {:?}", screen.texts());
    assert!(screen.has_part("or the server has a new certificate"));
    assert!(!screen.has("Trust") && !screen.has("Log in"));
    assert_eq!(screen.focused().as_deref(), Some("Don't trust"));

    // The second step; the focus is on what does no harm.
    choose(&mut screen, "Forget the old fingerprint…");
    assert_eq!(screen.focused().as_deref(), Some("Keep it"));
    screen.key(Key::Enter);
    assert!(screen.has(REFUSED) && !screen.has("Forget it"));
    choose(&mut screen, "Forget the old fingerprint…");
    choose(&mut screen, "Forget it");
    screen.see(QUESTION);
    assert!(screen.has(&new) && !screen.has(&old));
    drop(screen);

    // Forgotten is not trusted, also the next time.
    let mut screen = started(folder.path());
    screen.see(QUESTION);
    choose(&mut screen, "Trust");
    screen.see("The server answers.");
}

#[test]
fn no_password_goes_to_somebody_unknown() {
    let server = Server::encrypted();
    account(server.address);
    let folder = tempfile::tempdir().unwrap();
    let mut screen = started(folder.path());
    encrypt(&mut screen, tls(&server).0);
    // Whoever is quick is at the next page before the question comes.
    screen.harness.state_mut().as_mut().unwrap().go_to(Go::Login);
    screen.until("page", |screen| screen.is_titled("Log in"));
    screen.fill("Username", ANA);
    screen.secret("Password", PASSWORD);
    screen.key(Key::Enter);
    screen.see(QUESTION);
    assert!(screen.is_titled("taifas"));
}

#[test]
fn a_chat_refuses_another_certificate_too() {
    let server = Server::encrypted();
    account(server.address);
    let (address, old) = tls(&server);
    let (_folder, mut screen) = trusting(&server);
    let desk = screen.app().desk();
    let (name, password) = (ANA.parse().unwrap(), Password::new(PASSWORD).unwrap());
    let entry = Entry::Login { name, password };
    let settings = Settings { waits: QUICK, ..desk.remembered.settings(entry) };
    let talk = Talk::start(&desk.ctx, settings, &desk.departures).unwrap();
    screen.harness.state_mut().as_mut().unwrap().go_to(Go::Chat(Box::new(talk)));
    screen.until("chat", |screen| screen.is_active());
    drop(server);
    let other = another_at(address);
    let (_, new) = tls(&other);
    screen.see(REFUSED);
    assert!(screen.has(&old) && screen.has(&new));
    assert_eq!(screen.focused().as_deref(), Some("Back to menu"));
    choose(&mut screen, "Forget the old fingerprint…");
    choose(&mut screen, "Forget it");
    screen.see(QUESTION);
    choose(&mut screen, "Trust");
    // This one has no such account, and says so only now that it was asked.
    screen.see_part("The name or the password is wrong");
}

#[test]
fn plain_stays_plain() {
    let server = Server::encrypted();
    let mut screen = Screen::new(server.address);
    screen.see("The server answers.");
    assert!(!screen.app().desk().remembered.is_encrypted());
    // The other port does not answer in plain; this one does not answer with TLS.
    screen.click(Role::CheckBox, BOX);
    screen.see_part("untick Encrypted");
    screen.click(Role::CheckBox, BOX);
    screen.see("The server answers.");
    assert_eq!(screen.value("Server"), server.address.to_string());
}

#[test]
fn each_server_is_remembered_as_it_was_talked_to() {
    let server = Server::encrypted();
    let (_folder, mut screen) = trusting(&server);
    screen.replace("Server", &server.address.to_string());
    screen.click(Role::CheckBox, BOX);
    screen.see("The server answers.");
    screen.replace("Server", &tls(&server).0.to_string());
    screen.key(Key::Enter);
    screen.see("The server answers.");
    assert!(screen.app().desk().remembered.is_encrypted(), "without ticking it again");
    screen.replace("Server", "nowhere.invalid:7668");
    screen.click(Role::CheckBox, BOX);
    assert_eq!(screen.value("Server"), "nowhere.invalid:7667", "the usual port follows");
}

#[test]
fn a_known_server_is_never_talked_to_in_plain_unasked() {
    let server = Server::encrypted();
    let (address, _) = tls(&server);
    let (_folder, mut screen) = trusting(&server);
    for typed in [address.to_string(), format!("0{}", address.port())] {
        // Another server, in plain; and then this one, however it is written.
        screen.replace("Server", &server.address.to_string());
        screen.key(Key::Tab);
        if screen.app().desk().remembered.is_encrypted() {
            screen.click(Role::CheckBox, BOX);
        }
        screen.see("The server answers.");
        let typed = match typed.strip_prefix('0') {
            Some(port) => format!("{}:0{port}", address.ip()),
            None => typed,
        };
        screen.replace("Server", &typed);
        // Straight from the field.
        screen.press("Log in");
        screen.until("page", |screen| screen.is_titled("Log in"));
        let remembered = &screen.app().desk().remembered;
        assert!(remembered.is_encrypted(), "{typed}: {remembered:?}");
        assert_eq!(remembered.server, address.to_string());
        screen.press("Back");
        screen.see("The server answers.");
    }
}

#[test]
fn the_box_says_what_is_known_while_the_address_is_typed() {
    let server = Server::encrypted();
    let (address, _) = tls(&server);
    let (_folder, mut screen) = trusting(&server);
    screen.replace("Server", &server.address.to_string());
    screen.click(Role::CheckBox, BOX);
    screen.see("The server answers.");
    assert!(!screen.app().desk().remembered.is_encrypted());
    // Nothing changes under a click that leaves the field.
    for (typed, is_ticked) in [
        (address.to_string(), true),
        (format!("{address}9"), false),
        (format!("0{address}"), false),
        (address.to_string(), true),
    ] {
        screen.replace("Server", &typed);
        assert_eq!(is_on(&screen), is_ticked, "{typed}");
    }
    screen.key(Key::Escape);
    assert!(!is_on(&screen), "the server is the one before");
    screen.replace("Server", &address.to_string());
    screen.click(Role::CheckBox, BOX);
    let remembered = &screen.app().desk().remembered;
    assert!(!remembered.is_encrypted(), "that was asked for: {remembered:?}");
}

fn is_on(screen: &Screen) -> bool {
    let tick = screen.harness.get_by_role_and_label(Role::CheckBox, BOX);
    tick.accesskit_node().toggled() == Some(Toggled::True)
}

/// In the chat, where another server has taken the place of the trusted one; the two
/// fingerprints.
fn refused_in_the_chat(size: [f32; 2]) -> (Server, Screen, [String; 2]) {
    let server = Server::encrypted();
    account(server.address);
    let (address, old) = tls(&server);
    let mut remembered = Remembered::default();
    remembered.server = address.to_string();
    remembered.encrypt(true);
    let print = old.strip_prefix("SHA256:").unwrap_or(&old);
    remembered.trust(Some(print.parse().unwrap()));
    let mut screen = Screen::remembering(remembered, size);
    into_the_chat(&mut screen);
    screen.say("before");
    screen.until("said", |screen| screen.count("before") == 1);
    drop(server);
    let other = another_at(address);
    let (_, new) = tls(&other);
    screen.see(REFUSED);
    (other, screen, [old, new])
}

fn into_the_chat(screen: &mut Screen) {
    let desk = screen.app().desk();
    let (name, password) = (ANA.parse().unwrap(), Password::new(PASSWORD).unwrap());
    let entry = Entry::Login { name, password };
    let settings = Settings { waits: QUICK, ..desk.remembered.settings(entry) };
    let talk = Talk::start(&desk.ctx, settings, &desk.departures).unwrap();
    screen.harness.state_mut().as_mut().unwrap().go_to(Go::Chat(Box::new(talk)));
    screen.until("chat", |screen| screen.is_active());
}

const WARNING: &str = "Somebody may stand between you and the server";
const BUTTONS: [&str; 2] = ["Back to menu", "Forget the old fingerprint…"];

#[test]
fn the_warning_is_whole_above_the_messages() {
    let (_other, screen, [old, new]) = refused_in_the_chat([900.0, 600.0]);
    // The first thing below it.
    let top = screen.harness.get_by_role_and_label(Role::Button, "Join…").rect().min.y;
    assert!(screen.is_active() && top < 400.0, "one reads and writes on: {top}");
    for words in [REFUSED, WARNING, &old, &new].into_iter().chain(BUTTONS) {
        let rect = screen.harness.get_by_label_contains(words).rect();
        assert!(rect.min.y > 0.0 && rect.max.y < top, "{words}: {rect:?}, {top}");
        assert!(rect.min.x > 0.0 && rect.max.x < 900.0, "{words}: {rect:?}");
    }
}

#[test]
fn the_warning_has_the_smallest_window_for_itself() {
    let (_other, mut screen, [old, new]) = refused_in_the_chat([400.0, 360.0]);
    assert!(!screen.is_active(), "there is no room for more");
    let window = Rect::from_min_size(Pos2::ZERO, vec2(400.0, 360.0));
    let is_whole = |screen: &Screen, words: &str| {
        window.contains_rect(screen.harness.get_by_label_contains(words).rect())
    };
    assert!(is_whole(&screen, REFUSED) && is_whole(&screen, WARNING));
    for words in [&old, &new].map(String::as_str).into_iter().chain(BUTTONS) {
        screen.harness.get_by_label_contains(words).scroll_to_me();
        screen.harness.run_ok();
        assert!(is_whole(&screen, words), "{words}");
    }
    // By keys, which lead to what comes next.
    screen.tab_to(BUTTONS[1]);
    assert!(is_whole(&screen, BUTTONS[1]));
    screen.key(Key::Enter);
    assert_eq!(screen.focused().as_deref(), Some("Keep it"));
    assert!(is_whole(&screen, "Keep it"));
    choose(&mut screen, "Keep it");
    screen.harness.set_size(vec2(900.0, 600.0));
    screen.until("messages", |screen| screen.is_active() && screen.has(REFUSED));
}
