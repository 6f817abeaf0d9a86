//! The keys of the chat page: how one is taken, and the page that lists them.
//!
//! Every part of the page takes its keys here before the toolkit's fields see them, so
//! that a key means one thing.

use eframe::egui::{Context, Event, FocusDirection, Grid, Key, Modifiers, RichText, Ui};

use super::over;
use crate::theme::space;

/// Each key and what it does, as the list shows it.
const KEYS: [(&str, &str); 13] = [
    ("Enter", "Send"),
    ("Shift+Enter", "A new line, which becomes a message of its own"),
    ("Up, in an empty box", "Your last message once more"),
    ("Page Up, Page Down", "Older and newer messages"),
    ("Ctrl+K", "A room or a person, here or not: type a part of the name, then Enter"),
    ("Alt+Up, Alt+Down", "The room or talk above, the one below"),
    ("Alt+Shift+Up, Alt+Shift+Down", "The same, where something is new"),
    ("Ctrl+F", "Search"),
    ("Esc", "Back to the message box"),
    ("Tab, Shift+Tab", "The next thing, the one before"),
    ("Arrows", "Through people, emoji and menus; the menu key opens a name's menu"),
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

/// Whether this key was pressed together with Alt; `Some(true)` if Shift was, too.
pub fn take_alt(ui: &Ui, key: Key) -> Option<bool> {
    let shift = Modifiers::ALT | Modifiers::SHIFT;
    // With Shift first: without it, Shift would be let pass.
    let taken = ui.input_mut(|input| match input.consume_key(shift, key) {
        true => Some(true),
        false => input.consume_key(Modifiers::ALT, key).then_some(false),
    });
    if taken.is_some() {
        // Otherwise the arrow would move the focus, too.
        ui.memory_mut(|memory| memory.move_focus(FocusDirection::None));
    }
    taken
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
