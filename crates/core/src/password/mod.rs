//! Passwords: which are good enough, and how they are kept.

mod common;
mod cost;
mod foreign;
mod function;
mod policy;
mod pool;
mod settings;

use std::fmt;

pub(crate) use policy::{Names, normal_form};
pub use pool::{HashPool, PoolLoad};
pub use settings::{HashFunction, HashSettings};

/// A password's slow hash, in its own text form: PHC (`$argon2id$…`) or bcrypt (`$2b$…`).
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// The hash with this text, as stored. Not checked: what cannot be read matches no password.
    pub const fn from_text(text: String) -> Self {
        Self(text)
    }

    /// The text, for the database and the hasher.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("[password hash]")
    }
}
