//! API keys: credentials for programs, made by the owner of an account.
//!
//! A key is `dwk_` and 52 bytes: its id, 32 random bytes and a checksum. The random bytes are as good as any key, so their digest
//! is kept and no slow hash is needed. A key may do what its owner may, or less. Keys of R2R's are good as they are once they were
//! brought along.
//!
//! Invariant: a key that was revoked, has expired, or whose owner is disabled or gone, is refused by the very next request.

mod authenticate;
mod bring;
mod create;
mod live;
mod of_others;
mod proof;
mod text;

pub use bring::BroughtKey;
pub use create::NewApiKey;
pub(crate) use live::LiveKey;
pub use proof::{BroughtProof, BroughtSecret, KeyProof};
pub(crate) use text::is_key;

use crate::id::{ApiKeyId, UserId};
use crate::scope::Scopes;
use crate::time::Timestamp;

/// An API key, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Names the key; it is also a part of its text.
    pub id: ApiKeyId,
    /// Whose it is, and in whose name it acts.
    pub user_id: UserId,
    /// What the owner calls it.
    pub name: String,
    /// What the owner says of it beside that; empty: nothing.
    pub description: String,
    /// The id that a key had which was brought along: clients of the other system keep it.
    pub former_id: Option<ApiKeyId>,
    /// What its secret part is checked by.
    pub proof: KeyProof,
    /// What it may do at most; `None`: whatever the owner may.
    pub scopes: Option<Scopes>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
    /// When it was last used; written with some delay.
    pub last_used_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

impl ApiKey {
    /// The part of its text that names it, where it was brought along.
    pub fn public(&self) -> Option<&str> {
        match &self.proof {
            KeyProof::Own(_) => None,
            KeyProof::Brought(proof) => Some(&proof.public),
        }
    }

    /// The id that clients of the other system know it by; its own, where it was made here.
    pub fn known_id(&self) -> ApiKeyId {
        self.former_id.unwrap_or(self.id)
    }
}
