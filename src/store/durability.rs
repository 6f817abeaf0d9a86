//! When a message counts as written, in Redis's well-known words.

use std::fmt;
use std::str::FromStr;

/// How hard the store tries before a message is spoken. In every setting ids never
/// repeat, and what was spoken survives a `kill -9`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// Each batch is on the disk before it is spoken: survives a power cut.
    #[default]
    Always,
    /// Written before it is spoken, on the disk within a second: a power cut may
    /// lose that second. Kinder to SD cards.
    EverySec,
    /// Written before it is spoken, on the disk when the system sees fit.
    Never,
}

impl Durability {
    /// Every setting, in the order documents list them.
    pub const ALL: [Durability; 3] = [Durability::Always, Durability::EverySec, Durability::Never];

    /// The word that the configuration uses.
    pub fn as_str(self) -> &'static str {
        match self {
            Durability::Always => "always",
            Durability::EverySec => "everysec",
            Durability::Never => "never",
        }
    }
}

impl FromStr for Durability {
    type Err = ();

    fn from_str(word: &str) -> Result<Durability, ()> {
        Durability::ALL.into_iter().find(|d| d.as_str() == word).ok_or(())
    }
}

impl fmt::Display for Durability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
