//! What an account may do, as it stands at one moment.

use crate::account::User;
use crate::role::RoleName;

/// The part of an account that decides what it may do. Grows by one version with each change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rights {
    /// Tells an older reading from a younger one.
    pub version: i64,
    /// Whether the account may be used.
    pub is_active: bool,
    /// Whether the account runs the server.
    pub is_superuser: bool,
    /// The roles it holds, sorted.
    pub roles: Vec<RoleName>,
}

impl User {
    /// What the account may do.
    pub fn rights(&self) -> Rights {
        Rights {
            version: self.rights_version,
            is_active: self.is_active,
            is_superuser: self.is_superuser,
            roles: self.roles.clone(),
        }
    }
}
