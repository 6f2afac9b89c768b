//! The text form of an API key.

use zeroize::Zeroizing;

use crate::digest::Digest;
use crate::id::ApiKeyId;
use crate::port::Entropy;
use crate::secret::Secret;
use crate::token::opaque;

/// How every API key begins.
pub(crate) const PREFIX: &str = "dwk_";
const PAYLOAD: usize = 16 + 32;

/// A new key for `id`, and the digest that the database keeps of it.
pub(super) fn issue(id: ApiKeyId, entropy: &dyn Entropy) -> (Secret<String>, Digest) {
    let mut payload = Zeroizing::new([0; PAYLOAD]);
    payload[..16].copy_from_slice(id.as_bytes());
    entropy.fill(&mut payload[16..]);
    let digest = Digest::of(&payload[16..]);
    (opaque::write(PREFIX, &*payload), digest)
}

/// Which key a presented text names, and the digest of the secret it proves it by; `None` when it is no key of any server.
pub(super) fn read(text: &str) -> Option<(ApiKeyId, Digest)> {
    let payload = opaque::read::<PAYLOAD>(PREFIX, text)?;
    let (id, secret) = payload.split_first_chunk::<16>()?;
    Some((ApiKeyId::from_bytes(*id), Digest::of(secret)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::port::fake::FixedEntropy;

    #[test]
    fn a_key_names_itself_and_proves_it() {
        let id = ApiKeyId::from_bytes([5; 16]);

        let (text, digest) = issue(id, &FixedEntropy::default());

        assert_eq!(read(text.expose()), Some((id, digest)));
        assert_eq!(read(&text.expose().replace("dwk_", "dwr_")), None);
    }
}
