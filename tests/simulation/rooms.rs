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

#[test]
fn a_room_entered_while_behind_is_heard_from_then_on() {
    let mut world = World::new(1, limits(), (1..=30).map(said_before).collect());
    let (ana, bot) = (world.connect(0), world.connect(usize::MAX));
    world.say(bot, "TAGS ON");
    world.say(bot, "NAME bot");
    world.say(ana, "NAME ana");
    world.settle();
    told(&mut world, ana);
    // She waits for the last lines of the room, and falls behind meanwhile; the bot, who
    // is shown none, enters at once.
    world.say(ana, "HELP");
    world.say(ana, "JOIN #old");
    world.soft_bytes = 10;
    world.end_turn();
    world.soft_bytes = 64 * 1024;
    assert!(world.peers[ana].as_ref().is_some_and(|p| p.held), "she is not behind");
    world.say(bot, "JOIN #old");
    for text in ["MSG #lobby :missed", "MSG #old :too early for her"] {
        world.say(bot, text);
    }
    world.store.commit_all(false, &mut world.rng);
    while let Some(input) = world.store.tell() {
        world.handle(input);
    }
    told(&mut world, ana);
    work(&mut world);
    for text in ["MSG #old :one", "MSG #lobby :two", "MSG #old :three"] {
        world.say(bot, text);
        work(&mut world);
    }
    let lines = told(&mut world, ana);
    assert_eq!(lines[0], "OK JOIN #old 2");
    assert!(lines[11].starts_with(":bot HIST #old ") && lines[11].ends_with("too early for her"));
    assert_eq!(lines.len(), 12, "{lines:#?}");
    world.settle();
    let expected = [
        ":bot MSG #lobby :missed",
        ":bot MSG #old :one",
        ":bot MSG #lobby :two",
        ":bot MSG #old :three",
        "NAMES #lobby ana bot",
        "NAMES #old ana bot",
        ":srv JOIN #old ana",
    ];
    assert_eq!(told(&mut world, ana), expected);
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
    world.say(slow, "HELP");
    world.soft_bytes = 10;
    world.end_turn();
    world.soft_bytes = usize::MAX;
    told(&mut world, slow);
    // Only another room speaks, more than is kept in memory: a page has nothing in it.
    let long = "x".repeat(3500);
    let say = |world: &mut World, room: &str, text: &str| {
        world.say(loud, format!("MSG {room} :{text}"));
        world.store.commit_all(false, &mut world.rng);
        while let Some(input) = world.store.tell() {
            world.handle(input);
        }
        world.drain(loud, usize::MAX);
    };
    (0..120).for_each(|n| say(&mut world, "#b", &format!("{n}{long}")));
    world.drain(slow, usize::MAX);
    assert!(world.store.kinds.contains("catch-up"), "the store is asked");
    // While the store reads, her rooms speak, and messages are written that nobody has
    // been told of: neither belongs to the page that is being read.
    say(&mut world, "#a", "one");
    say(&mut world, "#lobby", "two");
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
