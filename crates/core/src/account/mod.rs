//! Accounts: one per person, under an email address and perhaps a user name.

mod admin;
mod alias;
mod delete;
mod email;
mod export;
mod field;
mod import;
mod limits;
mod live;
mod manage;
mod name;
mod password;
mod profile;
mod register;
mod reset;
mod rights;
mod search;
mod tend;
mod verify;

pub use admin::FirstAdmin;
pub use alias::AliasKind;
#[cfg(any(test, feature = "fake"))]
pub(crate) use field::search_key;
pub use field::{FieldKind, FieldRule, Writer};
pub use import::{Fate, IMPORT_BATCH, ImportRow};
pub use limits::{AccountLimits, RequestsMade, RouteLimits};
pub(crate) use live::LiveAccount;
pub use name::{EmailAddress, LoginName, Username};
pub use password::PasswordChange;
pub use profile::ProfilePatch;
pub use register::Registration;
pub use rights::Rights;
pub use search::{Ages, Cursor, Page, Place, UserFilter, Way};
pub use tend::Invitation;
pub use verify::Verification;

use crate::id::UserId;
use crate::password::PasswordHash;
use crate::role::RoleName;
use crate::time::Timestamp;

/// An account.
#[derive(Debug, Clone)]
pub struct User {
    /// Names the account for ever.
    pub id: UserId,
    /// The address, as written and in normal form.
    pub email: EmailAddress,
    /// The user name, as written and in normal form.
    pub username: Option<Username>,
    /// The password's slow hash.
    pub password: PasswordHash,
    /// Grows by one with each new password.
    pub password_version: i64,
    /// What the person tells of themselves.
    pub profile: Profile,
    /// Whether the account may be used.
    pub is_active: bool,
    /// Whether the owner has proved that the address is theirs.
    pub is_verified: bool,
    /// Whether the account runs the server.
    pub is_superuser: bool,
    /// The roles it holds, sorted.
    pub roles: Vec<RoleName>,
    /// Grows by one with each change of what the account may do.
    pub rights_version: i64,
    /// When the account was made.
    pub created_at: Timestamp,
    /// When anything of it last changed.
    pub updated_at: Timestamp,
}

/// What a person tells of themselves. Nothing here is checked for truth.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profile {
    /// The name to show.
    pub name: Option<String>,
    /// A few words.
    pub bio: Option<String>,
    /// Where a picture is.
    pub picture: Option<String>,
    /// Whatever the application keeps with the account: a JSON object.
    pub metadata: serde_json::Map<String, serde_json::Value>,
    /// What the configuration declares in `[fields]`, checked against it.
    pub fields: serde_json::Map<String, serde_json::Value>,
}
