//! The message box: a field that grows, the emoji list, Send, and a line below that
//! says what is wrong or how much room is left.
//!
//! It keeps what was typed until the client library has taken it, whatever becomes of
//! the connection. The chat page shows it, and asks before a great many messages go.

use eframe::egui::accesskit::Live;
use eframe::egui::text::{CCursor, CCursorRange};
use eframe::egui::text_edit::TextEditState;
use eframe::egui::{
    Button, Context, Event, FocusDirection, Frame, Id, Key, KeyboardShortcut, Label, Margin,
    Modifiers, Popup, RichText, ScrollArea, TextBuffer, TextEdit, Ui, Vec2, vec2,
};
use taifas_client::{At, Client, Delivery, OWN_MOST, Place};

use super::draft::{self, Room};
use super::{command, emoji, keys};
use crate::pages::field;
use crate::theme::{self, space};

/// The field grows up to so many rows; then it scrolls.
const ROWS_MOST: f32 = 5.0;

/// The message box.
#[derive(Default)]
pub struct Composer {
    text: String,
    /// Why it was not sent; until it is changed.
    trouble: Option<String>,
    /// The focus is to come here as soon as it may.
    wants_focus: bool,
    picker: emoji::Picker,
}

impl Composer {
    /// Shows it. True if what was written is to be sent.
    pub fn show(&mut self, ui: &mut Ui, place: At<'_>) -> bool {
        // Before the focus may come here: the Enter that chose a name elsewhere must not
        // send what that name was put into.
        let enter = self.keys(ui, place);
        let had_focus = self.take_focus(ui);
        let mut send = false;
        ui.horizontal_top(|ui| {
            let button = vec2(theme::BUTTON_WIDTH, ui.spacing().interact_size.y);
            let buttons = 2.0 * (button.x + ui.spacing().item_spacing.x);
            // A window can be narrower than its buttons, whatever is asked for.
            let height = self.field(ui, (ui.available_width() - buttons).max(0.0), place.place());
            let top = Margin { top: (height - button.y).max(0.0) as i8, ..Margin::ZERO };
            Frame::NONE.inner_margin(top).show(ui, |ui| send = self.buttons(ui, button));
        });
        if had_focus && ui.memory(|memory| memory.has_focus(Composer::id())) {
            self.wants_focus = false;
        }
        self.below(ui);
        send || (enter && self.can_send())
    }

    /// What is written, as messages.
    pub fn lines(&self) -> Vec<&str> {
        draft::lines(&self.text)
    }

    /// Hands all of it to the client, or nothing and says why. True if it was taken.
    pub fn send(&mut self, ctx: &Context, client: &Client, place: At<'_>) -> bool {
        let lines = self.lines();
        let unsent = |delivery: &Delivery| !matches!(delivery, Delivery::Stored(_));
        let waiting = place.pending().iter().filter(|own| unsent(&own.delivery)).count();
        let mut trouble =
            draft::trouble(&lines).or_else(|| command::trouble(&lines, place.place()));
        if waiting + lines.len() > OWN_MOST {
            trouble = Some(draft::plain(taifas_client::BadText::TooMany).into());
        }
        let mut said = 0;
        while trouble.is_none() && said < lines.len() {
            match client.say(&place.place(), lines[said]) {
                Ok(_) => said += 1,
                Err(why) => trouble = Some(draft::plain(why).into()),
            }
        }
        // Normally all of it or nothing; what the client refuses after all stays.
        let left = lines[said..].join("\n");
        self.trouble = trouble;
        if said > 0 {
            self.put(ctx, left);
        }
        self.trouble.is_none()
    }

    /// Puts the focus here.
    pub fn focus(&mut self) {
        self.wants_focus = true;
    }

    /// Whether the focus is to come here: where there is no box, something else has it.
    pub fn focus_wish(&mut self) -> &mut bool {
        &mut self.wants_focus
    }

    /// Speaks to somebody: the name at the cursor, as one writes it there.
    pub fn address(&mut self, ctx: &Context, name: &str) {
        let is_first = self.text.trim().is_empty();
        self.insert(ctx, &if is_first { format!("{name}: ") } else { format!("{name} ") });
        self.focus();
    }

    /// Puts this in at the cursor.
    pub fn insert(&mut self, ctx: &Context, what: &str) {
        let mut state = TextEditState::load(ctx, Composer::id()).unwrap_or_default();
        let end = CCursorRange::one(CCursor::end_of_str(&self.text));
        let range = state.cursor.char_range().unwrap_or(end);
        let mut at = self.text.delete_selected(&range);
        self.text.insert_text_at(&mut at, what, usize::MAX);
        state.cursor.set_char_range(Some(CCursorRange::one(at)));
        state.store(ctx, Composer::id());
        self.trouble = None;
        ctx.request_repaint();
    }

    /// Puts this draft in place of what is written, which is given back.
    pub fn exchange(&mut self, ctx: &Context, draft: String) -> String {
        let before = std::mem::take(&mut self.text);
        self.trouble = None;
        self.put(ctx, draft);
        before
    }

    /// Replaces what is written; the cursor is behind it.
    fn put(&mut self, ctx: &Context, text: String) {
        self.text = text;
        let mut state = TextEditState::default();
        let end = CCursorRange::one(CCursor::end_of_str(&self.text));
        state.cursor.set_char_range(Some(end));
        state.store(ctx, Composer::id());
        ctx.request_repaint();
    }

    /// A field loses its focus to the click that pressed something else, and may not
    /// have it at once behind something that was over the page: so it is asked for until
    /// it has stayed for a frame. Says whether it was here before.
    fn take_focus(&self, ui: &Ui) -> bool {
        let id = Composer::id();
        let had_focus = ui.memory(|memory| memory.has_focus(id));
        if self.wants_focus {
            // An arrow that came with it would lead away again: until it has stayed for a
            // frame, the toolkit does not know that arrows are the field's own.
            let tabs = ui.input(|input| input.key_pressed(Key::Tab));
            ui.memory_mut(|memory| {
                memory.request_focus(id);
                if !tabs {
                    memory.move_focus(FocusDirection::None);
                }
            });
            ui.request_repaint();
        }
        had_focus
    }

    fn id() -> Id {
        Id::unique("message box")
    }

    fn can_send(&self) -> bool {
        !self.lines().is_empty() && !matches!(draft::room(&self.text), Room::Over(_))
    }

    /// What the field must not see, or not as it is. True if Enter sends.
    fn keys(&mut self, ui: &Ui, place: At<'_>) -> bool {
        let focused = ui.memory(|memory| memory.focused());
        let types = |event: &Event| matches!(event, Event::Text(_) | Event::Paste(_));
        let is_free = focused.is_none() && !Popup::is_any_open(ui.ctx());
        if is_free && ui.is_enabled() && ui.input(|input| input.events.iter().any(types)) {
            ui.memory_mut(|memory| memory.request_focus(Composer::id()));
        }
        let mut room = draft::DRAFT_BYTES.saturating_sub(self.text.len());
        let mut is_too_much = false;
        field::pastes(ui, Composer::id(), |text| {
            *text = draft::cleaned(text);
            match room.checked_sub(text.len()) {
                Some(left) => room = left,
                None => is_too_much = true,
            }
            !is_too_much
        });
        if is_too_much {
            self.trouble = Some(draft::TOO_MUCH.into());
        }
        if !ui.memory(|memory| memory.has_focus(Composer::id())) {
            return false;
        }
        if self.text.is_empty()
            && keys::take(ui, Key::ArrowUp)
            && let Some(last) = last_own(place)
        {
            self.put(ui.ctx(), last);
        }
        // An Enter behind a Tab is for where that leads, also if both came in one frame.
        !ui.input(|input| input.key_pressed(Key::Tab)) && keys::take(ui, Key::Enter)
    }

    /// Beside the last row of the field. True if Send was pressed.
    fn buttons(&mut self, ui: &mut Ui, size: Vec2) -> bool {
        ui.horizontal_top(|ui| {
            let list = ui.add_sized(size, Button::new("Emoji"));
            if let Some(emoji) = self.picker.show(&list) {
                self.insert(ui.ctx(), emoji);
            }
            ui.add_enabled_ui(self.can_send(), |ui| {
                ui.add_sized(size, Button::new("Send")).clicked()
            })
            .inner
        })
        .inner
    }

    /// Shows the field. Says how high it is.
    fn field(&mut self, ui: &mut Ui, width: f32, place: Place) -> f32 {
        let row = ui.fonts_mut(|fonts| fonts.row_height(&theme::text()));
        let edit = TextEdit::multiline(&mut self.text)
            .id(Composer::id())
            .hint_text(format!("Message {place}"))
            .desired_rows(1)
            .desired_width(f32::INFINITY)
            .min_size(vec2(0.0, ui.spacing().interact_size.y))
            .return_key(KeyboardShortcut::new(Modifiers::SHIFT, Key::Enter));
        let most = row * ROWS_MOST + 2.0 * space::S;
        let scroll = ScrollArea::vertical().id_salt("message box").max_height(most);
        let shown = ui.allocate_ui(vec2(width, most), |ui| {
            ui.set_width(width);
            scroll.min_scrolled_height(0.0).show(ui, |ui| {
                let response = edit.show(ui).response.response;
                response.accessible_name("Message").changed()
            })
        });
        if shown.inner.inner {
            self.trouble = None;
        }
        shown.response.rect.height()
    }

    /// What is wrong, or how much room is left.
    fn below(&self, ui: &mut Ui) {
        let palette = theme::palette(ui);
        let (text, colour) = match (&self.trouble, draft::room(&self.text)) {
            (_, Room::Over(over)) => {
                let why = draft::trouble(&self.lines()).unwrap_or_default();
                (format!("{over} too many. {why}"), palette.error)
            }
            (Some(trouble), _) => (trouble.clone(), palette.error),
            (None, Room::Left(left)) => (format!("{left} left"), palette.muted),
            (None, Room::Enough) => return,
        };
        let label = ui.add(Label::new(RichText::new(text).small().color(colour)).wrap());
        if self.trouble.is_some() {
            ui.ctx().accesskit_node_builder(label.id, |node| node.set_live(Live::Polite));
        }
    }
}

/// What we have said last, to be said once more.
fn last_own(place: At<'_>) -> Option<String> {
    let waiting = place.pending().last().map(|own| own.text.to_string());
    let said = || place.messages().iter().rev().find(|message| place.is_mine(message));
    waiting.or_else(|| said().map(|message| message.text.to_string()))
}
