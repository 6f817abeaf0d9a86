//! What looks like a command is not said to everybody: the hint below the box, and how
//! such a line is said all the same.

#![allow(missing_docs)]

mod support;

use eframe::egui::{Key, Modifiers};
use support::chat::{enter, other};
use support::server::Server;

#[test]
fn a_command_is_not_said_to_everybody() {
    let server = Server::start();
    let mut ana = enter(server.address, "ana");
    let mut ion = other(server.address, "ion");
    for (line, hint) in [
        ("/tell eva the key is under the mat", "To write to eva alone, press Ctrl+K"),
        ("/MSG eva it is 1234", "To write to eva alone, press Ctrl+K"),
        ("/w eva hi", "To write to eva alone, press Ctrl+K"),
        ("/join #garden", "To join #garden, press Ctrl+K"),
        ("/login ana correct horse", "To change your password, open the menu with F10"),
    ] {
        ana.write(line);
        ana.key(Key::Enter);
        assert_eq!(ana.draft(), line, "nothing is lost");
        assert!(ana.has_part("everybody in #lobby would have read it"), "{:?}", ana.texts());
        assert!(ana.has_part(hint), "{line}: {:?}", ana.texts());
        // Whoever presses Enter once more in a hurry gives nothing away.
        ana.key(Key::Enter);
        ana.press("Send");
        assert_eq!(ana.draft(), line);
        assert_eq!(ana.focused().as_deref(), Some("Message"));
        ana.command(Key::A);
        ana.key(Key::Backspace);
        assert!(!ana.has_part("would have read it"), "until it is changed");
    }
    ana.say("nothing before this");
    ion.has("nothing before this");
    assert_eq!(ion.texts(), ["nothing before this"]);
}

#[test]
fn a_line_that_only_begins_with_a_slash_is_said() {
    let server = Server::start();
    let mut ana = enter(server.address, "ana");
    let mut ion = other(server.address, "ion");
    for line in ["/etc/passwd", "/shrug", "/", "/join/leave", "// list", "tell /join"] {
        ana.say(line);
        ion.has(line);
    }
    // With a space in front, anything is.
    ana.write("/join us");
    ana.key(Key::Enter);
    assert!(ana.has_part("To say it as it is, begin it with a space."), "{:?}", ana.texts());
    ana.key(Key::Home);
    ana.write(" ");
    ana.key(Key::Enter);
    ion.has(" /join us");
    assert_eq!(ana.draft(), "");
}

#[test]
fn one_line_of_several_is_enough() {
    let server = Server::start();
    let mut ana = enter(server.address, "ana");
    let mut ion = other(server.address, "ion");
    ana.write("first");
    ana.keys(Modifiers::SHIFT, Key::Enter);
    ana.write("/tell eva second");
    ana.key(Key::Enter);
    assert!(ana.has_part("Line 2 was not sent"), "{:?}", ana.texts());
    assert_eq!(ana.draft(), "first\n/tell eva second");
    ion.say("still quiet here");
    assert_eq!(ion.texts(), ["still quiet here"]);
}
