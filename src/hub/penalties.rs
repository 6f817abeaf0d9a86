//! The bans and mutes there are: who is held to one at a moment, and how many there
//! may be.
//!
//! A table and nothing else: it tells nobody, closes nobody and writes nothing. What
//! is over is no longer found, whatever the table still holds of it, and taken out
//! when the table is next changed or listed.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::ops::Bound;

use crate::protocol::{Mask, Name, Penalty, PenaltyKind, Timestamp};

/// The bans and mutes there are.
#[derive(Debug, Default)]
pub(super) struct Penalties {
    /// Networks first, then names: the order of [`Mask`].
    bans: BTreeMap<Mask, Penalty>,
    /// By name.
    mutes: BTreeMap<Mask, Penalty>,
}

impl Penalties {
    /// These, of which some may be over.
    pub(super) fn new(all: Vec<Penalty>) -> Penalties {
        let mut penalties = Penalties::default();
        all.into_iter().for_each(|penalty| penalties.set(penalty));
        penalties
    }

    /// Puts one in, in place of the one with the same mask.
    pub(super) fn set(&mut self, penalty: Penalty) {
        let table = self.table_mut(penalty.kind);
        // Not `insert`, which would keep the old spelling of a name.
        table.remove(&penalty.mask);
        table.insert(penalty.mask, penalty);
    }

    /// Takes one out.
    pub(super) fn lift(&mut self, kind: PenaltyKind, mask: &Mask) {
        self.table_mut(kind).remove(mask);
    }

    /// Forgets those that are over.
    pub(super) fn forget_over(&mut self, now: Timestamp) {
        self.bans.retain(|_, ban| ban.holds(now));
        self.mutes.retain(|_, mute| mute.holds(now));
    }

    /// How many of a kind the table holds.
    pub(super) fn len(&self, kind: PenaltyKind) -> usize {
        self.table(kind).len()
    }

    /// The one with just this mask, if it is not over.
    pub(super) fn get(&self, kind: PenaltyKind, mask: &Mask, now: Timestamp) -> Option<&Penalty> {
        self.table(kind).get(mask).filter(|penalty| penalty.holds(now))
    }

    /// The mute of this name. Asked for every message: nothing is compared while
    /// nobody is muted.
    pub(super) fn mute_of(&self, name: &Name, now: Timestamp) -> Option<&Penalty> {
        if self.mutes.is_empty() {
            return None;
        }
        self.get(PenaltyKind::Mute, &Mask::Name(*name), now)
    }

    /// The ban of this address, of several the one that lasts longest. Goes through
    /// all networks; how long that takes is bounded by `bans`.
    pub(super) fn ban_of(&self, address: IpAddr, now: Timestamp) -> Option<&Penalty> {
        let networks = self.bans.values().map_while(|ban| match &ban.mask {
            Mask::Network(network) => Some((network, ban)),
            Mask::Name(_) => None,
        });
        let held = networks.filter(|(network, ban)| network.holds(address) && ban.holds(now));
        held.map(|(_, ban)| ban).max_by_key(|ban| ban.until.unwrap_or(Timestamp::MAX))
    }

    /// The bans behind this one, or all, in their order.
    pub(super) fn bans_after(&self, after: Option<Mask>) -> impl Iterator<Item = &Penalty> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.bans.range((from, Bound::Unbounded)).map(|(_, ban)| ban)
    }

    fn table(&self, kind: PenaltyKind) -> &BTreeMap<Mask, Penalty> {
        match kind {
            PenaltyKind::Ban => &self.bans,
            PenaltyKind::Mute => &self.mutes,
        }
    }

    fn table_mut(&mut self, kind: PenaltyKind) -> &mut BTreeMap<Mask, Penalty> {
        match kind {
            PenaltyKind::Ban => &mut self.bans,
            PenaltyKind::Mute => &mut self.mutes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ban(mask: &str, until: Option<u64>) -> Penalty {
        Penalty {
            kind: PenaltyKind::Ban,
            mask: mask.parse().unwrap(),
            until: until.map(Timestamp::from_ms),
            by: "op".parse().unwrap(),
            reason: mask.into(),
            made: Timestamp::default(),
        }
    }

    #[test]
    fn the_ban_that_lasts_longest_is_the_one_that_is_told() {
        let all = vec![
            ban("192.0.2.7", Some(100)),
            ban("192.0.2.0/24", Some(300)),
            ban("192.0.0.0/16", Some(200)),
            ban("2001:db8::/32", None),
            ban("ana", None),
        ];
        let penalties = Penalties::new(all);
        let told = |address: &str, ms| {
            let now = Timestamp::from_ms(ms);
            penalties.ban_of(address.parse().unwrap(), now).map(|ban| ban.mask.to_string())
        };
        assert_eq!(told("192.0.2.7", 0).as_deref(), Some("192.0.2.0/24"));
        assert_eq!(told("::ffff:192.0.2.7", 299).as_deref(), Some("192.0.2.0/24"));
        assert_eq!(told("192.0.2.7", 300), None);
        assert_eq!(told("192.0.3.7", 199).as_deref(), Some("192.0.0.0/16"));
        assert_eq!(told("2001:db8::1", u64::MAX).as_deref(), Some("2001:db8::/32"));
        assert_eq!(told("198.51.100.1", 0), None);
    }

    #[test]
    fn what_is_over_is_not_found_and_goes_when_it_is_told_to() {
        let now = Timestamp::from_ms(100);
        let mut penalties = Penalties::new(vec![ban("ana", Some(100)), ban("ion", Some(101))]);
        let names = |penalties: &Penalties| -> Vec<String> {
            penalties.bans_after(None).map(|ban| ban.mask.to_string()).collect()
        };
        assert_eq!(names(&penalties), ["ana", "ion"]);
        assert_eq!(penalties.get(PenaltyKind::Ban, &"ANA".parse().unwrap(), now), None);
        assert!(penalties.get(PenaltyKind::Ban, &"ION".parse().unwrap(), now).is_some());
        penalties.forget_over(now);
        assert_eq!(names(&penalties), ["ion"]);
        penalties.set(ban("ION", None));
        assert_eq!(names(&penalties), ["ION"], "the new one in place of the old");
        penalties.lift(PenaltyKind::Ban, &"ion".parse().unwrap());
        assert_eq!(penalties.len(PenaltyKind::Ban), 0);
    }

    /// 4096 networks held against one address: a scan is fast enough not to be built
    /// around. Tenths of a millisecond without optimisation.
    #[test]
    fn a_full_table_is_gone_through() {
        let all = (0..4096u32).map(|n| ban(&format!("10.{}.{}.0/24", n / 256, n % 256), None));
        let penalties = Penalties::new(all.collect());
        let now = Timestamp::default();
        assert_eq!(penalties.ban_of("11.0.0.1".parse().unwrap(), now), None);
        assert!(penalties.ban_of("10.15.255.9".parse().unwrap(), now).is_some());
    }
}
