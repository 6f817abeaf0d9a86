//! What can be done about somebody: the menu of a name.
//!
//! It says what was chosen; the page does it. What operators alone may do is offered to
//! everybody, since only the server knows who is one.

use eframe::egui::{Popup, Ui};
use taifas_client::Name;

/// What was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Speak to them here: the name into the message box.
    Address(Name),
    /// Talk with them alone.
    Talk(Name),
    /// An operator's order.
    Order(Kind, Name),
}

/// What operators can do about somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// They may read, but not speak.
    Mute,
    /// They may speak again.
    Unmute,
    /// They are shut out.
    Ban,
    /// They are sent out once.
    Kick,
    /// Who they are, and where from.
    Whois,
}

/// Shows the menu's entries.
pub fn menu(ui: &mut Ui, name: Name, is_me: bool) -> Option<Act> {
    let mut act = None;
    if !is_me && ui.button(format!("Write to {name}")).clicked() {
        act = Some(Act::Talk(name));
    }
    if ui.button("Put name in the box").clicked() {
        act = Some(Act::Address(name));
    }
    ui.menu_button("Operator", |ui| {
        for (text, kind) in [
            ("Mute…", Kind::Mute),
            ("Unmute", Kind::Unmute),
            ("Kick…", Kind::Kick),
            ("Ban…", Kind::Ban),
            ("Who is this", Kind::Whois),
        ] {
            if ui.button(text).clicked() {
                act = Some(Act::Order(kind, name));
            }
        }
    });
    if act.is_some() {
        // A click would close them; a key does not.
        Popup::close_all(ui.ctx());
    }
    act
}
