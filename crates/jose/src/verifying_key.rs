//! Keys that check: parsed once, good for one algorithm.

use std::fmt;

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::algorithm::Algorithm;
use crate::jwk::{Jwk, Material};
use crate::refusal::{KeyError, Refusal};

/// An uncompressed point of P-256 begins with this byte (SEC 1 §2.3.3).
const UNCOMPRESSED: u8 = 4;
/// Bytes of a coordinate of P-256, and of an Ed25519 public key.
const COORDINATE_BYTES: usize = 32;
/// The shortest modulus that is believed, in bytes.
const MODULUS_MIN_BYTES: usize = 256;

/// A key that checks signatures of one algorithm.
pub struct VerifyingKey {
    kid: String,
    algorithm: Algorithm,
    key: Key,
}

#[expect(clippy::large_enum_variant, reason = "a server has a handful of keys")]
enum Key {
    Public(ParsedPublicKey),
    Shared(hmac::Key),
}

impl VerifyingKey {
    /// The key that `jwk` publishes. Its algorithm follows from its kind; an `alg` that says otherwise is an error.
    ///
    /// # Errors
    /// [`KeyError::Malformed`], [`KeyError::TooWeak`], [`KeyError::Unsupported`] for other curves and other uses.
    pub fn from_jwk(jwk: &Jwk) -> Result<Self, KeyError> {
        let (algorithm, key) = match &jwk.material {
            Material::Okp { crv, x } if crv == "Ed25519" => (Algorithm::EdDsa, ed25519(&bytes(x)?)?),
            Material::Ec { crv, x, y } if crv == "P-256" => {
                let (x, y) = (bytes(x)?, bytes(y)?);
                if x.len() != COORDINATE_BYTES || y.len() != COORDINATE_BYTES {
                    return Err(KeyError::Malformed);
                }
                (Algorithm::Es256, p256(&[&[UNCOMPRESSED], &*x, &*y].concat())?)
            }
            Material::Rsa { n, e } => (Algorithm::Rs256, rsa(&bytes(n)?, &bytes(e)?)?),
            _ => return Err(KeyError::Unsupported),
        };
        if jwk.alg.as_deref().is_some_and(|alg| alg != algorithm.as_str()) {
            return Err(KeyError::Unsupported);
        }
        if jwk.usage.as_deref().is_some_and(|usage| usage != "sig") {
            return Err(KeyError::Unsupported);
        }
        let kid = jwk.kid.clone().unwrap_or_else(|| jwk.thumbprint());
        Ok(Self { kid, algorithm, key: Key::Public(key) })
    }

    pub(crate) fn shared(kid: String, secret: &[u8]) -> Self {
        Self { kid, algorithm: Algorithm::Hs256, key: Key::Shared(hmac::Key::new(hmac::HMAC_SHA256, secret)) }
    }

    /// The key's name.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The one algorithm the key is for.
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Whether `signature` is this key's over `message`. ECDSA signatures are the 64 bytes of RFC 7518 §3.4, never DER.
    ///
    /// # Errors
    /// [`Refusal::BadSignature`].
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Refusal> {
        let verdict = match &self.key {
            Key::Public(key) => key.verify_sig(message, signature),
            Key::Shared(key) => hmac::verify(key, message, signature),
        };
        verdict.map_err(|_| Refusal::BadSignature)
    }
}

/// Prints the name and never the key.
impl fmt::Debug for VerifyingKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "VerifyingKey({}, {})", self.algorithm, self.kid)
    }
}

fn bytes(base64url: &str) -> Result<Vec<u8>, KeyError> {
    URL_SAFE_NO_PAD.decode(base64url).map_err(|_| KeyError::Malformed)
}

fn ed25519(x: &[u8]) -> Result<ParsedPublicKey, KeyError> {
    if x.len() != COORDINATE_BYTES {
        return Err(KeyError::Malformed);
    }
    ParsedPublicKey::new(&ED25519, x).map_err(|_| KeyError::Malformed)
}

fn p256(point: &[u8]) -> Result<ParsedPublicKey, KeyError> {
    ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).map_err(|_| KeyError::Malformed)
}

fn rsa(n: &[u8], e: &[u8]) -> Result<ParsedPublicKey, KeyError> {
    if n.len() < MODULUS_MIN_BYTES {
        return Err(KeyError::TooWeak);
    }
    RsaPublicKeyComponents { n, e }
        .to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)
        .map_err(|_| KeyError::Malformed)
}
