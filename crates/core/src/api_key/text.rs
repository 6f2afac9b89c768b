//! The text form of an API key.
//!
//! A key that was made here is [`PREFIX`] and a payload. One that was brought along from R2R is its public part, a dot and its
//! secret part, as whoever has it knows it.

use zeroize::Zeroizing;

use crate::digest::Digest;
use crate::id::ApiKeyId;
use crate::port::Entropy;
use crate::secret::Secret;
use crate::token::opaque;

/// How every API key that is made here begins.
pub(crate) const PREFIX: &str = "dwk_";
const PAYLOAD: usize = 16 + 32;
/// The length of an id as text.
const ID_LENGTH: usize = 36;
/// What follows an id that stands before its key.
const AFTER_ID: &str = ".dwk_";
/// How the public parts of R2R's keys begin, of either kind.
const PUBLIC: [&str; 2] = ["key_", "pk_"];
/// How long they are after that, and the whole key at most.
const PUBLIC_LENGTH: std::ops::RangeInclusive<usize> = 8..=100;
const BROUGHT_MAX: usize = 400;

/// A key as somebody presents it, without its name.
#[derive(Debug)]
pub(super) enum Shown {
    /// The digest of what proves a key that was made here.
    Own(Digest),
    /// The two parts of one that was brought along.
    Brought { public: String, secret: Secret<String> },
}

/// A new key for `id`, and the digest that the database keeps of it.
pub(super) fn issue(id: ApiKeyId, entropy: &dyn Entropy) -> (Secret<String>, Digest) {
    let mut payload = Zeroizing::new([0; PAYLOAD]);
    payload[..16].copy_from_slice(id.as_bytes());
    entropy.fill(&mut payload[16..]);
    let digest = Digest::of(&payload[16..]);
    (opaque::write(PREFIX, &*payload), digest)
}

/// Whether `text` looks like a key: alone, or with the id of the key and a dot before it, as clients write it that know a key as
/// a public and a secret part; or brought along.
pub(crate) fn is_key(text: &str) -> bool {
    text.starts_with(PREFIX)
        || text.get(ID_LENGTH..).is_some_and(|rest| rest.starts_with(AFTER_ID))
        || parts(text).is_some()
}

/// Whether `text` can be the public part of a key of R2R.
pub(super) fn is_public(text: &str) -> bool {
    let rest = PUBLIC.iter().find_map(|begin| text.strip_prefix(begin));
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-_=".contains(&byte);
    rest.is_some_and(|rest| PUBLIC_LENGTH.contains(&rest.len()) && rest.bytes().all(is_letter))
}

/// The id under which the key with this public part is kept.
pub(super) fn id_of(public: &str) -> ApiKeyId {
    let digest = Digest::of(format!("brought API key {public}").as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest.as_bytes()[..16]);
    // As RFC 9562 has it of ids that are made in a way of one's own: it tells no time.
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    ApiKeyId::from_bytes(bytes)
}

/// The two parts of a key of R2R.
fn parts(text: &str) -> Option<(&str, &str)> {
    let (public, secret) = text.split_once('.')?;
    (text.len() <= BROUGHT_MAX && !secret.is_empty() && is_public(public)).then_some((public, secret))
}

/// Which key a presented text names, and what it proves it by; `None` when it is no key of any server, or has the id of another
/// one before it.
pub(super) fn read(text: &str) -> Option<(ApiKeyId, Shown)> {
    if let Some((public, secret)) = parts(text) {
        let shown = Shown::Brought { public: public.to_owned(), secret: Secret::new(secret.to_owned()) };
        return Some((id_of(public), shown));
    }
    let (named, text) = match text.split_once('.') {
        Some((id, key)) => (Some(id.parse::<ApiKeyId>().ok()?), key),
        None => (None, text),
    };
    let (id, digest) = read_alone(text)?;
    named.is_none_or(|named| named == id).then_some((id, Shown::Own(digest)))
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

    fn own(text: &str) -> Option<(ApiKeyId, Digest)> {
        match read(text)? {
            (id, Shown::Own(digest)) => Some((id, digest)),
            (_, Shown::Brought { .. }) => None,
        }
    }

    #[test]
    fn a_key_names_itself_and_proves_it() {
        let id = ApiKeyId::from_bytes([5; 16]);

        let (text, digest) = issue(id, &FixedEntropy::default());

        assert_eq!(own(text.expose()), Some((id, digest)));
        assert_eq!(own(&text.expose().replace("dwk_", "dwr_")), None);
    }

    #[test]
    fn a_key_may_have_its_own_id_before_it_and_no_other() {
        let id = ApiKeyId::from_bytes([5; 16]);
        let (text, digest) = issue(id, &FixedEntropy::default());
        let with = |id: ApiKeyId| format!("{id}.{}", text.expose());

        assert!(is_key(text.expose()) && is_key(&with(id)) && !is_key("eyJhbGciOiJFZERTQSJ9.e30.c2ln"));
        assert_eq!(own(&with(id)), Some((id, digest)));
        assert_eq!(own(&with(ApiKeyId::from_bytes([6; 16]))), None);
        assert_eq!(own(&format!("x.{}", text.expose())), None);
    }

    #[test]
    fn a_brought_key_is_named_by_its_public_part_and_by_nothing_else() {
        let (public, text) = ("key_AAECAwQFBgcICQoLDA0ODw==", "key_AAECAwQFBgcICQoLDA0ODw==.c2VjcmV0");

        let (id, shown) = read(text).unwrap();

        assert!(is_key(text) && id == id_of(public) && !id.tells_time());
        assert!(
            matches!(shown, Shown::Brought { public: found, secret } if found == public && secret.expose() == "c2VjcmV0")
        );
        for text in
            ["key_AAECAwQF.", "key_A.c2VjcmV0", "key_AAEC AwQFBg.x", "other_AAECAwQFBgcI.c2VjcmV0", public]
        {
            assert!(!is_key(text) && read(text).is_none(), "{text}");
        }
    }
}
