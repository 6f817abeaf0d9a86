//! The client's pages without a window: pressed and read by role and label, against the
//! real server. Waits for what must be on the screen, woken as a window is; everything
//! has one deadline, so that a test fails instead of hanging.

// Each test binary uses its part of this.
#![allow(dead_code, missing_docs, unreachable_pub)]

pub mod display;
// The server, and people without a screen, as the client library's tests have them.
#[path = "../../../client/tests/support/mod.rs"]
pub mod client;
#[allow(unused_imports)]
pub use client::server;

pub mod chat;

use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use eframe::egui::accesskit::Role;
use eframe::egui::{self, Key, Modifiers, ViewportCommand};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use taifas_desktop::app::App;
use taifas_desktop::clock::Clock;
use taifas_desktop::remembered::Remembered;

/// How long anything may take before a test gives up on it.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The client as somebody sees it.
pub struct Screen {
    pub harness: Harness<'static, Option<App>>,
    woken: Arc<(Mutex<bool>, Condvar)>,
}

impl Screen {
    /// At the menu, talking to this server.
    pub fn new(server: impl ToString) -> Screen {
        Screen::sized(server, [900.0, 640.0])
    }

    /// The same in a window of this size.
    pub fn sized(server: impl ToString, size: [f32; 2]) -> Screen {
        let mut remembered = Remembered::default();
        remembered.server = server.to_string();
        Screen::remembering(remembered, size)
    }

    /// The same with everything that is remembered.
    pub fn remembering(remembered: Remembered, size: [f32; 2]) -> Screen {
        let woken = Arc::new((Mutex::new(false), Condvar::new()));
        let its = woken.clone();
        let mut remembered = Some(remembered);
        let harness = Harness::builder().with_size(size).build_ui_state(
            move |ui: &mut egui::Ui, app: &mut Option<App>| {
                let app = app.get_or_insert_with(|| {
                    let woken = its.clone();
                    ui.ctx().set_request_repaint_callback(move |_| {
                        *woken.0.lock().unwrap() = true;
                        woken.1.notify_all();
                    });
                    let clock = Clock::in_zone(jiff::tz::TimeZone::UTC);
                    App::at(ui.ctx(), remembered.take().unwrap_or_default(), clock)
                });
                app.take();
                app.show(ui);
            },
            None,
        );
        Screen { harness, woken }
    }

    /// Paints, then waits to be woken, until this is so.
    #[track_caller]
    pub fn until(&mut self, what: &str, mut is: impl FnMut(&Screen) -> bool) {
        let end = Instant::now() + PATIENCE;
        loop {
            *self.woken.0.lock().unwrap() = false;
            self.harness.run_ok();
            if is(self) {
                return;
            }
            let woken = self.woken.0.lock().unwrap();
            // A frame's own wishes to be painted again have been granted by now; what is
            // left to wait for comes from the network, or from a second that ends.
            let left = end.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "no {what}:\n{}", self.texts().join("\n"));
            let wait = left.min(Duration::from_millis(250));
            drop(self.woken.1.wait_timeout_while(woken, wait, |woken| !*woken).unwrap());
        }
    }

    /// Waits until something with this label is there.
    #[track_caller]
    pub fn see(&mut self, label: &str) {
        self.until(label, |screen| screen.has(label));
    }

    /// Waits until something is there whose label contains this.
    #[track_caller]
    pub fn see_part(&mut self, part: &str) {
        self.until(part, |screen| screen.has_part(part));
    }

    /// Waits until nothing has this label any more.
    #[track_caller]
    pub fn see_no(&mut self, label: &str) {
        self.until(&format!("end of {label}"), |screen| !screen.has(label));
    }

    pub fn has(&self, label: &str) -> bool {
        self.harness.query_all_by_label(label).next().is_some()
    }

    pub fn has_part(&self, part: &str) -> bool {
        self.harness.query_all_by_label_contains(part).next().is_some()
    }

    /// Presses the button with this label.
    #[track_caller]
    pub fn press(&mut self, label: &str) {
        self.click(Role::Button, label);
    }

    /// Clicks what has this role and label.
    #[track_caller]
    pub fn click(&mut self, role: Role, label: &str) {
        self.harness.get_by_role_and_label(role, label).click();
        self.harness.run_ok();
    }

    /// Types into the field with this label, behind what is there.
    #[track_caller]
    pub fn type_into(&mut self, role: Role, label: &str, text: &str) {
        self.harness.get_by_role_and_label(role, label).focus();
        self.harness.run_ok();
        self.harness.get_by_role_and_label(role, label).type_text(text);
        self.harness.run_ok();
    }

    /// Types wherever the focus is.
    pub fn type_text(&mut self, text: &str) {
        self.harness.event(egui::Event::Text(text.into()));
        self.harness.run_ok();
    }

    pub fn key(&mut self, key: Key) {
        self.harness.key_press(key);
        self.harness.run_ok();
    }

    pub fn keys(&mut self, modifiers: Modifiers, key: Key) {
        self.harness.key_press_modifiers(modifiers, key);
        self.harness.run_ok();
    }

    pub fn paste(&mut self, text: &str) {
        self.harness.event(egui::Event::Paste(text.into()));
        self.harness.run_ok();
    }

    /// Pastes this with the middle button into what has this role and label.
    pub fn middle_click(&mut self, role: Role, label: &str, text: &str) {
        let pos = self.harness.get_by_role_and_label(role, label).rect().center();
        self.harness.event(egui::Event::PointerMoved(pos));
        self.harness.run_ok();
        self.harness.event(egui::Event::MiddleClickPaste { pos, text: text.into() });
        self.harness.run_ok();
    }

    /// Whether what has this role and label can be used.
    #[track_caller]
    pub fn is_enabled(&self, role: Role, label: &str) -> bool {
        !self.harness.get_by_role_and_label(role, label).accesskit_node().is_disabled()
    }

    /// The window gets or loses the focus.
    pub fn focus_window(&mut self, focused: bool) {
        self.harness.input_mut().focused = focused;
        self.harness.event(egui::Event::WindowFocused(focused));
        self.harness.run_ok();
    }

    /// The label of what has the focus.
    pub fn focused(&self) -> Option<String> {
        let node = self.harness.root().children_recursive().find(|node| node.is_focused());
        node.and_then(|node| node.accesskit_node().label())
    }

    /// Everything that is written on the screen.
    pub fn texts(&self) -> Vec<String> {
        let nodes = self.harness.root().children_recursive();
        let text = |node: egui_kittest::Node<'_>| match node.accesskit_node() {
            node if node.role() == Role::Label => node.value(),
            node => node.label(),
        };
        nodes.filter_map(text).collect()
    }

    pub fn app(&self) -> &App {
        self.harness.state().as_ref().expect("built with the first frame")
    }

    /// What the page has told the window to do in the last frame.
    pub fn commands(&self) -> Vec<ViewportCommand> {
        let outputs = &self.harness.output().viewport_output;
        outputs.values().flat_map(|output| output.commands.clone()).collect()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        if let Some(app) = self.harness.state_mut() {
            app.leave();
        }
    }
}
