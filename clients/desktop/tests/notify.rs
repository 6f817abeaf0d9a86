//! What the desktop is told to show, and when: what is meant for somebody who does not
//! look, and nothing else.

#![allow(missing_docs)]

mod support;

use std::sync::mpsc::{self, Receiver};

use eframe::egui::accesskit::Role;
use support::Screen;
use support::chat::{enter, other};
use support::server::Server;
use taifas_desktop::notify::{Notification, Notifier};

/// Listens in the place of a desktop.
fn desktop(screen: &mut Screen) -> Receiver<Notification> {
    let (told, shown) = mpsc::channel();
    let notifier = Notifier::new(move |queue| {
        queue.into_iter().for_each(|notification| drop(told.send(notification)));
    });
    let state = screen.harness.state_mut();
    *state = state.take().map(|app| app.notifying(notifier));
    shown
}

fn shown(desktop: &Receiver<Notification>) -> (String, String) {
    let shown = desktop.recv_timeout(support::PATIENCE).expect("something to show");
    (shown.title, shown.text)
}

#[test]
fn a_mention_is_shown_while_nobody_looks() {
    let server = Server::start();
    let mut ana = enter(server.address, "ana");
    let desktop = desktop(&mut ana);
    let mut ion = other(server.address, "ion");
    ion.say("ana, you see this yourself");
    ana.until("said", |ana| ana.count("ana, you see this yourself") == 1);
    ana.focus_window(false);
    ion.say("this is for all");
    ion.say("ana: the boat <b>is</b> here");
    ana.until("said", |ana| ana.count("ana: the boat <b>is</b> here") == 1);
    // The first that was shown is the first that had to be.
    let told = ("ion in #lobby".to_owned(), "ana: the boat <b>is</b> here".to_owned());
    assert_eq!(shown(&desktop), told);

    ana.say("ana says ana");
    ana.press("Menu");
    ana.click(Role::CheckBox, "Notify me");
    assert!(!ana.app().desk().remembered.notify);
    ion.say("ana, not wanted");
    ana.until("said", |ana| ana.count("ana, not wanted") == 1);
    ana.press("Menu");
    ana.click(Role::CheckBox, "Notify me");
    ion.say("ana, wanted again");
    ana.until("said", |ana| ana.count("ana, wanted again") == 1);
    assert_eq!(shown(&desktop).1, "ana, wanted again");
    assert!(desktop.try_recv().is_err());
    assert_eq!(ana.app().title(), "(4) ana · taifas");
}
