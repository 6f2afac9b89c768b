//! The keys that are believed, and the one way in which a token is checked.
//!
//! Order of the checks: length, shape, header, key, signature, and only then claims (RFC 8725 §3.3).
//!
//! Invariant: nothing of a token chooses the algorithm; its header may only agree with the key.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::{DeserializeOwned, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, de};

use crate::claims::Expect;
use crate::json::is_shallow;
use crate::jwk::JwkSet;
use crate::payload;
use crate::refusal::{KeyError, Refusal};
use crate::verifying_key::VerifyingKey;

/// Keys by their names. Does not change: a new set takes the place of an old one.
#[derive(Debug)]
pub struct KeySet {
    keys: HashMap<String, VerifyingKey>,
}

/// A token that has passed every check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified<C> {
    /// Its claims.
    pub claims: C,
}

impl KeySet {
    /// The set of these keys.
    ///
    /// # Errors
    /// [`KeyError::DuplicateKid`].
    pub fn new(keys: impl IntoIterator<Item = VerifyingKey>) -> Result<Self, KeyError> {
        let mut by_name = HashMap::new();
        for key in keys {
            if by_name.insert(key.kid().to_owned(), key).is_some() {
                return Err(KeyError::DuplicateKid);
            }
        }
        Ok(Self { keys: by_name })
    }

    /// The keys of a set that somebody else has published. Those that cannot be used are left out, and so is a second one of
    /// the same name: a set is as good as its good keys.
    pub fn published(set: &JwkSet) -> Self {
        let mut by_name = HashMap::new();
        for key in set.keys().iter().filter_map(|jwk| VerifyingKey::from_jwk(jwk).ok()) {
            by_name.entry(key.kid().to_owned()).or_insert(key);
        }
        Self { keys: by_name }
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The claims of `token`, if a key of this set signed it and it is as `expect` says at `now`, seconds since 1970.
    ///
    /// # Errors
    /// The first reason found, in the order of the checks. [`Refusal::Expired`] means that nothing before it was wrong.
    pub fn verify<C: DeserializeOwned>(
        &self,
        token: &str,
        expect: &Expect,
        now: i64,
    ) -> Result<Verified<C>, Refusal> {
        if token.len() > expect.max_bytes {
            return Err(Refusal::TooLong);
        }
        let (message, signature) = token.rsplit_once('.').ok_or(Refusal::Malformed)?;
        let (header, payload) = message.split_once('.').ok_or(Refusal::Malformed)?;
        if payload.contains('.') {
            return Err(Refusal::Malformed);
        }
        let header_json = decode(header)?;
        let header: Header<'_> = serde_json::from_str(&header_json).map_err(|_| Refusal::Malformed)?;
        if header.is_unsupported {
            return Err(Refusal::UnsupportedHeader);
        }
        let key = self.key_for(&header, expect)?;
        if header.alg != key.algorithm().as_str() {
            return Err(Refusal::WrongAlgorithm);
        }
        key.verify(message.as_bytes(), &decode_bytes(signature)?)?;
        if !header.typ.map_or(!expect.needs_type, |typ| expect.is_type(&typ)) {
            return Err(Refusal::WrongType);
        }
        let payload_json = decode(payload)?;
        let (claims, registered) = payload::read(&payload_json)?;
        expect.check(&registered, now)?;
        Ok(Verified { claims })
    }

    fn key_for(&self, header: &Header<'_>, expect: &Expect) -> Result<&VerifyingKey, Refusal> {
        if let Some(kid) = &header.kid {
            return self.keys.get(&**kid).ok_or(Refusal::UnknownKey);
        }
        if expect.needs_kid {
            return Err(Refusal::UnknownKey);
        }
        let mut of_algorithm = self.keys.values().filter(|key| key.algorithm().as_str() == header.alg);
        match (of_algorithm.next(), of_algorithm.next()) {
            (Some(key), None) => Ok(key),
            _ => Err(Refusal::UnknownKey),
        }
    }
}

/// Canonical base64url: no padding, no spare bits, no other characters.
fn decode_bytes(part: &str) -> Result<Vec<u8>, Refusal> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| Refusal::Malformed)
}

/// The JSON in a part: UTF-8, and not nested too deeply.
fn decode(part: &str) -> Result<String, Refusal> {
    let json = String::from_utf8(decode_bytes(part)?).map_err(|_| Refusal::Malformed)?;
    if is_shallow(json.as_bytes()) { Ok(json) } else { Err(Refusal::Malformed) }
}

/// The header's members that matter here.
#[derive(Default)]
struct Header<'a> {
    alg: Cow<'a, str>,
    typ: Option<Cow<'a, str>>,
    kid: Option<Cow<'a, str>>,
    /// A member is there that must be understood (`crit`, `b64`), or that brings its own key (RFC 7515 §4.1).
    is_unsupported: bool,
}

impl<'de: 'a, 'a> Deserialize<'de> for Header<'a> {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Header<'de>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a JOSE header")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Header<'de>, M::Error> {
                let (mut header, mut names) = (Header::default(), Vec::<Cow<'de, str>>::with_capacity(4));
                while let Some(Text(name)) = map.next_key()? {
                    if names.contains(&name) {
                        return Err(de::Error::custom("a member comes twice"));
                    }
                    match &*name {
                        "alg" => header.alg = map.next_value::<Text<'de>>()?.0,
                        "typ" => header.typ = Some(map.next_value::<Text<'de>>()?.0),
                        "kid" => header.kid = Some(map.next_value::<Text<'de>>()?.0),
                        "crit" | "b64" | "jwk" | "jku" | "x5u" | "x5c" | "zip" => {
                            map.next_value::<IgnoredAny>()?;
                            header.is_unsupported = true;
                        }
                        _ => drop(map.next_value::<IgnoredAny>()?),
                    }
                    names.push(name);
                }
                Ok(header)
            }
        }
        input.deserialize_map(Members)
    }
}

/// A text, borrowed where it has no escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);
