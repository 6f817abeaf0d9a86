//! Recovery codes: `7K3QF-0V9ZD-M2XTA-HC8WE`, twenty characters, 100 random bits.
//!
//! Written in Crockford's base32, which leaves out the letters that are misread,
//! and read leniently, because people copy these from paper.

use zeroize::{Zeroize, Zeroizing};

use crate::protocol::Secret;

/// Crockford's alphabet: no I, L, O, U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Characters of a code, dashes apart.
const CHARS: usize = 20;

/// Characters between two dashes.
const GROUP: usize = 5;

/// The characters of a code without dashes, in upper case: what is hashed.
pub(super) type Canonical = Zeroizing<[u8; CHARS]>;

/// A code of random bytes, and the form of it that is hashed. One byte makes one
/// character of five bits: the other three are thrown away, which costs nothing and
/// keeps each character as likely as every other.
pub(super) fn from_random(random: &[u8; CHARS]) -> (Secret, Canonical) {
    let canonical = Zeroizing::new(random.map(|byte| ALPHABET[usize::from(byte % 32)]));
    let mut shown = Zeroizing::new([b'-'; CHARS + CHARS / GROUP - 1]);
    for (group, place) in canonical.chunks(GROUP).zip(shown.chunks_mut(GROUP + 1)) {
        place[..GROUP].copy_from_slice(group);
    }
    (Secret::new(shown.as_slice()), canonical)
}

/// Reads a code as it was typed: in any case, with or without dashes and spaces, O
/// for 0, I and L for 1. `None` if it is no code at all.
pub(super) fn canonical(typed: &Secret) -> Option<Canonical> {
    let mut chars = Zeroizing::new([0; CHARS]);
    let mut len = 0;
    for &byte in typed.expose() {
        let char = match byte.to_ascii_uppercase() {
            b'-' | b' ' => continue,
            b'O' => b'0',
            b'I' | b'L' => b'1',
            upper if ALPHABET.contains(&upper) => upper,
            _ => return None,
        };
        *chars.get_mut(len)? = char;
        len += 1;
    }
    (len == CHARS).then_some(chars)
}

/// Fills an array from the operating system's randomness.
pub(super) fn random<const N: usize>() -> Result<Zeroizing<[u8; N]>, getrandom::Error> {
    let mut bytes = Zeroizing::new([0; N]);
    if let Err(error) = getrandom::fill(bytes.as_mut_slice()) {
        bytes.zeroize();
        return Err(error);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(typed: &str) -> Option<String> {
        let chars = canonical(&Secret::new(typed.as_bytes()))?;
        Some(String::from_utf8(chars.to_vec()).unwrap())
    }

    #[test]
    fn every_character_can_come_and_only_those() {
        let mut seen = std::collections::BTreeSet::new();
        for first in 0..=255u8 {
            let random: [u8; CHARS] = std::array::from_fn(|i| first.wrapping_add(i as u8));
            let (shown, canonical) = from_random(&random);
            let shown = std::str::from_utf8(shown.expose()).unwrap();
            let groups: Vec<&str> = shown.split('-').collect();
            assert_eq!(groups.iter().map(|g| g.len()).collect::<Vec<_>>(), [5, 5, 5, 5]);
            assert_eq!(groups.concat().as_bytes(), canonical.as_slice());
            assert_eq!(read(shown).unwrap().as_bytes(), canonical.as_slice());
            seen.extend(canonical.iter().copied());
        }
        assert_eq!(seen.into_iter().collect::<Vec<u8>>(), ALPHABET);
    }

    #[test]
    fn codes_are_read_as_people_write_them() {
        let canonical = "7K3QF0V9ZDM2XTAHC811".to_owned();
        for typed in [
            "7K3QF-0V9ZD-M2XTA-HC811",
            "7k3qf-0v9zd-m2xta-hc811",
            "7K3QF0V9ZDM2XTAHC811",
            "7k3qf ov9zd m2xta hc8Il",
            "-7K3QF-OV9ZD--M2XTA-HC8li-",
        ] {
            assert_eq!(read(typed).as_ref(), Some(&canonical), "{typed}");
        }
    }

    #[test]
    fn what_is_no_code_is_none() {
        for typed in [
            "",
            "-",
            "7K3QF-0V9ZD-M2XTA-HC81",
            "7K3QF-0V9ZD-M2XTA-HC8111",
            "7K3QF-0V9ZD-M2XTA-HC81U",
            "7K3QF-0V9ZD-M2XTA-HC81!",
            "7K3QF-0V9ZD-M2XTA-HC81\u{0}",
            "șșșșșșșșșșșșșșșșșșșș",
        ] {
            assert_eq!(read(typed), None, "{typed}");
        }
        assert_eq!(read(&"7".repeat(100_000)), None);
    }
}
