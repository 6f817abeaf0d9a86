//! A field for a password: what is typed is held in wiped memory and handed over once.

use eframe::egui::text_edit::TextEditState;
use eframe::egui::{Response, TextEdit, Ui};
use taifas_client::{BadPassword, Password};
use zeroize::Zeroizing;

/// One password as it is typed.
#[derive(Default)]
pub(super) struct Field {
    typed: Zeroizing<String>,
}

impl Field {
    /// Shows the field under its label; in clear if `is_shown`.
    pub(super) fn show(&mut self, ui: &mut Ui, label: &str, is_shown: bool) -> Response {
        let label = ui.label(label);
        let edit =
            TextEdit::singleline(&mut *self.typed).password(!is_shown).desired_width(f32::INFINITY);
        let response = edit.show(ui).response.response.labelled_by(label.id);
        // Its memory of what was typed before would not be wiped.
        if let Some(mut state) = TextEditState::load(ui.ctx(), response.id) {
            state.clear_undoer();
            state.store(ui.ctx(), response.id);
        }
        response
    }

    pub(super) fn is_empty(&self) -> bool {
        self.typed.is_empty()
    }

    /// Whether both hold the same.
    pub(super) fn is_same(&self, other: &Field) -> bool {
        *self.typed == *other.typed
    }

    /// Hands it over, and is empty.
    pub(super) fn take(&mut self) -> Result<Password, BadPassword> {
        Password::new(&std::mem::take(&mut self.typed))
    }
}
