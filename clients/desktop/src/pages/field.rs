//! Fields to type into, each with its label above and what is wrong with it right
//! below: for names, and for secrets, which are hidden unless the box is ticked.
//!
//! A field never checks anything; the page says what is wrong.

use eframe::egui::accesskit::Invalid;
use eframe::egui::{Event, Id, Key, Label, Response, TextEdit, Ui};

use super::{card, note};
use crate::secret::Secret;
use crate::theme::space;
use crate::words::Plain;

/// What stands below a field.
#[derive(Debug, Clone, Copy)]
pub enum Below<'a> {
    /// Nothing.
    Nothing,
    /// What is wanted.
    Hint(&'a str),
    /// What is wrong.
    Fault(&'a Plain),
}

impl<'a> Below<'a> {
    /// What is wrong, if anything is.
    pub fn fault(fault: &'a Option<Plain>) -> Below<'a> {
        fault.as_ref().map_or(Below::Nothing, Below::Fault)
    }

    /// What is wrong, or else what is wanted.
    pub fn fault_or(fault: &'a Option<Plain>, hint: &'a str) -> Below<'a> {
        fault.as_ref().map_or(Below::Hint(hint), Below::Fault)
    }
}

/// A line of text.
pub fn text(ui: &mut Ui, id: Id, label: &str, text: &mut String, below: Below<'_>) -> Response {
    field(ui, label, below, |ui| {
        let edit = TextEdit::singleline(text).id(id).desired_width(f32::INFINITY);
        ui.add(edit.char_limit(CHARS_MOST))
    })
}

/// A secret.
pub fn secret(ui: &mut Ui, id: Id, label: &str, secret: &mut Secret, below: Below<'_>) -> Response {
    field(ui, label, below, |ui| {
        without_line_breaks(ui, id);
        let is_hidden = !secret.is_shown();
        let edit = TextEdit::singleline(secret).id(id).desired_width(f32::INFINITY);
        let mut shown = edit.password(is_hidden).show(ui);
        // What could be undone would be kept; both handles are of one undoer.
        shown.state.clear_undoer();
        shown.response.response
    })
}

/// The box that shows the page's secrets as they are typed.
pub fn show_box(ui: &mut Ui, label: &str, secrets: &mut [&mut Secret]) {
    let mut is_shown = secrets.iter().any(|secret| secret.is_shown());
    card::tick(ui, &mut is_shown, label);
    secrets.iter_mut().for_each(|secret| secret.show(is_shown));
}

/// Whether the field was left with Enter.
pub fn entered(ui: &Ui, field: &Response) -> bool {
    field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter))
}

/// Gives the focus to the first of these fields that wants something, or else to the
/// last.
pub fn focus_first(ui: &Ui, fields: &[(Id, bool)]) {
    let first = fields.iter().find(|(_, wants)| *wants).or(fields.last());
    if let Some((id, _)) = first {
        ui.memory_mut(|memory| memory.request_focus(*id));
    }
}

/// Longer than any name or address, and short enough to be laid out each frame.
const CHARS_MOST: usize = 256;

fn field(
    ui: &mut Ui,
    label: &str,
    below: Below<'_>,
    edit: impl FnOnce(&mut Ui) -> Response,
) -> Response {
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = space::XS;
        let label = ui.add(Label::new(label).selectable(false));
        let response = edit(ui).labelled_by(label.id);
        card::follow(&response);
        let remark = match below {
            Below::Nothing => None,
            Below::Hint(hint) => Some(card::remark(ui, hint)),
            Below::Fault(fault) => Some(note::fault(ui, fault)),
        };
        let is_wrong = matches!(below, Below::Fault(_));
        ui.ctx().accesskit_node_builder(response.id, |node| {
            if let Some(remark) = remark {
                node.push_described_by(remark.id.accesskit_id());
            }
            if is_wrong {
                node.set_invalid(Invalid::True);
            }
        });
        response
    })
    .inner
}

/// The field would make spaces of pasted line breaks, which would then be part of the
/// secret without anybody seeing them.
fn without_line_breaks(ui: &Ui, id: Id) {
    pastes(ui, id, |text| {
        text.retain(|char| !char.is_control());
        true
    });
}

/// Changes what is about to be pasted into this field, and takes away what it says no
/// to: by keys where the focus is, by the middle button where the pointer is.
pub fn pastes(ui: &Ui, id: Id, mut may: impl FnMut(&mut String) -> bool) {
    let has_focus = ui.memory(|memory| memory.has_focus(id));
    let is_pointed_at = ui.ctx().read_response(id).is_some_and(|known| known.contains_pointer());
    ui.input_mut(|input| {
        input.events.retain_mut(|event| match event {
            Event::Paste(text) if has_focus => may(text),
            Event::MiddleClickPaste { text, .. } if is_pointed_at => may(text),
            _ => true,
        });
    });
}
