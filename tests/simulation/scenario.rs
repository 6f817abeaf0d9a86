//! One fixed scenario with every kind of request in it, played once for each of them
//! failing.

use std::collections::BTreeSet;

use taifas::hub::Input;
use taifas::limits::Limits;

use super::life::said_before;
use super::store::Faults;
use super::world::World;

/// Plays it; the request of this number fails. Says how many there were.
pub fn run(fail_at: Option<usize>) -> usize {
    let limits = Limits { message_rate: 0, ..Limits::default() };
    let before = (1..=30).map(said_before).collect();
    let mut world = World::new(7, limits, before);
    world.store.keeps_hashes = true;
    world.store.faults = Faults { at: fail_at, ..Faults::default() };
    let watcher = world.connect(usize::MAX);
    let people = [watcher, world.connect(usize::MAX), world.connect(usize::MAX)];
    let told = |world: &mut World, slot: usize, line: &str| {
        world.say(slot, line);
        world.settle();
    };
    told(&mut world, watcher, "NAME watcher");
    told(&mut world, watcher, "NAMES");
    for (slot, name) in people[1..].iter().zip(["ana", "ion"]) {
        told(&mut world, *slot, "ACCEPT 1");
        told(&mut world, *slot, &format!("REGISTER {name} pass-{name}"));
        told(&mut world, *slot, "ACCEPT 1");
        told(&mut world, *slot, "MSG here I am");
    }
    let [_, ana, ion] = people;
    keep_order(&mut world, ana);
    told(&mut world, ana, "PASSWD pass-ana pass-ana-2");
    let code = world.store.codes.get(&"ion".parse().expect("a name")).cloned();
    let code = code.unwrap_or("none".into());
    told(&mut world, ana, &format!("RECOVER ion {code} pass-ion-2"));
    // A second session, a program's, which sends again what it cannot know arrived.
    let second = world.connect(usize::MAX);
    told(&mut world, second, "TAGS ON");
    told(&mut world, second, "LOGIN ana pass-ana-2");
    told(&mut world, second, "@nonce=a-1 MSG #lobby :once");
    told(&mut world, second, "@nonce=a-1 MSG #lobby :once");
    told(&mut world, second, "HISTORY AFTER 3 50");
    told(&mut world, second, "MSG twice");
    // Told to somebody who is here, to a guest, and to somebody who comes later.
    world.store.add("eva".parse().expect("a name"), "pass-eva-0");
    let names = world.store.names();
    world.handle(Input::Registered { names });
    told(&mut world, second, "@nonce=a-2 TELL ion :between us");
    told(&mut world, second, "@nonce=a-2 TELL ion :between us");
    told(&mut world, ana, "TELL watcher to a guest");
    told(&mut world, ana, "TELL eva while away");
    told(&mut world, second, "TELL eva too");
    let eva = world.connect(usize::MAX);
    told(&mut world, eva, "LOGIN eva pass-eva-0");
    told(&mut world, eva, "HISTORY ana");
    told(&mut world, eva, "SEARCH away");
    // Pipelined: everything is asked for before anything is answered.
    for line in ["MSG a", "MSG b", "NAMES", "HISTORY 5", "MSG c", "PING x", "WHO"] {
        world.say(watcher, line);
    }
    world.settle();
    // Rooms: one that is new, one that was there, and what they are about.
    for line in ["JOIN #new", "TOPIC #new :news", "TOPIC #new", "MSG to the new", "LIST", "PART"] {
        told(&mut world, ana, line);
    }
    told(&mut world, second, "JOIN #new");
    told(&mut world, ion, "JOIN #old");
    told(&mut world, watcher, "JOIN #new");
    told(&mut world, watcher, "JOIN #lobby");
    // Somebody stops reading while more is said than is kept in memory.
    let slow = world.connect(0);
    told(&mut world, slow, "NAME slow");
    told(&mut world, slow, "NAMES");
    fall_behind(&mut world, slow, watcher);
    world.settle();
    told(&mut world, ion, "MSG the end of it");
    let asked = world.store.faults.asked;
    check(&mut world, fail_at);
    world.finish();
    asked
}

/// An operator decides this and that, of which nothing is left.
fn keep_order(world: &mut World, ana: usize) {
    let accounts = world.store.accounts.values().map(|account| account.id).collect();
    world.handle(Input::OperatorsSet { accounts });
    let lines = ["BAN nobody 1h", "BANS", "UNBAN nobody", "MUTE watcher", "UNMUTE watcher"];
    for line in lines.into_iter().chain(["WHOIS ion", "STATS", "FORGET 2", "FORGET 2"]) {
        world.say(ana, line);
        world.settle();
    }
    // What failed was said; it is over all the same.
    world.say(ana, "UNMUTE watcher");
    world.settle();
}

/// `slow` takes nothing while `speaker` says 400 kB, and people come and go.
fn fall_behind(world: &mut World, slow: usize, speaker: usize) {
    for n in 0..100 {
        world.say(speaker, format!("MSG {n} {}", "x".repeat(4000)));
        while !world.store.is_idle() {
            world.work();
            world.end_turn();
        }
        world.drain(speaker, usize::MAX);
        for slot in 0..world.peers.len() {
            if slot != slow {
                world.drain(slot, usize::MAX);
            }
        }
        if n == 50 {
            let visitor = world.connect(usize::MAX);
            world.say(visitor, "NAME visitor");
            world.pass(1000);
        }
    }
    let held = world.peers[slow].as_ref().is_some_and(|p| p.held);
    assert!(held, "it should be behind by now");
}

/// What failed was said, once, and what follows works.
fn check(world: &mut World, fail_at: Option<usize>) {
    assert_eq!(world.store.faults.failed, usize::from(fail_at.is_some()));
    let complaints: BTreeSet<&str> = world
        .peers
        .iter()
        .flatten()
        .flat_map(|p| p.complaints.iter().map(String::as_str))
        .collect();
    match fail_at {
        None => {
            let kinds = [
                "accept",
                "append",
                "catch-up",
                "create",
                "find",
                "forget",
                "hash",
                "make room",
                "order",
                "page",
                "pass",
                "recover",
                "search",
                "set password",
                "set topic",
                "talk",
                "untold",
            ];
            assert_eq!(world.store.kinds, kinds.into(), "kinds of requests");
            assert!(!complaints.contains("NOT_STORED"), "{complaints:?}");
            let announced = "2 messages for you while you were away: HISTORY ana";
            assert!(complaints.contains(announced), "{complaints:?}");
        }
        Some(at) => {
            let said = complaints.contains("NOT_STORED")
                || complaints.contains("TRY_LATER")
                || complaints.iter().any(|c| {
                    c.starts_with("what you missed cannot be read")
                        || c.starts_with("whether there are messages for you cannot")
                        || c.starts_with("the last lines of #")
                });
            assert!(said, "request {at} failed and nobody was told: {complaints:?}");
        }
    }
    let newcomer = world.connect(usize::MAX);
    for line in ["ACCEPT 1", "REGISTER late pass-late-0", "MSG works again", "HISTORY 1"] {
        world.say(newcomer, line);
    }
    world.settle();
    let peer = world.peers[newcomer].as_ref().expect("still here");
    assert_eq!(peer.complaints, Vec::<String>::new(), "after request {fail_at:?} has failed");
    let last = world.log.relayed.last().expect("something was said");
    assert_eq!(&*last.message.text, "works again");
}
