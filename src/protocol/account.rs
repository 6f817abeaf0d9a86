//! Accounts, and what the hub asks the store and the auth thread about them.

use std::fmt;

use super::mask::Mask;
use super::name::Name;
use super::penalty::{Penalty, PenaltyKind};
use super::secret::Secret;
use super::time::Timestamp;

/// An account's number, given by the server, never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(pub u64);

/// A hash in PHC string form (`$argon2id$v=19$m=…`). Not a secret like a password,
/// but never shown either.
#[derive(Clone, PartialEq, Eq)]
pub struct Phc(pub Box<str>);

/// An account as the store has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its number.
    pub id: AccountId,
    /// Its name as it was registered.
    pub name: Name,
    /// The hash of its password.
    pub password: Phc,
    /// The hash of its recovery code.
    pub recovery: Phc,
}

/// What the hub asks of the users database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountRequest {
    /// The account of this name.
    Find(Name),
    /// A new account.
    Create {
        /// Its name.
        name: Name,
        /// The hash of its password.
        password: Phc,
        /// The hash of its recovery code.
        recovery: Phc,
        /// The version of the terms that was accepted.
        terms: Box<str>,
        /// When.
        at: Timestamp,
    },
    /// Another password.
    SetPassword {
        /// Whose.
        id: AccountId,
        /// The hash it must still have: a change that lost a race changes nothing.
        old: Phc,
        /// The new hash.
        new: Phc,
    },
    /// Another password and recovery code, the old code used up.
    Recover {
        /// Whose.
        id: AccountId,
        /// The recovery hash it must still have: a code works once.
        old_recovery: Phc,
        /// The new password's hash.
        password: Phc,
        /// The new recovery code's hash.
        recovery: Phc,
    },
    /// A version of the terms accepted after registration.
    AcceptTerms {
        /// Whose.
        id: AccountId,
        /// Which version.
        terms: Box<str>,
        /// When.
        at: Timestamp,
    },
    /// A ban or a mute, new or in place of the one there was.
    Penalise(Penalty),
    /// It is over.
    Pardon(PenaltyKind, Mask),
}

/// What the users database says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountAnswer {
    /// To `Find`: the account, if there is one.
    Found(Option<Account>),
    /// To `Create`: its number.
    Created(AccountId),
    /// To `Create`: somebody was faster.
    NameTaken,
    /// It is done, and on the disk.
    Changed,
    /// The account, or the hash it must still have, is gone.
    Gone,
    /// The disk refused.
    Failed,
}

/// What the hub asks of the auth thread. One request is one turn of that thread,
/// though it may be two hashes.
#[derive(Debug)]
pub enum HashRequest {
    /// Hash a new account's password and make its recovery code.
    Register {
        /// The password.
        password: Secret,
    },
    /// Is this the password? `None` takes as long and says no.
    Login {
        /// What was typed.
        password: Secret,
        /// What it must match.
        against: Option<Phc>,
    },
    /// Is this the password? Then hash the new one.
    Change {
        /// What was typed as the old password.
        old: Secret,
        /// What it must match.
        against: Option<Phc>,
        /// The new password.
        new: Secret,
    },
    /// Is this the recovery code? Then hash the new password, and make a new code.
    Recover {
        /// What was typed as the code.
        code: Secret,
        /// What it must match; `None` takes as long and says no.
        against: Option<Phc>,
        /// The new password.
        new: Secret,
    },
}

/// What the auth thread says.
#[derive(Debug)]
pub enum HashAnswer {
    /// To `Register` and `Recover`.
    NewCode {
        /// The password's hash.
        password: Phc,
        /// The recovery code, shown once.
        code: Secret,
        /// The code's hash.
        recovery: Phc,
    },
    /// To `Login`: it is the password.
    Match {
        /// The password hashed anew, where its hash's parameters are no longer
        /// today's.
        rehashed: Option<Phc>,
    },
    /// To `Change`: the new hash.
    Changed {
        /// The new password's hash.
        password: Phc,
    },
    /// It is not the password, or not the code.
    Mismatch,
    /// No randomness or no memory to be had from the machine.
    Failed,
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Phc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Phc")
    }
}
