//! A stored hash, read back: a PHC string of argon2id within sane bounds.
//!
//! The string comes from a file that anybody with the disk may have changed, so
//! nothing in it is believed before it is checked. Used by the hasher alone.

use argon2::password_hash::phc::Output;
use argon2::{ARGON2ID_IDENT, Params, PasswordHash, Version};

use super::profile::Cost;
use crate::protocol::Phc;

/// Most memory that a stored hash may ask for, in KiB, …
const M_KIB_MAX: u32 = 64 * 1024;
/// … most passes, and most lanes: past these a changed database could stop the
/// server by one login.
const T_MAX: u32 = 16;
const P_MAX: u32 = 4;

/// Fewest bytes of output that are believed: fewer could be matched by luck.
const OUTPUT_BYTES_MIN: usize = 16;

/// Bytes of output of the hashes made here.
pub(super) const OUTPUT_BYTES: usize = 32;

/// Bytes of salt of the hashes made here.
pub(super) const SALT_BYTES: usize = 16;

/// A stored hash that can be verified against.
pub(super) struct StoredHash {
    /// The parameters that made it.
    pub(super) params: Params,
    /// What makes it different from everybody else's.
    pub(super) salt: argon2::password_hash::phc::Salt,
    /// What must come out. Its `==` takes constant time.
    pub(super) output: Output,
}

impl StoredHash {
    /// Reads a PHC string; `None` if it is no argon2id v19 hash within the bounds.
    pub(super) fn read(phc: &Phc) -> Option<StoredHash> {
        let hash = PasswordHash::new(&phc.0).ok()?;
        let params = Params::try_from(&hash).ok()?;
        let (salt, output) = (hash.salt?, hash.hash?);
        let ours = hash.algorithm == ARGON2ID_IDENT && hash.version == Some(Version::V0x13.into());
        let sane = params.m_cost() <= M_KIB_MAX
            && params.t_cost() <= T_MAX
            && params.p_cost() <= P_MAX
            && output.len() >= OUTPUT_BYTES_MIN;
        (ours && sane).then_some(StoredHash { params, salt, output })
    }

    /// Whether it was made as new ones are today.
    pub(super) fn is_made_with(&self, cost: Cost) -> bool {
        (self.params.m_cost(), self.params.t_cost(), self.params.p_cost())
            == (cost.m_kib, cost.t, cost.p)
            && self.output.len() == OUTPUT_BYTES
            && self.salt.len() == SALT_BYTES
    }
}
