//! What stands in the rows, and what can be pressed there.

use eframe::egui::accesskit::Role;
use eframe::egui::{Event, OutputCommand, Shape, vec2};
use egui_kittest::kittest::Queryable;
use jiff::civil::date;
use taifas_client::{
    Happening, Link, MESSAGES_MOST, Mark, MessageId, Model, Page, Place, Refusal, wire::Part,
};
use taifas_desktop::pages::chat::timeline::Wish;
use taifas_desktop::theme;
use taifas_desktop::words::Plain;

use crate::stage::{Stage, any, failed, message, waiting};

#[test]
fn an_empty_room_says_so() {
    let mut stage = Stage::new([], false);
    assert_eq!(stage.texts(), ["Nobody has said anything yet."]);
    stage.say(message(1, "ion", 0, "hello"));
    assert!(!stage.has("Nobody has said anything yet."));
    assert!(stage.has("ion, 12:00: hello"));
}

#[test]
fn names_times_and_days_stand_once() {
    let stage = Stage::new(
        [
            message(1, "ion", 0, "first"),
            message(2, "ion", 3, "second"),
            message(3, "maria", 3, "third"),
            message(4, "maria", 9, "fourth"),
            message(5, "maria", 12 * 60, "fifth"),
        ],
        false,
    );
    assert_eq!(
        stage.texts(),
        [
            "This is where the history begins.",
            "Today",
            "ion 12:00",
            "ion, 12:00: first",
            "ion, 12:03: second",
            "maria 12:03",
            "maria, 12:03: third",
            "maria 12:09",
            "maria, 12:09: fourth",
            "Tuesday, 24 November 2026",
            "maria 00:00",
            "maria, 00:00: fifth",
        ]
    );
    let (first, second) = (stage.rect("ion, 12:00: first"), stage.rect("ion, 12:03: second"));
    assert!(second.top() - first.bottom() < 8.0, "a group is close together");
}

#[test]
fn at_midnight_today_becomes_yesterday_and_nothing_moves() {
    let mut stage = Stage::new((1..=60).map(any), false);
    stage.with(|scene| scene.timeline.to_oldest());
    let before = stage.messages();
    assert!(stage.has("Today"));
    stage.with(|scene| scene.today = date(2026, 11, 24));
    assert!(stage.has("Yesterday") && !stage.has("Today"));
    assert_eq!(stage.messages(), before);
}

#[test]
fn what_is_new_has_a_line_above_it() {
    let messages = [
        message(1, "ion", 0, "seen"),
        message(2, "ana", 0, "ours is no news"),
        message(3, "ion", 1, "news"),
        message(4, "ion", 1, "more news"),
    ];
    let mut stage = Stage::new(messages, false);
    assert!(!stage.has("new since you looked"));
    stage.with(|scene| scene.seen = Some(MessageId::new(1)));
    let texts = stage.texts();
    let line = texts.iter().position(|text| text == "new since you looked").unwrap();
    assert_eq!(texts[line + 1], "ion 12:01");
    assert_eq!(texts[line + 2], "ion, 12:01: news");
}

#[test]
fn deleted_messages_leave_a_quiet_line() {
    let mut model = Model::new();
    model.fold(&Happening::Entered("ana".parse().unwrap()));
    let messages = vec![message(1, "ion", 0, "old"), message(9, "ion", 1, "new")];
    let gap = Some(MessageId::new(9));
    model.fold(&Happening::Page(Page {
        place: Place::LOBBY,
        part: Part::Newest,
        messages,
        gap,
        more: false,
    }));
    let stage = Stage::of(model);
    let gone = stage.rect("Messages that stood here have been deleted.");
    assert!(gone.top() > stage.rect("ion, 12:00: old").bottom() - 1.0);
    assert!(gone.bottom() < stage.rect("ion, 12:01: new").top());
}

#[test]
fn ours_show_what_has_become_of_them() {
    let mut stage = Stage::new([message(1, "ion", 0, "hello")], false);
    stage.fold(waiting(1, "on its way"));
    assert_eq!(stage.texts()[4..], ["ana", "ana: on its way", "waiting"]);
    stage.fold(failed(1, "You write too fast. Wait a little."));
    assert!(stage.has("failed") && !stage.has("waiting"));
    let plain = taifas_desktop::words::refusal(&Refusal::new(
        "TOO_FAST",
        "You write too fast. Wait a little.",
    ));
    assert!(stage.has(&plain.text));
    stage.press(Role::Button, "Retry");
    assert_eq!(stage.scene().wishes, [Wish::Retry(Mark(1))]);
    stage.press(Role::Button, "Discard");
    assert_eq!(stage.scene().wishes[1..], [Wish::Discard(Mark(1))]);
    stage.fold(waiting(1, "on its way"));
    assert!(!stage.has("Retry") && stage.has("waiting"));
    stage.fold(Happening::Stored { mark: Mark(1), place: Place::LOBBY, id: MessageId::new(2) });
    assert!(stage.has("stored") && stage.has("ana: on its way"));
    stage.say(message(2, "ana", 1, "on its way"));
    assert_eq!(stage.texts()[4..], ["ana 12:01", "ana, 12:01: on its way", "stored"]);
}

#[test]
fn what_failed_can_be_retried_by_the_keyboard() {
    let mut stage = Stage::new([message(1, "ion", 0, "hello")], false);
    stage.fold(waiting(1, "text"));
    stage.fold(failed(1, "Not now."));
    for head in ["ion 12:00", "ana"] {
        stage.key(eframe::egui::Key::Tab);
        assert_eq!(stage.focused().as_deref(), Some(head));
    }
    stage.key(eframe::egui::Key::Tab);
    assert_eq!(stage.focused().as_deref(), Some("Retry"));
    stage.key(eframe::egui::Key::Tab);
    assert_eq!(stage.focused().as_deref(), Some("Discard"));
    stage.key(eframe::egui::Key::Enter);
    assert_eq!(stage.scene().wishes, [Wish::Discard(Mark(1))]);
}

#[test]
fn pending_ones_stand_below_in_their_order() {
    let mut stage = Stage::new((1..=40).map(any), false);
    stage.fold(waiting(1, "one"));
    stage.fold(waiting(2, "two"));
    stage.say(any(41));
    let [newest, one, two] = [
        stage.messages().last().unwrap().1,
        stage.rect("ana: one").top(),
        stage.rect("ana: two").top(),
    ];
    assert!(newest < one && one < two, "{newest} {one} {two}");
    assert!(stage.rect("ana: two").bottom() <= 500.0, "and are followed");
}

#[test]
fn text_is_shown_as_it_is() {
    let odd = "<b>bold</b> **x** \\n %s \u{1b} ăâîșț Привет";
    let stage = Stage::new([message(1, "ion", 0, odd)], false);
    assert!(stage.has(&format!("ion, 12:00: {odd}")));
}

#[test]
fn a_mention_tints_its_row() {
    let tints = |stage: &Stage| {
        let mention = [theme::LIGHT.mention, theme::DARK.mention];
        let shapes = stage.harness.output().shapes.iter();
        let tints = shapes.filter_map(|shape| match &shape.shape {
            Shape::Rect(rect) if mention.contains(&rect.fill) => Some(rect.rect),
            _ => None,
        });
        tints.collect::<Vec<_>>()
    };
    let mut stage = Stage::new([message(1, "ion", 0, "hello maria")], false);
    assert!(tints(&stage).is_empty());
    stage.say(message(2, "ana", 0, "I am ana"));
    assert!(tints(&stage).is_empty(), "by ourselves is none");
    stage.say(message(3, "ion", 1, "hello @Ana!"));
    let row = stage.rect("ion, 12:01: hello @Ana!");
    assert!(matches!(tints(&stage)[..], [tint] if tint.contains_rect(row)));
}

#[test]
fn text_can_be_selected_with_the_mouse() {
    let mut stage = Stage::new([message(1, "ion", 0, "hello there")], false);
    let row = stage.rect("ion, 12:00: hello there");
    stage.harness.drag_at(row.left_center() + vec2(1.0, 0.0));
    stage.run();
    stage.harness.hover_at(row.left_center() + vec2(300.0, 0.0));
    stage.run();
    stage.harness.drop_at(row.left_center() + vec2(300.0, 0.0));
    stage.run();
    stage.harness.event(Event::Copy);
    stage.harness.step();
    let commands = stage.commands();
    assert!(
        matches!(&commands[..], [OutputCommand::CopyText(text)] if text == "hello there"),
        "{commands:?}"
    );
}

#[test]
fn nothing_is_painted_while_nothing_happens() {
    let mut stage = Stage::new((1..=100).map(any), true);
    stage.fold(waiting(1, "on its way"));
    let outputs = &stage.harness.output().viewport_output;
    let again = outputs.values().map(|output| output.repaint_delay).min();
    assert!(again.is_some_and(|again| again.as_secs() > 3600), "{again:?}");
    // Read aloud as it comes, while it is followed.
    assert!(stage.harness.query_by_role_and_label(Role::Log, "Messages").is_some());
}

#[test]
fn the_longest_message_wraps() {
    let mut stage = Stage::new([message(1, "ion", 0, &"x".repeat(4038))], false);
    stage.say(message(2, "ion", 0, &"words and more words ".repeat(190)));
    stage.with(|scene| scene.timeline.to_oldest());
    let rect = stage.rect(&format!("ion, 12:00: {}", "x".repeat(4038)));
    assert!(rect.width() <= 700.0 && rect.height() > 200.0, "{rect:?}");
}

#[test]
fn a_message_can_be_copied() {
    let mut stage = Stage::new([message(1, "ion", 0, "hello there")], false);
    for (item, text) in
        [("Copy text", "hello there"), ("Copy with name and time", "ion, 12:00: hello there")]
    {
        stage.harness.get_by_label("ion, 12:00: hello there").click_secondary();
        stage.run();
        let commands = stage.commands_of(Role::Button, item);
        assert!(
            matches!(&commands[..], [OutputCommand::CopyText(copied)] if copied == text),
            "{commands:?}"
        );
    }
}

#[test]
fn older_ones_are_asked_for_once() {
    let mut stage = Stage::new((500..=600).map(any), true);
    assert_eq!(stage.scene().wishes, [], "far from the oldest");
    stage.with(|scene| scene.timeline.to_oldest());
    assert!(stage.has("Loading older messages…"));
    for _ in 0..5 {
        stage.wheel(-10.0);
        stage.wheel(20.0);
    }
    assert_eq!(stage.scene().wishes, [Wish::Older(MessageId::new(500))]);
    stage.older((400..500).map(any), true);
    stage.with(|scene| scene.timeline.to_oldest());
    assert_eq!(stage.scene().wishes[1..], [Wish::Older(MessageId::new(400))]);
    stage.older((350..400).map(any), false);
    stage.with(|scene| scene.timeline.to_oldest());
    assert_eq!(stage.scene().wishes.len(), 2);
    assert!(stage.has("This is where the history begins."));
}

#[test]
fn older_ones_that_do_not_come_can_be_asked_for_again() {
    let mut stage = Stage::new((500..=600).map(any), true);
    stage.with(|scene| scene.timeline.to_oldest());
    let before = stage.messages();
    let why = Plain { text: "The server is busy.".into(), code: "BUSY".into() };
    stage.with(|scene| scene.timeline.older_failed(why));
    assert!(stage.has("Older messages could not be loaded: The server is busy."));
    assert_eq!(stage.messages(), before, "nothing moves");
    stage.press(Role::Button, "Retry");
    assert_eq!(stage.scene().wishes, [Wish::Older(MessageId::new(500)); 2]);
    assert!(stage.has("Loading older messages…"));
    // A question dies with its connection.
    let why = taifas_client::Why::Broken;
    stage.fold(Happening::Link(Link::Lost { why, again_in_ms: 1000 }));
    assert!(stage.has("Older messages come when the connection is back."));
    assert_eq!(stage.scene().wishes.len(), 2);
    stage.fold(Happening::Link(Link::Live));
    assert_eq!(stage.scene().wishes.len(), 3);
}

#[test]
fn what_has_no_room_in_memory_is_not_called_the_beginning() {
    let mut model = Model::bounded(50);
    let messages = (1..=60).map(any).collect();
    model.fold(&Happening::Page(Page {
        place: Place::LOBBY,
        part: Part::Newest,
        messages,
        gap: None,
        more: true,
    }));
    model.fold(&Happening::Link(Link::Live));
    let mut stage = Stage::of(model);
    stage.with(|scene| scene.timeline.to_oldest());
    assert!(stage.has("Older messages are not kept in memory."));
    assert_eq!(stage.scene().wishes, []);
    const { assert!(MESSAGES_MOST == 100_000) };
}

#[test]
fn a_break_that_was_never_painted_is_made_up_for_too() {
    let mut stage = Stage::new((100..=160).map(any), true);
    stage.with(|scene| scene.timeline.to_oldest());
    let wanted = |stage: &Stage| stage.harness.state().wishes.clone();
    assert_eq!(wanted(&stage), [Wish::Older(MessageId::new(100))]);
    // Both while the window is not shown.
    stage.with(|scene| {
        let why = taifas_client::Why::Broken;
        scene.model.fold(&Happening::Link(Link::Lost { why, again_in_ms: 1000 }));
        scene.timeline.lost();
        scene.model.fold(&Happening::Link(Link::Live));
    });
    assert_eq!(wanted(&stage), [Wish::Older(MessageId::new(100)); 2]);
}
