//! Codes: what goes back to an application through the browser, good once and for a minute.
//!
//! They are rows, because the application may come with one to another node than the browser did. Invariant: a row holds a digest
//! of the code, and hangs on the session of the browser: when that ends, the code is worth nothing.

use crate::digest::Digest;
use crate::id::{ClientId, SessionId};
use crate::port::{Entropy, Quota};
use crate::scope::Scopes;
use crate::secret::Secret;
use crate::time::{Timestamp, Ttl};
use crate::token::opaque;

/// How long a code is good.
pub(super) const LIFE: Ttl = Ttl::from_seconds(60);
/// How many codes a browser is given: more than a person needs, and few enough to keep.
pub(super) const PER_SESSION: Quota = Quota { burst: 60, refill: Ttl::from_seconds(1) };
const PREFIX: &str = "dwa_";

/// A code, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorizationCode {
    /// Digest of the code.
    pub digest: Digest,
    /// The application it is for.
    pub client: ClientId,
    /// The session of the browser it was given in.
    pub session: SessionId,
    /// Where the browser was sent with it.
    pub redirect_uri: String,
    /// What the application has to answer with it (RFC 7636 §4.2).
    pub challenge: Digest,
    /// What the ID token has to repeat.
    pub nonce: Option<String>,
    /// What the application may have.
    pub scopes: Scopes,
    /// When it ends.
    pub expires_at: Timestamp,
    /// The session that was given for it, once it is used.
    pub given: Option<SessionId>,
}

/// A new code, and the digest that the database keeps of it.
pub(super) fn issue(entropy: &dyn Entropy) -> (Secret<String>, Digest) {
    let secret: [u8; 32] = entropy.bytes();
    (opaque::write(PREFIX, &secret), Digest::of(&secret))
}

/// The digest of a presented code; `None` when it is no code of any server.
pub(super) fn read(text: &str) -> Option<Digest> {
    opaque::read::<32>(PREFIX, text).map(|secret| Digest::of(&*secret))
}
