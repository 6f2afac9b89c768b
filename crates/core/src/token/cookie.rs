//! The session cookie of a browser: 32 random bytes that name a session and prove it.

use super::opaque;
use crate::digest::Digest;
use crate::port::Entropy;
use crate::secret::Secret;

const PREFIX: &str = "dws_";

/// A new cookie value, and the digest that the database keeps of it.
pub(crate) fn issue(entropy: &dyn Entropy) -> (Secret<String>, Digest) {
    let secret: [u8; 32] = entropy.bytes();
    (opaque::write(PREFIX, &secret), Digest::of(&secret))
}

/// The digest of a presented cookie value; `None` when it is no session cookie of any server.
pub(crate) fn read(text: &str) -> Option<Digest> {
    opaque::read::<32>(PREFIX, text).map(|secret| Digest::of(&*secret))
}
