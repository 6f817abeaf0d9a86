//! The chat page for tests: somebody who is in the room with a screen, and others who
//! are there without one.

// Each test binary uses its part of this.
#![allow(dead_code, missing_docs, unreachable_pub)]

use eframe::egui::accesskit::Role;
use eframe::egui::{Event, Key, Modifiers};
use egui_kittest::kittest::Queryable;
use taifas_client::{Entry, Settings, Waits};
use taifas_desktop::pages::Go;
use taifas_desktop::talk::Talk;

use super::{Screen, client};
#[allow(unused_imports)]
pub use client::{Owner, login, password, register};

/// Pauses that cost a test little, and can still be seen.
pub const QUICK: Waits = Waits { pause_ms: 50, pause_most_ms: 400, ..client::QUICK };

/// Pauses that nobody waits for: only "Try now" ends them in time.
pub const LONG: Waits = Waits { pause_ms: 600_000, pause_most_ms: 600_000, ..client::QUICK };

/// The message box.
pub const BOX: &str = "Message";

/// A new account's screen, with the room active.
pub fn enter(server: impl ToString, name: &str) -> Screen {
    let mut screen = open(server, register(name), QUICK, [900.0, 640.0]);
    screen.until("active room", |screen| screen.is_active());
    screen
}

/// A screen that is on its way into the room.
pub fn open(server: impl ToString, entry: Entry, waits: Waits, size: [f32; 2]) -> Screen {
    let server = server.to_string();
    through(&server, &server, entry, waits, size)
}

/// The same through a line that can be cut; the first page, which looks at the server,
/// too, does not use it.
pub fn through(
    server: impl ToString,
    line: impl ToString,
    entry: Entry,
    waits: Waits,
    size: [f32; 2],
) -> Screen {
    let mut screen = Screen::sized(server, size);
    let settings = Settings { waits, ..Settings::new(&line.to_string(), entry) };
    let desk = screen.app().desk();
    let talk = Talk::start(&desk.ctx, settings, &desk.departures).unwrap();
    screen.harness.state_mut().as_mut().unwrap().go_to(Go::Chat(Box::new(talk)));
    screen.harness.run_ok();
    screen
}

/// Somebody else in the room.
pub fn other(server: impl ToString, name: &str) -> Owner {
    Owner::guest(server, name)
}

impl Screen {
    pub fn is_active(&self) -> bool {
        self.harness.query_by_role_and_label(Role::MultilineTextInput, BOX).is_some()
    }

    /// What is written in the message box.
    pub fn draft(&self) -> String {
        let field = self.harness.get_by_role_and_label(Role::MultilineTextInput, BOX);
        field.value().unwrap_or_default()
    }

    /// Types into the message box, which has the focus.
    #[track_caller]
    pub fn write(&mut self, text: &str) {
        assert_eq!(self.focused().as_deref(), Some(BOX));
        self.type_text(text);
    }

    /// Says something as one does: type, Enter.
    #[track_caller]
    pub fn say(&mut self, text: &str) {
        self.write(text);
        self.key(Key::Enter);
        assert_eq!(self.draft(), "");
    }

    /// How many messages with this text are in view.
    pub fn count(&self, text: &str) -> usize {
        self.texts().iter().filter(|line| line.ends_with(&format!(": {text}"))).count()
    }

    /// Presses these keys within one frame, as a machine that is slow sees them.
    pub fn together(&mut self, keys: &[Key]) {
        let down = |key: &Key| Event::Key {
            key: *key,
            physical_key: None,
            pressed: true,
            repeat: false,
            modifiers: Modifiers::NONE,
        };
        self.harness.input_mut().events.extend(keys.iter().map(down));
        self.harness.step();
    }

    pub fn command(&mut self, key: Key) {
        // As it comes from a keyboard: both are down.
        self.keys(Modifiers::CTRL | Modifiers::COMMAND, key);
    }

    /// Puts the focus into the message box, as one clicks there.
    pub fn focus_box(&mut self) {
        self.click(Role::MultilineTextInput, BOX);
        assert_eq!(self.focused().as_deref(), Some(BOX));
    }

    pub fn has_button(&self, label: &str) -> bool {
        self.harness.query_by_role_and_label(Role::Button, label).is_some()
    }
}
