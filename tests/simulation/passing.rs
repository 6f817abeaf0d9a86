//! What is told and not kept: it reaches those for whom it was said, once, and nobody
//! who came by one of the names later; then that, in a few cases made up for it.

use taifas::hub::{Input, SessionId};
use taifas::limits::{HISTORY_BYTES, Limits};
use taifas::protocol::{Message, Stored, Target, Ticket};

use super::cases::{commit, named, told, world};
use super::world::World;

impl World {
    /// Something is handed to the store. If it is not to be kept, those who are to hear it
    /// are here now.
    pub fn note_hearers(&mut self, ticket: Ticket, message: &Message, speaker: SessionId) {
        let Target::Passing(to) = message.to else { return };
        let own = message.account.map(|account| account.0);
        let hears = |session: SessionId, account: Option<u64>| {
            let name = self.hub.name_of(session);
            let shares = own.is_some() && account == own;
            session == speaker || shares || name == Some(to)
        };
        let open = self.peers.iter().flatten().filter(|peer| !peer.closed);
        let hearers = open.filter(|peer| hears(peer.session, peer.account));
        let hearers = hearers.map(|peer| peer.session).collect();
        self.hearers.insert(ticket, hearers);
    }
}

/// Lines of this kind that it was told.
fn tells(world: &mut World, slot: usize) -> Vec<String> {
    let mut lines = told(world, slot);
    lines.retain(|line| line.contains(" TELL "));
    lines
}

#[test]
fn a_guests_name_may_be_somebody_elses_by_then() {
    let mut world = world();
    let (ana, ion) = (named(&mut world, "ana", usize::MAX), named(&mut world, "ion", usize::MAX));
    world.say(ana, "TELL ion for your ears");
    world.say(ion, "NAME jon");
    let other = named_at_once(&mut world, "ion");
    commit(&mut world, false);
    world.settle();
    assert_eq!(tells(&mut world, ion), [":ana TELL ion :for your ears"], "it is the same person");
    assert_eq!(tells(&mut world, other), [""; 0], "who has nothing but the name");
    assert_eq!(tells(&mut world, ana).len(), 1);

    // Gone without another: only who said it hears it.
    world.say(ana, "TELL ion too late");
    world.gone(other);
    let other = named_at_once(&mut world, "ion");
    world.settle();
    assert_eq!(tells(&mut world, other), [""; 0]);
    assert_eq!(tells(&mut world, ana), [":ana TELL ion :too late"]);
    world.finish();
}

/// Takes a name while what was said is still on its way into the store.
fn named_at_once(world: &mut World, name: &str) -> usize {
    let slot = world.connect(usize::MAX);
    world.peers[slot].as_mut().expect("connected").transcript = Some(Vec::new());
    world.say(slot, format!("NAME {name}"));
    assert!(world.hub.name_of(world.peers[slot].as_ref().expect("connected").session).is_some());
    slot
}

/// It has more unsent than may be.
fn falls_behind(world: &mut World, slot: usize) {
    let session = world.peers[slot].as_ref().expect("connected").session;
    world.handle(Input::Full { session });
}

/// Everything said so far is written and told.
fn relay(world: &mut World) {
    commit(world, false);
    while let Some(stored) = world.store.tell() {
        world.handle(stored);
    }
}

#[test]
fn it_stands_in_its_place_for_those_who_are_behind() {
    for refused in [false, true] {
        let mut world = world();
        let (ana, ion) = (named(&mut world, "ana", 0), named(&mut world, "ion", 0));
        world.say(ion, "TAGS ON");
        for line in ["MSG one", "TELL ion two", "MSG three", "TELL ana four"] {
            world.say(ana, line);
        }
        world.store.commit_one(refused, &mut world.rng);
        falls_behind(&mut world, ana);
        falls_behind(&mut world, ion);
        told(&mut world, ion);
        relay(&mut world);
        assert_eq!(told(&mut world, ion), [""; 0], "an id that is too high is none");
        world.settle();
        let end = |line: &String| line.rsplit_once(" :").map(|(_, text)| text.to_owned());
        let spoken = |line: &String| [" TELL ", " MSG "].iter().any(|verb| line.contains(verb));
        let heard = |world: &mut World, slot: usize| -> Vec<String> {
            told(world, slot).iter().filter(|line| spoken(line)).filter_map(end).collect()
        };
        let no = "the message could not be written down, so nobody has seen it; try again later";
        let first = if refused { no } else { "one" };
        assert_eq!(heard(&mut world, ana), [first, "two", "three", "four"]);
        let seen = heard(&mut world, ion);
        assert_eq!(seen, if refused { &["two", "three"][..] } else { &["one", "two", "three"] });
        world.finish();
    }
}

#[test]
fn only_so_much_is_held_for_one_who_is_behind() {
    let text = "x".repeat(4000);
    // Of 192 KiB, with what each costs in memory.
    let most = Limits::default().held_back_bytes();
    let each = size_of::<Stored>() + size_of::<Message>() + 4003;
    let fits = most / each;
    assert_eq!(most, 196_608);
    for (count, fits) in [(fits - 1, true), (fits, true), (fits + 1, false), (fits + 2, false)] {
        let mut world = world();
        let (ana, ion) = (named(&mut world, "ana", usize::MAX), named(&mut world, "ion", 0));
        falls_behind(&mut world, ion);
        for n in 0..count {
            world.say(ana, format!("TELL ion {n:02} {text}"));
            relay(&mut world);
            world.drain(ana, usize::MAX);
        }
        assert_eq!(world.evicted.is_empty(), fits, "{count}");
        assert_eq!(tells(&mut world, ana).len(), count);
        if fits {
            world.settle();
            assert_eq!(tells(&mut world, ion).len(), count);
        } else {
            world.end_turn();
            assert!(world.peers[ion].is_none(), "it is gone");
            world.settle();
            let parted = told(&mut world, ana).pop();
            assert_eq!(parted.as_deref(), Some(":srv PART #lobby ion"));
        }
        world.finish();
    }
}

#[test]
fn what_somebody_says_themselves_is_held_for_them_and_comes_in_portions() {
    let mut world = world();
    let ana = named(&mut world, "ana", 0);
    named(&mut world, "ion", usize::MAX);
    let text = "x".repeat(4000);
    for n in 0..60 {
        world.say(ana, format!("TELL ion {n} {text}"));
    }
    falls_behind(&mut world, ana);
    relay(&mut world);
    let mut portions = 0;
    for _ in 0..100 {
        world.drain(ana, usize::MAX);
        let lines = tells(&mut world, ana);
        let bytes: usize = lines.iter().map(String::len).sum();
        assert!(bytes < HISTORY_BYTES + 4100, "{bytes} at once");
        portions += usize::from(bytes > 0);
    }
    assert_eq!(portions, 60 * 4000 / HISTORY_BYTES + 1);
    world.finish();
}
