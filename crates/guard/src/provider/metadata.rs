//! What a provider publishes about itself (OpenID Connect Discovery §4, RFC 8414).
//!
//! Invariant: a document that names another issuer than the one asked for is refused.

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use serde::Deserialize;

use super::cached::{Cached, max_age};
use super::object;
use crate::client::{Fetch, FetchError};

/// The members that matter here.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Metadata {
    pub(crate) issuer: String,
    pub(crate) jwks_uri: String,
    #[cfg(feature = "oidc")]
    #[serde(default)]
    pub(crate) authorization_endpoint: Option<String>,
    #[cfg(feature = "oidc")]
    #[serde(default)]
    pub(crate) token_endpoint: Option<String>,
    #[cfg(feature = "oidc")]
    #[serde(default)]
    pub(crate) userinfo_endpoint: Option<String>,
    #[cfg(feature = "oidc")]
    #[serde(default)]
    pub(crate) token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[cfg(feature = "oidc")]
    #[serde(default)]
    pub(crate) authorization_response_iss_parameter_supported: bool,
}

/// Where an issuer publishes its document.
pub(crate) fn discovery_url(issuer: &str) -> String {
    format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'))
}

/// Where an issuer that knows OAuth alone publishes it: between host and path (RFC 8414 §3.1).
fn oauth_url(issuer: &str) -> String {
    let issuer = issuer.trim_end_matches('/');
    let host = issuer.find("://").map_or(0, |at| at + 3);
    let path = issuer[host..].find('/').map_or(issuer.len(), |at| host + at);
    format!("{}/.well-known/oauth-authorization-server{}", &issuer[..path], &issuer[path..])
}

/// The document of one issuer, fetched when it is needed.
#[derive(Clone)]
pub(crate) struct Discovery {
    pub(crate) issuer: String,
    cached: Arc<Cached<Metadata, FetchError>>,
}

impl Discovery {
    pub(crate) fn new(issuer: impl Into<String>) -> Self {
        Self { issuer: issuer.into(), cached: Arc::default() }
    }

    /// The document.
    pub(crate) async fn get(&self, fetch: &dyn Fetch, now: i64) -> Result<Arc<Metadata>, FetchError> {
        self.cached.get(now, || self.load(fetch)).await
    }

    #[cfg(feature = "oidc")]
    pub(crate) fn fresh(&self, now: i64) -> Option<Arc<Metadata>> {
        self.cached.fresh(now)
    }

    async fn load(&self, fetch: &dyn Fetch) -> Result<(Metadata, Option<i64>), FetchError> {
        let mut answer = ask(fetch, &discovery_url(&self.issuer)).await?;
        if answer.status() == StatusCode::NOT_FOUND {
            answer = ask(fetch, &oauth_url(&self.issuer)).await?;
        }
        let members =
            object(&answer).map_err(|what| FetchError::new(format!("the issuer's document: {what}")))?;
        let metadata: Metadata = serde_json::from_value(members.into()).map_err(|_| {
            FetchError::new("the issuer's document lacks a member, or has one of a wrong type")
        })?;
        if metadata.issuer.trim_end_matches('/') != self.issuer.trim_end_matches('/') {
            return Err(FetchError::new("the issuer's document is of another issuer"));
        }
        Ok((metadata, max_age(answer.headers())))
    }
}

async fn ask(fetch: &dyn Fetch, address: &str) -> Result<Response<Bytes>, FetchError> {
    let request = Request::get(address)
        .header(http::header::ACCEPT, "application/json")
        .body(Bytes::new())
        .map_err(|_| FetchError::new("the issuer is no address"))?;
    fetch.fetch(request).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_standards_put_the_document_in_two_places() {
        let issuer = "https://idp.example/tenant/";

        assert_eq!(discovery_url(issuer), "https://idp.example/tenant/.well-known/openid-configuration");
        assert_eq!(oauth_url(issuer), "https://idp.example/.well-known/oauth-authorization-server/tenant");
        assert_eq!(
            oauth_url("https://idp.example"),
            "https://idp.example/.well-known/oauth-authorization-server"
        );
    }
}
