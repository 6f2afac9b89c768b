//! The keys of a provider.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doorward_jose::{Algorithm, Jwk, KeyError, SigningKey};
use serde_json::{Value, json};

/// A key that a provider signs with; cheap to clone.
#[derive(Debug, Clone)]
pub struct ProviderKey {
    kid: String,
    key: Arc<SigningKey>,
}

impl ProviderKey {
    /// A new key called `kid`.
    ///
    /// # Errors
    /// [`KeyError`]: there is no such key, as for HS256.
    pub fn generate(kid: impl Into<String>, algorithm: Algorithm) -> Result<Self, KeyError> {
        Ok(Self { kid: kid.into(), key: Arc::new(SigningKey::generate(algorithm)?) })
    }

    /// A key that was made before: making RSA keys takes a while.
    pub fn new(kid: impl Into<String>, key: Arc<SigningKey>) -> Self {
        Self { kid: kid.into(), key }
    }

    /// Its name.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// Its algorithm.
    pub fn algorithm(&self) -> Algorithm {
        self.key.algorithm()
    }

    /// The public part, as it is published.
    pub fn public(&self) -> Option<Jwk> {
        self.key.public_jwk().map(|jwk| Jwk { kid: Some(self.kid.clone()), ..jwk })
    }

    /// A signed token with these claims.
    ///
    /// # Errors
    /// [`KeyError`]: it cannot be signed.
    pub fn sign(&self, claims: &Value) -> Result<String, KeyError> {
        self.sign_as(&json!({ "alg": self.algorithm().as_str(), "typ": "JWT", "kid": self.kid }), claims)
    }

    /// A signed token with this header, whatever it says.
    ///
    /// # Errors
    /// [`KeyError`]: it cannot be signed.
    pub fn sign_as(&self, header: &Value, claims: &Value) -> Result<String, KeyError> {
        let message = unsigned(header, claims);
        let signature = self.key.sign_bytes(message.as_bytes())?;
        Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

/// The first two parts of a token.
pub(super) fn unsigned(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", part(header), part(claims))
}
