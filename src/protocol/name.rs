//! Names of people and rooms: 1 to 32 ASCII letters, digits, `-`, `_`, `.`.
//!
//! They are compared without case and kept as they were typed. Held inline, so
//! that a thousand of them are no heap at all.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use crate::limits::NAME_BYTES;

/// The name of a person: a letter, then letters, digits, `-`, `_`, `.`.
///
/// ASCII only, so that everybody can type everybody's name on any keyboard and
/// no look-alike letter can fake one. `Eq`, `Ord` and `Hash` ignore case.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(Label);

/// The name of a room, held without its `#`; displayed with it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoomName(Label);

/// The word is no name: empty, too long, or with a character names do not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidName;

impl Name {
    /// The name as it was typed.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The name in lower case: two names are the same person if these are equal.
    pub fn folded(&self) -> String {
        self.as_str().to_ascii_lowercase()
    }

    /// Whether the two are spelled alike, case included.
    pub fn is_spelled_like(&self, other: &Name) -> bool {
        self.as_str() == other.as_str()
    }
}

impl FromStr for Name {
    type Err = InvalidName;

    fn from_str(word: &str) -> Result<Name, InvalidName> {
        if !word.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return Err(InvalidName);
        }
        Label::new(word).map(Name)
    }
}

impl RoomName {
    /// The room everybody enters with their name.
    pub const LOBBY: RoomName = RoomName(Label {
        len: 5,
        bytes: {
            let mut bytes = [0; NAME_BYTES];
            let lobby = b"lobby";
            let mut i = 0;
            while i < lobby.len() {
                bytes[i] = lobby[i];
                i += 1;
            }
            bytes
        },
    });

    /// The name without its `#`, as it was typed.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The name without its `#`, in lower case.
    pub fn folded(&self) -> String {
        self.as_str().to_ascii_lowercase()
    }
}

impl FromStr for RoomName {
    type Err = InvalidName;

    /// Takes the name with its `#`.
    fn from_str(word: &str) -> Result<RoomName, InvalidName> {
        let label = word.strip_prefix('#').ok_or(InvalidName)?;
        Label::new(label).map(RoomName)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for RoomName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.as_str())
    }
}

impl fmt::Debug for RoomName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.as_str())
    }
}

/// What names of both kinds are made of. Invariant: `len <= NAME_BYTES`, the first
/// `len` bytes are ASCII, the rest are zero.
#[derive(Clone, Copy)]
struct Label {
    len: u8,
    bytes: [u8; NAME_BYTES],
}

impl Label {
    fn new(word: &str) -> Result<Label, InvalidName> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        if word.is_empty() || word.len() > NAME_BYTES || !word.bytes().all(allowed) {
            return Err(InvalidName);
        }
        let mut bytes = [0; NAME_BYTES];
        bytes[..word.len()].copy_from_slice(word.as_bytes());
        Ok(Label { len: word.len() as u8, bytes })
    }

    fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len as usize]
    }

    fn as_str(&self) -> &str {
        std::str::from_utf8(self.as_bytes()).expect("a label is ASCII, see Label::new")
    }

    /// Both bytes arrays in lower case; the zeros behind the end keep their order.
    fn lower(&self) -> [u8; NAME_BYTES] {
        self.bytes.map(|b| b.to_ascii_lowercase())
    }
}

impl PartialEq for Label {
    fn eq(&self, other: &Label) -> bool {
        self.len == other.len && self.as_bytes().eq_ignore_ascii_case(other.as_bytes())
    }
}

impl Eq for Label {}

impl Ord for Label {
    fn cmp(&self, other: &Label) -> Ordering {
        self.lower().cmp(&other.lower())
    }
}

impl PartialOrd for Label {
    fn partial_cmp(&self, other: &Label) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Hash for Label {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.lower().hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_at_one_less_exactly_and_one_more() {
        assert!("".parse::<Name>().is_err());
        assert!("a".parse::<Name>().is_ok());
        for (len, ok) in [(31, true), (32, true), (33, false)] {
            assert_eq!("a".repeat(len).parse::<Name>().is_ok(), ok, "{len}");
            assert_eq!(format!("#{}", "a".repeat(len)).parse::<RoomName>().is_ok(), ok, "{len}");
        }
        assert!("#".parse::<RoomName>().is_err());
    }

    #[test]
    fn a_letter_comes_first_and_nothing_foreign_after() {
        for good in ["ana", "A-n_a.9"] {
            assert_eq!(good.parse::<Name>().unwrap().as_str(), good);
        }
        for bad in ["9ana", "-ana", ".ana", "an a", "ană", "ana:", "#ana", "an\u{0430}"] {
            assert_eq!(bad.parse::<Name>(), Err(InvalidName), "{bad}");
        }
    }

    #[test]
    fn case_is_kept_but_not_compared() {
        let (upper, lower): (Name, Name) = ("Ana".parse().unwrap(), "aNA".parse().unwrap());
        assert_eq!(upper, lower);
        assert_eq!(upper.cmp(&lower), Ordering::Equal);
        assert!(!upper.is_spelled_like(&lower));
        assert_eq!(upper.to_string(), "Ana");
        assert_eq!(RoomName::LOBBY, "#LOBBY".parse().unwrap());
        assert_eq!(RoomName::LOBBY.to_string(), "#lobby");
    }

    #[test]
    fn shorter_sorts_before_longer() {
        let (a, b): (Name, Name) = ("ana".parse().unwrap(), "ana2".parse().unwrap());
        assert!(a < b);
    }
}
