//! Slow hashes of passwords, away from the threads that answer requests.

use std::fmt;

use async_trait::async_trait;

use crate::password::PasswordHash;
use crate::secret::Secret;
use crate::time::Ttl;

/// Hashes and checks passwords. Sheds load rather than queueing without end.
#[async_trait]
pub trait PasswordHasher: Send + Sync + fmt::Debug {
    /// The hash of `plain` under today's settings, with a fresh salt.
    ///
    /// # Errors
    /// [`HashError::Busy`] when the queue is full.
    async fn hash(&self, plain: Secret<String>) -> Result<PasswordHash, HashError>;

    /// Whether `plain` is the password behind `stored`.
    ///
    /// `stored = None` does the same work and answers [`Verdict::Mismatch`]: an unknown user costs what a known one costs.
    ///
    /// # Errors
    /// [`HashError::Busy`] when the queue is full; [`HashError::Unreadable`] when `stored` is no hash this build knows.
    async fn verify(&self, plain: Secret<String>, stored: Option<PasswordHash>)
    -> Result<Verdict, HashError>;
}

/// What a check of a password found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The right password.
    Match,
    /// The right password, kept under settings of the past: hash it anew.
    MatchButOutdated,
    /// A wrong password, or nobody to compare it with.
    Mismatch,
}

/// Why there is no verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    /// More hashes wait than can be done in time; worth trying again after `retry_after`.
    #[error("too many passwords are being checked at once")]
    Busy {
        /// How long the queue needs to drain.
        retry_after: Ttl,
    },
    /// The stored hash has a form or parameters that are not understood.
    #[error("the stored password hash cannot be read")]
    Unreadable,
    /// The hashing thread is gone.
    #[error("password hashing has stopped")]
    Stopped,
}
