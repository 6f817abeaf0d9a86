//! The jump field: type a part of a room's or a person's name, press Enter, be there.
//! Also where one is not yet: rooms there are, and people who are away.
//!
//! It says where to; the page goes. Opened by a key from anywhere in the chat.

use eframe::egui::{Button, Context, Id, Key, RichText, TextEdit, Ui, vec2};
use taifas_client::{At, Model, Name, Place, RoomInfo, RoomName};

use super::{join, keys, over};
use crate::theme;

/// So many places and people are offered at a time; more letters leave fewer.
const OFFERED_MOST: usize = 8;

/// What was typed, while it is open.
#[derive(Default)]
pub struct Jump {
    typed: String,
    /// The rooms there are, once the server has told them.
    rooms: Option<Vec<RoomInfo>>,
}

/// What somebody wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// Go there; a talk may have to be opened, a room joined or made.
    Go(Place),
    /// Nothing.
    Close,
}

/// What is offered for what was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Offer {
    /// A place of ours, or somebody who is here.
    Go(Place),
    /// A room that we are not in, with how many are, if that is known.
    Join(RoomName, Option<usize>),
    /// Somebody who is not here, if there is such an account.
    Write(Name),
    /// A room that there is not, as far as is known.
    Make(RoomName),
}

impl Jump {
    /// The server has told which rooms there are.
    pub fn told(&mut self, rooms: Vec<RoomInfo>) {
        self.rooms = Some(rooms);
    }

    /// Shows it over the page.
    pub fn show(&mut self, ctx: &Context, here: At<'_>, is_fresh: bool) -> Option<Wish> {
        let modal = over::modal(ctx, "jump").show(ctx, |ui| {
            ui.set_width(over::width(ctx));
            let offered = self.offered(here);
            let id = Id::unique("jump field");
            // Before the field is shown, which loses the focus by it.
            let entered = ui.memory(|memory| memory.has_focus(id)) && keys::take(ui, Key::Enter);
            let edit = TextEdit::singleline(&mut self.typed).id(id).desired_width(f32::INFINITY);
            let field = ui.add(edit.hint_text("A room or a person")).accessible_name("Go to");
            if is_fresh {
                field.request_focus();
            }
            let mut wish = None;
            for offer in &offered {
                if offer.show(ui) {
                    wish = Some(Wish::Go(offer.place()));
                }
            }
            if offered.is_empty() {
                let text = RichText::new("Nothing here has such a name").font(theme::small());
                ui.label(text.color(theme::palette(ui).muted));
            }
            let first = offered.first().filter(|_| entered).map(|offer| Wish::Go(offer.place()));
            wish.or(first)
        });
        modal.inner.or(modal.should_close().then_some(Wish::Close))
    }

    /// The places and people whose name holds what was typed, those that begin with it
    /// first: our own places, unread ones first, then who is in the room, then the other
    /// rooms. Behind them what the typed name itself may mean.
    fn offered(&self, here: At<'_>) -> Vec<Offer> {
        let typed = self.typed.trim().to_ascii_lowercase();
        let ours = known(here);
        let rooms = self.rooms.as_deref().unwrap_or_default();
        let others = rooms.iter().filter(|info| !ours.contains(&info.room.into()));
        let joined = rank(others.map(|info| info.room.into()).collect(), &typed);
        let count = |room| rooms.iter().find(|info| info.room == room).map(|info| info.members);
        let joined = joined.into_iter().filter_map(|place| place.room());
        let mut offered: Vec<Offer> =
            rank(ours.clone(), &typed).into_iter().map(Offer::Go).collect();
        offered.extend(joined.map(|room| Offer::Join(room, count(room))));
        offered.truncate(OFFERED_MOST);
        let is_offered = |place: Place| {
            here.me().map(Place::from) == Some(place)
                || ours.contains(&place)
                || rooms.iter().any(|info| Place::from(info.room) == place)
        };
        let name = self.typed.trim().parse().ok().filter(|name| !is_offered(Place::Person(*name)));
        let room = join::room_name(&self.typed).filter(|room| !is_offered((*room).into()));
        // Half a name that something is found by is none of its own.
        let is_own = typed.starts_with('#') || offered.is_empty();
        offered.extend(name.map(Offer::Write));
        let make = |room| match self.rooms {
            Some(_) => Offer::Make(room),
            None => Offer::Join(room, None),
        };
        offered.extend(room.filter(|_| is_own).map(make));
        offered
    }
}

impl Offer {
    fn place(&self) -> Place {
        match *self {
            Offer::Go(place) => place,
            Offer::Write(name) => name.into(),
            Offer::Join(room, _) | Offer::Make(room) => room.into(),
        }
    }

    /// True if it was chosen.
    fn show(&self, ui: &mut Ui) -> bool {
        let palette = theme::palette(ui);
        let called = match self {
            Offer::Go(place) => format!("Go to {place}"),
            Offer::Write(name) => format!("Write to {name}"),
            Offer::Make(room) => format!("Make {room}"),
            Offer::Join(room, None) => format!("Join {room}"),
            Offer::Join(room, Some(1)) => format!("Join {room}, 1 person"),
            Offer::Join(room, Some(people)) => format!("Join {room}, {people} people"),
        };
        let text = match self {
            Offer::Go(Place::Room(room)) => RichText::new(room.to_string()),
            Offer::Go(Place::Person(name)) => {
                RichText::new(name.to_string()).color(palette.name(name.as_str()))
            }
            // What has to be done first is said.
            _ => RichText::new(&called),
        };
        let size = vec2(ui.available_width(), ui.spacing().interact_size.y);
        let row = Button::new(text).frame_when_inactive(false).min_size(size).truncate();
        ui.add(row).accessible_name(called).clicked()
    }
}

/// Our own places, unread ones first, and who is in the room.
fn known(here: At<'_>) -> Vec<Place> {
    let mut all: Vec<Place> = places(here.model());
    let me = here.me();
    for name in here.people() {
        let place = Place::Person(*name);
        if Some(*name) != me && !all.contains(&place) {
            all.push(place);
        }
    }
    all
}

fn places(model: &Model) -> Vec<Place> {
    let mut places = model.places();
    places.sort_by_key(|at| at.unread() == 0);
    places.iter().map(|at| at.place()).collect()
}

/// Those that hold it, at most so many as are offered.
fn rank(all: Vec<Place>, typed: &str) -> Vec<Place> {
    let lower = |place: &Place| place.to_string().to_ascii_lowercase();
    let begins = |place: &Place| {
        let name = lower(place);
        name.starts_with(typed) || name.trim_start_matches('#').starts_with(typed)
    };
    let mut held: Vec<Place> =
        all.into_iter().filter(|place| lower(place).contains(typed)).collect();
    held.sort_by_key(|place| !begins(place));
    held.truncate(OFFERED_MOST);
    held
}

#[cfg(test)]
mod tests {
    use taifas_client::Happening;

    use super::*;

    #[test]
    fn what_begins_so_comes_first() {
        let all = || ["#lobby", "#boats", "bob", "ion"].map(|word| word.parse().expect("a place"));
        let said = |typed: &str| format!("{:?}", rank(all().into(), typed));
        assert_eq!(said("b"), "[#boats, bob, #lobby]");
        assert_eq!(said("#"), "[#lobby, #boats]");
        assert_eq!(said("ion"), "[ion]");
        assert_eq!(said("x"), "[]");
        assert_eq!(said(""), "[#lobby, #boats, bob, ion]");
        let many = (0..100).map(|n| format!("p{n}").parse().expect("a place")).collect();
        assert_eq!(rank(many, "p").len(), OFFERED_MOST);
    }

    #[test]
    fn what_is_not_here_is_offered_by_what_it_may_be() {
        let mut model = Model::new();
        model.fold(&Happening::Entered("ana".parse().expect("a name")));
        model.fold(&Happening::Opened(Place::LOBBY));
        let names = ["ana", "ion"].map(|name| name.parse().expect("a name")).into();
        model.fold(&Happening::People { room: RoomName::LOBBY, names });
        let room = |room: &str| room.parse::<RoomName>().expect("a room");
        let info = |name, members| RoomInfo { room: room(name), members, topic: "".into() };
        let rooms = vec![info("#boats", 2), info("#lobby", 1)];
        let offered = |typed: &str, rooms| {
            Jump { typed: typed.into(), rooms }.offered(model.at(&Place::LOBBY))
        };
        let go = |place: &str| Offer::Go(place.parse().expect("a place"));
        let write = |name: &str| Offer::Write(name.parse().expect("a name"));
        let boats = || Offer::Join(room("#boats"), Some(2));
        let told = || Some(rooms.clone());
        assert_eq!(offered("", told()), [go("#lobby"), go("ion"), boats()]);
        assert_eq!(offered("IO", told()), [go("ion"), write("IO")]);
        assert_eq!(offered("Ion", told()), [go("ion")]);
        assert_eq!(offered("ana", told()), [Offer::Make(room("#ana"))], "we are here");
        assert_eq!(offered("Boats", told()), [boats(), write("Boats")]);
        assert_eq!(offered("#bo", told()), [boats(), Offer::Make(room("#bo"))]);
        assert_eq!(offered("zoe", told()), [write("zoe"), Offer::Make(room("#zoe"))]);
        assert_eq!(offered("#zoe", None), [Offer::Join(room("#zoe"), None)]);
        assert_eq!(offered("9 zoe", told()), []);
    }
}
