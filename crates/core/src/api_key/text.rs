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
/// The length of an id as text.
const ID_LENGTH: usize = 36;
/// What follows an id that stands before its key.
const AFTER_ID: &str = ".dwk_";

/// A new key for `id`, and the digest that the database keeps of it.
pub(super) fn issue(id: ApiKeyId, entropy: &dyn Entropy) -> (Secret<String>, Digest) {
    let mut payload = Zeroizing::new([0; PAYLOAD]);
    payload[..16].copy_from_slice(id.as_bytes());
    entropy.fill(&mut payload[16..]);
    let digest = Digest::of(&payload[16..]);
    (opaque::write(PREFIX, &*payload), digest)
}

/// Whether `text` looks like a key: alone, or with the id of the key and a dot before it, as clients write it that know a key as
/// a public and a secret part.
pub(crate) fn is_key(text: &str) -> bool {
    text.starts_with(PREFIX) || text.get(ID_LENGTH..).is_some_and(|rest| rest.starts_with(AFTER_ID))
}

/// Which key a presented text names, and the digest of the secret it proves it by; `None` when it is no key of any server, or has
/// the id of another one before it.
pub(super) fn read(text: &str) -> Option<(ApiKeyId, Digest)> {
    let (named, text) = match text.split_once('.') {
        Some((id, key)) => (Some(id.parse::<ApiKeyId>().ok()?), key),
        None => (None, text),
    };
    let (id, digest) = read_alone(text)?;
    named.is_none_or(|named| named == id).then_some((id, digest))
}

fn read_alone(text: &str) -> Option<(ApiKeyId, Digest)> {
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

    #[test]
    fn a_key_may_have_its_own_id_before_it_and_no_other() {
        let id = ApiKeyId::from_bytes([5; 16]);
        let (text, digest) = issue(id, &FixedEntropy::default());
        let with = |id: ApiKeyId| format!("{id}.{}", text.expose());

        assert!(is_key(text.expose()) && is_key(&with(id)) && !is_key("eyJhbGciOiJFZERTQSJ9.e30.c2ln"));
        assert_eq!(read(&with(id)), Some((id, digest)));
        assert_eq!(read(&with(ApiKeyId::from_bytes([6; 16]))), None);
        assert_eq!(read(&format!("x.{}", text.expose())), None);
    }
}
