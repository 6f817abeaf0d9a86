//! What is told while people come and go: heard or announced, once, whatever the store
//! takes its time for.

use taifas::hub::Input;

use super::cases::{commit, named, told, world};
use super::world::World;

/// A world in which ana and zoe are accounts, and ana is here.
fn with_ana() -> (World, usize) {
    let mut world = world();
    for name in ["ana", "zoe"] {
        world.store.add(name.parse().expect("a name"), &format!("pass-{name}-0"));
    }
    let names = world.store.names();
    world.handle(Input::Registered { names });
    let ana = logged_in(&mut world, "ana");
    told(&mut world, ana);
    (world, ana)
}

/// Somebody logs in; what they are told, of which presence is left out.
fn logged_in(world: &mut World, name: &str) -> usize {
    let slot = world.connect(usize::MAX);
    world.peers[slot].as_mut().expect("connected").transcript = Some(Vec::new());
    world.say(slot, format!("LOGIN {name} pass-{name}-0"));
    world.settle();
    slot
}

/// What was announced to it.
fn announced(world: &mut World, slot: usize) -> Vec<String> {
    let mut lines = told(world, slot);
    lines.retain(|line| line.contains("while you were away"));
    lines
}

/// Both are announced; the store reads shorter pages now and then, and then the second
/// is not counted.
fn two_are_announced(world: &mut World, slot: usize) {
    let mut lines = told(world, slot);
    lines.retain(|line| line.contains(" NOTICE "));
    let two = [":srv NOTICE :2 messages for you while you were away: HISTORY ana"];
    let later = [ONE, ":srv NOTICE :and later ones, which were not counted"];
    assert!(lines == two || lines == later, "{lines:?}");
}

const ONE: &str = ":srv NOTICE :1 message for you while you were away: HISTORY ana";

#[test]
fn who_comes_while_it_is_stored_hears_it_and_is_not_told_again() {
    let (mut world, ana) = with_ana();
    world.say(ana, "TELL zoe hello");
    // Only the store's answer is missing.
    commit(&mut world, false);
    let zoe = world.connect(usize::MAX);
    world.peers[zoe].as_mut().expect("connected").transcript = Some(Vec::new());
    world.say(zoe, "LOGIN zoe pass-zoe-0");
    world.settle();
    let lines = told(&mut world, zoe);
    let hello = lines.iter().filter(|line| *line == ":ana TELL zoe :hello" || *line == ONE);
    assert_eq!(hello.count(), 1, "{lines:?}");
    world.gone(zoe);
    let zoe = logged_in(&mut world, "zoe");
    assert_eq!(announced(&mut world, zoe), [""; 0], "not again");
    world.finish();
}

#[test]
fn who_goes_while_it_is_stored_is_told_of_it() {
    let (mut world, ana) = with_ana();
    let zoe = logged_in(&mut world, "zoe");
    world.say(ana, "TELL zoe one");
    world.say(ana, "TELL zoe two");
    commit(&mut world, false);
    world.gone(zoe);
    world.settle();
    let zoe = logged_in(&mut world, "zoe");
    let two = ":srv NOTICE :2 messages for you while you were away: HISTORY ana";
    assert_eq!(announced(&mut world, zoe), [two]);
    world.gone(zoe);
    let zoe = logged_in(&mut world, "zoe");
    assert_eq!(announced(&mut world, zoe), [""; 0], "not again");
    world.finish();
}

#[test]
fn who_goes_between_two_commits_is_told_of_both() {
    let (mut world, ana) = with_ana();
    let zoe = logged_in(&mut world, "zoe");
    world.say(ana, "TELL zoe one");
    commit(&mut world, false);
    // Written by the next commit, as heard: zoe is still there.
    world.say(ana, "TELL zoe two");
    world.gone(zoe);
    let stored = world.store.tell().expect("the first is committed");
    world.handle(stored);
    world.settle();
    let zoe = logged_in(&mut world, "zoe");
    two_are_announced(&mut world, zoe);
    world.finish();
}

#[test]
fn who_goes_while_behind_is_told_of_what_it_missed_and_of_what_was_on_its_way() {
    let (mut world, ana) = with_ana();
    let zoe = logged_in(&mut world, "zoe");
    world.say(zoe, "HELP");
    world.soft_bytes = 10;
    world.end_turn();
    world.soft_bytes = 64 * 1024;
    assert!(world.peers[zoe].as_ref().is_some_and(|p| p.held), "it is not behind");
    world.say(ana, "TELL zoe one");
    commit(&mut world, false);
    let stored = world.store.tell().expect("the first is committed");
    world.handle(stored);
    world.say(ana, "TELL zoe two");
    world.gone(zoe);
    world.settle();
    let zoe = logged_in(&mut world, "zoe");
    two_are_announced(&mut world, zoe);
    world.gone(zoe);
    let zoe = logged_in(&mut world, "zoe");
    assert_eq!(announced(&mut world, zoe), [""; 0], "not again");
    world.finish();
}

#[test]
fn what_is_told_while_the_announcement_is_read_is_not_lost_in_it() {
    let (mut world, ana) = with_ana();
    world.say(ana, "TELL zoe one");
    world.settle();
    let zoe = world.connect(usize::MAX);
    world.peers[zoe].as_mut().expect("connected").transcript = Some(Vec::new());
    world.say(zoe, "LOGIN zoe pass-zoe-0");
    while world.peers[zoe].as_ref().is_some_and(|p| p.account.is_none()) {
        world.work();
    }
    // Stored before the store looks what is to be announced.
    world.say(ana, "TELL zoe two");
    commit(&mut world, false);
    world.settle();
    let lines = told(&mut world, zoe);
    assert!(lines.iter().any(|line| line == ONE), "{lines:?}");
    assert!(lines.iter().any(|line| line == ":ana TELL zoe :two"), "{lines:?}");
    world.gone(zoe);
    let zoe = logged_in(&mut world, "zoe");
    assert_eq!(announced(&mut world, zoe), [""; 0]);
    world.finish();
}

#[test]
fn who_logs_in_while_behind_is_not_fed_what_is_announced() {
    let (mut world, ana) = with_ana();
    let guest = named(&mut world, "guest", 0);
    world.say(guest, "HELP");
    world.say(guest, "LOGIN zoe pass-zoe-0");
    world.soft_bytes = 10;
    world.end_turn();
    world.soft_bytes = 64 * 1024;
    assert!(world.peers[guest].as_ref().is_some_and(|p| p.held), "it is not behind");
    told(&mut world, guest);
    world.say(ana, "TELL zoe before");
    commit(&mut world, false);
    while world.hub.waiting() > 0 {
        world.work();
    }
    world.settle();
    world.say(ana, "TELL zoe after");
    world.settle();
    let lines = told(&mut world, guest);
    let tells: Vec<&String> = lines.iter().filter(|line| line.contains(" TELL ")).collect();
    assert!(!tells.iter().any(|line| line.ends_with(":before")), "{lines:?}");
    assert!(tells.iter().any(|line| line.ends_with(":after")), "{lines:?}");
    world.finish();
}

#[test]
fn a_second_session_is_not_told_what_the_first_was() {
    let (mut world, ana) = with_ana();
    world.say(ana, "TELL zoe one");
    world.settle();
    let first = logged_in(&mut world, "zoe");
    assert_eq!(announced(&mut world, first), [ONE]);
    let second = logged_in(&mut world, "zoe");
    assert_eq!(announced(&mut world, second), [""; 0]);
    world.finish();
}

#[test]
fn a_mute_does_not_overtake_what_was_told_before_it() {
    let (mut world, ana) = with_ana();
    world.store.add("boss".parse().expect("a name"), "pass-boss-0");
    let names = world.store.names();
    let boss = names.iter().filter(|(name, _)| name.as_str() == "boss");
    let accounts = boss.map(|(_, id)| *id).collect();
    world.handle(Input::Registered { names });
    world.handle(Input::OperatorsSet { accounts });
    let boss = logged_in(&mut world, "boss");
    told(&mut world, ana);
    world.say(ana, "TELL zoe one");
    world.say(boss, "MUTE ana :hush");
    let muted = world.store.change_next().expect("a mute is to be written");
    world.handle(muted);
    // Not one that is to be stored: it waits until what was told before is answered.
    world.say(ana, "TELL zoe two");
    world.say(ana, "TELL boss three");
    commit(&mut world, false);
    world.settle();
    let lines = told(&mut world, ana);
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let expected = [
        ":srv NOTICE :you are muted for good: hush",
        ":ana TELL zoe :one",
        "FAIL TELL MUTED :you are muted for good: hush",
        "FAIL TELL MUTED :you are muted for good: hush",
    ];
    assert_eq!(lines, expected);
    world.finish();
}
