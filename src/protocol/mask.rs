//! Whom a ban is about: a name, or a network of addresses, one address being the
//! smallest. Written as an operator types it, and read back from the store.
//!
//! Values only: an address is compared, never connected to or looked up. The parser
//! makes a mask, the hub holds sessions against it.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use super::name::Name;

/// Whom a ban is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mask {
    /// Everybody who connects from there.
    Network(Network),
    /// Whoever is called that, account or guest.
    Name(Name),
}

/// The addresses that begin with the same bits. Invariant: the bits behind `prefix`
/// are zero, and an IPv4 address is never written as an IPv6 one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Network {
    first: IpAddr,
    prefix: u8,
}

/// The word is neither a name nor an address nor a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidMask;

impl Network {
    /// The network of an address; what is behind the prefix is ignored. `None` if the
    /// prefix is longer than the address.
    pub fn new(address: IpAddr, prefix: u8) -> Option<Network> {
        let network = match (address, address.to_canonical()) {
            (IpAddr::V4(v4), _) if prefix <= 32 => v4_network(v4, prefix),
            // ::ffff:192.0.2.0/120 is 192.0.2.0/24: that is how peers are compared.
            (IpAddr::V6(_), IpAddr::V4(v4)) if (96..=128).contains(&prefix) => {
                v4_network(v4, prefix - 96)
            }
            (IpAddr::V6(v6), _) if prefix <= 128 => {
                let kept = u128::MAX.checked_shl(128 - u32::from(prefix)).unwrap_or(0);
                Network { first: IpAddr::V6(Ipv6Addr::from(u128::from(v6) & kept)), prefix }
            }
            _ => return None,
        };
        Some(network)
    }

    /// Whether the address is one of its.
    pub fn holds(&self, address: IpAddr) -> bool {
        match (self.first, address.to_canonical()) {
            (IpAddr::V4(first), IpAddr::V4(address)) => {
                let kept = u32::MAX.checked_shl(32 - u32::from(self.prefix)).unwrap_or(0);
                u32::from(address) & kept == u32::from(first)
            }
            (IpAddr::V6(first), IpAddr::V6(address)) => {
                let kept = u128::MAX.checked_shl(128 - u32::from(self.prefix)).unwrap_or(0);
                u128::from(address) & kept == u128::from(first)
            }
            _ => false,
        }
    }

    fn is_one_address(&self) -> bool {
        self.prefix == if self.first.is_ipv4() { 32 } else { 128 }
    }
}

fn v4_network(address: Ipv4Addr, prefix: u8) -> Network {
    let kept = u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0);
    Network { first: IpAddr::V4(Ipv4Addr::from(u32::from(address) & kept)), prefix }
}

impl FromStr for Mask {
    type Err = InvalidMask;

    fn from_str(word: &str) -> Result<Mask, InvalidMask> {
        if let Ok(name) = word.parse() {
            return Ok(Mask::Name(name));
        }
        let (address, prefix) = match word.split_once('/') {
            None => (word, None),
            Some((address, prefix)) => (address, Some(prefix)),
        };
        let address: IpAddr = address.parse().map_err(|_| InvalidMask)?;
        let prefix = match prefix {
            None if address.is_ipv4() => 32,
            None => 128,
            // `parse` alone would take a `+`.
            Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => {
                digits.parse().map_err(|_| InvalidMask)?
            }
            Some(_) => return Err(InvalidMask),
        };
        Network::new(address, prefix).map(Mask::Network).ok_or(InvalidMask)
    }
}

impl fmt::Display for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Mask::Name(name) => name.fmt(f),
            Mask::Network(network) => network.fmt(f),
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_one_address() {
            self.first.fmt(f)
        } else {
            write!(f, "{}/{}", self.first, self.prefix)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(word: &str) -> Network {
        match word.parse() {
            Ok(Mask::Network(network)) => network,
            other => panic!("{word}: {other:?}"),
        }
    }

    #[test]
    fn names_addresses_and_networks_are_told_apart() {
        for (word, shown) in [
            ("Ana", "Ana"),
            ("dead.beef", "dead.beef"),
            ("192.0.2.7", "192.0.2.7"),
            ("192.0.2.7/32", "192.0.2.7"),
            ("192.0.2.7/24", "192.0.2.0/24"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("2001:DB8::7", "2001:db8::7"),
            ("2001:db8:1:2:3::7/64", "2001:db8:1:2::/64"),
            ("::1", "::1"),
            ("::/0", "::/0"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7/120", "192.0.2.0/24"),
        ] {
            let mask: Mask = word.parse().unwrap_or_else(|_| panic!("{word}"));
            assert_eq!(mask.to_string(), shown);
            assert_eq!(shown.parse(), Ok(mask), "read back");
        }
        for word in [
            "",
            "9ana",
            "#lobby",
            "192.0.2",
            "192.0.2.7/33",
            "192.0.2.7/",
            "192.0.2.7/+8",
            "192.0.2.7/256",
            "::/129",
            "ana/24",
            "1.2.3.4/24/8",
            "::g",
            "/24",
        ] {
            assert_eq!(word.parse::<Mask>(), Err(InvalidMask), "{word}");
        }
        assert_eq!("ANA".parse::<Mask>(), "ana".parse(), "case does not count");
    }

    #[test]
    fn a_network_ends_where_its_bits_end() {
        for (word, inside, outside) in [
            ("192.0.2.0/24", ["192.0.2.0", "192.0.2.255"], ["192.0.1.255", "192.0.3.0"]),
            ("192.0.2.6/31", ["192.0.2.6", "192.0.2.7"], ["192.0.2.5", "192.0.2.8"]),
            ("192.0.2.7", ["192.0.2.7", "::ffff:192.0.2.7"], ["192.0.2.6", "192.0.2.8"]),
            ("0.0.0.0/0", ["0.0.0.0", "255.255.255.255"], ["::", "2001:db8::1"]),
            (
                "2001:db8::/63",
                ["2001:db8::", "2001:db8:0:1:ffff:ffff:ffff:ffff"],
                ["2001:db8:0:2::", "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff"],
            ),
            ("::/0", ["::1", "2001:db8::1"], ["192.0.2.7", "::ffff:192.0.2.7"]),
        ] {
            for address in inside {
                assert!(network(word).holds(address.parse().unwrap()), "{word} holds {address}");
            }
            for address in outside {
                assert!(!network(word).holds(address.parse().unwrap()), "{word}, not {address}");
            }
        }
    }
}
