//! The guards of a file that take tokens of other issuers.

#[cfg(feature = "introspection")]
use std::time::Duration;

use serde::Deserialize;

#[cfg(feature = "introspection")]
use super::secrets::{Named, SecretSource};
#[cfg(feature = "introspection")]
use crate::guards::Introspection;
#[cfg(feature = "jwt")]
use crate::guards::Jwt;

/// `type = "jwt"`: tokens that an issuer has signed.
#[cfg(feature = "jwt")]
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct JwtSection {
    issuer: String,
    audience: String,
    /// Where the keys are, if the issuer publishes no document that says so.
    keys_url: Option<String>,
    realm: Option<String>,
    /// Whether a token need not say that it is an access token (RFC 9068).
    #[serde(default)]
    any_type: bool,
}

#[cfg(feature = "jwt")]
impl JwtSection {
    pub(super) fn guard(self) -> Jwt {
        let mut guard = match self.keys_url {
            Some(address) => Jwt::keys_at(address, self.issuer, self.audience),
            None => Jwt::issuer(self.issuer, self.audience),
        };
        if let Some(realm) = self.realm {
            guard = guard.realm(realm);
        }
        if self.any_type { guard.any_type() } else { guard }
    }
}

/// `type = "introspection"`: tokens about which their issuer is asked.
#[cfg(feature = "introspection")]
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct IntrospectionSection {
    url: String,
    client_id: String,
    client_secret: Named,
    audience: Option<String>,
    issuer: Option<String>,
    cached_seconds: Option<u64>,
    realm: Option<String>,
}

#[cfg(feature = "introspection")]
impl IntrospectionSection {
    pub(super) fn guard(self, secrets: &dyn SecretSource) -> Result<Introspection, String> {
        let mut guard = Introspection::new(self.url, self.client_id, self.client_secret.find(secrets)?);
        if let Some(audience) = self.audience {
            guard = guard.audience(audience);
        }
        if let Some(issuer) = self.issuer {
            guard = guard.issuer(issuer);
        }
        if let Some(seconds) = self.cached_seconds {
            guard = guard.cached_for(Duration::from_secs(seconds));
        }
        Ok(match self.realm {
            Some(realm) => guard.realm(realm),
            None => guard,
        })
    }
}
