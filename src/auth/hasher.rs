//! One hasher: makes hashes and verifies against them, in memory it keeps.
//!
//! Used by the auth thread for the server and by the calling thread for the command
//! line. Never says why something does not match: an unknown name, an unreadable
//! hash and a wrong password take the same way and the same time.

use argon2::password_hash::phc::Output;
use argon2::{Algorithm, Argon2, Params, PasswordHash, Version};
use thiserror::Error;
use zeroize::Zeroizing;

use super::memory::{Memory, OutOfMemory};
use super::profile::{Cost, Profile};
use super::recovery;
use super::stored::{OUTPUT_BYTES, SALT_BYTES, StoredHash};
use crate::protocol::{HashAnswer, HashRequest, Phc, Secret};

/// The machine could not give what a hash needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum HashFailed {
    /// The operating system gave no random bytes.
    #[error("the operating system gave no random bytes")]
    NoRandomness,
    /// The operating system gave no memory.
    #[error("there is not enough free memory to hash a password; try hash = \"small\"")]
    NoMemory,
    /// Argon2 refused; with the parameters that are let through it does not.
    #[error("argon2 refused to hash")]
    Refused,
}

/// Makes and verifies hashes under one profile.
pub(super) struct Hasher {
    /// What new hashes cost.
    profile: Profile,
    /// What they work in.
    memory: Memory,
}

/// What a verification found.
enum Verdict {
    /// It matches; and whether it was hashed as today.
    Match { up_to_date: bool },
    /// It does not, or there is nothing to match.
    Mismatch,
}

impl Hasher {
    /// A hasher that holds no memory yet.
    pub(super) fn new(profile: Profile) -> Hasher {
        Hasher { profile, memory: Memory::default() }
    }

    /// Carries out one request.
    pub(super) fn answer(&mut self, request: HashRequest) -> HashAnswer {
        self.carry_out(request).unwrap_or_else(|why| {
            log::error!("a password could not be hashed: {why}");
            HashAnswer::Failed
        })
    }

    /// Wipes the memory and keeps what the next hash will need. For when there is
    /// nothing to do.
    pub(super) fn rest(&mut self) {
        self.memory.rest(self.profile.cost().m_kib as usize);
    }

    /// Hashes a password with a new salt.
    pub(super) fn hash(&mut self, password: &Secret) -> Result<Phc, HashFailed> {
        self.hash_at(self.profile.cost(), password.expose())
    }

    /// Makes a recovery code and its hash.
    pub(super) fn new_code(&mut self) -> Result<(Secret, Phc), HashFailed> {
        let random = recovery::random().map_err(|_| HashFailed::NoRandomness)?;
        let (code, canonical) = recovery::from_random(&random);
        let hash = self.hash_at(Cost::CODE, canonical.as_slice())?;
        Ok((code, hash))
    }

    fn carry_out(&mut self, request: HashRequest) -> Result<HashAnswer, HashFailed> {
        match request {
            HashRequest::Register { password } => self.password_and_code(&password),
            HashRequest::Login { password, against } => {
                let rehashed = match self.verify_password(&password, against.as_ref())? {
                    Verdict::Mismatch => return Ok(HashAnswer::Mismatch),
                    Verdict::Match { up_to_date: true } => None,
                    // Only who knows the password learns by the time it takes that
                    // its hash was an old one.
                    Verdict::Match { up_to_date: false } => Some(self.hash(&password)?),
                };
                Ok(HashAnswer::Match { rehashed })
            }
            HashRequest::Change { old, against, new } => {
                match self.verify_password(&old, against.as_ref())? {
                    Verdict::Mismatch => Ok(HashAnswer::Mismatch),
                    Verdict::Match { .. } => Ok(HashAnswer::Changed { password: self.hash(&new)? }),
                }
            }
            HashRequest::Recover { code, against, new } => {
                match self.verify_code(&code, against.as_ref())? {
                    Verdict::Mismatch => Ok(HashAnswer::Mismatch),
                    Verdict::Match { .. } => self.password_and_code(&new),
                }
            }
        }
    }

    fn password_and_code(&mut self, password: &Secret) -> Result<HashAnswer, HashFailed> {
        let password = self.hash(password)?;
        let (code, recovery) = self.new_code()?;
        Ok(HashAnswer::NewCode { password, code, recovery })
    }

    fn verify_password(
        &mut self,
        typed: &Secret,
        against: Option<&Phc>,
    ) -> Result<Verdict, HashFailed> {
        self.verify(self.profile.cost(), Some(typed.expose()), against)
    }

    fn verify_code(
        &mut self,
        typed: &Secret,
        against: Option<&Phc>,
    ) -> Result<Verdict, HashFailed> {
        let canonical = recovery::canonical(typed);
        self.verify(Cost::CODE, canonical.as_ref().map(|chars| chars.as_slice()), against)
    }

    /// Verifies what was typed (`None`: it cannot be right) against a stored hash,
    /// with that hash's parameters. Where there is nothing to match, a hash of today's
    /// cost is made all the same, for the time it takes.
    fn verify(
        &mut self,
        today: Cost,
        typed: Option<&[u8]>,
        against: Option<&Phc>,
    ) -> Result<Verdict, HashFailed> {
        let stored = against.and_then(|phc| {
            let stored = StoredHash::read(phc);
            if stored.is_none() {
                log::warn!("a stored hash is not one of this server's; it matches nothing");
            }
            stored
        });
        let (Some(typed), Some(stored)) = (typed, stored) else {
            let mut unused = Zeroizing::new([0; OUTPUT_BYTES]);
            let params = params(today)?;
            self.fill(params, typed.unwrap_or_default(), &[0; SALT_BYTES], unused.as_mut_slice())?;
            return Ok(Verdict::Mismatch);
        };
        let mut out = Zeroizing::new([0; Output::MAX_LENGTH]);
        let out = &mut out[..stored.output.len()];
        let up_to_date = stored.is_made_with(today);
        self.fill(stored.params, typed, &stored.salt, out)?;
        let output = Output::new(out).map_err(|_| HashFailed::Refused)?;
        if output == stored.output {
            Ok(Verdict::Match { up_to_date })
        } else {
            Ok(Verdict::Mismatch)
        }
    }

    fn hash_at(&mut self, cost: Cost, typed: &[u8]) -> Result<Phc, HashFailed> {
        let salt = recovery::random::<SALT_BYTES>().map_err(|_| HashFailed::NoRandomness)?;
        let params = params(cost)?;
        let mut out = Zeroizing::new([0; OUTPUT_BYTES]);
        self.fill(params.clone(), typed, salt.as_slice(), out.as_mut_slice())?;
        let refused = |_| HashFailed::Refused;
        let phc = PasswordHash {
            algorithm: Algorithm::Argon2id.ident(),
            version: Some(Version::V0x13.into()),
            params: params.try_into().map_err(|_| HashFailed::Refused)?,
            salt: Some(salt.as_slice().try_into().map_err(refused)?),
            hash: Some(Output::new(out.as_slice()).map_err(refused)?),
        };
        Ok(Phc(phc.to_string().into()))
    }

    /// The one place where argon2id runs.
    fn fill(
        &mut self,
        params: Params,
        typed: &[u8],
        salt: &[u8],
        out: &mut [u8],
    ) -> Result<(), HashFailed> {
        let blocks =
            self.memory.take(params.block_count()).map_err(|OutOfMemory| HashFailed::NoMemory)?;
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into_with_memory(typed, salt, out, blocks)
            .map_err(|_| HashFailed::Refused)
    }

    #[cfg(test)]
    pub(super) fn memory(&self) -> &Memory {
        &self.memory
    }
}

fn params(cost: Cost) -> Result<Params, HashFailed> {
    Params::new(cost.m_kib, cost.t, cost.p, Some(OUTPUT_BYTES)).map_err(|_| HashFailed::Refused)
}
