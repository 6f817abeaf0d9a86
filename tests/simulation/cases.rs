//! What went wrong once, or could: each a short story with the lines that somebody is
//! told. The checks of every input hold here as well.

use taifas::hub::Input;
use taifas::limits::Limits;
use taifas::protocol::Name;

use super::world::World;

pub fn world() -> World {
    let limits = Limits { message_rate: 0, ..Limits::default() };
    World::new(1, limits, Vec::new())
}

/// Somebody of this name, whose lines are kept.
pub fn named(world: &mut World, name: &str, pace: usize) -> usize {
    let slot = world.connect(pace);
    world.say(slot, format!("NAME {name}"));
    world.settle();
    world.peers[slot].as_mut().expect("connected").transcript = Some(Vec::new());
    slot
}

/// What it was told since it was last asked.
pub fn told(world: &mut World, slot: usize) -> Vec<String> {
    let peer = world.peers[slot].as_mut().expect("connected");
    peer.transcript.replace(Vec::new()).expect("kept")
}

/// More is unsent than may be.
fn falls_behind(world: &mut World, slot: usize) {
    world.say(slot, "HELP");
    world.soft_bytes = 10;
    world.end_turn();
    world.soft_bytes = 64 * 1024;
    assert!(world.peers[slot].as_ref().is_some_and(|p| p.held), "it is not behind");
    told(world, slot);
}

pub fn commit(world: &mut World, fails: bool) {
    world.store.commit_all(fails, &mut world.rng);
}

#[test]
fn a_refusal_keeps_its_place_behind() {
    let mut world = world();
    let ana = named(&mut world, "ana", 0);
    let other = named(&mut world, "other", 0);
    world.say(ana, "HELP");
    for (text, fails) in [("one", true), ("two", false), ("three", true), ("four", false)] {
        world.say(ana, format!("MSG {text}"));
        commit(&mut world, fails);
    }
    world.say(ana, "MSG five");
    commit(&mut world, true);
    world.say(ana, "PING done");
    world.soft_bytes = 10;
    world.end_turn();
    world.soft_bytes = 64 * 1024;
    told(&mut world, ana);
    told(&mut world, other);
    world.settle();
    let refused = "FAIL MSG NOT_STORED";
    let lines = told(&mut world, ana);
    let fresh = "NAMES #lobby ana other";
    let starts = [refused, ":ana MSG", refused, ":ana MSG", refused, fresh, "OK PING done"];
    assert_eq!(lines.len(), starts.len(), "{lines:#?}");
    for (line, start) in lines.iter().zip(starts) {
        assert!(line.starts_with(start), "{start} in {lines:#?}");
    }
    assert_eq!(told(&mut world, other), [":ana MSG #lobby :two", ":ana MSG #lobby :four"]);
    world.finish();
}

#[test]
fn a_reader_that_is_behind_for_long_is_not_silent() {
    let mut world = world();
    let ana = named(&mut world, "ana", 0);
    world.say(ana, "TAGS ON");
    falls_behind(&mut world, ana);
    for _ in 0..5 {
        world.pass(121_000);
        world.say(ana, "PONG 1");
    }
    world.settle();
    assert!(!world.peers[ana].as_ref().expect("there").closed, "it reads and answers");
    // Live and silent, it is asked once, and then it is over.
    told(&mut world, ana);
    world.pass(120_000);
    let asked = told(&mut world, ana);
    assert!(asked.len() == 1 && asked[0].starts_with("PING "), "{asked:?}");
    world.pass(119_999);
    assert!(!world.peers[ana].as_ref().expect("there").closed, "too early");
    world.pass(1);
    assert!(world.peers[ana].as_ref().expect("there").closed, "too late");
    world.finish();
}

#[test]
fn who_has_gone_is_heard_before_they_part() {
    let mut world = world();
    let (ana, ion) = (named(&mut world, "ana", 0), named(&mut world, "ion", 0));
    world.settle();
    told(&mut world, ion);
    world.say(ana, "MSG last words");
    world.gone(ana);
    world.settle();
    assert_eq!(told(&mut world, ion), [":ana MSG #lobby :last words", ":srv PART #lobby ana"]);
    world.finish();
}

#[test]
fn a_name_that_is_free_again_is_news_to_who_had_it() {
    let mut world = world();
    world.store.add("zoe".parse().expect("a name"), "pass-zoe");
    let names = world.store.names();
    world.handle(Input::Registered { names });
    let zoe = named(&mut world, "phone", usize::MAX);
    world.say(zoe, "LOGIN zoe pass-zoe");
    world.settle();
    let ion = named(&mut world, "ion", usize::MAX);
    world.say(ion, "NAMES");
    world.say(ion, "LOGIN zoe pass-zoe");
    while world.hub.name_of(world.peers[ion].as_ref().expect("connected").session)
        != Some("zoe".parse().expect("a name"))
    {
        world.work();
    }
    // To the others ion has not even gone.
    let other = world.connect(usize::MAX);
    world.say(other, "NAME ion");
    world.settle();
    let lines = told(&mut world, ion);
    assert!(lines.iter().any(|line| line == ":srv JOIN #lobby ion"), "{lines:#?}");
    world.finish();
}

#[test]
fn a_room_that_was_left_knows_the_old_name() {
    let mut world = world();
    let (ana, ion) = (named(&mut world, "ana", usize::MAX), named(&mut world, "ion", usize::MAX));
    for line in ["JOIN #a", "NAMES #a", "NAMES #lobby"] {
        world.say(ion, line);
        world.say(ana, line);
        world.settle();
    }
    told(&mut world, ana);
    world.say(ion, "PART #lobby");
    world.say(ion, "NAME jon");
    world.settle();
    assert_eq!(told(&mut world, ana), [":srv PART #lobby ion", ":ion NAME jon"]);
    world.finish();
}

/// Somebody whose login to the account zoe is being hashed.
fn zoe_logs_in() -> (World, usize, Name) {
    let mut world = world();
    let zoe: Name = "zoe".parse().expect("a name");
    world.store.add(zoe, "pass-zoe");
    let names = world.store.names();
    world.handle(Input::Registered { names });
    let slot = named(&mut world, "ion", 0);
    world.say(slot, "LOGIN zoe pass-zoe");
    while !world.store.is_hashing() {
        world.work();
    }
    (world, slot, zoe)
}

#[test]
fn an_account_removed_while_it_logs_in_is_none() {
    let (mut world, slot, _) = zoe_logs_in();
    world.store.accounts.clear();
    world.handle(Input::Registered { names: Vec::new() });
    world.settle();
    let lines = told(&mut world, slot);
    assert!(lines[0].starts_with("FAIL LOGIN BAD_CREDENTIALS"), "{lines:?}");
    world.say(slot, "NAME zoe");
    assert_eq!(told(&mut world, slot), ["OK NAME zoe", ":ion NAME zoe"], "the name is free");
    world.finish();
}

#[test]
fn a_password_that_is_replaced_while_somebody_logs_in_with_it_is_wrong() {
    let (mut world, slot, zoe) = zoe_logs_in();
    world.handle(Input::PasswordsSet { names: vec![zoe] });
    world.settle();
    let lines = told(&mut world, slot);
    assert!(lines[0].starts_with("FAIL LOGIN BAD_CREDENTIALS"), "{lines:?}");
    world.finish();
}

#[test]
fn whoever_has_left_holds_no_place_in_the_line() {
    let limits = Limits { hash_queue: 2, ..Limits::default() };
    let mut world = World::new(1, limits, Vec::new());
    let slots: Vec<usize> = (0..5).map(|_| world.connect(usize::MAX)).collect();
    for slot in &slots[..4] {
        world.say(*slot, "LOGIN zoe pass-zoe");
    }
    let complaints = |world: &World, slot: usize| {
        world.peers[slot].as_ref().expect("connected").complaints.clone()
    };
    assert_eq!(complaints(&world, slots[2]), [""; 0], "the second that waits");
    assert_eq!(complaints(&world, slots[3]), ["TRY_LATER"], "the third that would");
    world.gone(slots[1]);
    world.gone(slots[2]);
    world.say(slots[4], "LOGIN zoe pass-zoe");
    world.say(slots[3], "LOGIN zoe pass-zoe");
    world.settle();
    assert_eq!(complaints(&world, slots[4]), ["BAD_CREDENTIALS"]);
    assert_eq!(complaints(&world, slots[3]), ["TRY_LATER", "BAD_CREDENTIALS"]);
    world.finish();
}

#[test]
fn a_list_in_portions_ends_as_things_are() {
    let mut world = world();
    let name = |n: usize| format!("n{n:03}{}", "x".repeat(28));
    let slots: Vec<usize> = (0..700)
        .map(|n| {
            let slot = world.connect(usize::MAX);
            world.say(slot, format!("NAME {}", name(n)));
            slot
        })
        .collect();
    world.settle();
    let ana = named(&mut world, "ana", 0);
    world.say(ana, "NAMES");
    assert!(world.peers[ana].as_ref().is_some_and(|p| p.when_drained), "in one portion");
    // Both sides of where the list stands, people come, go, and change their names.
    world.gone(slots[1]);
    world.gone(slots[699]);
    world.say(slots[2], "NAME zzz");
    world.say(slots[698], "NAME aaa");
    for new in ["abc", "zyx"] {
        let slot = world.connect(usize::MAX);
        world.say(slot, format!("NAME {new}"));
    }
    world.say(ana, "PING after");
    world.pass(250);
    world.settle();
    let lines = told(&mut world, ana);
    let at = |start: &str| lines.iter().position(|l| l.starts_with(start)).expect("told");
    assert!(at("OK NAMES ") < at("OK PING after"), "answers in order");
    assert!(at(":srv PART ") < at("OK NAMES "), "presence is not kept back by a list");
    world.finish();
}

#[test]
fn a_mute_does_not_overtake_what_was_said_before_it() {
    let mut world = world();
    world.store.add("boss".parse().expect("a name"), "pass-boss");
    let names = world.store.names();
    let accounts = names.iter().map(|(_, id)| *id).collect();
    world.handle(Input::Registered { names });
    world.handle(Input::OperatorsSet { accounts });
    let boss = world.connect(usize::MAX);
    world.say(boss, "LOGIN boss pass-boss");
    let ana = named(&mut world, "ana", usize::MAX);
    told(&mut world, ana);
    world.say(ana, "MSG one");
    world.say(boss, "MUTE ana :hush");
    let muted = world.store.change_next().expect("a mute is to be written");
    world.handle(muted);
    world.say(ana, "MSG two");
    commit(&mut world, false);
    world.settle();
    let lines = told(&mut world, ana);
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let expected = [
        ":srv NOTICE :you are muted for good: hush",
        ":ana MSG #lobby :one",
        "FAIL MSG MUTED :you are muted for good: hush",
    ];
    assert_eq!(lines, expected);
    world.finish();
}
