//! One walk through a real window, by keyboard: menu, register, recovery code, a room of
//! one's own, chat, emoji, words to one person, log out, log in, exit. Its pictures are left in the build folder, for a person
//! to look at; those in the documents are from here.
//!
//! Needs Xvfb, openbox, xdotool and ImageMagick. Where they are missing it says so, and
//! fails where `CI` is set.

#![allow(missing_docs, clippy::print_stderr)]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Child;

use support::client::{Owner, login, register};
use support::display::Display;
use support::server::Server;
use taifas_client::Place;

const PASSWORD: &str = "correct horse";

/// What is talked about while the picture is taken.
const TALK: [(&str, &str); 6] = [
    ("ion", "bună! who has the key of the boat shed?"),
    ("ion", "the weather is turning, I would rather not wait"),
    ("eva", "it hangs behind the door, as always 😀"),
    ("ion", "found it, thank you ❤️"),
    ("eva", "@ana the tides are at https://example.org/tides, high water is at seven"),
    ("eva", "Добрый вечер from the harbour master, Καλό ταξίδι from the kitchen"),
];

#[test]
fn a_walk_through_a_real_window() {
    let missing = Display::missing();
    if !missing.is_empty() {
        let what = format!("the walk through a real window needs {}", missing.join(", "));
        assert!(std::env::var_os("CI").is_none(), "{what}");
        eprintln!("SKIPPED: {what}");
        return;
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("window");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let display = Display::start();
    let server = Server::start();

    let mut others = ["ion", "eva"].map(|name| Owner::new(server.address, register(name)));
    others.iter_mut().for_each(Owner::live);
    let mut light = Walk::start(&display, &server, &folder, "light");
    light.register();
    light.join(&mut others);
    light.chat(&mut others);
    light.tell(&mut others[1]);
    light.log_out();
    light.log_in();
    light.log_out();
    light.exit();
    drop(others);

    let mut others = ["ion", "eva"].map(|name| Owner::new(server.address, login(name)));
    others.iter_mut().for_each(Owner::live);
    let mut dark = Walk::start(&display, &server, &folder, "dark");
    dark.log_in();
    dark.display.after("what is said elsewhere", |_| elsewhere(&mut others[1]));
    dark.picture("chat");
    dark.log_out();
    dark.exit();
}

fn boats() -> Place {
    "#boats".parse().unwrap()
}

/// Somebody says something where ana is not looking.
fn elsewhere(other: &mut Owner) {
    other.client.join("#boats".parse().unwrap());
    let boats = boats();
    other.until("the room", |other| other.model.at(&boats).is_in());
    let ana: Place = "ana".parse().unwrap();
    for (place, text) in [(boats, "the blue one leaks again"), (ana, "are you coming by yourself?")]
    {
        other.client.say(&place, text).unwrap();
        other.has_at(&place, text);
    }
}

/// The client in its window, in one theme.
struct Walk<'a> {
    display: &'a Display,
    program: Child,
    folder: PathBuf,
    theme: &'static str,
    window: String,
}

impl<'a> Walk<'a> {
    fn start(
        display: &'a Display,
        server: &Server,
        folder: &Path,
        theme: &'static str,
    ) -> Walk<'a> {
        let settings = folder.join("desktop.toml");
        // What it has remembered itself, the second time; but for the theme.
        let remembered = fs::read_to_string(&settings).unwrap_or_default();
        let mut lines: Vec<&str> = remembered.lines().collect();
        lines.retain(|line| !line.starts_with("theme") && !line.starts_with("server"));
        let begin = format!("server = \"{}\"\ntheme = \"{theme}\"\n", server.address);
        fs::write(&settings, begin + &lines.join("\n")).unwrap();
        let mut command = display.command(env!("CARGO_BIN_EXE_taifas-desktop"));
        command.arg("--settings").arg(settings);
        let mut program = None;
        display.after("the start", |display| {
            program = Some(command.spawn().unwrap());
            display.window("taifas");
        });
        let window = display.window("taifas");
        let program = program.expect("it was just started");
        Walk { display, program, folder: folder.to_owned(), theme, window }
    }

    fn picture(&self, what: &str) {
        let name = format!("{what}-{}.png", self.theme);
        self.display.save(&self.window, &self.folder.join(name));
    }

    /// Presses keys, each once the one before can be seen: two that arrive within one
    /// frame both go to what had the focus before it.
    fn press(&self, what: &str, keys: &[&str]) {
        for key in keys {
            self.display.after(&format!("{key} ({what})"), |display| display.keys(&[key]));
        }
    }

    /// Types into the field that has the focus.
    fn write(&self, text: &str) {
        self.display.after("typing", |display| display.type_text(text));
    }

    /// From the menu to the chat page.
    fn register(&self) {
        self.picture("menu");
        self.press("Register", &["Tab", "Return"]);
        self.write("ana");
        self.press("password", &["Tab"]);
        self.write(PASSWORD);
        self.press("password again", &["Tab"]);
        self.write(PASSWORD);
        // Show passwords, the terms, the box.
        self.press("the box", &["Tab", "Tab", "Tab", "space"]);
        self.picture("register");
        self.press("Register", &["Tab", "Return"]);
        self.picture("code");
        // Copy, the box.
        self.press("written down", &["Tab", "Tab", "space"]);
        self.press("Go on", &["Tab", "Return"]);
        self.display.window("ana .*");
    }

    /// Makes a room, and goes back to the lobby.
    fn join(&self, others: &mut [Owner; 2]) {
        self.press("the menu", &["F10"]);
        // Change password, the list of keys, join.
        self.press("Join a room", &["Down", "Tab", "Tab", "Return"]);
        self.write("boats");
        self.picture("join");
        self.press("Make it", &["Return"]);
        self.press("the lobby", &["alt+Down"]);
        self.display.after("what is said elsewhere", |_| elsewhere(&mut others[1]));
    }

    /// Answers what was told to ana alone.
    fn tell(&self, eva: &mut Owner) {
        self.press("a name", &["ctrl+k"]);
        self.write("eva");
        self.picture("jump");
        self.press("the talk", &["Return"]);
        self.write("with ion, if he is awake by then");
        self.press("Enter", &["Return"]);
        eva.has_at(&"ana".parse().unwrap(), "with ion, if he is awake by then");
        self.picture("talk");
    }

    fn chat(&self, others: &mut [Owner; 2]) {
        self.display.after("what others say", |_| {
            for (name, text) in TALK {
                others[usize::from(name == "eva")].say(text);
            }
        });
        self.write("see you at seven, then ");
        self.press("Emoji", &["Tab", "Return"]);
        self.picture("emoji");
        self.press("an emoji", &["Right", "Return", "Escape"]);
        self.press("Enter", &["Return"]);
        // What the window has sent is what the others read.
        for other in others {
            other.has("see you at seven, then 😄");
        }
        self.picture("chat");
    }

    /// By the menu, to the first page.
    fn log_out(&self) {
        self.press("the menu", &["F10"]);
        self.picture("chat-menu");
        // Change password, the list of keys, join, search, bans, leave, three themes, notices.
        let tabs = ["Tab"; 10];
        self.press("Log out", &[&["Down"], &tabs[..], &["Return"]].concat());
        self.display.window("taifas");
    }

    /// From the menu to the chat page.
    fn log_in(&self) {
        self.press("Log in", &["Return"]);
        self.picture("login");
        // The name is there from the last time.
        self.write(PASSWORD);
        self.press("Enter", &["Return"]);
        self.display.window("ana .*");
    }

    /// From the menu: Log in, Register, Exit.
    fn exit(&mut self) {
        self.press("Exit", &["Tab", "Tab"]);
        self.display.keys(&["Return"]);
        let status = self.program.wait().unwrap();
        assert!(status.success(), "it ends well: {status}");
    }
}

impl Drop for Walk<'_> {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}
