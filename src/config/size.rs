//! `profile = "small"`: one word that stands for the settings of a small machine.
//!
//! A profile is only other defaults: whatever is said of a key itself, in the file or
//! on the command line, wins. The sources put its values in front of everything else.

use std::fmt;

use super::file::Assignment;
use super::mistake::Origin;
use super::value::Value;

/// How large a machine the defaults are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Size {
    /// Any machine with some 100 MB to spare.
    #[default]
    Standard,
    /// Hundreds of people in 16 MiB.
    Small,
}

/// What the small profile says otherwise, and why so much.
const SMALL: [(&str, Small); 6] = [
    // 7 MiB for a password instead of 19.
    ("hash", Small::Word("small")),
    ("limits.connections", Small::Number(256)),
    // The least there is, see `Reactor::start`: a soft bound and one portion of
    // everything. All that one address may have open is then 4.5 MiB.
    ("limits.outbox_hard_bytes", Small::Number(147_456)),
    // A waiting password is small; its wait is what is bounded, on a slow processor.
    ("limits.hash_queue", Small::Number(16)),
    // 2 MiB if all are as long as they may be.
    ("limits.store_queue", Small::Number(512)),
    ("limits.rooms", Small::Number(128)),
];

/// One value of a profile.
enum Small {
    Word(&'static str),
    Number(i128),
}

impl Size {
    /// Every profile, in the order documents list them.
    pub const ALL: [Size; 2] = [Size::Standard, Size::Small];

    /// The word that the configuration uses.
    pub fn as_str(self) -> &'static str {
        match self {
            Size::Standard => "standard",
            Size::Small => "small",
        }
    }

    /// The profile of a word.
    pub(super) fn of(word: &str) -> Option<Size> {
        Size::ALL.into_iter().find(|size| size.as_str() == word)
    }

    /// What it says otherwise.
    pub(super) fn assignments(self) -> Vec<Assignment> {
        let values: &[(&str, Small)] = match self {
            Size::Standard => &[],
            Size::Small => &SMALL,
        };
        let assignment = |(path, value): &(&str, Small)| Assignment {
            path: (*path).to_owned(),
            value: match value {
                Small::Word(word) => Value::Text((*word).to_owned()),
                Small::Number(number) => Value::Number(*number),
            },
            origin: Origin::Profile(self.as_str()),
        };
        values.iter().map(assignment).collect()
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
