//! Where nothing can be written: the window says so once and goes on, half a file is
//! never left behind, and nothing panics because nobody can be told.

#![allow(missing_docs)]

mod support;

use std::fs;
use std::path::Path;

use eframe::egui::Key;
use eframe::egui::accesskit::Role;
use support::Screen;
use support::chat::{Owner, register};
use support::server::Server;
use taifas_desktop::remembered::Remembered;

const UNKEPT: &str = "Your settings could not be kept";

fn remembered(folder: &Path, server: &Server) -> Remembered {
    let (mut remembered, trouble) = Remembered::load(Some(folder.join("desktop.toml")));
    assert_eq!(trouble, None);
    remembered.server = server.address.to_string();
    remembered
}

#[test]
fn settings_that_cannot_be_kept_are_told_of_once() {
    let server = Server::start();
    let folder = tempfile::tempdir().unwrap();
    let in_the_way = folder.path().join("desktop.toml.new");
    fs::create_dir(&in_the_way).unwrap();
    let remembered = remembered(folder.path(), &server);
    let mut screen = Screen::remembering(remembered, [400.0, 360.0]);
    screen.see("Log in");
    assert!(!screen.has_part(UNKEPT), "nothing was to be kept yet");
    screen.press("Log in");
    screen.see_part(UNKEPT);
    assert!(screen.has_part(&folder.path().join("desktop.toml").display().to_string()));
    screen.key(Key::Escape);
    screen.see_part(UNKEPT);
    screen.press("Dismiss");
    assert!(!screen.has_part(UNKEPT));
    screen.press("Log in");
    screen.key(Key::Escape);
    assert!(!screen.has_part(UNKEPT), "once is enough");

    fs::remove_dir(&in_the_way).unwrap();
    screen.press("Log in");
    screen.key(Key::Escape);
    assert!(folder.path().join("desktop.toml").is_file(), "now they can be kept");
    assert!(!screen.has_part(UNKEPT));
}

#[test]
fn the_chat_goes_on_where_nothing_can_be_kept() {
    let server = Server::start();
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("desktop.toml.new")).unwrap();
    let remembered = remembered(folder.path(), &server);
    Owner::new(server.address, register("ana")).live();
    let mut ana = Screen::remembering(remembered, [900.0, 640.0]);
    ana.press("Log in");
    ana.type_text("ana");
    ana.type_into(Role::PasswordInput, "Password", "password of ana");
    ana.key(Key::Enter);
    ana.until("active room", |ana| ana.is_active());
    ana.see_part(UNKEPT);
    ana.say("the disk is full here");
    ana.until("said", |ana| ana.count("the disk is full here") == 1);
}

#[test]
#[cfg(target_os = "linux")]
fn half_a_file_is_not_left_behind() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desktop.toml");
    let beside = folder.path().join("desktop.toml.new");
    fs::write(&path, "username = \"ana\"\n").unwrap();
    let (mut remembered, _) = Remembered::load(Some(path.clone()));
    remembered.username = "eva".into();
    std::os::unix::fs::symlink("/dev/full", &beside).unwrap();
    let error = remembered.save().expect_err("that disk is full");
    assert_eq!(error.kind(), std::io::ErrorKind::StorageFull);
    assert!(beside.symlink_metadata().is_err(), "what was begun is gone");
    assert_eq!(fs::read_to_string(&path).unwrap(), "username = \"ana\"\n");
    remembered.save().expect("there is room again");
    assert!(fs::read_to_string(&path).unwrap().contains("username = \"eva\""));
}

/// `eprintln!` panics there.
#[test]
#[cfg(target_os = "linux")]
fn the_program_ends_well_where_nobody_can_be_told() {
    use std::process::{Command, Stdio};
    let folder = tempfile::tempdir().unwrap();
    let settings = folder.path().join("desktop.toml");
    fs::write(&settings, "window = 3").unwrap();
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_taifas-desktop"));
    command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY").env_remove("WAYLAND_SOCKET");
    let status = command.arg("--settings").arg(settings).stdin(Stdio::null()).stderr(full).status();
    assert_eq!(status.unwrap().code(), Some(1), "there is no window to open");
}
