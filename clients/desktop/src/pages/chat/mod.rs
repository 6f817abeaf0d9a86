//! The room: messages in the middle, people beside them, the message box below, and
//! whatever the connection needs on top.
//!
//! It becomes active only when everything is here (names and recent history), and then
//! stays so: while a connection is broken one reads and writes on. It never waits; what
//! it wants goes to the client, and what has happened is taken before each frame.
//!
//! ```text
//!   header       room, server, own name, menu
//!   bar          how the connection stands      notices    quiet lines
//!   people       who is here                    attention  what is read
//!   timeline     the messages
//!   composer     the message box                draft      its lines, its bounds
//!     emoji      the list to pick from
//!   over         change, question, keys: what is asked or shown over the page
//! ```

mod attention;
mod bar;
mod change;
mod composer;
mod draft;
pub mod emoji;
mod header;
mod keys;
mod notices;
mod over;
mod people;
mod question;
pub mod timeline;

use eframe::egui::{self, CentralPanel, Context, Frame, Key, Margin, Panel, RichText, Ui};
use taifas_client::{Delivery, Happening, Link, Place};

use self::attention::Attention;
use self::bar::{Act, Bar};
use self::change::Change;
use self::composer::Composer;
use self::header::Choice;
use self::notices::Notices;
use self::people::People;
use self::question::Leave;
use self::timeline::{Timeline, Wish};
use super::{Desk, Go};
use crate::talk::Talk;
use crate::theme::{self, space};
use crate::words;

/// The page.
pub struct Chat {
    talk: Box<Talk>,
    timeline: Timeline,
    composer: Composer,
    people: People,
    bar: Bar,
    notices: Notices,
    attention: Attention,
    /// What is asked or shown over the page, and whether it has just come.
    over: Option<(Over, bool)>,
    /// The page was active, and the focus has been in the message box once.
    is_begun: bool,
    /// A key has just asked for the menu.
    opens_menu: bool,
    /// Somebody has answered that the window may be closed.
    may_close: bool,
}

/// What is asked or shown over the page, one at a time.
enum Over {
    Change(Box<Change>),
    Keys,
    Leave(Leave),
    Send,
}

impl Chat {
    /// Goes on with this talk.
    pub fn new(talk: Box<Talk>) -> Chat {
        let mut bar = Bar::default();
        bar.heard(talk.model().link());
        Chat {
            talk,
            timeline: Timeline::default(),
            composer: Composer::default(),
            people: People::default(),
            bar,
            notices: Notices::default(),
            attention: Attention::default(),
            over: None,
            is_begun: false,
            opens_menu: false,
            may_close: false,
        }
    }

    /// Takes what has happened.
    pub fn take(&mut self, desk: &mut Desk) -> Option<Go> {
        let has_focus = desk.ctx.input(|input| input.focused);
        let looks = has_focus && self.timeline.is_at_newest();
        let was_ready = self.talk.is_ready();
        if was_ready {
            // Before what is new is taken: what one looked at ends here.
            self.attention.is(looks, self.talk.place());
        }
        for happening in self.talk.take() {
            self.heard(happening);
        }
        if !was_ready && self.talk.is_ready() {
            // Only now it is known what was said before one came, which is no news.
            self.attention.is(looks, self.talk.place());
        }
        None
    }

    /// Shows it.
    pub fn show(&mut self, ui: &mut Ui, desk: &mut Desk) -> Option<Go> {
        if !self.talk.is_ready() {
            return self.show_arriving(ui);
        }
        let has_over = self.over.is_some();
        if !has_over && !self.timeline.is_asking() {
            self.keys(ui);
        }
        let go = self.show_room(ui, desk);
        // Whatever else Esc closes: a list of emoji, a menu. What was pressed before it in
        // the same frame has gone where it belongs by now.
        let escapes = !has_over
            && !self.timeline.is_asking()
            && ui.input(|input| input.key_pressed(Key::Escape));
        let go = self.show_over(ui.ctx()).or(go);
        let is_back = has_over && self.over.is_none();
        if !std::mem::replace(&mut self.is_begun, true) || escapes || is_back {
            self.composer.focus();
            ui.request_repaint();
        }
        if self.attention.looks() {
            self.talk.mark_read();
        }
        go
    }

    /// What the window is called: with the number of unread messages while it has no
    /// focus.
    pub fn title(&self, desk: &Desk) -> String {
        let model = self.talk.model();
        let name = model.me().map_or_else(|| "taifas".into(), |me| format!("{me} · taifas"));
        let has_focus = desk.ctx.input(|input| input.focused);
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

    fn heard(&mut self, happening: Happening) {
        match happening {
            Happening::Link(link) => {
                self.bar.heard(&link);
                if link != Link::Live {
                    self.timeline.lost();
                }
            }
            Happening::Notice(text) => self.notices.say(text),
            Happening::OlderFailed { why, .. } => self.timeline.older_failed(words::refusal(&why)),
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
            _ => {}
        }
    }

    /// Until everything is here.
    fn show_arriving(&mut self, ui: &mut Ui) -> Option<Go> {
        let mut act = None;
        CentralPanel::default().frame(plain(ui, space::L)).show(ui, |ui| {
            let spare = (ui.available_width() - theme::CARD_WIDTH).max(0.0) / 2.0;
            ui.add_space(ui.available_height() / 4.0);
            ui.horizontal_top(|ui| {
                ui.add_space(spare);
                ui.vertical(|ui| {
                    ui.set_max_width(theme::CARD_WIDTH.min(ui.available_width()));
                    let link = self.talk.model().link();
                    if !matches!(link, Link::Stopped(_) | Link::Closed) {
                        ui.label(RichText::new("Getting names and messages…").heading());
                    }
                    act = self.bar.show(ui, link);
                    if !matches!(link, Link::Stopped(_) | Link::Closed)
                        && ui.button("Back to menu").clicked()
                    {
                        act = Some(Act::Menu);
                    }
                });
            });
        });
        self.act(act, ui.ctx())
    }

    fn show_room(&mut self, ui: &mut Ui, desk: &mut Desk) -> Option<Go> {
        let is_narrow = ui.ctx().content_rect().width() < theme::NARROW;
        let mut go = None;
        let head = plain(ui, space::S).fill(theme::palette(ui).surface);
        Panel::top("header").frame(head).show(ui, |ui| {
            let opens_menu = std::mem::take(&mut self.opens_menu);
            let folded = is_narrow.then_some(&mut self.people);
            let choice = header::show(ui, desk, self.talk.place(), folded, opens_menu);
            go = self.choose(choice, ui.ctx());
        });
        let link = self.talk.model().link().clone();
        if Bar::is_needed(&link) {
            let frame = plain(ui, space::S);
            let act = Panel::top("bar").frame(frame).show(ui, |ui| self.bar.show(ui, &link)).inner;
            go = self.act(act, ui.ctx()).or(go);
        }
        if !self.notices.is_empty() {
            let frame = plain(ui, space::S);
            Panel::top("notices").frame(frame).show(ui, |ui| self.notices.show(ui));
        }
        if !is_narrow {
            let frame = plain(ui, space::S);
            let side = Panel::left("people").resizable(false).exact_size(theme::SIDE_WIDTH);
            let chosen = side.frame(frame).show(ui, |ui| self.people.show(ui, self.talk.place()));
            go = self.choose(chosen.inner.map(Choice::Person), ui.ctx()).or(go);
        }
        let frame = plain(ui, space::S);
        Panel::bottom("message box").frame(frame).show(ui, |ui| {
            let sends = centred(ui, |ui| self.composer.show(ui, self.talk.place()));
            if sends {
                self.send(ui.ctx(), false);
            }
        });
        CentralPanel::default().frame(plain(ui, 0.0)).show(ui, |ui| self.show_messages(ui, desk));
        go
    }

    fn show_messages(&mut self, ui: &mut Ui, desk: &Desk) {
        let seen = self.attention.seen();
        for wish in self.timeline.show(ui, self.talk.place(), &desk.clock, seen) {
            match wish {
                Wish::Older(id) => self.talk.client().older(&Place::LOBBY, id),
                Wish::Retry(mark) => self.talk.client().retry(mark),
                Wish::Discard(mark) => self.talk.client().discard(mark),
            }
        }
    }

    fn show_over(&mut self, ctx: &Context) -> Option<Go> {
        let (mut over, is_fresh) = self.over.take()?;
        let mut go = None;
        let stays = match &mut over {
            Over::Keys => !keys::show(ctx, is_fresh),
            Over::Change(change) => match change.show(ctx) {
                Some(change::Wish::Change(old, new)) => {
                    self.talk.client().change_password(old, new);
                    true
                }
                Some(change::Wish::Close) => false,
                None => true,
            },
            Over::Leave(leave) => {
                let answer = question::to_leave(ctx, self.waiting(), is_fresh);
                if answer == Some(true) {
                    self.may_close = true;
                    go = Some(if *leave == Leave::Exit { Go::Exit } else { Go::Menu });
                }
                answer.is_none()
            }
            Over::Send => {
                let answer = question::to_send(ctx, self.composer.lines().len(), is_fresh);
                if answer == Some(true) {
                    self.send(ctx, true);
                }
                answer.is_none()
            }
        };
        if stays {
            self.over = Some((over, false));
        }
        go
    }

    /// The keys that mean the same wherever the focus is.
    fn keys(&mut self, ui: &Ui) {
        for (key, pages) in [(Key::PageUp, -1.0), (Key::PageDown, 1.0)] {
            if keys::take(ui, key) {
                self.timeline.scroll_pages(pages);
            }
        }
        if keys::take_command(ui, Key::K) {
            self.people.jump();
        }
        self.opens_menu = keys::take(ui, Key::F10);
        if keys::take(ui, Key::F1) {
            self.open(Over::Keys);
        }
    }

    fn choose(&mut self, choice: Option<Choice>, ctx: &Context) -> Option<Go> {
        match choice? {
            Choice::ChangePassword => self.open(Over::Change(Box::default())),
            Choice::Keys => self.open(Over::Keys),
            Choice::Person(name) => self.composer.address(ctx, name.as_str()),
            Choice::LogOut if self.waiting() == 0 => return Some(Go::Menu),
            Choice::LogOut => self.open(Over::Leave(Leave::ToMenu)),
        }
        None
    }

    fn act(&mut self, act: Option<Act>, ctx: &Context) -> Option<Go> {
        match act? {
            Act::TryNow => self.talk.client().try_now(),
            Act::EnterAgain(password) => self.talk.client().enter_again(password),
            Act::Menu => return self.choose(Some(Choice::LogOut), ctx),
        }
        // The button that was pressed is about to go.
        self.composer.focus();
        None
    }

    fn send(&mut self, ctx: &Context, is_asked: bool) {
        if !is_asked && self.composer.lines().len() > draft::UNASKED_LINES {
            return self.open(Over::Send);
        }
        if self.composer.send(ctx, self.talk.client(), self.talk.place()) {
            self.attention.spoke();
            self.timeline.to_newest();
        }
        self.composer.focus();
    }

    fn open(&mut self, over: Over) {
        self.over = Some((over, true));
    }

    /// Messages of ours that are not on the server's disk yet.
    fn waiting(&self) -> usize {
        let pending = self.talk.place().pending().iter();
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
