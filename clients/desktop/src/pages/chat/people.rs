//! Who is here: a list that can be filtered and walked through by keys.
//!
//! It says whose name was chosen; what is done with it is the page's. Only the rows in
//! view are made, so that a full room costs no more than a small one.

use eframe::egui::{
    Align, Button, FocusDirection, Key, Label, Layout, Popup, PopupCloseBehavior, Response,
    RichText, ScrollArea, TextEdit, Ui, containers::menu::MenuButton, vec2,
};
use taifas_client::{At, Name};

use super::keys;
use super::person::{self, Act};
use crate::theme::{self, space};

/// The list of people.
#[derive(Default)]
pub struct People {
    /// A part of the names to be shown.
    filter: String,
    /// The field of the filter is to have the focus.
    wants_filter: bool,
    /// The row that has the focus.
    at: Option<Name>,
    /// The row that is to have it.
    wants_row: Option<Name>,
    /// Where the list is scrolled to, and how high it is.
    view: (f32, f32),
    /// In a narrow window: whether it is unfolded.
    is_unfolded: bool,
}

impl People {
    /// Shows the whole list. Says what was chosen about whom.
    pub fn show(&mut self, ui: &mut Ui, place: At<'_>) -> Option<Act> {
        self.is_unfolded = false;
        ui.label(RichText::new(title(place)).strong());
        self.list(ui, place)
    }

    /// Shows a button, and the list behind it while it is unfolded.
    pub fn show_folded(&mut self, ui: &mut Ui, place: At<'_>) -> Option<Act> {
        let button = ui.button(title(place));
        if button.clicked() {
            self.is_unfolded = !self.is_unfolded;
            self.wants_filter = self.is_unfolded;
        }
        let mut is_unfolded = self.is_unfolded;
        let chosen = Popup::from_response(&button)
            .open_bool(&mut is_unfolded)
            .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
            .accessible_name("People")
            .show(|ui| {
                ui.set_width(theme::SIDE_WIDTH);
                ui.set_max_height(theme::POPUP_HEIGHT);
                self.list(ui, place)
            });
        let chosen = chosen.and_then(|chosen| chosen.inner);
        self.is_unfolded = is_unfolded && chosen.is_none();
        chosen
    }

    fn list(&mut self, ui: &mut Ui, place: At<'_>) -> Option<Act> {
        let filter = self.filter.trim().to_ascii_lowercase();
        let holds = |name: &&Name| name.as_str().to_ascii_lowercase().contains(&filter);
        let names: Vec<Name> = place.people().iter().filter(holds).copied().collect();
        let chosen = self.filter_field(ui, &names).map(Act::Address);
        // While we are not there ourselves nobody is known to be.
        if names.is_empty() && !filter.is_empty() {
            let text = RichText::new("Nobody here has such a name").small();
            ui.add(Label::new(text.color(theme::palette(ui).muted)).wrap());
        }
        let row = ui.spacing().interact_size.y;
        let gap = ui.spacing().item_spacing.y;
        let mut scroll = ScrollArea::vertical().id_salt("people").auto_shrink([false, true]);
        if let Some(offset) = self.walk(ui, &names, row + gap) {
            scroll = scroll.vertical_scroll_offset(offset);
        }
        let mut clicked = None;
        self.at = None;
        let shown = scroll.show_rows(ui, row, names.len(), |ui, rows| {
            for name in &names[rows] {
                clicked = self.row(ui, *name, place.me() == Some(*name)).or(clicked);
            }
        });
        self.view = (shown.state.clamped_offset().y, shown.inner_rect.height());
        let chosen = chosen.or(clicked);
        if chosen.is_some() {
            self.filter.clear();
        }
        chosen
    }

    /// Enter there chooses the first of the names that are left; Down goes to them.
    fn filter_field(&mut self, ui: &mut Ui, names: &[Name]) -> Option<Name> {
        let edit = TextEdit::singleline(&mut self.filter).desired_width(f32::INFINITY);
        let response = edit.hint_text("Find a name").show(ui).response.response;
        let response = response.accessible_name("Find a name");
        if std::mem::take(&mut self.wants_filter) {
            response.request_focus();
            self.wants_filter = ui.is_sizing_pass();
        }
        if response.has_focus() && keys::take(ui, Key::ArrowDown) {
            self.wants_row = names.first().copied();
            ui.request_repaint();
        }
        let entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        names.first().copied().filter(|_| entered)
    }

    /// Follows the arrows, which may lead to a row that is not in view. Says where the
    /// list must be scrolled to then.
    fn walk(&mut self, ui: &Ui, names: &[Name], row: f32) -> Option<f32> {
        let at = self.at.and_then(|at| names.iter().position(|name| *name == at));
        if let Some(at) = at {
            let to = match () {
                () if keys::take(ui, Key::ArrowDown) => Some(at + 1),
                () if keys::take(ui, Key::ArrowUp) => at.checked_sub(1),
                () => return None,
            };
            // Otherwise the arrow would be followed a second time, by the toolkit.
            ui.memory_mut(|memory| memory.move_focus(FocusDirection::None));
            self.wants_filter = to.is_none();
            self.wants_row = to.and_then(|to| names.get(to)).copied().or(self.wants_row);
            ui.request_repaint();
        }
        let to = names.iter().position(|name| Some(*name) == self.wants_row)?;
        let (top, (offset, height)) = (to as f32 * row, self.view);
        if top < offset {
            return Some(top);
        }
        (top + row > offset + height).then_some((top + row - height).max(0.0))
    }

    fn row(&mut self, ui: &mut Ui, name: Name, is_me: bool) -> Option<Act> {
        // An id of its own: the row keeps the focus while others come and go.
        ui.push_id(name.as_str(), |ui| {
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = space::XS;
                let height = ui.spacing().interact_size.y;
                let width = ui.available_width() - theme::MORE_WIDTH - space::XS;
                let (rest, left) = (vec2(width, height), Layout::top_down(Align::Min));
                let row = ui.allocate_ui_with_layout(rest, left, |ui| self.name(ui, name, is_me));
                let row = row.inner;
                let mut act = row.clicked().then_some(Act::Address(name));
                row.context_menu(|ui| act = person::menu(ui, name, is_me).or(act));
                // As wide as was left for it: a wider one would widen the whole list.
                ui.spacing_mut().button_padding.x = 0.0;
                let dots = Button::new("…").frame_when_inactive(false);
                let dots = dots.min_size(vec2(theme::MORE_WIDTH, height));
                let (more, menu) =
                    MenuButton::from_button(dots).ui(ui, |ui| person::menu(ui, name, is_me));
                let more = more.accessible_name(format!("More about {name}"));
                if row.has_focus() && keys::take(ui, Key::Menu) {
                    Popup::open_id(ui.ctx(), Popup::default_response_id(&more));
                    more.request_focus();
                }
                menu.and_then(|menu| menu.inner).or(act)
            })
            .inner
        })
        .inner
    }

    fn name(&mut self, ui: &mut Ui, name: Name, is_me: bool) -> Response {
        let palette = theme::palette(ui);
        let text = RichText::new(name.as_str()).color(palette.name(name.as_str()));
        let you = RichText::new("you").small().color(palette.muted);
        let button = if is_me { Button::new((text, you)) } else { Button::new(text) };
        let size = vec2(ui.available_width(), ui.spacing().interact_size.y);
        ui.spacing_mut().button_padding.x = space::S;
        let response = ui.add(button.frame_when_inactive(false).min_size(size).truncate());
        let called = if is_me { format!("{name}, you") } else { name.to_string() };
        let response = response.accessible_name(called);
        if self.wants_row.take_if(|wanted| *wanted == name).is_some() {
            response.request_focus();
        }
        if response.has_focus() {
            self.at = Some(name);
        }
        response
    }
}

fn title(place: At<'_>) -> String {
    format!("People ({})", place.people().len())
}
