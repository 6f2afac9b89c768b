//! Strict and fast JSON Web Signatures, for tokens that are signed here and checked anywhere.
//!
//! Compact JWS (RFC 7515) with EdDSA, ES256, RS256 and HS256 on aws-lc, JWK and JWKS (RFC 7517, 7638, 8037) and the
//! registered claims of JWT (RFC 7519) under the rules of RFC 8725: one algorithm per key, explicit types, nothing believed
//! before the signature. Keys are parsed once and kept.
//!
//! There is no encryption, no unsigned token, and no way to read a token without checking it.
//!
//! ```
//! use doorward_jose::{Algorithm, Expect, KeySet, SigningKey};
//! use serde_json::json;
//!
//! let key = SigningKey::generate(Algorithm::EdDsa)?;
//! let claims = json!({ "iss": "https://auth.example", "aud": "api", "sub": "ada", "iat": 1000, "exp": 1600 });
//! let token = key.sign("at+jwt", &claims)?;
//!
//! let keys = KeySet::new([key.verifying_key()?])?;
//! let expect = Expect::new("at+jwt", "https://auth.example", "api");
//! let verified = keys.verify::<serde_json::Value>(&token, &expect, 1200)?;
//! assert_eq!(verified.claims["sub"], "ada");
//! assert!(keys.verify::<serde_json::Value>(&token, &expect, 1600).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | to find | look in |
//! |---|---|
//! | which algorithms there are | [`Algorithm`] |
//! | how keys are made, kept and read | [`SigningKey`], [`VerifyingKey`] |
//! | what a token must say | [`Expect`] |
//! | why a token is refused | [`Refusal`] |
//! | how keys are published | [`Jwk`], [`JwkSet`] |

#![forbid(unsafe_code)]

mod algorithm;
mod claims;
mod json;
mod jwk;
mod key_set;
mod payload;
mod pem;
mod refusal;
mod signing_key;
mod verifying_key;

pub use algorithm::{Algorithm, UnknownAlgorithm};
pub use claims::Expect;
pub use jwk::{Jwk, JwkSet};
pub use key_set::{KeySet, Verified};
pub use refusal::{KeyError, Refusal};
pub use signing_key::SigningKey;
pub use verifying_key::VerifyingKey;
