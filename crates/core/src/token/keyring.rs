//! The signing keys: which one signs now, which ones are still believed, and how one follows another.
//!
//! A new key is published before it signs, so that services which keep the JWKS for a while know it in time. An old key
//! is believed until the last token it signed has expired. Private keys lie sealed in the database.
//!
//! Invariant: an HMAC key is never believed beside public keys (RFC 8725 §3.1): a ring holds one kind only.

use std::sync::Arc;

use doorward_jose::{Algorithm, Expect, JwkSet, KeySet, Refusal, SigningKey};
use parking_lot::RwLock;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::StoredKey;
use super::master_key::Seal;
use crate::error::{Code, Error};
use crate::port::Entropy;
use crate::time::{Timestamp, Ttl};

/// How long a new key is published before it signs.
pub const PUBLISHED_AHEAD: Ttl = Ttl::from_minutes(10);

/// The signing keys in use on this node.
#[derive(Debug)]
pub(crate) struct Keyring {
    ring: RwLock<Arc<Ring>>,
}

/// The keys as they are at one moment.
#[derive(Debug)]
pub(crate) struct Ring {
    /// Those that may sign, oldest first, with the moments from and until which they do.
    signing: Vec<Signer>,
    believed: KeySet,
    public: JwkSet,
    /// The thumbprints of the believed keys, sorted: tells one ring from another.
    kids: Vec<String>,
    /// What the database held when the ring was made; nothing for a key that comes from the configuration.
    stored: Vec<StoredKey>,
}

#[derive(Debug)]
struct Signer {
    key: SigningKey,
    from: Timestamp,
    until: Timestamp,
}

impl Keyring {
    pub(crate) fn new(ring: Ring) -> Self {
        Self { ring: RwLock::new(Arc::new(ring)) }
    }

    pub(crate) fn now(&self) -> Arc<Ring> {
        Arc::clone(&self.ring.read())
    }

    /// Takes `ring` into use; says whether a key that was believed is no longer.
    pub(crate) fn replace(&self, ring: Ring) -> bool {
        let ring = Arc::new(ring);
        let before = std::mem::replace(&mut *self.ring.write(), Arc::clone(&ring));
        before.kids.iter().any(|kid| !ring.kids.contains(kid))
    }
}

impl Ring {
    /// A ring of one key that comes from the configuration and never changes.
    pub(crate) fn fixed(key: SigningKey) -> Result<Self, Error> {
        Self::of(vec![(key, Timestamp::from_millis(0), Timestamp::NEVER)], Vec::new())
    }

    /// The ring of the stored keys that are believed at `now`, signing with the youngest one of `algorithm` that has been
    /// published long enough when it signs; `None` when there is no key of `algorithm` that may sign.
    pub(crate) fn open(
        stored: &[StoredKey],
        algorithm: Algorithm,
        seal: &Seal,
        now: Timestamp,
    ) -> Result<Option<Self>, Error> {
        let is_hmac = |algorithm| algorithm == Algorithm::Hs256;
        let believed: Vec<&StoredKey> = stored
            .iter()
            .filter(|key| is_hmac(key.algorithm) == is_hmac(algorithm))
            .filter(|key| key.verifies_until.is_none_or(|end| now < end))
            .collect();
        let may_sign =
            |key: &StoredKey| key.algorithm == algorithm && key.signs_until.is_none_or(|end| now < end);
        if !believed.iter().any(|key| may_sign(key)) {
            return Ok(None);
        }
        let times = |key: &StoredKey| match may_sign(key) {
            true => (key.created_at + PUBLISHED_AHEAD, key.signs_until.unwrap_or(Timestamp::NEVER)),
            false => (Timestamp::NEVER, Timestamp::NEVER),
        };
        let keys = believed.into_iter().map(|key| {
            let (from, until) = times(key);
            Ok((unseal(key, seal)?, from, until))
        });
        Self::of(keys.collect::<Result<_, Error>>()?, stored.to_vec()).map(Some)
    }

    /// A ring that believes all of `keys`; one whose time begins never does not sign.
    fn of(keys: Vec<(SigningKey, Timestamp, Timestamp)>, stored: Vec<StoredKey>) -> Result<Self, Error> {
        let public = JwkSet::new(keys.iter().filter_map(|(key, ..)| key.public_jwk()));
        let mut kids: Vec<String> = keys.iter().map(|(key, ..)| key.kid().to_owned()).collect();
        kids.sort();
        let verifying = keys.iter().map(|(key, ..)| key.verifying_key()).collect::<Result<Vec<_>, _>>();
        let believed =
            verifying.and_then(KeySet::new).map_err(|fault| Error::from(Code::Internal).because(fault))?;
        let may_sign = keys.into_iter().filter(|(_, from, _)| *from != Timestamp::NEVER);
        let signing: Vec<_> = may_sign.map(|(key, from, until)| Signer { key, from, until }).collect();
        if signing.is_empty() {
            return Err(Code::Internal.into());
        }
        Ok(Self { signing, believed, public, kids, stored })
    }

    /// The key that signs at `now`: the youngest one that has been published long enough, else the oldest one that still may,
    /// else the youngest of all. Asked at each token, so that a key ends when it was said to, whenever the ring was made.
    fn signer(&self, now: Timestamp) -> &SigningKey {
        let may = |signer: &&Signer| now < signer.until;
        let published = self.signing.iter().rev().filter(may).find(|signer| signer.from <= now);
        let signer = published.or_else(|| self.signing.iter().find(may)).or(self.signing.last());
        // A ring has a signer: see `of`.
        &signer.unwrap_or(&self.signing[0]).key
    }

    /// Whether the ring is what the database holds.
    pub(crate) fn is_made_of(&self, stored: &[StoredKey]) -> bool {
        self.stored == stored
    }

    /// The public keys, for whoever checks tokens.
    pub(crate) fn public(&self) -> &JwkSet {
        &self.public
    }

    /// The thumbprint of the key that signs at `now`.
    pub(crate) fn signing_kid(&self, now: Timestamp) -> &str {
        self.signer(now).kid()
    }

    /// What the key that signs at `now` signs by.
    pub(crate) fn algorithm(&self, now: Timestamp) -> Algorithm {
        self.signer(now).algorithm()
    }

    /// A token of the type `typ`, given at `now`.
    pub(crate) fn sign(&self, typ: &str, claims: &impl Serialize, now: Timestamp) -> Result<String, Error> {
        self.signer(now).sign(typ, claims).map_err(|fault| Error::from(Code::Internal).because(fault))
    }

    /// The claims of a token that one of the believed keys has signed.
    pub(crate) fn verify<C: DeserializeOwned>(
        &self,
        token: &str,
        expect: &Expect,
        now: Timestamp,
    ) -> Result<C, Refusal> {
        self.believed.verify(token, expect, now.as_seconds()).map(|verified| verified.claims)
    }
}

/// Makes a key and seals it for the database.
pub(crate) fn generate(
    algorithm: Algorithm,
    seal: &Seal,
    entropy: &dyn Entropy,
    now: Timestamp,
) -> Result<StoredKey, Error> {
    let internal =
        |fault: Box<dyn std::error::Error + Send + Sync>| Error::from(Code::Internal).because(fault);
    let key = match algorithm {
        Algorithm::Hs256 => SigningKey::from_secret(&entropy.bytes::<32>()),
        asymmetric => SigningKey::generate(asymmetric),
    }
    .map_err(|fault| internal(fault.into()))?;
    let bytes = key.to_bytes();
    let sealed = seal.close(key.kid(), &bytes, entropy).map_err(|fault| internal(fault.into()))?;
    Ok(StoredKey {
        kid: key.kid().to_owned(),
        algorithm,
        sealed,
        created_at: now,
        signs_until: None,
        verifies_until: None,
    })
}

fn unseal(stored: &StoredKey, seal: &Seal) -> Result<SigningKey, Error> {
    let bytes = seal.open(&stored.kid, &stored.sealed).map_err(|fault| {
        let text = "A signing key in the database was sealed with another master key.";
        Error::new(Code::Internal, text).because(fault)
    })?;
    SigningKey::from_bytes(stored.algorithm, &bytes)
        .map_err(|fault| Error::from(Code::Internal).because(fault))
}
