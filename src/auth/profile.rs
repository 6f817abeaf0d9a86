//! How hard a password is made to guess: the parameters of argon2id.
//!
//! Chosen by the operator, used by the hasher; the configuration reads and prints
//! its words.

use std::fmt;
use std::str::FromStr;

/// Which of OWASP's two equivalent trades of memory against time is used for new
/// hashes. Hashes that exist keep theirs until the next login.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Profile {
    /// 19 MiB, two passes.
    #[default]
    Standard,
    /// 7 MiB, five passes: for machines where 19 MiB is a third of the memory.
    Small,
}

/// The three numbers of argon2id, in the order of a PHC string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cost {
    /// Memory, in KiB.
    pub(super) m_kib: u32,
    /// Passes over the memory.
    pub(super) t: u32,
    /// Lanes. One: the server has one thread for hashing.
    pub(super) p: u32,
}

impl Profile {
    /// Every profile, in the order documents list them.
    pub const ALL: [Profile; 2] = [Profile::Standard, Profile::Small];

    /// The word that the configuration uses.
    pub fn as_str(self) -> &'static str {
        match self {
            Profile::Standard => "standard",
            Profile::Small => "small",
        }
    }

    /// What a new password's hash costs.
    pub(super) const fn cost(self) -> Cost {
        match self {
            Profile::Standard => Cost { m_kib: 19 * 1024, t: 2, p: 1 },
            Profile::Small => Cost { m_kib: 7 * 1024, t: 5, p: 1 },
        }
    }
}

impl Cost {
    /// What a recovery code's hash costs: next to nothing. Slow hashing makes up for
    /// passwords that can be guessed; a code is 100 random bits, and 2^100 guesses
    /// are out of reach however cheap one is. Argon2id all the same, for one format
    /// of stored hashes and one piece of code that verifies them.
    pub(super) const CODE: Cost = Cost { m_kib: 64, t: 1, p: 1 };
}

impl FromStr for Profile {
    type Err = ();

    fn from_str(word: &str) -> Result<Profile, ()> {
        Profile::ALL.into_iter().find(|p| p.as_str() == word).ok_or(())
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
