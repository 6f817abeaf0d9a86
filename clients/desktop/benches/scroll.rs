//! How long a frame takes with 100,000 messages in the room: at rest, page by page from
//! the newest to the oldest, by the wheel, and while new ones come.
//!
//! Everything but the graphics card: laying out, painting into shapes, and making
//! triangles of them. `cargo bench -p taifas-desktop --bench scroll` measures it as it
//! is shipped, with `--profile dev` it compiles in a minute.

#![allow(missing_docs)]

use std::time::{Duration, Instant};

use eframe::egui::{
    Context, Event, Modifiers, MouseWheelSource, MouseWheelUnit, RawInput, Rect, TouchPhase, Vec2,
    pos2, vec2,
};
use jiff::civil::date;
use taifas_client::wire::Part;
use taifas_client::{
    Happening, Link, MESSAGES_MOST, Message, MessageId, Model, Page, Place, Timestamp,
};
use taifas_desktop::clock::Clock;
use taifas_desktop::pages::chat::timeline::{Timeline, View};
use taifas_desktop::{fonts, theme};

const SIZE: Vec2 = vec2(900.0, 640.0);
const FRAMES: u64 = 600;

struct Room {
    ctx: Context,
    model: Model,
    timeline: Timeline,
    clock: Clock,
    time: f64,
}

/// What some frames took.
#[derive(Default)]
struct Frames(Vec<Duration>);

fn main() {
    let start = Instant::now();
    let mut model = Model::new();
    model.fold(&Happening::Entered("ana".parse().expect("a name")));
    let messages = (1..=MESSAGES_MOST as u64).map(message).collect();
    model.fold(&Happening::Page(Page {
        place: Place::LOBBY,
        part: Part::Newest,
        messages,
        gap: None,
        more: true,
    }));
    model.fold(&Happening::Link(Link::Live));
    println!("{MESSAGES_MOST} messages folded in {:.1?}", start.elapsed());

    let ctx = Context::default();
    theme::apply(&ctx);
    fonts::apply(&ctx);
    let clock = Clock::system();
    let mut room = Room { ctx, model, timeline: Timeline::default(), clock, time: 0.0 };
    println!("the first frame: {:.2?}", room.frame(Vec::new()));
    for (what, frames) in [
        ("at rest", room.rest()),
        ("page by page up", room.pages()),
        ("by the wheel up", room.wheel()),
        ("while new ones come", room.talk()),
        ("a window that is dragged wider", room.resize()),
    ] {
        println!("{what:32} {frames}");
    }
}

impl Room {
    fn rest(&mut self) -> Frames {
        (0..FRAMES).map(|_| self.frame(Vec::new())).collect()
    }

    /// To the oldest in even steps, so that nothing was measured before.
    fn pages(&mut self) -> Frames {
        let mut frames = Frames::default();
        self.timeline.to_oldest();
        self.frame(Vec::new());
        self.timeline.to_newest();
        self.frame(Vec::new());
        for _ in 0..FRAMES {
            self.timeline.scroll_pages(-1.0);
            frames.0.push(self.frame(Vec::new()));
        }
        frames
    }

    fn wheel(&mut self) -> Frames {
        let step = Event::MouseWheel {
            unit: MouseWheelUnit::Line,
            delta: vec2(0.0, 3.0),
            phase: TouchPhase::Move,
            source: MouseWheelSource::Wheel,
            modifiers: Modifiers::NONE,
        };
        let over = Event::PointerMoved(pos2(400.0, 300.0));
        (0..FRAMES).map(|_| self.frame(vec![over.clone(), step.clone()])).collect()
    }

    /// One a frame; the oldest goes for each of them.
    fn talk(&mut self) -> Frames {
        self.timeline.to_newest();
        self.frame(Vec::new());
        let newest = MESSAGES_MOST as u64;
        (newest + 1..=newest + FRAMES)
            .map(|id| {
                self.model.fold(&Happening::Said { place: Place::LOBBY, message: message(id) });
                self.frame(Vec::new())
            })
            .collect()
    }

    /// Another width each frame: all heights are estimated anew.
    fn resize(&mut self) -> Frames {
        (0..60).map(|n| self.frame_of(vec2(500.0 + 3.0 * n as f32, SIZE.y), Vec::new())).collect()
    }

    fn frame(&mut self, events: Vec<Event>) -> Duration {
        self.frame_of(SIZE, events)
    }

    fn frame_of(&mut self, size: Vec2, events: Vec<Event>) -> Duration {
        self.time += 1.0 / 60.0;
        let screen_rect = Some(Rect::from_min_size(pos2(0.0, 0.0), size));
        let input = RawInput { screen_rect, events, time: Some(self.time), ..RawInput::default() };
        let start = Instant::now();
        let Room { ctx, model, timeline, clock, .. } = self;
        let output = ctx.run_ui(input, |ui| {
            let place = model.at(&Place::LOBBY);
            let view =
                View { place, clock, today: date(2026, 11, 23), seen: Some(MessageId::new(9)) };
            timeline.show_view(ui, view);
        });
        let (shapes, scale) = (output.shapes.clone(), output.pixels_per_point);
        output.drop_without_applying_deltas();
        let triangles = ctx.tessellate(shapes, scale);
        let took = start.elapsed();
        assert!(!triangles.is_empty());
        took
    }
}

/// Of every length there is, from few people, a line every twenty seconds.
fn message(id: u64) -> Message {
    let mixed = id.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 33;
    let name = ["ana", "ion", "maria", "stefan"][(id / 3 % 4) as usize];
    let words = if mixed.is_multiple_of(50) { 600 } else { 1 + mixed % 40 };
    let mut text = "word ".repeat(words as usize);
    if mixed.is_multiple_of(20) {
        text.push_str("https://example.com/a/page");
    }
    Message {
        id: MessageId::new(id),
        at: Timestamp::from_ms(1_795_435_200_000 + id * 20_000),
        name: name.parse().expect("a name"),
        text: text.into(),
    }
}

impl FromIterator<Duration> for Frames {
    fn from_iter<I: IntoIterator<Item = Duration>>(frames: I) -> Frames {
        Frames(frames.into_iter().collect())
    }
}

impl std::fmt::Display for Frames {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ms = |took: Duration| took.as_secs_f64() * 1000.0;
        let mean = ms(self.0.iter().sum::<Duration>()) / self.0.len() as f64;
        let mut sorted = self.0.clone();
        sorted.sort();
        let most = |part: f64| ms(sorted[((sorted.len() - 1) as f64 * part) as usize]);
        write!(f, "{mean:6.2} ms mean, {:6.2} ms 99 %, {:6.2} ms most", most(0.99), most(1.0))
    }
}
