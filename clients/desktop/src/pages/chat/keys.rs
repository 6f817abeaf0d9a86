//! The keys of the chat page: how one is taken, and the page that lists them.
//!
//! Every part of the page takes its keys here before the toolkit's fields see them, so
//! that a key means one thing.

use eframe::egui::{Context, Event, Grid, Key, Modifiers, RichText, Ui};

use super::over;
use crate::theme::space;

/// Each key and what it does, as the list shows it.
const KEYS: [(&str, &str); 10] = [
    ("Enter", "Send"),
    ("Shift+Enter", "A new line, which becomes a message of its own"),
    ("Up, in an empty box", "Your last message once more"),
    ("Page Up, Page Down", "Older and newer messages"),
    ("Ctrl+K", "People: type a part of a name, then Enter"),
    ("Esc", "Back to the message box"),
    ("Tab, Shift+Tab", "The next thing, the one before"),
    ("Arrows", "Through people, emoji and menus"),
    ("F10", "The menu"),
    ("F1", "This list"),
];

/// Whether this key was pressed alone. Nobody else sees it then.
pub fn take(ui: &Ui, key: Key) -> bool {
    ui.input_mut(|input| {
        let before = input.events.len();
        // `consume_key` would take it with Shift held, too.
        input.events.retain(|event| {
            !matches!(event, Event::Key { key: pressed, pressed: true, modifiers, .. }
                if *pressed == key && modifiers.is_none())
        });
        input.events.len() < before
    })
}

/// The same together with Ctrl (Command on a Mac).
pub fn take_command(ui: &Ui, key: Key) -> bool {
    ui.input_mut(|input| input.consume_key(Modifiers::COMMAND, key))
}

/// Shows the list of keys. True once it is to be closed.
pub fn show(ctx: &Context, is_fresh: bool) -> bool {
    let modal = over::modal(ctx, "keys").show(ctx, |ui| {
        ui.label(RichText::new("Keyboard").heading());
        ui.add_space(space::S);
        Grid::new("list of keys").num_columns(2).spacing([space::L, space::XS]).show(ui, |ui| {
            for (key, what) in KEYS {
                ui.label(RichText::new(key).strong());
                ui.label(what);
                ui.end_row();
            }
        });
        ui.add_space(space::M);
        let close = ui.button("Close");
        if is_fresh {
            close.request_focus();
        }
        close.clicked()
    });
    modal.inner || modal.should_close()
}
