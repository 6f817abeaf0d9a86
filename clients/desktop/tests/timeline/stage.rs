//! A timeline alone on the screen, and what a reader does to it.

use eframe::egui::accesskit::Role;
use eframe::egui::{self, Event, Key, Modifiers, MouseWheelUnit, OutputCommand, Rect, TouchPhase};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use jiff::civil::{Date, date};
use taifas_client::wire::Part;
use taifas_client::{
    Happening, Link, Mark, Message, MessageId, Model, Page, Place, Refusal, Timestamp,
};
use taifas_desktop::clock::Clock;
use taifas_desktop::pages::chat::timeline::{Timeline, View, Wish};
use taifas_desktop::{fonts, theme};

/// Noon of the day that it is, 23 November 2026, in milliseconds.
pub const NOON_MS: u64 = 1_795_435_200_000;

pub struct Stage {
    pub harness: Harness<'static, Scene>,
}

/// What is on the screen.
pub struct Scene {
    pub model: Model,
    pub timeline: Timeline,
    pub today: Date,
    pub seen: Option<MessageId>,
    /// What the reader has wanted so far.
    pub wishes: Vec<Wish>,
    clock: Clock,
    is_dressed: bool,
}

/// Somebody says something so many minutes after noon.
pub fn message(id: u64, name: &str, minutes: u64, text: &str) -> Message {
    let at = Timestamp::from_ms(NOON_MS + minutes * 60_000);
    Message { id: MessageId::new(id), at, name: name.parse().unwrap(), text: text.into() }
}

/// A message of any length, by its id.
pub fn any(id: u64) -> Message {
    let names = ["ion", "maria", "Ștefan"].map(|name| name.replace('Ș', "S"));
    let words = 1 + id.wrapping_mul(2_654_435_761) % 61;
    let text: Vec<String> = (0..words).map(|word| format!("word{word}")).collect();
    message(id, &names[(id / 3 % 3) as usize], id / 4, &format!("{id}: {}", text.join(" ")))
}

pub fn waiting(mark: u64, text: &str) -> Happening {
    Happening::Waiting { mark: Mark(mark), place: Place::LOBBY, text: text.into() }
}

pub fn failed(mark: u64, why: &str) -> Happening {
    Happening::Failed { mark: Mark(mark), place: Place::LOBBY, why: Refusal::new("TOO_FAST", why) }
}

impl Stage {
    /// A room in which `ana` is, with these messages and, before them, maybe more.
    pub fn new(messages: impl IntoIterator<Item = Message>, more: bool) -> Stage {
        let mut model = Model::new();
        model.fold(&Happening::Entered("ana".parse().unwrap()));
        let messages = messages.into_iter().collect();
        model.fold(&Happening::Page(Page {
            place: Place::LOBBY,
            part: Part::Newest,
            messages,
            gap: None,
            more,
        }));
        model.fold(&Happening::Link(Link::Live));
        Stage::of(model)
    }

    /// The same for any model.
    pub fn of(model: Model) -> Stage {
        let scene = Scene {
            model,
            timeline: Timeline::default(),
            today: date(2026, 11, 23),
            seen: None,
            wishes: Vec::new(),
            clock: Clock::in_zone(jiff::tz::TimeZone::UTC),
            is_dressed: false,
        };
        let harness = Harness::builder()
            .with_size([700.0, 500.0])
            .with_max_steps(60)
            .build_ui_state(|ui: &mut egui::Ui, scene: &mut Scene| scene.show(ui), scene);
        let mut stage = Stage { harness };
        stage.run();
        stage
    }

    /// Until nothing changes any more; that has to be so.
    #[track_caller]
    pub fn run(&mut self) {
        self.harness.run();
    }

    #[track_caller]
    pub fn fold(&mut self, happening: Happening) {
        self.harness.state_mut().model.fold(&happening);
        self.run();
    }

    #[track_caller]
    pub fn say(&mut self, message: Message) {
        self.fold(Happening::Said { place: Place::LOBBY, message });
    }

    /// Older messages come.
    #[track_caller]
    pub fn older(&mut self, messages: impl IntoIterator<Item = Message>, more: bool) {
        let before = self.scene().model.at(&Place::LOBBY).older().expect("there are older ones");
        let messages = messages.into_iter().collect();
        self.fold(Happening::Page(Page {
            place: Place::LOBBY,
            part: Part::Before(before),
            messages,
            gap: None,
            more,
        }));
    }

    pub fn scene(&self) -> &Scene {
        self.harness.state()
    }

    /// Does something to the timeline, and shows it.
    #[track_caller]
    pub fn with(&mut self, change: impl FnOnce(&mut Scene)) {
        change(self.harness.state_mut());
        self.run();
    }

    /// Turns the wheel over the messages: positive shows what is older.
    #[track_caller]
    pub fn wheel(&mut self, points: f32) {
        self.harness.hover_at(egui::pos2(300.0, 250.0));
        self.harness.event(Event::MouseWheel {
            unit: MouseWheelUnit::Point,
            delta: egui::vec2(0.0, points),
            phase: TouchPhase::Move,
            source: egui::MouseWheelSource::Wheel,
            modifiers: Modifiers::NONE,
        });
        self.run();
    }

    #[track_caller]
    pub fn key(&mut self, key: Key) {
        self.harness.key_press(key);
        self.run();
    }

    #[track_caller]
    pub fn press(&mut self, role: Role, label: &str) {
        self.harness.get_by_role_and_label(role, label).click();
        self.run();
    }

    pub fn has(&self, label: &str) -> bool {
        self.harness.query_all_by_label(label).next().is_some()
    }

    /// Where the thing with this label stands.
    #[track_caller]
    pub fn rect(&self, label: &str) -> Rect {
        self.harness.get_by_label(label).rect()
    }

    /// Everything that is written, from the top down as it is read aloud.
    pub fn texts(&self) -> Vec<String> {
        let nodes = self.harness.root().children_recursive();
        let texts = nodes.filter_map(|node| {
            let node = node.accesskit_node();
            let is_label = node.role() == Role::Label;
            if is_label { node.value() } else { node.label() }
        });
        texts.filter(|text| text != "Messages").collect()
    }

    /// The messages that are on the screen, by their ids, and the tops of their texts.
    pub fn messages(&self) -> Vec<(u64, f32)> {
        let nodes = self.harness.root().children_recursive();
        nodes
            .filter_map(|node| {
                let line = node.accesskit_node().value()?;
                let id = line.split(": ").nth(1)?.parse().ok()?;
                Some((id, node.rect().top()))
            })
            .collect()
    }

    /// The label of what has the focus.
    pub fn focused(&self) -> Option<String> {
        let node = self.harness.root().children_recursive().find(|node| node.is_focused());
        node.and_then(|node| node.accesskit_node().label())
    }

    /// What was copied or opened in the last frame.
    pub fn commands(&self) -> Vec<OutputCommand> {
        self.harness.output().platform_output.commands.clone()
    }

    /// Clicks, and gives back what was copied or opened by it.
    #[track_caller]
    pub fn commands_of(&mut self, role: Role, label: &str) -> Vec<OutputCommand> {
        self.harness.get_by_role_and_label(role, label).click();
        let mut commands = Vec::new();
        for _ in 0..6 {
            self.harness.step();
            commands.extend(self.commands());
        }
        commands
    }
}

impl Scene {
    fn show(&mut self, ui: &mut egui::Ui) {
        if !self.is_dressed {
            theme::apply(ui.ctx());
            fonts::apply(ui.ctx());
            self.is_dressed = true;
        }
        let view = View {
            place: self.model.at(&Place::LOBBY),
            clock: &self.clock,
            today: self.today,
            seen: self.seen,
        };
        let wishes = self.timeline.show_view(ui, view);
        self.wishes.extend(wishes);
    }
}
