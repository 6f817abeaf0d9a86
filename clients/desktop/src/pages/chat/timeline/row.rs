//! One row: a text with what stands above it, and what belongs to it.
//!
//! It is laid out first, which tells its size, and then shown in its place. What others
//! typed is painted as it is; addresses in it can be pressed, and open nothing by
//! themselves. Called by the timeline for each row in view.

use std::ops::Range;
use std::sync::Arc;

use eframe::egui::text::{ByteIndex, LayoutJob, LayoutSection, TextFormat};
use eframe::egui::text_selection::LabelSelectionState;
use eframe::egui::{
    Align, Button, CursorIcon, Galley, Id, Key, Layout, Popup, Pos2, Rect, RectAlign, Response,
    RichText, Role, Sense, Stroke, StrokeKind, Tooltip, Ui, UiBuilder, WidgetInfo, pos2, vec2,
};
use jiff::civil::Date;
use taifas_client::Mark;

use super::super::{keys, person};
use super::above::Above;
use super::place::Size;
use super::said::Said;
use super::sheet::{self, Sheet};
use super::{link, mark, rule};
use crate::clock::Clock;
use crate::theme::{self, Palette, space};

/// A row that is laid out.
pub(super) struct Row<'a> {
    said: Said<'a>,
    size: Size,
    /// The name and the time.
    head: Option<Arc<Galley>>,
    text: Arc<Galley>,
    /// The addresses in the text, in bytes.
    links: Vec<Range<usize>>,
    /// Why it failed.
    why: Option<Arc<Galley>>,
}

/// What was pressed in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Press {
    /// An address, and what has the focus then.
    Link(String, Id),
    /// Say it again.
    Retry(Mark),
    /// Give it up.
    Discard(Mark),
    /// Something about whoever has said it.
    About(person::Act),
}

impl<'a> Row<'a> {
    /// Lays it out.
    pub(super) fn lay(ui: &Ui, sheet: &Sheet, said: Said<'a>) -> Row<'a> {
        let palette = theme::palette(ui);
        let mark = if said.state.is_some() { theme::MARK_SIZE + space::S } else { 0.0 };
        let width = (sheet.text.span() - mark).max(1.0);
        let links = link::find(said.text);
        let text = lay_text(ui, palette, said.text, &links, width);
        let head = said.above.head.then(|| lay_head(ui, palette, &said, sheet.text.span()));
        let why = said.failed.as_ref().map(|(_, plain)| {
            let width = sheet.text.span();
            sheet::set(ui, &plain.text, theme::small(), palette.error, width)
        });
        let above = rules_height(&said.above)
            + head.as_ref().map_or(space::XS, |head| space::M + head.size().y);
        let below = why
            .as_ref()
            .map_or(0.0, |why| space::XS + why.size().y + space::XS + ui.spacing().interact_size.y);
        let size = Size { above: sheet.pixels(above), text: sheet.pixels(text.size().y + below) };
        Row { said, size, head, text, links, why }
    }

    /// How tall it is.
    pub(super) fn size(&self) -> Size {
        self.size
    }

    /// Shows it with its top there.
    pub(super) fn show(&self, ui: &mut Ui, sheet: &Sheet, top: f32, today: Date) -> Option<Press> {
        let id = ui.unique_id().with(self.said.key);
        let palette = theme::palette(ui);
        let text_top = top + self.size.above;
        let text = Rect::from_x_y_ranges(sheet.text, text_top..=text_top + self.text.size().y);
        self.show_rules(ui, id, sheet, top, today);
        self.ground(ui, sheet, palette, top, text);
        let mut press = None;
        if let Some(head) = &self.head {
            press = self.show_head(ui, id, head, text.left_top());
        }
        self.show_text(ui, id, text);
        press = self.show_links(ui, id, text).or(press);
        self.show_state(ui, id, text);
        if let (Some(why), Some((mark, _))) = (&self.why, &self.said.failed) {
            press = self.show_failed(ui, id, why, text, *mark).or(press);
        }
        press
    }

    /// The lines across the column.
    fn show_rules(&self, ui: &Ui, id: Id, sheet: &Sheet, mut top: f32, today: Date) {
        let palette = theme::palette(ui);
        let above = &self.said.above;
        let mut rule = |name: &str, words: &str, colour, line| {
            rule::show(ui, id.with(name), sheet.column, top, words, colour, line);
            top += rule::height();
        };
        if above.gap {
            rule("gap", "Messages that stood here have been deleted.", palette.muted, None);
        }
        if let Some(day) = above.day {
            let words = Clock::day_line(day, today);
            rule("day", &words, palette.muted, Some(palette.line));
        }
        if above.news {
            rule("news", "new since you looked", palette.accent, Some(palette.accent));
        }
    }

    /// The tint of a mention, and the bar beside it and beside what is ours.
    fn ground(&self, ui: &Ui, sheet: &Sheet, palette: &Palette, top: f32, text: Rect) {
        let bottom = top + self.size.above + self.size.text;
        if self.said.names_us {
            let half = space::XS / 2.0;
            let tint = Rect::from_x_y_ranges(sheet.column, text.top() - half..=bottom + half);
            ui.painter().rect_filled(tint, 0.0, palette.mention);
            let bar = tint.with_max_x(tint.left() + theme::BAR_WIDTH);
            ui.painter().rect_filled(bar, 0.0, palette.warning);
        }
        if self.said.is_mine {
            // Through the whole group without a break.
            let from = match &self.head {
                Some(head) => text.top() - head.size().y,
                None => top,
            };
            let left = sheet.column.min;
            let bar = Rect::from_min_max(pos2(left, from), pos2(left + theme::BAR_WIDTH, bottom));
            ui.painter().rect_filled(bar, 0.0, palette.accent);
        }
    }

    /// Name and time; pressed, what can be done about whoever it is.
    fn show_head(&self, ui: &Ui, id: Id, head: &Arc<Galley>, bottom: Pos2) -> Option<Press> {
        let rect = Rect::from_min_size(bottom - vec2(0.0, head.size().y), head.size());
        let words = format!("{} {}", self.said.name(), self.said.time);
        let words = words.trim_end();
        let (sense, role) = match self.said.who {
            Some(_) => (Sense::click(), Role::Button),
            None => (Sense::hover(), Role::Label),
        };
        let response = ui.interact(rect, id.with("head"), sense);
        response.widget_info(|| WidgetInfo::labeled(role, true, words));
        ui.painter().galley(rect.min, head.clone(), theme::palette(ui).text);
        self.details(&response);
        let name = self.said.who?;
        if response.hovered() {
            ui.ctx().set_cursor_icon(CursorIcon::PointingHand);
        }
        if response.has_focus() {
            let stroke = Stroke::new(1.0, theme::palette(ui).accent);
            ui.painter().rect_stroke(rect.expand(1.0), 2.0, stroke, StrokeKind::Outside);
        }
        let by_key = response.has_focus() && keys::take(ui, Key::Menu);
        if response.secondary_clicked() || by_key {
            Popup::open_id(ui.ctx(), Popup::default_response_id(&response));
        }
        let menu = Popup::menu(&response).accessible_name(format!("About {name}"));
        let act = menu.show(|ui| person::menu(ui, name, self.said.is_mine))?.inner?;
        Some(Press::About(act))
    }

    fn show_text(&self, ui: &Ui, id: Id, rect: Rect) {
        // As egui's own labels: a finger scrolls, a mouse selects, Tab goes by.
        let can_select = ui.input(|input| !input.has_touch_screen());
        let sense = if can_select { Sense::click_and_drag() } else { Sense::click() };
        let response = ui.interact(rect, id, sense - Sense::FOCUSABLE);
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, self.said.line()));
        let colour = theme::palette(ui).text;
        let galley = self.text.clone();
        LabelSelectionState::label_text_selection(
            ui,
            &response,
            rect.min,
            galley,
            colour,
            Stroke::NONE,
        );
        self.menu(&response);
        self.details(&response);
    }

    fn show_links(&self, ui: &Ui, id: Id, text: Rect) -> Option<Press> {
        let mut press = None;
        for (number, link) in self.links.iter().enumerate() {
            let address = &self.said.text[link.clone()];
            let parts = parts(&self.text, self.said.text, link, text.min);
            let id = id.with(("link", number));
            // Its first line can be reached with Tab, all of them can be clicked.
            let mut response: Option<Response> = None;
            for (line, rect) in parts.iter().enumerate() {
                let sense = if line == 0 { Sense::CLICK | Sense::FOCUSABLE } else { Sense::CLICK };
                let part = ui.interact(*rect, id.with(line), sense);
                if line == 0 {
                    part.widget_info(|| WidgetInfo::labeled(Role::Link, true, address));
                }
                self.menu(&part);
                response = Some(response.map_or(part.clone(), |known| known | part));
            }
            let Some(response) = response else {
                continue;
            };
            let stroke = Stroke::new(1.0, theme::palette(ui).accent);
            if response.hovered() || response.has_focus() {
                for rect in &parts {
                    ui.painter().hline(rect.x_range(), rect.bottom() - 1.0, stroke);
                }
            }
            if response.has_focus() {
                for rect in &parts {
                    ui.painter().rect_stroke(rect.expand(1.0), 2.0, stroke, StrokeKind::Outside);
                }
            }
            if response.hovered() {
                ui.ctx().set_cursor_icon(CursorIcon::PointingHand);
            }
            if response.clicked() {
                press = Some(Press::Link(address.to_owned(), id.with(0_usize)));
            }
        }
        press
    }

    /// The delivery mark behind the last word.
    fn show_state(&self, ui: &Ui, id: Id, text: Rect) {
        let (Some(state), Some(last)) = (self.said.state, self.text.rows.last()) else {
            return;
        };
        let last = last.rect().translate(text.min.to_vec2());
        let size = vec2(theme::MARK_SIZE, theme::MARK_SIZE);
        let centre = pos2(last.right() + space::S + size.x / 2.0, last.center().y);
        let rect = Rect::from_center_size(centre, size);
        mark::show(ui, id.with("state"), rect, state);
    }

    /// Why it failed, and what can be done.
    fn show_failed(
        &self,
        ui: &mut Ui,
        id: Id,
        why: &Arc<Galley>,
        text: Rect,
        mark: Mark,
    ) -> Option<Press> {
        let rect = Rect::from_min_size(text.left_bottom() + vec2(0.0, space::XS), why.size());
        let response = ui.interact(rect, id.with("why"), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, why.text()));
        ui.painter().galley(rect.min, why.clone(), theme::palette(ui).error);
        let code = self.said.failed.as_ref().map_or("", |(_, plain)| plain.code.as_str());
        if !code.is_empty() {
            response.on_hover_text(code);
        }
        let height = ui.spacing().interact_size.y;
        let buttons = Rect::from_min_size(
            rect.left_bottom() + vec2(0.0, space::XS),
            vec2(text.width(), height),
        );
        let builder = UiBuilder::new()
            .scope_id(id.with("buttons"))
            .max_rect(buttons)
            .layout(Layout::left_to_right(Align::Center));
        let scope = ui.scope_builder(builder, |ui| {
            // The text of a button may not make it taller than its row.
            ui.spacing_mut().button_padding.y = space::XS;
            let retry = ui.add(Button::new("Retry")).clicked();
            let discard = ui.add(Button::new("Discard")).clicked();
            let press = retry.then_some(Press::Retry(mark));
            press.or(discard.then_some(Press::Discard(mark)))
        });
        scope.inner
    }

    fn menu(&self, response: &Response) {
        response.context_menu(|ui| {
            if ui.button("Copy text").clicked() {
                ui.ctx().copy_text(self.said.text.to_owned());
                ui.close();
            }
            if ui.button("Copy with name and time").clicked() {
                ui.ctx().copy_text(self.said.line());
                ui.close();
            }
        });
    }

    /// The whole date and the id, for those who point at it: where it hides the least.
    fn details(&self, response: &Response) {
        // What was pointed at when something came over the page stays below that.
        let is_below = response.ctx.memory(|memory| memory.top_modal_layer().is_some());
        if self.said.details.is_empty() || is_below {
            return;
        }
        let mut tooltip = Tooltip::for_enabled(response);
        tooltip.popup = tooltip.popup.align(RectAlign::TOP_END);
        tooltip.show(|ui| ui.label(RichText::new(&self.said.details).font(theme::small())));
    }
}

fn rules_height(above: &Above) -> f32 {
    let rules = [above.gap, above.day.is_some(), above.news];
    rules.into_iter().filter(|there| *there).count() as f32 * rule::height()
}

fn lay_head(ui: &Ui, palette: &Palette, said: &Said, width: f32) -> Arc<Galley> {
    let mut job = LayoutJob::default();
    let name = said.name();
    job.append(name, 0.0, sheet::format(theme::text(), palette.name(name)));
    if !said.time.is_empty() {
        let mut small = sheet::format(theme::small(), palette.muted);
        // On the same baseline: smaller letters stand deeper in a line of their own.
        let deeper = (theme::TEXT_SIZE - theme::SMALL_SIZE) * 0.75;
        small.line_height = Some(sheet::line(theme::TEXT_SIZE) - deeper);
        job.append(&said.time, space::S, small);
    }
    job.wrap.max_width = width;
    ui.painter().layout_job(job)
}

/// The text with its addresses in the accent. The pieces make up the whole text, to the
/// byte: nothing is added and nothing taken away.
fn lay_text(
    ui: &Ui,
    palette: &Palette,
    text: &str,
    links: &[Range<usize>],
    width: f32,
) -> Arc<Galley> {
    let plain = sheet::format(theme::text(), palette.text);
    let accent = sheet::format(theme::text(), palette.accent);
    let mut job = LayoutJob { text: text.to_owned(), ..LayoutJob::default() };
    let mut section = |range: Range<usize>, format: &TextFormat| {
        if !range.is_empty() {
            job.sections.push(LayoutSection {
                leading_space: 0.0,
                byte_range: ByteIndex(range.start)..ByteIndex(range.end),
                format: format.clone(),
            });
        }
    };
    let mut from = 0;
    for link in links {
        section(from..link.start, &plain);
        section(link.clone(), &accent);
        from = link.end;
    }
    section(from..text.len(), &plain);
    job.wrap.max_width = width;
    ui.painter().layout_job(job)
}

/// Where a part of the text stands, one rectangle a line.
fn parts(galley: &Galley, text: &str, part: &Range<usize>, origin: Pos2) -> Vec<Rect> {
    let start = text[..part.start].chars().count();
    let end = start + text[part.clone()].chars().count();
    let mut parts = Vec::new();
    let mut before = 0;
    for row in &galley.rows {
        let glyphs = &row.row.glyphs;
        let (from, to) = (start.max(before), end.min(before + glyphs.len()));
        if from < to {
            let left = row.pos.x + glyphs[from - before].pos.x;
            let right = row.pos.x + glyphs[to - 1 - before].max_x();
            let rect = Rect::from_x_y_ranges(left..=right, row.rect().y_range());
            parts.push(rect.translate(origin.to_vec2()));
        }
        before += glyphs.len() + usize::from(row.ends_with_newline);
    }
    parts
}
