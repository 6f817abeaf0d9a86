//! What is told and not kept: it reaches those for whom it was said, once, and nobody
//! who came by one of the names later; then that, in a few cases made up for it.

use std::collections::BTreeSet;

use taifas::hub::{Input, SessionId};
use taifas::protocol::{Message, MessageId, Target, Ticket};

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

    /// It was relayed: those have it now and nobody else; but for the one who said it, who
    /// may be behind and owed other answers first.
    pub fn check_passed(&mut self, ticket: Ticket, id: MessageId, speaker: Option<SessionId>) {
        let hearers = self.hearers.remove(&ticket).unwrap_or_default();
        for peer in self.peers.iter().flatten().filter(|peer| !peer.closed) {
            let waits = peer.held && !peer.tagged && speaker == Some(peer.session);
            let hears = hearers.contains(&peer.session) && !waits;
            assert_eq!(peer.passed.contains(&id), hears, "{id}, not kept, and {:?}", peer.session);
        }
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

#[test]
fn it_stands_behind_what_was_said_before_also_for_one_who_is_behind() {
    for fails in [false, true] {
        let mut world = world();
        let (ana, ion) =
            (named(&mut world, "ana", usize::MAX), named(&mut world, "ion", usize::MAX));
        for line in ["MSG one", "TELL ion two", "MSG three"] {
            world.say(ana, line);
        }
        // One batch for the first, another one for the others.
        world.store.commit_one(fails, &mut world.rng);
        commit(&mut world, false);
        world.say(ion, "HELP");
        for slot in [ana, ion] {
            let peer = world.peers[slot].as_ref().expect("connected");
            world.handle(Input::Full { session: peer.session });
        }
        while let Some(stored) = world.store.tell() {
            world.handle(stored);
        }
        assert_eq!(tells(&mut world, ion), [":ana TELL ion :two"], "at once");
        world.settle();
        let mut lines = told(&mut world, ana);
        lines.retain(|line| line.contains(" :"));
        let texts: Vec<&str> =
            lines.iter().filter_map(|l| l.rsplit_once(" :")).map(|l| l.1).collect();
        let first = if fails {
            "the message could not be written down, so nobody has seen it; try again later"
        } else {
            "one"
        };
        let said: BTreeSet<&str> = [first, "two", "three"].into();
        let said: Vec<&str> = texts.into_iter().filter(|text| said.contains(text)).collect();
        assert_eq!(said, [first, "two", "three"]);
        world.finish();
    }
}
