//! A signing key as the database keeps it: sealed.

use doorward_jose::Algorithm;

use crate::time::Timestamp;

/// A signing key, sealed, and when it is in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredKey {
    /// The key's RFC 7638 thumbprint, `kid` in tokens and in the JWKS.
    pub kid: String,
    /// The one algorithm it is used with.
    pub algorithm: Algorithm,
    /// The private key, sealed with the master key; base64url.
    pub sealed: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// It signs nothing from then on; `None` while no end is set.
    pub signs_until: Option<Timestamp>,
    /// Tokens it signed are accepted until then; `None` while no end is set.
    pub verifies_until: Option<Timestamp>,
}
