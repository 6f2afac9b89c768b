//! Roles: sets of scopes under a name, which accounts hold.
//!
//! A change of a role, or of who holds it, is seen by the next request of everybody concerned. `superuser` is no such set: it
//! is the account's own mark, and stands for every scope there is. The role `everyone`, when there is one, is held by all.
//!
//! Invariant: nobody gives what they do not hold.

mod book;
mod define;
mod give;
mod narrow;

use std::fmt;
use std::str::FromStr;

pub(crate) use book::RoleBook;

use crate::error::{Code, Error};
use crate::scope::Scopes;
use crate::time::Timestamp;

/// The name under which the mark of those who run the server is given and taken like a role.
pub const SUPERUSER: &str = "superuser";
/// The role that every account holds without being given it.
pub const EVERYONE: &str = "everyone";
const NAME_MAX: usize = 64;
const DESCRIPTION_MAX: usize = 500;

/// The name of a role: 1 to 64 of `a-z`, `0-9`, `-`, `_`, `.`, beginning with a letter or digit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoleName(Box<str>);

impl RoleName {
    /// The name, as stored.
    pub fn from_stored(text: String) -> Self {
        Self(text.into_boxed_str())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RoleName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl FromStr for RoleName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let is_good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
        let starts_well = text.starts_with(|c: char| c.is_ascii_alphanumeric());
        if !starts_well || text.len() > NAME_MAX || !text.chars().all(is_good) {
            let why = "The name of a role has 1 to 64 of a-z, 0-9, '-', '_' and '.', and begins with a letter or digit.";
            return Err(Error::new(Code::InvalidField, why).about("name"));
        }
        Ok(Self(text.into()))
    }
}

/// A role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Its name, for ever.
    pub name: RoleName,
    /// What it is for.
    pub description: String,
    /// What whoever holds it may do.
    pub scopes: Scopes,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}
