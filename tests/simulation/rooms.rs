//! Stories of several rooms and of who is behind in them. The checks of every input
//! hold here as well.

use taifas::limits::Limits;

use super::life::said_before;
use super::world::World;

fn limits() -> Limits {
    Limits { message_rate: 0, ..Limits::default() }
}

/// What it was told since it was last asked; nothing of what was before the first time.
fn told(world: &mut World, slot: usize) -> Vec<String> {
    let peer = world.peers[slot].as_mut().expect("connected");
    peer.transcript.replace(Vec::new()).unwrap_or_default()
}

/// Everything that was asked of the store is done, and nobody reads anything.
fn work(world: &mut World) {
    while !world.store.is_idle() {
        world.work();
        world.end_turn();
    }
}

/// From here on it is behind, and waits for the answer to this, if it is anything.
fn falls_behind(world: &mut World, slot: usize, line: &str) {
    world.say(slot, "HELP");
    world.say(slot, line);
    world.soft_bytes = 10;
    world.end_turn();
    world.soft_bytes = usize::MAX;
    assert!(world.peers[slot].as_ref().is_some_and(|p| p.held), "it is not behind");
    told(world, slot);
}

/// It is said, written and told, and nothing else happens.
fn said(world: &mut World, slot: usize, line: &str) {
    world.say(slot, line);
    world.store.commit_all(false, &mut world.rng);
    while let Some(input) = world.store.tell() {
        world.handle(input);
    }
    world.drain(slot, usize::MAX);
}

/// More is said in a room than is kept in memory.
fn deluge(world: &mut World, slot: usize, room: &str) {
    let long = "x".repeat(3500);
    (0..120).for_each(|n| said(world, slot, &format!("MSG {room} :{n}{long}")));
}

#[test]
fn a_room_entered_while_behind_is_heard_from_then_on() {
    for from_store in [false, true] {
        let mut world = World::new(1, limits(), (1..=30).map(said_before).collect());
        let (ana, bot) = (world.connect(0), world.connect(usize::MAX));
        for line in ["TAGS ON", "NAME bot", "JOIN #far"] {
            world.say(bot, line);
        }
        world.say(ana, "NAME ana");
        world.settle();
        // She waits for the last lines of the room, and falls behind meanwhile; the bot,
        // who is shown none, enters at once.
        falls_behind(&mut world, ana, "JOIN #old");
        world.say(bot, "JOIN #old");
        said(&mut world, bot, "MSG #lobby :missed");
        said(&mut world, bot, "MSG #old :too early for her");
        if from_store {
            deluge(&mut world, bot, "#far");
        }
        told(&mut world, ana);
        let page = world.store.read_one(&mut world.rng).expect("her room's lines");
        world.handle(page);
        let lines = told(&mut world, ana);
        assert_eq!(lines[0], "OK JOIN #old 2");
        assert!(lines[11].starts_with(":bot HIST #old "), "{}", lines[11]);
        assert!(lines[11].ends_with("too early for her"), "{}", lines[11]);
        assert_eq!(lines.len(), 12, "{lines:#?}");
        for line in ["MSG #old :one", "MSG #lobby :two", "MSG #old :three"] {
            said(&mut world, bot, line);
        }
        world.settle();
        assert_eq!(world.store.kinds.contains("catch-up"), from_store);
        let expected = [
            ":bot MSG #lobby :missed",
            ":bot MSG #old :one",
            ":bot MSG #lobby :two",
            ":bot MSG #old :three",
            "NAMES #lobby ana bot",
            "NAMES #old ana bot",
        ];
        let lines = told(&mut world, ana);
        assert_eq!(lines[..6], expected);
        // Of her coming the others are told as ever.
        assert!(lines[6..].iter().all(|line| line == ":srv JOIN #old ana"), "{lines:#?}");
        world.finish();
    }
}

#[test]
fn who_logs_in_while_behind_hears_the_lobby_from_then_on() {
    let mut world = World::new(1, limits(), Vec::new());
    let (ana, ion) = (world.connect(0), world.connect(usize::MAX));
    world.store.add("ana".parse().expect("a name"), "pass-ana");
    let names = world.store.names();
    world.handle(taifas::hub::Input::Registered { names });
    world.say(ion, "NAME ion");
    world.settle();
    falls_behind(&mut world, ana, "LOGIN ana pass-ana");
    said(&mut world, ion, "MSG before");
    work(&mut world);
    said(&mut world, ion, "MSG after");
    let lines = told(&mut world, ana);
    assert_eq!(lines[0], "OK LOGIN ana 1");
    assert!(lines[1].starts_with(":ion HIST #lobby ") && lines.len() == 2, "{lines:#?}");
    world.settle();
    let lines = told(&mut world, ana);
    assert_eq!(lines[..2], [":ion MSG #lobby :after", "NAMES #lobby ana ion"]);
    world.finish();
}

#[test]
fn many_people_are_listed_anew_only_where_somebody_came_or_went() {
    let mut world = World::new(1, limits(), Vec::new());
    let slow = world.connect(0);
    for line in ["NAME slow", "JOIN #a", "JOIN #b"] {
        world.say(slow, line);
        work(&mut world);
    }
    let crowd: Vec<usize> = (0..300).map(|_| world.connect(usize::MAX)).collect();
    for (n, slot) in crowd.iter().enumerate() {
        world.say(*slot, format!("NAME n{n}"));
    }
    world.say(crowd[0], "JOIN #a");
    world.say(crowd[1], "JOIN #b");
    world.settle();
    told(&mut world, slow);
    falls_behind(&mut world, slow, "");
    world.say(crowd[0], "PART #lobby");
    world.pass(250);
    world.settle();
    let lines = told(&mut world, slow);
    assert!(lines.iter().all(|line| line.starts_with("NAMES #lobby ")), "{lines:#?}");
    assert!(lines.len() > 1, "{lines:#?}");
    falls_behind(&mut world, slow, "");
    world.say(crowd[0], "NAME zoe");
    world.settle();
    assert_eq!(told(&mut world, slow), ["NAMES #a slow zoe"]);
    falls_behind(&mut world, slow, "");
    world.settle();
    assert_eq!(told(&mut world, slow), [""; 0], "nobody came or went");
    world.finish();
}

#[test]
fn rooms_being_made_count_and_one_that_two_make_is_one() {
    let mut world = World::new(1, Limits { rooms: 2, ..limits() }, Vec::new());
    let slots: Vec<usize> = (0..3).map(|_| world.connect(usize::MAX)).collect();
    for (n, slot) in slots.iter().enumerate() {
        world.say(*slot, format!("NAME n{n}"));
    }
    world.settle();
    slots.iter().for_each(|slot| drop(told(&mut world, *slot)));
    // Nothing is written before all have asked.
    for (slot, room) in slots.iter().zip(["#One", "#two", "#one"]) {
        world.say(*slot, format!("JOIN {room}"));
    }
    world.settle();
    let lines: Vec<String> = slots.iter().map(|slot| told(&mut world, *slot).remove(0)).collect();
    assert_eq!(lines[0], "OK JOIN #One 1");
    assert!(lines[1].starts_with("FAIL JOIN NOT_ALLOWED :there are as many rooms"), "{lines:?}");
    assert_eq!(lines[2], "OK JOIN #One 2");
    world.finish();
}

#[test]
fn whoever_missed_nothing_of_a_deluge_elsewhere_is_live_again() {
    let mut world = World::new(1, limits(), Vec::new());
    let (slow, loud) = (world.connect(0), world.connect(usize::MAX));
    for line in ["NAME loud", "JOIN #b"] {
        world.say(loud, line);
    }
    world.say(slow, "NAME slow");
    world.settle();
    told(&mut world, slow);
    falls_behind(&mut world, slow, "");
    deluge(&mut world, loud, "#b");
    world.settle();
    assert!(world.store.kinds.contains("catch-up"), "the store is asked");
    assert_eq!(told(&mut world, slow), ["NAMES #lobby loud slow"]);
    world.finish();
}

#[test]
fn a_page_of_other_rooms_is_progress_and_skips_nothing() {
    let mut world = World::new(1, limits(), Vec::new());
    let (slow, loud) = (world.connect(0), world.connect(usize::MAX));
    for line in ["NAME loud", "JOIN #a", "JOIN #b"] {
        world.say(loud, line);
        work(&mut world);
    }
    for line in ["NAME slow", "JOIN #a"] {
        world.say(slow, line);
    }
    world.settle();
    told(&mut world, slow);
    falls_behind(&mut world, slow, "");
    // Only another room speaks, more than is kept in memory: a page has nothing in it.
    deluge(&mut world, loud, "#b");
    world.drain(slow, usize::MAX);
    assert!(world.store.kinds.contains("catch-up"), "the store is asked");
    // While the store reads, her rooms speak, and messages are written that nobody has
    // been told of: neither belongs to the page that is being read.
    said(&mut world, loud, "MSG #a :one");
    said(&mut world, loud, "MSG #lobby :two");
    world.say(loud, "MSG #a :three");
    world.store.commit_all(false, &mut world.rng);
    let page = world.store.read_one(&mut world.rng).expect("asked above");
    world.handle(page);
    assert_eq!(told(&mut world, slow), [""; 0], "nothing of what came after the question");
    world.settle();
    let expected = [
        ":loud MSG #a :one",
        ":loud MSG #lobby :two",
        ":loud MSG #a :three",
        "NAMES #lobby loud slow",
        "NAMES #a loud slow",
    ];
    assert_eq!(told(&mut world, slow), expected);
    world.finish();
}
