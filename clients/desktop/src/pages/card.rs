//! The card of the pages before the chat: one column in the middle of the window, with
//! a title, its buttons, and whatever the page puts between.
//!
//! Only looks; what a button does is the page's. In a window that is too low for it the
//! card scrolls, and follows the keyboard's focus.

use eframe::egui::accesskit::Role;
use eframe::egui::{
    Align, Button, CentralPanel, Frame, Key, Label, Layout, Modifiers, Response, RichText,
    ScrollArea, Stroke, StrokeKind, Ui,
};

use crate::theme::{self, space};

/// Shows the card, with this title.
pub fn show<R>(ui: &mut Ui, title: &str, content: impl FnOnce(&mut Ui) -> R) -> R {
    let palette = theme::palette(ui);
    let panel = CentralPanel::default().frame(Frame::new().fill(palette.ground));
    panel
        .show(ui, |ui| {
            let room = ui.available_height();
            let area = ScrollArea::vertical().auto_shrink(false).id_salt(title);
            let style = ui.style().clone();
            theme::scroll_bar_beside(ui);
            area.show(ui, |ui| {
                ui.set_style(style);
                in_the_middle(ui, room, title, content)
            })
            .inner
        })
        .inner
}

/// In the middle of the window by its height in the last frame; the first one is
/// painted twice to find that out.
fn in_the_middle<R>(ui: &mut Ui, room: f32, title: &str, content: impl FnOnce(&mut Ui) -> R) -> R {
    let id = ui.scope_id().with("height");
    let height: Option<f32> = ui.data(|data| data.get_temp(id));
    ui.add_space(((room - height.unwrap_or(room)) / 2.0).max(space::S).round());
    let shown = ui.vertical_centered(|ui| {
        ui.set_max_width(theme::CARD_WIDTH);
        surface(ui).show(ui, |ui| {
            ui.with_layout(Layout::top_down(Align::Min), |ui| {
                ui.set_width(ui.available_width());
                heading(ui, title);
                content(ui)
            })
            .inner
        })
    });
    ui.add_space(space::S);
    let frame = shown.inner;
    let now = frame.response.rect.height();
    if height.is_none_or(|height| (height - now).abs() > 0.5) {
        ui.data_mut(|data| data.insert_temp(id, now));
        match height {
            None => ui.ctx().request_discard("the card's height was not known"),
            Some(_) => ui.ctx().request_repaint(),
        }
    }
    frame.inner
}

/// A surface that stands out from the ground.
pub fn surface(ui: &Ui) -> Frame {
    let palette = theme::palette(ui);
    Frame::new()
        .fill(palette.surface)
        .stroke(Stroke::new(1.0, palette.line))
        .corner_radius(theme::CORNER)
        .inner_margin(theme::margin())
}

/// The title of a page or a question.
pub fn heading(ui: &mut Ui, title: &str) {
    let response = ui.add(Label::new(RichText::new(title).heading()).selectable(false));
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_role(Role::Heading);
        node.set_label(title);
    });
}

/// A remark in small grey letters.
pub fn remark(ui: &mut Ui, text: &str) -> Response {
    let text = RichText::new(text).font(theme::small()).color(theme::palette(ui).muted);
    ui.add(Label::new(text).wrap())
}

/// The one button that does what the page is for.
pub fn primary(ui: &mut Ui, text: &str) -> Response {
    let palette = theme::palette(ui);
    let text = RichText::new(text).color(palette.on_accent);
    let response = wide(ui, Button::new(text).fill(palette.accent));
    if response.has_focus() {
        // Its own frame has the accent already.
        let stroke = Stroke::new(theme::FOCUS_WIDTH, palette.text);
        ui.painter().rect_stroke(response.rect, theme::CORNER, stroke, StrokeKind::Outside);
    }
    response
}

/// Another button, as wide as the card.
pub fn secondary(ui: &mut Ui, text: &str) -> Response {
    wide(ui, Button::new(text))
}

fn wide(ui: &mut Ui, button: Button<'_>) -> Response {
    let response = ui.vertical_centered_justified(|ui| ui.add(button)).inner;
    follow(&response);
    response
}

/// A box to tick.
pub fn tick(ui: &mut Ui, is_ticked: &mut bool, text: &str) -> Response {
    let palette = theme::palette(ui);
    let response = ui.scope(|ui| {
        // It is small: the thin line of a field would not be seen.
        ui.visuals_mut().widgets.inactive.bg_stroke = Stroke::new(1.0, palette.muted);
        ui.checkbox(is_ticked, text)
    });
    follow(&response.inner);
    response.inner
}

/// Words that lead to another page.
pub fn link(ui: &mut Ui, text: &str) -> Response {
    let response = ui.link(text);
    follow(&response);
    response
}

/// Keeps what has got the focus in view.
pub fn follow(response: &Response) {
    if response.gained_focus() {
        response.scroll_to_me(None);
    }
}

/// Whether Escape was pressed, for the page alone.
pub fn escaped(ui: &Ui) -> bool {
    ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape))
}
