//! Going to places: rooms one is in already, rooms and people that are not in view, and
//! what was begun to be written in each of them.

#![allow(missing_docs)]

mod support;

use eframe::egui::Key;
use support::Screen;
use support::chat::{Owner, enter, register};
use support::server::Server;
use taifas_client::Place;

/// An account without a screen that is in these rooms.
fn account(server: &Server, name: &str, rooms: &[&str]) -> Owner {
    let mut owner = Owner::new(server.address, register(name));
    owner.live();
    for room in rooms {
        let place: Place = room.parse().unwrap();
        owner.client.join(room.parse().unwrap());
        owner.until(room, |owner| owner.model.at(&place).is_in());
    }
    owner
}

/// Opens the list of rooms to join.
fn rooms(screen: &mut Screen) {
    screen.press("Join…");
    screen.see_no("Asking which rooms there are…");
}

#[test]
fn who_joins_a_room_they_are_in_goes_there() {
    let server = Server::start();
    let mut ana = enter(server.address, "ana");
    let _eva = account(&server, "eva", &["#boats"]);
    rooms(&mut ana);
    assert!(ana.has("#boats, 1 person"), "{:?}", ana.texts());
    ana.press("#boats, 1 person");
    ana.see("Leave #boats");
    ana.see_no("Join a room");

    // From the list, which says so.
    rooms(&mut ana);
    assert!(ana.has("#boats, joined, 2 people") && ana.has("#lobby, joined, 2 people"));
    ana.press("#lobby, joined, 2 people");
    ana.see_no("Join a room");
    ana.see("Leave #lobby");
    assert_eq!(ana.focused().as_deref(), Some("Message"));

    // By its name, in any case.
    rooms(&mut ana);
    ana.type_text("#Boats");
    ana.key(Key::Enter);
    ana.see_no("Join a room");
    ana.see("Leave #boats");
    // And where one is already.
    rooms(&mut ana);
    ana.type_text("boats");
    ana.key(Key::Enter);
    ana.see_no("Join a room");
    assert_eq!(ana.focused().as_deref(), Some("Message"));
}
