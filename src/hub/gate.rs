//! Who may connect: how many at all, and from one address how many and how often.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};

use super::rate::Rate;
use crate::limits::{ADDRESS_TABLE, Limits};

/// The connections there are, by address. Loopback is counted in the whole only.
#[derive(Debug, Default)]
pub(super) struct Gate {
    open: usize,
    /// How often it was refused, by reason.
    refused: [u64; Refused::ALL.len()],
    /// Addresses with a connection, or with one in the last minute.
    addresses: HashMap<IpAddr, Address>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Address {
    open: u32,
    arrivals: Rate,
    last_ms: u64,
}

/// Why somebody may not come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// `connections` are open.
    Full,
    /// `connections_per_address` are open from there.
    FullFromThere,
    /// `new_connections_per_minute` have come from there.
    TooOften,
    /// An operator has banned the address.
    Banned,
}

impl Refused {
    /// Every reason, in the order of the enum.
    pub(super) const ALL: [Refused; 4] =
        [Refused::Full, Refused::FullFromThere, Refused::TooOften, Refused::Banned];

    /// One word for it.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Refused::Full => "full",
            Refused::FullFromThere => "full_from_address",
            Refused::TooOften => "too_often",
            Refused::Banned => "banned",
        }
    }
}

impl Gate {
    /// Counts somebody in, or says why not.
    pub(super) fn enter(
        &mut self,
        now_ms: u64,
        peer: IpAddr,
        limits: &Limits,
    ) -> Result<(), Refused> {
        let entered = self.let_in(now_ms, peer, limits);
        if let Err(why) = entered {
            self.refuse(why);
        }
        entered
    }

    /// Counts somebody who is not let in.
    pub(super) fn refuse(&mut self, why: Refused) {
        self.refused[why as usize] += 1;
    }

    /// How often this was the reason.
    pub(super) fn refused(&self, why: Refused) -> u64 {
        self.refused[why as usize]
    }

    fn let_in(&mut self, now_ms: u64, peer: IpAddr, limits: &Limits) -> Result<(), Refused> {
        if self.open >= limits.connections {
            return Err(Refused::Full);
        }
        if !peer.to_canonical().is_loopback() {
            self.enter_from(now_ms, address_key(peer), limits)?;
        }
        self.open += 1;
        Ok(())
    }

    fn enter_from(&mut self, now_ms: u64, key: IpAddr, limits: &Limits) -> Result<(), Refused> {
        if self.addresses.len() >= ADDRESS_TABLE && !self.addresses.contains_key(&key) {
            self.forget(now_ms);
        }
        let address = self.addresses.entry(key).or_default();
        if address.open >= limits.connections_per_address {
            return Err(Refused::FullFromThere);
        }
        // Sixty a minute is a budget of sixty, refilled one a second.
        let per_minute = limits.new_connections_per_minute;
        let slow_ms = now_ms / 60;
        if per_minute > 0 && address.arrivals.take(slow_ms, per_minute, per_minute).is_err() {
            return Err(Refused::TooOften);
        }
        address.open += 1;
        address.last_ms = now_ms;
        Ok(())
    }

    /// Counts somebody out.
    pub(super) fn leave(&mut self, now_ms: u64, peer: IpAddr) {
        self.open = self.open.saturating_sub(1);
        if let Some(address) = self.addresses.get_mut(&address_key(peer)) {
            address.open = address.open.saturating_sub(1);
            address.last_ms = now_ms;
        }
    }

    /// How many connections are counted in.
    pub(super) fn open(&self) -> usize {
        self.open
    }

    /// Makes room: addresses that are quiet for a minute, or the one that is the
    /// longest. One with open connections stays, and `connections` bounds those.
    fn forget(&mut self, now_ms: u64) {
        self.addresses.retain(|_, a| a.open > 0 || now_ms.saturating_sub(a.last_ms) < 60_000);
        if self.addresses.len() >= ADDRESS_TABLE {
            let quiet = self.addresses.iter().filter(|(_, a)| a.open == 0);
            if let Some((_, key)) = quiet.map(|(key, a)| (a.last_ms, *key)).min() {
                self.addresses.remove(&key);
            }
        }
    }
}

/// What counts as one address: an IPv4 address, or an IPv6 /64, which is what one
/// household or one rented machine has (RFC 6177).
pub(super) fn address_key(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V4(v4) => IpAddr::V4(v4),
        IpAddr::V6(v6) if v6.is_loopback() => IpAddr::V6(v6),
        IpAddr::V6(v6) => {
            let net = u128::from(v6) & !u128::from(u64::MAX);
            IpAddr::V6(Ipv6Addr::from(net))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 7));

    #[test]
    fn bounds_at_one_less_exactly_and_one_more() {
        let limits = Limits { connections: 40, ..Limits::default() };
        let mut gate = Gate::default();
        for i in 0..32 {
            assert_eq!(gate.enter(0, HOME, &limits), Ok(()), "{i}");
        }
        assert_eq!(gate.enter(0, HOME, &limits), Err(Refused::FullFromThere));
        let other: IpAddr = "192.0.2.8".parse().unwrap();
        for i in 0..8 {
            assert_eq!(gate.enter(0, other, &limits), Ok(()), "{i}");
        }
        assert_eq!(gate.enter(0, other, &limits), Err(Refused::Full));
        gate.leave(0, HOME);
        assert_eq!(gate.open(), 39);
        assert_eq!(Refused::ALL.map(|why| gate.refused(why)), [1, 1, 0, 0]);
        assert_eq!(gate.enter(0, HOME, &limits), Ok(()));
    }

    #[test]
    fn sixty_a_minute() {
        let (limits, mut gate) = (Limits::default(), Gate::default());
        let mut come = |now| {
            let in_ = gate.enter(now, HOME, &limits);
            if in_.is_ok() {
                gate.leave(now, HOME);
            }
            in_.is_ok()
        };
        assert_eq!((0..70).filter(|_| come(0)).count(), 60);
        assert_eq!((0..70).filter(|_| come(12_000)).count(), 12, "one more a second");
        assert_eq!((0..70).filter(|_| come(600_000)).count(), 60);
    }

    #[test]
    fn loopback_is_exempt_and_ipv6_counts_by_64() {
        let (limits, mut gate) = (Limits::default(), Gate::default());
        for peer in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
            let peer: IpAddr = peer.parse().unwrap();
            assert!((0..100).all(|_| gate.enter(0, peer, &limits).is_ok()));
        }
        let (one, two, far): (IpAddr, IpAddr, IpAddr) = (
            "2001:db8::1".parse().unwrap(),
            "2001:db8::2:3:4".parse().unwrap(),
            "2001:db8:0:1::1".parse().unwrap(),
        );
        assert!((0..16).all(|_| gate.enter(0, one, &limits).is_ok()));
        assert!((0..16).all(|_| gate.enter(0, two, &limits).is_ok()));
        assert_eq!(gate.enter(0, one, &limits), Err(Refused::FullFromThere));
        assert!(gate.enter(0, far, &limits).is_ok());
    }

    #[test]
    fn the_table_is_bounded() {
        let (limits, mut gate) = (Limits::default(), Gate::default());
        for i in 0..(ADDRESS_TABLE as u32 + 50) {
            let peer = IpAddr::from((0x0a00_0000 + i).to_be_bytes());
            gate.enter(u64::from(i), peer, &limits).unwrap();
            gate.leave(u64::from(i), peer);
        }
        assert_eq!(gate.addresses.len(), ADDRESS_TABLE);
    }
}
