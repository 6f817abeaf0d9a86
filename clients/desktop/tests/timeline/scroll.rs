//! Scrolling: nothing moves by itself, the newest are followed, and only what is in view
//! costs anything.

use std::time::Instant;

use eframe::egui::accesskit::Role;
use taifas_client::{Happening, MessageId, Model, Page, Place, wire::Part};

use crate::stage::{Stage, any, message};

/// What was on the screen before and is still there, stands where it stood.
#[track_caller]
fn held(before: &[(u64, f32)], after: &[(u64, f32)]) {
    let mut stayed = 0;
    for (id, top) in before {
        if let Some((_, now)) = after.iter().find(|(known, _)| known == id) {
            assert!((now - top).abs() < 0.01, "{id} moved from {top} to {now}");
            stayed += 1;
        }
    }
    assert!(stayed >= 3, "{before:?} is not in {after:?}");
}

#[test]
fn at_the_bottom_the_newest_is_followed() {
    let mut stage = Stage::new((1..=100).map(any), false);
    assert!(stage.scene().timeline.is_at_newest());
    for id in 101..=120 {
        stage.say(any(id));
        assert_eq!(stage.messages().last().unwrap().0, id);
        assert!(stage.scene().timeline.is_at_newest());
    }
    assert!(!stage.has("to newest ↓"));
}

#[test]
fn scrolled_up_nothing_moves_until_the_pill_is_pressed() {
    let mut stage = Stage::new((1..=200).map(any), false);
    stage.wheel(300.0);
    assert!(!stage.scene().timeline.is_at_newest());
    let before = stage.messages();
    stage.say(any(201));
    stage.say(message(202, "ana", 60, "202: ours is not new to us"));
    stage.say(any(203));
    stage.say(any(204));
    held(&before, &stage.messages());
    assert_eq!(stage.scene().timeline.new_below(), 3);
    stage.press(Role::Button, "3 new ↓");
    assert!(stage.scene().timeline.is_at_newest());
    assert_eq!(stage.messages().last().unwrap().0, 204);
    assert_eq!(stage.scene().timeline.new_below(), 0);
    assert!(!stage.has("3 new ↓"));
}

#[test]
fn far_up_there_is_a_way_back_without_news() {
    let mut stage = Stage::new((1..=200).map(any), false);
    stage.wheel(40.0);
    assert!(!stage.has("to newest ↓"), "near enough to scroll");
    stage.with(|scene| scene.timeline.to_oldest());
    stage.press(Role::Button, "to newest ↓");
    assert!(stage.scene().timeline.is_at_newest());
}

#[test]
fn older_pages_leave_the_place() {
    let mut stage = Stage::new((1000..=1100).map(any), true);
    stage.with(|scene| scene.timeline.to_oldest());
    stage.wheel(-70.0);
    for page in (0..9).rev() {
        let before = stage.messages();
        stage.older((page * 100 + 100..page * 100 + 200).map(any), true);
        held(&before, &stage.messages());
        // On to where the next page is put in above, through rows never seen.
        for _ in 0..12 {
            stage.wheel(400.0);
        }
    }
}

#[test]
fn a_window_of_another_size_leaves_the_place() {
    let mut stage = Stage::new((1..=300).map(any), false);
    stage.with(|scene| scene.timeline.scroll_pages(-5.0));
    let first = |stage: &Stage| stage.messages().into_iter().find(|(_, top)| *top >= 0.0).unwrap();
    let before = first(&stage);
    for width in [500.0, 420.0, 900.0, 1400.0, 700.0] {
        stage.harness.set_size(eframe::egui::vec2(width, 500.0));
        stage.run();
        let now = stage.messages().into_iter().find(|(id, _)| *id == before.0);
        let now = now.unwrap_or_else(|| panic!("{before:?} is gone at {width}"));
        assert!((now.1 - before.1).abs() < 0.51, "{before:?} {now:?} at {width}");
    }
}

#[test]
fn the_oldest_may_go_while_one_reads() {
    let mut model = Model::bounded(200);
    let messages = (1..=200).map(any).collect();
    model.fold(&Happening::Page(Page {
        place: Place::LOBBY,
        part: Part::Newest,
        messages,
        gap: None,
        more: false,
    }));
    let mut stage = Stage::of(model);
    stage.with(|scene| scene.timeline.scroll_pages(-3.0));
    for id in 201..=260 {
        let before = stage.messages();
        stage.say(any(id));
        held(&before, &stage.messages());
    }
    // Now those that are read go, too.
    for id in 261..=460 {
        stage.say(any(id));
    }
    assert_eq!(stage.messages()[0].0, 261);
}

#[test]
fn pages_and_ends() {
    let mut stage = Stage::new((1..=400).map(any), false);
    let newest = stage.messages();
    stage.with(|scene| scene.timeline.scroll_pages(-1.0));
    let above = stage.messages();
    assert!(above.last().unwrap().0 >= newest[0].0, "something stays in view");
    assert!(above[0].0 < newest[0].0);
    stage.with(|scene| scene.timeline.scroll_pages(1.0));
    assert!(stage.scene().timeline.is_at_newest());
    held(&newest, &stage.messages());
    stage.with(|scene| scene.timeline.to_oldest());
    assert_eq!(stage.messages()[0].0, 1);
    stage.with(|scene| scene.timeline.to_newest());
    assert_eq!(stage.messages().last().unwrap().0, 400);
}

#[test]
fn the_wheel_moves_by_what_it_says() {
    let mut stage = Stage::new((1..=400).map(any), false);
    stage.wheel(1000.0);
    let before = stage.messages();
    stage.wheel(120.0);
    let after = stage.messages();
    let (id, top) = before[1];
    let now = after.iter().find(|(known, _)| *known == id).unwrap().1;
    assert!((now - top - 120.0).abs() <= 1.0, "{top} to {now}");
}

#[test]
fn the_bar_reaches_both_ends() {
    let mut stage = Stage::new((1..=2000).map(any), false);
    let drag = |stage: &mut Stage, from: f32, to: f32| {
        stage.harness.drag_at(eframe::egui::pos2(696.0, from));
        stage.run();
        stage.harness.hover_at(eframe::egui::pos2(696.0, to));
        stage.run();
        stage.run();
        stage.harness.drop_at(eframe::egui::pos2(696.0, to));
        stage.run();
    };
    drag(&mut stage, 494.0, 250.0);
    let middle = stage.messages()[0].0;
    assert!((600..1400).contains(&middle), "{middle}");
    drag(&mut stage, 250.0, -20.0);
    assert_eq!(stage.messages()[0].0, 1);
    drag(&mut stage, 6.0, 700.0);
    assert!(stage.scene().timeline.is_at_newest());
    assert_eq!(stage.messages().last().unwrap().0, 2000);
}

#[test]
fn a_hundred_thousand_cost_no_more_than_a_screen() {
    let mut stage = Stage::new((1..=100_000).map(any), false);
    let in_view = |stage: &Stage| {
        let count = stage.messages().len();
        assert!((3..40).contains(&count), "{count} rows for one screen");
    };
    in_view(&stage);
    stage.with(|scene| scene.timeline.to_oldest());
    in_view(&stage);
    assert_eq!(stage.messages()[0].0, 1);
    let start = Instant::now();
    let mut frames = 0;
    for _ in 0..50 {
        stage.with(|scene| scene.timeline.scroll_pages(0.7));
        in_view(&stage);
        frames += 1;
    }
    let per = start.elapsed() / frames;
    // An unoptimised build on a busy machine; laying all of them out takes minutes.
    assert!(per.as_millis() < 2000, "{per:?} for a page");
    // At the bound each message that comes sends the oldest away.
    let before = stage.messages();
    for id in 100_001..=100_020 {
        stage.say(any(id));
    }
    held(&before, &stage.messages());
    assert_eq!(stage.scene().timeline.new_below(), 20);
    assert_eq!(stage.scene().model.at(&Place::LOBBY).messages()[0].id, MessageId::new(21));
    stage.press(Role::Button, "20 new ↓");
    assert_eq!(stage.messages().last().unwrap().0, 100_020);
}
