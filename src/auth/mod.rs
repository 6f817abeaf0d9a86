//! Passwords and recovery codes: argon2id on a thread of its own.
//!
//! [`start`] gives the reactor an [`Auth`] to ask; one hash runs at a time, in
//! memory that is taken at the first hash and then kept, behind a queue with a
//! bound. The command line hashes in its own thread, through [`hash_password`] and
//! [`new_recovery_code`]. Nothing here logs or formats a secret, and nothing here
//! knows what an account is: hashes come in and go out as values.

mod hasher;
mod memory;
mod profile;
mod recovery;
mod stored;
mod thread;

#[cfg(test)]
mod tests;

pub use hasher::HashFailed;
pub use profile::Profile;
pub use thread::{Auth, start};

use crate::protocol::{Phc, Secret};

/// Hashes a password in the calling thread.
///
/// # Errors
/// [`HashFailed`] if the machine has no randomness or no memory to give.
pub fn hash_password(profile: Profile, password: &Secret) -> Result<Phc, HashFailed> {
    hasher::Hasher::new(profile).hash(password)
}

/// Makes a recovery code and its hash in the calling thread.
///
/// # Errors
/// [`HashFailed`] if the machine has no randomness or no memory to give.
pub fn new_recovery_code(profile: Profile) -> Result<(Secret, Phc), HashFailed> {
    hasher::Hasher::new(profile).new_code()
}
