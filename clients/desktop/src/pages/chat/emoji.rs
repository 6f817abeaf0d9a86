//! The emoji list: a button, and above it a grid to pick from, by mouse or by keys.
//!
//! What it offers stands in `assets/emoji.txt`, from which the bundled font is made,
//! too. It hands over what was picked and knows nothing of where that goes; the message
//! box asks it.

use std::ops::Range;
use std::sync::LazyLock;

use eframe::egui::{
    self, Button, FocusDirection, Id, Key, Popup, PopupCloseBehavior, RectAlign, Response,
    RichText, ScrollArea, Ui,
};

use super::keys;
use crate::theme::{self, space};

/// The list, as the font was made from it.
const LIST: &str = include_str!("../../../assets/emoji.txt");

/// The group that is in the font and not offered: others may type it.
const NOT_OFFERED: &str = "-";

/// How many stand side by side.
const COLUMNS: usize = 8;

/// What the picker offers.
static OFFERED: LazyLock<Offered> = LazyLock::new(|| Offered::read(LIST));

/// One that can be picked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Emoji {
    /// Its characters; often one, sometimes two.
    pub text: &'static str,
    /// What it is called.
    pub name: &'static str,
}

/// What can be picked, in groups.
struct Offered {
    all: Vec<Emoji>,
    /// Their names, and which of all they are.
    groups: Vec<(&'static str, Range<usize>)>,
    /// Each line of the grid, from the top.
    lines: Vec<Range<usize>>,
}

/// The button and the grid.
#[derive(Default)]
pub struct Picker {
    is_open: bool,
    grid: Grid,
}

/// The grid, from one frame to the next.
#[derive(Default)]
struct Grid {
    /// The one that was picked last, or else the first: it gets the focus at first.
    at: usize,
    wants_focus: bool,
    /// The one that has the focus.
    held: Option<usize>,
    /// What they were called by the toolkit in the last frame.
    ids: Vec<Id>,
}

impl Picker {
    /// Shows the grid while it is open, which its button changes. Says what was picked;
    /// it stays open for more.
    pub fn show(&mut self, button: &Response) -> Option<&'static str> {
        if button.clicked() {
            self.is_open = !self.is_open;
            self.grid.wants_focus = self.is_open;
        }
        let picked = Popup::from_response(button)
            .open_bool(&mut self.is_open)
            .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
            .align(RectAlign::TOP_END)
            .gap(space::S)
            .accessible_name("Emoji list")
            .show(|ui| self.grid.show(ui));
        picked.and_then(|picked| picked.inner)
    }
}

impl Grid {
    fn show(&mut self, ui: &mut Ui) -> Option<&'static str> {
        self.walk(ui);
        self.ids.clear();
        ui.spacing_mut().item_spacing = egui::vec2(space::XS, space::XS);
        let width = COLUMNS as f32 * (ui.spacing().interact_size.y + space::XS) + space::L;
        ui.set_width(width);
        let mut picked = None;
        ScrollArea::vertical().max_height(theme::POPUP_HEIGHT).show(ui, |ui| {
            for (group, range) in &OFFERED.groups {
                ui.label(RichText::new(*group).small().color(theme::palette(ui).muted));
                for line in OFFERED.lines.iter().filter(|line| range.contains(&line.start)) {
                    ui.horizontal(|ui| picked = picked.or(self.line(ui, line.clone())));
                }
            }
        });
        picked
    }

    fn line(&mut self, ui: &mut Ui, line: Range<usize>) -> Option<&'static str> {
        let mut picked = None;
        for (emoji, number) in OFFERED.all[line.clone()].iter().zip(line) {
            let response = one(ui, emoji);
            if self.wants_focus && number == self.at {
                response.request_focus();
                // While its place is being found out it cannot have it.
                self.wants_focus = ui.is_sizing_pass();
            }
            if response.gained_focus() {
                response.scroll_to_me(None);
            }
            if response.clicked() {
                picked = Some(emoji.text);
                self.at = number;
            }
            if response.has_focus() {
                self.held = Some(number);
            }
            self.ids.push(response.id);
        }
        picked
    }

    /// Follows the arrows, before anything is shown: an Enter that came with one of them
    /// is for where it leads.
    fn walk(&mut self, ui: &Ui) {
        let focused = ui.memory(|memory| memory.focused());
        let held = self.held.take();
        let at = match focused {
            Some(focused) => self.ids.iter().position(|id| *id == focused),
            // An Esc has taken the focus away already; what came before it in the same
            // frame is for the one that had it.
            None => held.filter(|_| ui.input(|input| input.key_pressed(Key::Escape))),
        };
        let Some(mut at) = at else {
            return;
        };
        self.wants_focus = false;
        let arrows = [Key::ArrowLeft, Key::ArrowRight, Key::ArrowUp, Key::ArrowDown];
        for arrow in arrows.into_iter().filter(|arrow| keys::take(ui, *arrow)) {
            at = step(&OFFERED.lines, at, arrow);
            // Otherwise the toolkit would follow it, too.
            ui.memory_mut(|memory| memory.move_focus(FocusDirection::None));
        }
        if focused != Some(self.ids[at]) {
            ui.memory_mut(|memory| memory.request_focus(self.ids[at]));
        }
    }
}

/// Every emoji that the font has, whether it is offered or not.
pub fn listed() -> impl Iterator<Item = &'static str> {
    let lines = LIST.lines().filter(|line| !line.starts_with(['#', '=']));
    lines.map(|line| line.split_once('\t').map_or(line, |(text, _)| text))
}

/// What can be picked.
pub fn offered() -> &'static [Emoji] {
    &OFFERED.all
}

fn one(ui: &mut Ui, emoji: &Emoji) -> Response {
    let size = ui.spacing().interact_size.y;
    ui.spacing_mut().button_padding = egui::Vec2::ZERO;
    let text = RichText::new(emoji.text).size(theme::TITLE_SIZE);
    let button = Button::new(text).min_size(egui::vec2(size, size)).frame_when_inactive(false);
    ui.add(button).on_hover_text(emoji.name).accessible_name(emoji.name)
}

/// One step in the grid; at its edge one stays.
fn step(lines: &[Range<usize>], at: usize, arrow: Key) -> usize {
    let line = lines.iter().position(|line| line.contains(&at)).unwrap_or(0);
    let column = at - lines[line].start;
    let vertical = match arrow {
        Key::ArrowUp => line.checked_sub(1),
        Key::ArrowDown => Some(line + 1).filter(|line| *line < lines.len()),
        Key::ArrowLeft => return at.saturating_sub(1),
        _ => return (at + 1).min(lines.last().map_or(at, |line| line.end - 1)),
    };
    vertical.map_or(at, |line| (lines[line].start + column).min(lines[line].end - 1))
}

impl Offered {
    fn read(list: &'static str) -> Offered {
        let mut all = Vec::new();
        let mut groups: Vec<(&'static str, Range<usize>)> = Vec::new();
        for line in list.lines() {
            if let Some(name) = line.strip_prefix("= ") {
                groups.push((name, all.len()..all.len()));
            } else if let (Some((text, name)), Some((_, range))) =
                (line.split_once('\t'), groups.last_mut())
            {
                all.push(Emoji { text, name });
                range.end = all.len();
            }
        }
        groups.retain(|(name, range)| *name != NOT_OFFERED && !range.is_empty());
        let lines = groups.iter().flat_map(|(_, range)| {
            let starts = range.clone().step_by(COLUMNS);
            starts.map(|start| start..(start + COLUMNS).min(range.end))
        });
        let lines = lines.collect();
        Offered { all, groups, lines }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_list_is_whole() {
        let offered = offered();
        assert!((80..=120).contains(&offered.len()), "{}", offered.len());
        let names: BTreeSet<_> = offered.iter().map(|emoji| emoji.name).collect();
        assert_eq!(names.len(), offered.len(), "two have the same name");
        let listed: Vec<_> = listed().collect();
        let texts: BTreeSet<_> = listed.iter().collect();
        assert_eq!(texts.len(), listed.len(), "one stands there twice");
        for emoji in offered {
            assert!(listed.contains(&emoji.text), "{emoji:?}");
            assert!(!emoji.text.is_ascii() && !emoji.name.is_empty(), "{emoji:?}");
        }
        let in_groups: usize = OFFERED.groups.iter().map(|(_, range)| range.len()).sum();
        assert_eq!(in_groups, offered.len(), "all are in a group");
        let in_lines: usize = OFFERED.lines.iter().map(|line| line.len()).sum();
        assert_eq!(in_lines, offered.len(), "all are in a line");
    }

    #[test]
    fn arrows_lead_everywhere_and_never_out() {
        let lines = [0..8, 8..11, 11..13];
        let step = |at, arrow| step(&lines, at, arrow);
        assert_eq!(step(0, Key::ArrowLeft), 0);
        assert_eq!(step(12, Key::ArrowRight), 12);
        assert_eq!(step(7, Key::ArrowRight), 8, "on to the next line");
        assert_eq!(step(6, Key::ArrowDown), 10, "a shorter line: its last one");
        assert_eq!(step(9, Key::ArrowDown), 12);
        assert_eq!(step(12, Key::ArrowDown), 12);
        assert_eq!(step(9, Key::ArrowUp), 1);
        assert_eq!(step(1, Key::ArrowUp), 1);
    }
}
