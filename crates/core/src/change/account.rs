//! Changes of an account and of what it tells of its owner.

use super::Change;
use crate::account::{AccountLimits, AliasKind, EmailAddress, Profile, Username};
use crate::api_key::KeyProof;
use crate::id::{ApiKeyId, UserId};
use crate::time::Timestamp;

/// One thing that becomes true of an account.
#[derive(Debug, Clone)]
pub enum AccountChange {
    /// The owner has proved the address. Guarded: the account still has it.
    VerifyEmail {
        /// Whose.
        user: UserId,
        /// The normal form of the address that was proved.
        email_key: String,
        /// When.
        at: Timestamp,
    },
    /// Another address, which has been proved. Guarded: the account exists. Fails when the address is taken.
    SetEmail {
        /// Whose.
        user: UserId,
        /// The new address.
        email: EmailAddress,
        /// When.
        at: Timestamp,
    },
    /// Another user name and profile. Guarded: nothing of the account has changed since `from`. Fails when the name is taken.
    SetProfile(Box<ProfileChange>),
    /// What an account can be looked for by, in place of what there was.
    IndexFields {
        /// Whose.
        user: UserId,
        /// Names of fields, and their values in normal form.
        fields: Vec<(String, String)>,
    },
    /// Another name by which clients of another system know an account. Guarded: the name is nobody's yet, and the account has
    /// none of the kind. No number that is given out later is one that was added so.
    AddAlias {
        /// Whose.
        user: UserId,
        /// Of which system.
        kind: AliasKind,
        /// The name.
        alias: String,
    },
    /// An account gets the next number; having one already is no conflict.
    Number {
        /// Whose.
        user: UserId,
    },
    /// What bounds an account from now on, in place of what bounded it. Guarded: it exists.
    SetLimits {
        /// Whose.
        user: UserId,
        /// What bounds it.
        limits: AccountLimits,
    },
    /// The same API key, checked by something quicker. Guarded: it is still checked by `from`.
    ProveApiKey {
        /// Which.
        key: ApiKeyId,
        /// What it was checked by.
        from: KeyProof,
        /// What it is checked by from now on.
        to: KeyProof,
    },
    /// An account is deleted with all that is its own; its id is never given again. Guarded: it exists.
    Delete {
        /// Whose.
        user: UserId,
        /// When.
        at: Timestamp,
    },
}

/// What an account is called and tells of its owner, from now on.
#[derive(Debug, Clone)]
pub struct ProfileChange {
    /// Whose.
    pub user: UserId,
    /// The user name.
    pub username: Option<Username>,
    /// The rest.
    pub profile: Profile,
    /// `updated_at` of the account that was read.
    pub from: Timestamp,
    /// When; later than `from`.
    pub at: Timestamp,
}

impl From<AccountChange> for Change {
    fn from(change: AccountChange) -> Self {
        Self::Account(change)
    }
}
