//! The chat: messages in the middle, people beside them, the message box below, and
//! whatever the connection needs on top.
//!
//! It becomes active only when everything is here (names and recent history), and then
//! stays so: while a connection is broken one reads and writes on. It never waits; what
//! it wants goes to the client, and what has happened is taken before each frame.
//!
//! ```text
//!   header       place, topic, server, own name, menu
//!   bar          how the connection stands      notices    quiet lines
//!   places       rooms and talks                people     who is here  ◂ person
//!   timeline     the messages                   search     the field over them  ◂ hit ◂ lines
//!   spots        each place as it was left      attention  what is read
//!   composer     the message box                draft      its lines, its bounds
//!     command    lines that look like commands
//!     emoji      the list to pick from          nowhere    what to do without a place
//!   asking       bans, change, join, jump, keys, order, question, topic: over the page
//!     who        who somebody is, and who is shut out, in words
//!   doing        what is done with what was chosen
//! ```

mod asking;
mod attention;
mod bans;
mod bar;
mod change;
mod command;
mod composer;
mod doing;
mod draft;
pub mod emoji;
mod header;
mod hit;
mod join;
mod jump;
mod keys;
mod lines;
mod notices;
mod nowhere;
mod order;
mod over;
mod people;
mod person;
mod places;
mod question;
mod search;
mod spots;
pub mod timeline;
mod topic;
mod who;

use std::collections::BTreeMap;

use eframe::egui::{
    self, CentralPanel, Context, Frame, Key, Margin, Panel, Popup, RichText, ScrollArea, Ui,
};
use taifas_client::{Delivery, Happening, Link, Place, RoomName};

use self::asking::Over;
use self::bar::{Act, Bar};
use self::composer::Composer;
use self::header::Choice;
use self::jump::Jump;
use self::notices::Notices;
use self::people::People;
use self::question::Leave;
use self::search::Search;
use self::spots::Spots;
use self::timeline::Wish;
use super::{Desk, Go};
use crate::notify::Notification;
use crate::talk::Talk;
use crate::theme::{self, space};
use crate::words;

/// The page.
pub struct Chat {
    talk: Box<Talk>,
    spots: Spots,
    composer: Composer,
    people: People,
    bar: Bar,
    notices: Notices,
    /// Rooms of ours that we were sent out of, and what is to be said about it.
    outside: BTreeMap<RoomName, String>,
    search: Option<Search>,
    /// The place that is to come into view once it is one of ours.
    wanted: Option<Place>,
    /// What is asked or shown over the page, and whether it has just come.
    over: Option<(Over, bool)>,
    /// Everything was here when it was last looked; not yet, when this page begins.
    was_ready: bool,
    /// The page was active, and the focus has been in the message box once.
    is_begun: bool,
    /// A key has just asked for the menu.
    opens_menu: bool,
    /// Somebody has answered that the window may be closed.
    may_close: bool,
}

impl Chat {
    /// Goes on with this talk.
    pub fn new(talk: Box<Talk>) -> Chat {
        let mut bar = Bar::default();
        bar.heard(talk.model().link());
        Chat {
            talk,
            spots: Spots::default(),
            composer: Composer::default(),
            people: People::default(),
            bar,
            notices: Notices::default(),
            outside: BTreeMap::new(),
            search: None,
            wanted: None,
            over: None,
            was_ready: false,
            is_begun: false,
            opens_menu: false,
            may_close: false,
        }
    }

    /// Takes what has happened.
    pub fn take(&mut self, desk: &mut Desk) -> Option<Go> {
        let has_focus = desk.has_focus();
        let was_ready = self.was_ready;
        if was_ready {
            // Before what is new is taken: what one looked at ends here.
            self.spots.look(has_focus, self.talk.model());
        }
        let mut is_other = false;
        for happening in self.talk.take() {
            if let Happening::Said { place, message } = &happening
                && !has_focus
                && desk.remembered.notify
            {
                let wanted = Notification::wanted(self.talk.model().me(), place, message);
                wanted.into_iter().for_each(|wanted| desk.notifier.show(wanted));
            }
            is_other |= doing::changes_places(&happening);
            self.heard(happening, &desk.ctx);
        }
        self.was_ready = self.talk.is_ready();
        if self.was_ready {
            self.stay_somewhere(&desk.ctx);
            if is_other || !was_ready {
                self.remember(&mut desk.remembered);
            }
        }
        if !was_ready && self.was_ready {
            // Only now it is known what was said before one came, which is no news.
            self.spots.look(has_focus, self.talk.model());
        }
        None
    }

    /// Shows it.
    pub fn show(&mut self, ui: &mut Ui, desk: &mut Desk) -> Option<Go> {
        if !self.talk.is_ready() {
            return self.show_arriving(ui, desk);
        }
        let has_over = self.over.is_some();
        if !has_over && !self.spots.spot().timeline.is_asking() {
            self.keys(ui);
        }
        let has_popup = Popup::is_any_open(ui.ctx());
        let go = self.show_room(ui, desk);
        // Whatever else Esc closes: a list of emoji, a menu. What was pressed before it in
        // the same frame has gone where it belongs by now.
        let escapes = !has_over
            && !self.spots.spot().timeline.is_asking()
            && ui.input(|input| input.key_pressed(Key::Escape));
        if escapes && !has_popup {
            self.search = None;
        }
        let go = self.show_over(ui.ctx(), &desk.clock).or(go);
        let is_back = has_over && self.over.is_none();
        if !std::mem::replace(&mut self.is_begun, true) || escapes || is_back {
            self.composer.focus();
            ui.request_repaint();
        }
        if self.spots.spot().attention.looks() {
            self.mark_read(&mut desk.remembered);
        }
        go
    }

    /// What the window is called: while it has no focus, with the number of messages that
    /// were not read, wherever they are.
    pub fn title(&self, desk: &Desk) -> String {
        let model = self.talk.model();
        let name = model.me().map_or_else(|| "taifas".into(), |me| format!("{me} · taifas"));
        let has_focus = desk.has_focus();
        match model.unread() {
            unread if unread > 0 && !has_focus => format!("({unread}) {name}"),
            _ => name,
        }
    }

    /// Whether the window may be closed now. If messages wait to be sent it is asked
    /// first.
    pub fn may_close(&mut self) -> bool {
        if self.may_close || self.waiting() == 0 {
            return true;
        }
        self.open(Over::Leave(Leave::Exit));
        false
    }

    fn heard(&mut self, happening: Happening, ctx: &Context) {
        match happening {
            Happening::Link(link) => {
                self.bar.heard(&link);
                match link {
                    Link::Live => self.notices.is_back(),
                    _ => self.spots.lost(),
                }
                if matches!(link, Link::Stopped(_)) {
                    // Whoever comes back finds all as it was.
                    self.outside.clear();
                    self.notices.is_out_of_all();
                }
            }
            Happening::Notice(text) => self.notices.say_for_server(&text),
            Happening::OlderFailed { place, why } => {
                if let Some(spot) = self.spots.get(&place) {
                    spot.timeline.older_failed(words::refusal(&why));
                }
            }
            Happening::PasswordChanged => match &mut self.over {
                Some((Over::Change(change), _)) => change.changed(),
                _ => self.notices.say("Your password is changed.".into()),
            },
            Happening::PasswordKept(why) => match &mut self.over {
                Some((Over::Change(change), _)) => change.kept(&why),
                _ => {
                    let why = words::refused_change(&why).text;
                    self.notices.say(format!("Your password is not changed: {why}"));
                }
            },
            other => self.heard_of_places(other, ctx),
        }
    }

    /// Until everything is here.
    fn show_arriving(&mut self, ui: &mut Ui, desk: &mut Desk) -> Option<Go> {
        if matches!(self.talk.model().link(), Link::Untrusted { .. }) {
            return self.show_bar_alone(ui, desk);
        }
        let mut act = None;
        CentralPanel::default().frame(plain(ui, space::L)).show(ui, |ui| {
            let spare = (ui.available_width() - theme::CARD_WIDTH).max(0.0) / 2.0;
            ui.add_space(ui.available_height() / 4.0);
            ui.horizontal_top(|ui| {
                ui.add_space(spare);
                ui.vertical(|ui| {
                    ui.set_max_width(theme::CARD_WIDTH.min(ui.available_width()));
                    let link = self.talk.model().link();
                    let is_over = matches!(link, Link::Stopped(_) | Link::Closed);
                    if !is_over {
                        ui.label(RichText::new("Getting names and messages…").heading());
                    }
                    act = self.bar.show(ui, link, &desk.remembered);
                    if !is_over && ui.button("Back to menu").clicked() {
                        act = Some(Act::Menu);
                    }
                });
            });
        });
        self.act(act, desk)
    }

    /// How the connection stands, and nothing else, where that needs all the room.
    fn show_bar_alone(&mut self, ui: &mut Ui, desk: &mut Desk) -> Option<Go> {
        self.opens_menu = false;
        let link = self.talk.model().link();
        let frame = plain(ui, space::S);
        let bar = CentralPanel::default().frame(frame).show(ui, |ui| {
            let style = ui.style().clone();
            theme::scroll_bar(ui);
            ScrollArea::vertical().id_salt("bar").auto_shrink(false).show(ui, |ui| {
                ui.set_style(style);
                centred(ui, |ui| self.bar.show(ui, link, &desk.remembered))
            })
        });
        self.act(bar.inner.inner, desk)
    }

    fn show_room(&mut self, ui: &mut Ui, desk: &mut Desk) -> Option<Go> {
        if self.bar.takes_all(ui, self.talk.model().link()) {
            return self.show_bar_alone(ui, desk);
        }
        let is_narrow = ui.ctx().content_rect().width() < theme::NARROW;
        let is_nowhere = self.is_nowhere();
        let mut go = None;
        let head = plain(ui, space::S).fill(theme::palette(ui).surface);
        Panel::top("header").frame(head).show(ui, |ui| {
            let opens_menu = std::mem::take(&mut self.opens_menu);
            let folded = is_narrow.then_some(&mut self.people);
            let at = self.talk.at(&self.spots.here());
            let choice = header::show(ui, desk, at, folded, opens_menu);
            go = self.choose(choice, ui.ctx());
        });
        let link = self.talk.model().link().clone();
        if Bar::is_needed(&link) {
            let frame = plain(ui, space::S);
            let remembered = &desk.remembered;
            let bar = Panel::top("bar").frame(frame);
            let act = bar.show(ui, |ui| self.bar.show(ui, &link, remembered)).inner;
            go = self.act(act, desk).or(go);
        }
        if !self.notices.is_empty() {
            let frame = plain(ui, space::S);
            let notices = Panel::top("notices").frame(frame);
            if let Some(room) = notices.show(ui, |ui| self.notices.show(ui)).inner {
                self.join_again(room);
            }
        }
        if !is_narrow {
            let frame = plain(ui, space::S);
            let side = Panel::left("people").resizable(false).exact_size(theme::SIDE_WIDTH);
            let choice = side.frame(frame).show(ui, |ui| self.show_side(ui)).inner;
            go = self.choose(choice, ui.ctx()).or(go);
        }
        if is_nowhere {
            let frame = plain(ui, space::S);
            let choice = nowhere::show(ui, frame, self.composer.focus_wish());
            self.begin(choice);
            return go;
        }
        if self.search.is_some() {
            let frame = plain(ui, space::S);
            Panel::top("search").frame(frame).show(ui, |ui| self.show_search(ui, desk));
        }
        let frame = plain(ui, space::S);
        Panel::bottom("message box").frame(frame).show(ui, |ui| {
            if let Some(room) = self.is_outside() {
                return self.show_outside(ui, room);
            }
            let sends = centred(ui, |ui| self.composer.show(ui, self.talk.at(&self.spots.here())));
            if sends {
                self.send(ui.ctx(), false);
            }
        });
        CentralPanel::default().frame(plain(ui, 0.0)).show(ui, |ui| self.show_messages(ui, desk));
        go
    }

    /// Rooms and talks, and below them who is here.
    fn show_side(&mut self, ui: &mut Ui) -> Option<Choice> {
        let here = self.spots.here();
        let place = places::show(ui, self.talk.model(), here).map(Choice::Place);
        if here.person().is_some() || self.is_nowhere() {
            return place;
        }
        ui.separator();
        let person = self.people.show(ui, self.talk.at(&here)).map(Choice::Person);
        place.or(person)
    }

    fn show_search(&mut self, ui: &mut Ui, desk: &Desk) {
        let here = self.spots.here();
        let wish = self.search.as_mut().and_then(|search| search.show(ui, here, &desk.clock));
        if let Some(wish) = wish {
            self.searched(wish, ui.ctx());
        }
    }

    fn show_messages(&mut self, ui: &mut Ui, desk: &Desk) {
        let here = self.spots.here();
        let at = self.talk.at(&here);
        let spot = self.spots.spot();
        let seen = spot.attention.seen();
        // Each place has ids of its own, so that none inherits what another scrolled.
        let shown =
            ui.push_id(here.to_string(), |ui| spot.timeline.show(ui, at, &desk.clock, seen));
        for wish in shown.inner {
            match wish {
                Wish::Older(id) => self.talk.client().older(&here, id),
                Wish::Retry(mark) => self.talk.client().retry(mark),
                Wish::Discard(mark) => self.talk.client().discard(mark),
                Wish::About(act) => drop(self.choose(Some(Choice::Person(act)), ui.ctx())),
            }
        }
    }

    /// There is no room and no talk.
    fn is_nowhere(&self) -> bool {
        self.talk.model().places().is_empty()
    }

    /// The room in view, if we are not in it any more: it can be read, and come back to.
    fn is_outside(&self) -> Option<RoomName> {
        let at = self.talk.at(&self.spots.here());
        let is_outside = !at.is_in() && *at.link() == Link::Live;
        at.place().room().filter(|_| is_outside)
    }

    /// In the place of the message box.
    fn show_outside(&mut self, ui: &mut Ui, room: RoomName) {
        let text = self.outside.get(&room).cloned();
        let text = text.unwrap_or_else(|| format!("You are not in {room} any more."));
        let joins = centred(ui, |ui| {
            ui.horizontal_wrapped(|ui| {
                ui.label(RichText::new(text).color(theme::palette(ui).warning));
                ui.button("Join again").clicked()
            })
            .inner
        });
        if joins {
            self.join_again(room);
        }
    }

    /// The keys that mean the same wherever the focus is.
    fn keys(&mut self, ui: &Ui) {
        for (key, pages) in [(Key::PageUp, -1.0), (Key::PageDown, 1.0)] {
            if keys::take(ui, key) {
                self.spots.spot().timeline.scroll_pages(pages);
            }
        }
        if keys::take_command(ui, Key::K) {
            self.open(Over::Jump(Jump::default()));
            self.talk.client().rooms();
        }
        if keys::take_command(ui, Key::F) {
            self.search_for();
        }
        for (key, step) in [(Key::ArrowUp, -1), (Key::ArrowDown, 1)] {
            if let Some(unread) = keys::take_alt(ui, key) {
                self.step(ui.ctx(), step, unread);
            }
        }
        self.opens_menu = keys::take(ui, Key::F10);
        if keys::take(ui, Key::F1) {
            self.open(Over::Keys);
        }
    }

    fn act(&mut self, act: Option<Act>, desk: &mut Desk) -> Option<Go> {
        match act? {
            Act::TryNow => self.talk.client().try_now(),
            Act::ComeBack => self.talk.client().come_back(),
            Act::EnterAgain(password) => self.talk.client().enter_again(password),
            Act::Trust(print) => {
                desk.trust(print);
                let Some(print) = print else {
                    // Now it is asked whom to trust instead, and that has the focus.
                    return None;
                };
                self.talk.client().trust(print);
            }
            Act::Menu => {
                let ctx = desk.ctx.clone();
                return self.choose(Some(Choice::LogOut), &ctx);
            }
        }
        // The button that was pressed is about to go.
        self.composer.focus();
        None
    }

    fn send(&mut self, ctx: &Context, is_asked: bool) {
        if !is_asked && self.composer.lines().len() > draft::UNASKED_LINES {
            return self.open(Over::Send);
        }
        let at = self.talk.at(&self.spots.here());
        if self.composer.send(ctx, self.talk.client(), at) {
            let spot = self.spots.spot();
            spot.attention.spoke();
            spot.timeline.to_newest();
        }
        self.composer.focus();
    }

    fn open(&mut self, over: Over) {
        self.over = Some((over, true));
    }

    /// Messages of ours that are not on the server's disk yet.
    fn waiting(&self) -> usize {
        let places = self.talk.model().places();
        let pending = places.iter().flat_map(|at| at.pending());
        pending.filter(|own| own.delivery == Delivery::Waiting).count()
    }
}

/// A frame without a line of its own.
fn plain(ui: &Ui, margin: f32) -> Frame {
    let margin = Margin::symmetric((margin + space::XS) as i8, margin as i8);
    Frame::NONE.fill(ui.visuals().panel_fill).inner_margin(margin)
}

/// As wide as a line of text may be, in the middle of what there is.
fn centred<R>(ui: &mut Ui, add: impl FnOnce(&mut Ui) -> R) -> R {
    let spare = (ui.available_width() - theme::TEXT_WIDTH).max(0.0) / 2.0;
    let width = ui.available_width() - 2.0 * spare;
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        ui.add_space(spare);
        ui.allocate_ui_with_layout(
            egui::vec2(width, ui.available_height()),
            egui::Layout::top_down(egui::Align::Min),
            |ui| {
                ui.set_width(width);
                ui.spacing_mut().item_spacing.x = space::S;
                add(ui)
            },
        )
        .inner
    })
    .inner
}
