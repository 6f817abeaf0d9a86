//! The server's terms, in a box that scrolls: by wheel, and by keyboard once it has the
//! focus.
//!
//! Shows what the lookout has found; where it has found none, why, and what to do.

use eframe::egui::accesskit::Role;
use eframe::egui::{
    EventFilter, Id, Key, Label, Modifiers, ScrollArea, Sense, Stroke, StrokeKind, Ui, vec2,
};

use super::{card, note};
use crate::lookout::Sight;
use crate::theme;

/// Shows the terms, or why they are not there. True if they are to be looked for again.
pub fn show(ui: &mut Ui, sight: &Sight) -> bool {
    let palette = theme::palette(ui);
    match sight {
        Sight::Answers(terms) => {
            text(ui, &terms.lines);
            false
        }
        Sight::Unknown | Sight::Asked => {
            note::say(ui, &crate::words::Plain::own("Reading the terms…"), palette.muted);
            false
        }
        Sight::Untrusted { .. } => {
            let text = "The terms come from the server, which you do not trust yet. Go back to \
                        the first page to decide.";
            note::say(ui, &crate::words::Plain::own(text), palette.error);
            false
        }
        Sight::Silent(why) | Sight::Refuses(why) => {
            note::say(ui, why, palette.error);
            card::remark(
                ui,
                "The terms come from the server; they are read as soon as it answers.",
            );
            card::secondary(ui, "Try again").clicked()
        }
    }
}

fn text(ui: &mut Ui, lines: &[String]) {
    let palette = theme::palette(ui);
    let id = Id::unique("the terms");
    let frame = card::surface(ui).inner_margin(theme::space::S as i8);
    let shown = frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        let area = ScrollArea::vertical().id_salt(id).max_height(theme::TERMS_HEIGHT);
        area.auto_shrink([false, true]).show(ui, |ui| {
            let by = keys(ui, id);
            if by != 0.0 {
                ui.scroll_with_delta(vec2(0.0, by));
            }
            for paragraph in paragraphs(lines) {
                ui.add(Label::new(paragraph).wrap());
            }
        });
    });
    let response = ui.interact(shown.response.rect, id, Sense::focusable_noninteractive());
    ui.ctx().accesskit_node_builder(id, |node| {
        node.set_role(Role::Document);
        node.set_label("The server's terms");
    });
    card::follow(&response);
    if response.has_focus() {
        let stroke = Stroke::new(theme::FOCUS_WIDTH, palette.accent);
        ui.painter().rect_stroke(response.rect, theme::CORNER, stroke, StrokeKind::Outside);
    }
}

/// How far the keys scroll it, while it has the focus.
fn keys(ui: &Ui, id: Id) -> f32 {
    if !ui.memory(|memory| memory.has_focus(id)) {
        return 0.0;
    }
    // Or the arrows would move the focus.
    let arrows = EventFilter { vertical_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(id, arrows));
    let line = theme::TEXT_SIZE * theme::LINE_HEIGHT;
    let page = theme::TERMS_HEIGHT - line;
    let steps = [
        (Key::ArrowUp, line),
        (Key::ArrowDown, -line),
        (Key::PageUp, page),
        (Key::PageDown, -page),
        (Key::Space, -page),
        (Key::Home, ALL),
        (Key::End, -ALL),
    ];
    ui.input_mut(|input| {
        let times =
            steps.map(|(key, by)| input.count_and_consume_key(Modifiers::NONE, key) as f32 * by);
        times.iter().sum()
    })
}

/// The lines are as long as a terminal is wide, which the box is not. One that begins
/// with a small letter goes on with a sentence; any other stands by itself.
fn paragraphs(lines: &[String]) -> Vec<String> {
    let mut paragraphs: Vec<String> = Vec::new();
    for line in lines {
        let goes_on = line.starts_with(char::is_lowercase);
        match paragraphs.last_mut().filter(|last| goes_on && !last.is_empty()) {
            Some(last) => *last = format!("{last} {line}"),
            None => paragraphs.push(line.clone()),
        }
    }
    paragraphs
}

/// Further than any terms are long; the area stops at its end.
const ALL: f32 = 1e6;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_go_on_and_lists_do_not() {
        let lines = ["Be kind to", "each other.", "", "at the start", "1. Rule", "- one", "Two"];
        let wanted = ["Be kind to each other.", "", "at the start", "1. Rule", "- one", "Two"];
        assert_eq!(paragraphs(&lines.map(String::from)), wanted);
        assert!(paragraphs(&[]).is_empty());
    }
}
