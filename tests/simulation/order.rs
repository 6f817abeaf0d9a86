//! Stories of what operators do to people who are behind, or in the middle of something.
//! The checks of every input hold here as well.

use taifas::hub::Input;
use taifas::limits::Limits;

use super::life::said_before;
use super::world::World;

/// A server with an operator, who is in the lobby and in #far; and their slot.
fn world() -> (World, usize) {
    let limits = Limits { message_rate: 0, ..Limits::default() };
    let mut world = World::new(1, limits, (1..=30).map(said_before).collect());
    world.store.add("boss".parse().expect("a name"), "pass-boss");
    let names = world.store.names();
    let accounts = names.iter().map(|(_, id)| *id).collect();
    world.handle(Input::Registered { names });
    world.handle(Input::OperatorsSet { accounts });
    let boss = world.connect(usize::MAX);
    world.say(boss, "LOGIN boss pass-boss");
    world.settle();
    join(&mut world, boss, "#far");
    (world, boss)
}

fn named(world: &mut World, name: &str) -> usize {
    let slot = world.connect(0);
    world.say(slot, format!("NAME {name}"));
    world.settle();
    slot
}

fn join(world: &mut World, slot: usize, room: &str) {
    world.say(slot, format!("JOIN {room}"));
    world.settle();
}

/// What it was told since it was last asked; nothing of what was before the first time.
fn told(world: &mut World, slot: usize) -> Vec<String> {
    let peer = world.peers[slot].as_mut().expect("connected");
    peer.transcript.replace(Vec::new()).unwrap_or_default()
}

fn is_full(world: &mut World) {
    world.soft_bytes = 10;
    world.end_turn();
    world.soft_bytes = usize::MAX;
}

/// Everything that is said is written and told.
fn written(world: &mut World) {
    world.store.commit_all(false, &mut world.rng);
    while let Some(input) = world.store.tell() {
        world.handle(input);
    }
}

#[test]
fn who_is_sent_out_is_answered_to_the_end() {
    for behind_before in [false, true] {
        let (mut world, boss) = world();
        let ion = named(&mut world, "ion");
        join(&mut world, ion, "#far");
        told(&mut world, ion);
        world.say(ion, "PING");
        world.say(ion, "MSG one");
        written(&mut world);
        world.say(ion, "MSG two");
        world.say(ion, "MSG #lobby :three");
        world.say(ion, "MSG four");
        if behind_before {
            is_full(&mut world);
        }
        world.say(boss, "KICK #far ion :out");
        world.drain(boss, usize::MAX);
        if !behind_before {
            is_full(&mut world);
        }
        written(&mut world);
        world.say(boss, "MSG #far :not for him");
        world.settle();
        let lines = told(&mut world, ion);
        let said: Vec<&str> =
            lines.iter().filter(|line| line.contains(" MSG ")).map(String::as_str).collect();
        let expected = [
            ":ion MSG #far :one",
            ":ion MSG #far :two",
            ":ion MSG #lobby :three",
            ":ion MSG #far :four",
        ];
        assert_eq!(said, expected);
        let sent_out =
            lines.iter().filter(|line| line.contains("KICK #far") || line.contains("out of #far"));
        assert_eq!(sent_out.count(), 1, "told once why: {lines:?}");
        world.finish();
    }
}

#[test]
fn a_fresh_list_of_a_room_ends_where_one_is_sent_out() {
    let (mut world, boss) = world();
    let ion = named(&mut world, "ion");
    join(&mut world, ion, "#far");
    let crowd: Vec<usize> = (0..560).map(|_| world.connect(usize::MAX)).collect();
    for (n, slot) in crowd.iter().enumerate() {
        world.say(*slot, format!("NAME of-the-many-who-are-here-now-{n}"));
        if n > 0 {
            world.say(*slot, "JOIN #far");
        }
    }
    world.settle();
    world.say(ion, "HELP");
    is_full(&mut world);
    told(&mut world, ion);
    // Who comes meanwhile is what the list is for.
    world.say(crowd[0], "JOIN #far");
    world.pass(250);
    world.say(ion, "PING");
    world.drain(ion, usize::MAX);
    let lines = told(&mut world, ion);
    assert!(!lines.is_empty() && lines.iter().all(|line| line.starts_with("NAMES #far ")));
    world.say(boss, "KICK #far ion");
    world.settle();
    assert_eq!(told(&mut world, ion), [":boss KICK #far ion :", "OK PING"], "and no more names");
    world.finish();
}

#[test]
fn what_is_erased_while_it_is_being_read_is_not_shown() {
    let (mut world, boss) = world();
    let (ana, bot) = (world.connect(usize::MAX), world.connect(usize::MAX));
    for line in ["TAGS ON", "NAME bot", "JOIN #old"] {
        world.say(bot, line);
    }
    world.say(ana, "NAME ana");
    world.settle();
    told(&mut world, ana);
    world.say(ana, "JOIN #old");
    world.store.read_lines(&mut world.rng);
    world.say(bot, "MSG #old :oops");
    world.say(bot, "MSG #old :better");
    written(&mut world);
    // One that the store has read, and one that was said since.
    let oops = world.log.relayed.iter().rev().nth(1).expect("two were said").id;
    for id in [3, oops.0] {
        world.say(boss, format!("FORGET {id}"));
        let erased = world.store.forget_next().expect("something is to be erased");
        world.handle(erased);
        world.drain(boss, usize::MAX);
        world.end_turn();
    }
    let page = world.store.read_one(&mut world.rng).expect("read above");
    world.handle(page);
    let lines = told(&mut world, ana);
    assert_eq!(lines[0], "OK JOIN #old 2");
    assert!(lines[1].ends_with(" :before 6"), "{lines:#?}");
    assert!(lines[9].ends_with(" :before 30") && lines[10].ends_with(" :better"), "{lines:#?}");
    assert_eq!(lines.len(), 11);
    world.finish();
}
