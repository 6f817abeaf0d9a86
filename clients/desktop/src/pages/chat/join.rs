//! Join a room, or make one: the rooms there are, a field that filters them, and what
//! the server says.
//!
//! It stays until we are in the room or it is closed. The page asks the server, and
//! hands the answers to here.

use eframe::egui::{Context, Id, Key, RichText, ScrollArea, TextEdit, Ui};
use taifas_client::{Model, RoomInfo, RoomName};

use super::lines::{self, Lines};
use super::{keys, over};
use crate::pages::card;
use crate::pages::note;
use crate::theme::{self, space};
use crate::words::{self, Plain};

/// The question, while it is asked.
#[derive(Default)]
pub struct Join {
    typed: String,
    /// The rooms there are, once the server has told them.
    rooms: Option<Vec<RoomInfo>>,
    /// The one that is being joined.
    joining: Option<RoomName>,
    trouble: Option<Plain>,
    /// The field is to have the focus.
    wants_focus: bool,
}

/// What somebody wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// To be in this room.
    Join(RoomName),
    /// Nothing more.
    Close,
}

impl Join {
    /// The server has told which rooms there are.
    pub fn told(&mut self, rooms: Vec<RoomInfo>) {
        self.rooms = Some(rooms);
    }

    /// The rooms could not be listed; one can still type a name.
    pub fn untold(&mut self, why: Plain) {
        self.rooms = Some(Vec::new());
        self.trouble = Some(why);
    }

    /// The server does not let us in. False if that was not asked here.
    pub fn refused(&mut self, room: RoomName, why: Plain) -> bool {
        let is_ours = self.joining == Some(room);
        if is_ours {
            self.joining = None;
            self.trouble = Some(why);
            self.wants_focus = true;
        }
        is_ours
    }

    /// The room that is being joined.
    pub fn joining(&self) -> Option<RoomName> {
        self.joining
    }

    /// Shows it over the page. The model says which rooms we are in already.
    pub fn show(&mut self, ctx: &Context, model: &Model, is_fresh: bool) -> Option<Wish> {
        self.wants_focus |= is_fresh;
        let modal = over::modal(ctx, "join").show(ctx, |ui| {
            ui.set_width(over::width(ctx));
            card::heading(ui, "Join a room");
            ui.add_space(space::S);
            let room = ui.add_enabled_ui(self.joining.is_none(), |ui| self.ask(ui, model)).inner;
            if let Some(trouble) = &self.trouble {
                note::fault(ui, trouble);
            }
            if let Some(room) = self.joining {
                card::remark(ui, &format!("Joining {room}…"));
            }
            let close = card::secondary(ui, "Close").clicked();
            if let Some(room) = room {
                self.joining = Some(room);
                self.trouble = None;
            }
            room.map(Wish::Join).or(close.then_some(Wish::Close))
        });
        modal.inner.or(modal.should_close().then_some(Wish::Close))
    }

    fn ask(&mut self, ui: &mut Ui, model: &Model) -> Option<RoomName> {
        let id = Id::unique("room to join");
        let entered = ui.memory(|memory| memory.has_focus(id)) && keys::take(ui, Key::Enter);
        let edit = TextEdit::singleline(&mut self.typed).id(id).desired_width(f32::INFINITY);
        let field = ui.add(edit.hint_text("A room's name")).accessible_name("Room");
        if ui.is_enabled() && std::mem::take(&mut self.wants_focus) {
            field.request_focus();
        }
        if field.changed() {
            self.trouble = None;
        }
        let known = self.rooms.as_deref().unwrap_or_default();
        let held = holding(known, &self.typed);
        let typed = room_name(&self.typed);
        let mut chosen = list(ui, &held, model);
        let is_known = |room: &RoomName| known.iter().any(|info| info.room == *room);
        let is_new = typed.filter(|room| self.rooms.is_some() && !is_known(room));
        if self.rooms.is_none() {
            card::remark(ui, "Asking which rooms there are…");
        } else if let Some(room) = is_new {
            if card::secondary(ui, &format!("Make {room}")).clicked() {
                chosen = Some(room);
            }
        } else if held.is_empty() && !self.typed.trim().is_empty() {
            card::remark(ui, words::ROOM_RULE);
        }
        if !entered {
            return chosen;
        }
        // The name as it was typed, or else the only room that can be meant.
        let only = (held.len() == 1).then(|| held[0].room);
        let entered = typed.filter(is_known).or(only).or(typed);
        if entered.is_none() && !self.typed.trim().is_empty() {
            self.trouble = Some(Plain::own(words::ROOM_RULE));
        }
        chosen.or(entered)
    }
}

fn list(ui: &mut Ui, rooms: &[&RoomInfo], model: &Model) -> Option<RoomName> {
    let style = ui.style().clone();
    theme::scroll_bar(ui);
    ui.spacing_mut().item_spacing.y = space::XS;
    let row = lines::height(ui);
    // The field, the buttons and what is said about a name need as much again.
    let most = ui.ctx().content_rect().height() - theme::POPUP_HEIGHT;
    let most = most.clamp(theme::POPUP_HEIGHT / 2.0, theme::POPUP_HEIGHT);
    let scroll = ScrollArea::vertical().id_salt("rooms").max_height(most);
    let mut chosen = None;
    scroll.show_rows(ui, row, rooms.len(), |ui, range| {
        ui.set_style(style.clone());
        for info in &rooms[range] {
            let people = if info.members == 1 { "1 person" } else { "people" };
            let people = match info.members {
                1 => people.to_owned(),
                more => format!("{more} {people}"),
            };
            let people = match model.at(&info.room.into()).is_in() {
                true => format!("joined, {people}"),
                false => people,
            };
            let palette = theme::palette(ui);
            let name = info.room.to_string();
            let below = if info.topic.is_empty() { "No topic" } else { &*info.topic };
            let below = RichText::new(below).font(theme::small()).color(palette.muted);
            let room = Lines { name: &name, colour: palette.text, remark: &people, below };
            let response = ui.push_id(&name, |ui| lines::show(ui, room)).inner;
            let called = format!("{}, {people}: {}", info.room, info.topic);
            let called = called.trim_end_matches(": ").to_owned();
            if response.accessible_name(called).clicked() {
                chosen = Some(info.room);
            }
        }
    });
    chosen
}

/// Those whose name or topic holds what was typed.
fn holding<'a>(rooms: &'a [RoomInfo], typed: &str) -> Vec<&'a RoomInfo> {
    let typed = typed.trim().to_lowercase();
    let holds = |info: &&RoomInfo| {
        info.room.to_string().to_lowercase().contains(&typed)
            || info.topic.to_lowercase().contains(&typed)
    };
    rooms.iter().filter(holds).collect()
}

/// The name as it was typed, with or without its sign.
pub(super) fn room_name(typed: &str) -> Option<RoomName> {
    let typed = typed.trim();
    let name = typed.strip_prefix('#').unwrap_or(typed);
    format!("#{name}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rooms_are_found_by_name_and_topic() {
        let info = |room: &str, topic: &str| RoomInfo {
            room: room.parse().expect("a room"),
            members: 1,
            topic: topic.into(),
        };
        let rooms = [info("#boats", "Tides and keys"), info("#kitchen", "")];
        let found = |typed| holding(&rooms, typed).len();
        assert_eq!((found(""), found("#BO"), found("tide"), found("x")), (2, 1, 1, 0));
    }

    #[test]
    fn a_name_is_typed_with_or_without_its_sign() {
        let name = |typed: &str| room_name(typed).map(|room| room.to_string());
        assert_eq!(name(" boats ").as_deref(), Some("#boats"));
        assert_eq!(name("#boats").as_deref(), Some("#boats"));
        for wrong in ["", "#", "a b", "##a"] {
            assert_eq!(name(wrong), None, "{wrong}");
        }
    }
}
