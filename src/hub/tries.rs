//! Failed passwords: who has to wait before the next try (OWASP Authentication Cheat
//! Sheet, "Account Lockout": by account and by address, and never for good).

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;

use super::gate::address_key;
use crate::limits::{TRY_FORGET_MS, TRY_TABLE, TRY_WAIT_MS, TRY_WAIT_MS_MAX};
use crate::protocol::Name;

/// The failures of addresses and of accounts.
#[derive(Debug, Default)]
pub(super) struct Tries {
    addresses: Table<IpAddr>,
    accounts: Table<Name>,
}

impl Tries {
    /// Whether this address may try this account's password now.
    ///
    /// # Errors
    /// How many seconds are left to wait.
    pub(super) fn check(&self, now_ms: u64, peer: IpAddr, name: &Name) -> Result<(), u64> {
        let until = self.addresses.until(&address_key(peer)).max(self.accounts.until(name));
        if until > now_ms { Err((until - now_ms).div_ceil(1000)) } else { Ok(()) }
    }

    /// A try has failed.
    pub(super) fn failed(&mut self, now_ms: u64, peer: IpAddr, name: &Name, allowed: u32) {
        self.addresses.failed(now_ms, address_key(peer), allowed);
        self.accounts.failed(now_ms, *name, allowed);
    }

    /// A try was right: the account starts anew. The address does not, or whoever has
    /// an account of their own could try others' for ever.
    pub(super) fn right(&mut self, name: &Name) {
        self.accounts.entries.remove(name);
    }
}

/// Failures by one kind of key.
#[derive(Debug)]
struct Table<K> {
    entries: HashMap<K, Failures>,
}

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    last_ms: u64,
    until_ms: u64,
}

impl<K> Default for Table<K> {
    fn default() -> Self {
        Table { entries: HashMap::new() }
    }
}

impl<K: Eq + Hash + Ord + Copy> Table<K> {
    fn until(&self, key: &K) -> u64 {
        self.entries.get(key).map_or(0, |f| f.until_ms)
    }

    fn failed(&mut self, now_ms: u64, key: K, allowed: u32) {
        if self.entries.len() >= TRY_TABLE && !self.entries.contains_key(&key) {
            self.forget(now_ms);
        }
        let fresh = Failures { count: 0, last_ms: now_ms, until_ms: 0 };
        let f = self.entries.entry(key).or_insert(fresh);
        if now_ms.saturating_sub(f.last_ms) > TRY_FORGET_MS {
            *f = fresh;
        }
        f.count = f.count.saturating_add(1);
        f.last_ms = now_ms;
        if f.count >= allowed {
            let doublings = (f.count - allowed).min(32);
            let wait_ms = (TRY_WAIT_MS << doublings).min(TRY_WAIT_MS_MAX);
            f.until_ms = now_ms + wait_ms;
        }
    }

    /// Makes room: what is over first, and if nothing is, the one that failed longest
    /// ago. (Which one that is does not depend on the map's order.)
    fn forget(&mut self, now_ms: u64) {
        self.entries.retain(|_, f| now_ms.saturating_sub(f.last_ms) <= TRY_FORGET_MS);
        if self.entries.len() >= TRY_TABLE {
            let oldest = self.entries.iter().map(|(key, f)| (f.last_ms, *key)).min();
            if let Some((_, key)) = oldest {
                self.entries.remove(&key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        text.parse().unwrap()
    }

    #[test]
    fn five_are_free_then_the_wait_doubles() {
        let (mut tries, peer, ana) = (Tries::default(), IpAddr::from([192, 0, 2, 1]), name("ana"));
        for _ in 0..4 {
            tries.failed(0, peer, &ana, 5);
            assert_eq!(tries.check(0, peer, &ana), Ok(()));
        }
        let mut now = 0;
        for wait in [2u64, 4, 8, 16] {
            tries.failed(now, peer, &ana, 5);
            assert_eq!(tries.check(now, peer, &ana), Err(wait));
            assert_eq!(tries.check(now + wait * 1000 - 1, peer, &ana), Err(1));
            now += wait * 1000;
            assert_eq!(tries.check(now, peer, &ana), Ok(()));
        }
        for _ in 0..40 {
            tries.failed(now, peer, &ana, 5);
        }
        assert_eq!(tries.check(now, peer, &ana), Err(TRY_WAIT_MS_MAX / 1000));
    }

    #[test]
    fn address_and_account_count_apart() {
        let mut tries = Tries::default();
        let (one, two) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        for other in ["a", "b", "c", "d", "e"] {
            tries.failed(0, one, &name(other), 5);
        }
        assert!(tries.check(0, one, &name("ana")).is_err(), "the address has to wait");
        assert!(tries.check(0, two, &name("ana")).is_ok(), "another one has not");
        for _ in 0..5 {
            tries.failed(0, two, &name("ana"), 5);
        }
        assert!(tries.check(0, IpAddr::from([192, 0, 2, 3]), &name("ANA")).is_err());
        tries.right(&name("ana"));
        assert!(tries.check(0, IpAddr::from([192, 0, 2, 3]), &name("ana")).is_ok());
        assert!(tries.check(0, two, &name("ana")).is_err(), "a right try clears no address");
    }

    #[test]
    fn the_table_is_bounded_and_forgets_the_oldest() {
        let mut tries = Tries::default();
        for i in 0..(TRY_TABLE as u32 + 10) {
            let peer = IpAddr::from((0x0a00_0000 + i).to_be_bytes());
            tries.failed(u64::from(i), peer, &name("ana"), 1);
        }
        assert_eq!(tries.addresses.entries.len(), TRY_TABLE);
        assert!(!tries.addresses.entries.contains_key(&IpAddr::from(0x0a00_0000u32.to_be_bytes())));
    }

    #[test]
    fn an_hour_forgives() {
        let (mut tries, peer, ana) = (Tries::default(), IpAddr::from([192, 0, 2, 1]), name("ana"));
        for _ in 0..5 {
            tries.failed(0, peer, &ana, 5);
        }
        tries.failed(TRY_FORGET_MS + 1, peer, &ana, 5);
        assert_eq!(tries.check(TRY_FORGET_MS + 1, peer, &ana), Ok(()));
    }
}
