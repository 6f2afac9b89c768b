//! Keys that sign: made, kept and read in a few forms, parsed once.
//!
//! Invariant: the private part leaves only through `to_bytes` and `to_pem`, in memory that is wiped.

use std::fmt;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::algorithm::Algorithm;
use crate::jwk::{Jwk, Material};
use crate::pem;
use crate::refusal::KeyError;
use crate::verifying_key::VerifyingKey;

/// The shortest HMAC key (RFC 7518 §3.2).
const SECRET_MIN_BYTES: usize = 32;
/// The shortest RSA modulus (RFC 7518 §3.3).
const MODULUS_MIN_BYTES: usize = 256;

/// A key that signs with one algorithm.
pub struct SigningKey {
    kid: String,
    algorithm: Algorithm,
    key: Key,
    /// PKCS#8 (RFC 5208) of a private key, or the bytes of a shared one.
    bytes: Zeroizing<Vec<u8>>,
}

#[expect(clippy::large_enum_variant, reason = "a server has a handful of keys")]
enum Key {
    Ed25519(Ed25519KeyPair),
    P256(EcdsaKeyPair),
    Rsa(RsaKeyPair),
    Shared(hmac::Key),
}

impl SigningKey {
    /// A new key. RSA keys have 2048 bits: twice as many would make each signature six times as dear, and who minds the size
    /// is better served by EdDSA.
    ///
    /// # Errors
    /// [`KeyError::Failed`]; [`KeyError::Unsupported`] for HS256, whose keys are random bytes: see
    /// [`SigningKey::from_secret`].
    pub fn generate(algorithm: Algorithm) -> Result<Self, KeyError> {
        let failed = |_| KeyError::Failed;
        let bytes = match algorithm {
            Algorithm::EdDsa => {
                Ed25519KeyPair::generate().and_then(|key| key.to_pkcs8v1()).map_err(failed)?.as_ref().to_vec()
            }
            Algorithm::Es256 => EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
                .and_then(|key| key.to_pkcs8v1())
                .map_err(failed)?
                .as_ref()
                .to_vec(),
            Algorithm::Rs256 => {
                let key = RsaKeyPair::generate(KeySize::Rsa2048).map_err(failed)?;
                AsDer::<Pkcs8V1Der<'_>>::as_der(&key).map_err(failed)?.as_ref().to_vec()
            }
            Algorithm::Hs256 => return Err(KeyError::Unsupported),
        };
        Self::from_bytes(algorithm, &Zeroizing::new(bytes))
    }

    /// An HS256 key of these bytes.
    ///
    /// # Errors
    /// [`KeyError::TooWeak`] when there are less than 32.
    pub fn from_secret(secret: &[u8]) -> Result<Self, KeyError> {
        Self::from_bytes(Algorithm::Hs256, secret)
    }

    /// The key that [`SigningKey::to_bytes`] gave.
    ///
    /// # Errors
    /// [`KeyError::Malformed`], [`KeyError::TooWeak`].
    pub fn from_bytes(algorithm: Algorithm, bytes: &[u8]) -> Result<Self, KeyError> {
        let malformed = |_| KeyError::Malformed;
        let key = match algorithm {
            Algorithm::EdDsa => {
                Key::Ed25519(Ed25519KeyPair::from_pkcs8_maybe_unchecked(bytes).map_err(malformed)?)
            }
            Algorithm::Es256 => Key::P256(
                EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, bytes).map_err(malformed)?,
            ),
            Algorithm::Rs256 => Key::Rsa(RsaKeyPair::from_pkcs8(bytes).map_err(malformed)?),
            Algorithm::Hs256 if bytes.len() < SECRET_MIN_BYTES => return Err(KeyError::TooWeak),
            Algorithm::Hs256 => Key::Shared(hmac::Key::new(hmac::HMAC_SHA256, bytes)),
        };
        if let Key::Rsa(key) = &key
            && key.public_modulus_len() < MODULUS_MIN_BYTES
        {
            return Err(KeyError::TooWeak);
        }
        let kid = key.kid(algorithm);
        Ok(Self { kid, algorithm, key, bytes: Zeroizing::new(bytes.to_vec()) })
    }

    /// The private key in `text`: PKCS#8 (`PRIVATE KEY`) of any kind, or PKCS#1 (`RSA PRIVATE KEY`).
    ///
    /// # Errors
    /// [`KeyError::Malformed`], [`KeyError::TooWeak`].
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        let (label, der) = pem::read(text)?;
        match label {
            "PRIVATE KEY" => [Algorithm::EdDsa, Algorithm::Es256, Algorithm::Rs256]
                .into_iter()
                .map(|algorithm| Self::from_bytes(algorithm, &der))
                .find(|key| !matches!(key, Err(KeyError::Malformed)))
                .unwrap_or(Err(KeyError::Malformed)),
            "RSA PRIVATE KEY" => {
                let key = RsaKeyPair::from_der(&der).map_err(|_| KeyError::Malformed)?;
                let pkcs8 = AsDer::<Pkcs8V1Der<'_>>::as_der(&key).map_err(|_| KeyError::Failed)?;
                Self::from_bytes(Algorithm::Rs256, pkcs8.as_ref())
            }
            _ => Err(KeyError::Malformed),
        }
    }

    /// The private key as PKCS#8 PEM; a shared key has no such form.
    ///
    /// # Errors
    /// [`KeyError::Unsupported`] for HS256.
    pub fn to_pem(&self) -> Result<Zeroizing<String>, KeyError> {
        match self.algorithm {
            Algorithm::Hs256 => Err(KeyError::Unsupported),
            _ => Ok(pem::write("PRIVATE KEY", &self.bytes)),
        }
    }

    /// The key in the form in which it is stored: PKCS#8 of a private key, or the bytes of a shared one. Seal it.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        self.bytes.clone()
    }

    /// The key's name: its RFC 7638 thumbprint; for a shared key a digest that tells nothing of it.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The one algorithm the key is for.
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The public part, to be published; `None` for a shared key, which has none.
    pub fn public_jwk(&self) -> Option<Jwk> {
        self.key.material().map(|material| Jwk::signing(self.algorithm, material))
    }

    /// The key that checks what this one signs.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] cannot happen for a key that was made or read here.
    pub fn verifying_key(&self) -> Result<VerifyingKey, KeyError> {
        match self.public_jwk() {
            Some(jwk) => VerifyingKey::from_jwk(&jwk),
            None => Ok(VerifyingKey::shared(self.kid.clone(), &self.bytes)),
        }
    }

    /// A compact JWS (RFC 7515 §7.1) of the type `typ` over `claims`, which must serialize to a JSON object.
    ///
    /// # Errors
    /// [`KeyError::Failed`] when the claims cannot be serialized or the library fails.
    pub fn sign(&self, typ: &str, claims: &impl Serialize) -> Result<String, KeyError> {
        #[derive(Serialize)]
        struct Header<'a> {
            alg: &'static str,
            typ: &'a str,
            kid: &'a str,
        }
        let failed = |_| KeyError::Failed;
        let header = Header { alg: self.algorithm.as_str(), typ, kid: &self.kid };
        let mut token = String::with_capacity(512);
        URL_SAFE_NO_PAD.encode_string(serde_json::to_vec(&header).map_err(failed)?, &mut token);
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(serde_json::to_vec(claims).map_err(failed)?, &mut token);
        let signature = self.key.sign(token.as_bytes())?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }
}

impl SigningKey {
    /// The signature over `message` alone, for those who put a JWS together themselves.
    ///
    /// # Errors
    /// [`KeyError::Failed`] when the library fails.
    pub fn sign_bytes(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        self.key.sign(message)
    }
}

impl Key {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let failed = |_| KeyError::Failed;
        match self {
            Self::Ed25519(key) => Ok(key.try_sign(message).map_err(failed)?.as_ref().to_vec()),
            Self::P256(key) => Ok(key.sign(&SystemRandom::new(), message).map_err(failed)?.as_ref().to_vec()),
            Self::Rsa(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).map_err(failed)?;
                Ok(signature)
            }
            Self::Shared(key) => Ok(hmac::sign(key, message).as_ref().to_vec()),
        }
    }

    fn material(&self) -> Option<Material> {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        match self {
            Self::Ed25519(key) => {
                Some(Material::Okp { crv: "Ed25519".to_owned(), x: text(key.public_key().as_ref()) })
            }
            Self::P256(key) => {
                // An uncompressed point: one byte that says so, and the two coordinates.
                let (x, y) = key.public_key().as_ref().get(1..)?.split_at_checked(32)?;
                Some(Material::Ec { crv: "P-256".to_owned(), x: text(x), y: text(y) })
            }
            Self::Rsa(key) => {
                let public = key.public_key();
                let n = text(public.modulus().big_endian_without_leading_zero());
                let e = text(public.exponent().big_endian_without_leading_zero());
                Some(Material::Rsa { n, e })
            }
            Self::Shared(_) => None,
        }
    }

    fn kid(&self, algorithm: Algorithm) -> String {
        match (self.material(), self) {
            (Some(material), _) => Jwk::signing(algorithm, material).thumbprint(),
            (None, Self::Shared(key)) => URL_SAFE_NO_PAD.encode(&hmac::sign(key, b"key id").as_ref()[..16]),
            (None, _) => String::new(),
        }
    }
}

/// Prints the name and never the key.
impl fmt::Debug for SigningKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "SigningKey({}, {})", self.algorithm, self.kid)
    }
}
