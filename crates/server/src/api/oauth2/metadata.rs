//! `GET /.well-known/oauth-authorization-server`: what there is for clients of OAuth 2.0, and where (RFC 8414).
//!
//! Invariant: it names what is there and nothing else. There are no grants, so it names none.

use axum::extract::State;
use axum::response::IntoResponse;
use http::header::CACHE_CONTROL;
use serde::Serialize;
use utoipa::ToSchema;

use super::{INTROSPECT, REVOKE};
use crate::app::AppState;
use crate::http::json::Json;

/// How long it may be kept.
const KEPT: &str = "public, max-age=300";

/// What there is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ServerMetadata)]
pub struct MetadataBody {
    /// The server, as its tokens name it.
    issuer: String,
    /// Where the keys of access tokens are; absent where they are signed with a shared secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    jwks_uri: Option<String>,
    /// Where the worth of a token is asked for.
    introspection_endpoint: String,
    /// How services prove themselves there: an API key, as a password or as a bearer token.
    introspection_endpoint_auth_methods_supported: &'static [&'static str],
    /// Where tokens are ended.
    revocation_endpoint: String,
    /// How: by the token itself.
    revocation_endpoint_auth_methods_supported: &'static [&'static str],
    /// For whoever writes a client.
    service_documentation: String,
}

/// What this server offers
///
/// The metadata of an authorization server (RFC 8414), as far as there is one: keys, introspection and revocation.
#[utoipa::path(
    get, operation_id = "server_metadata", path = "/.well-known/oauth-authorization-server", tag = "discovery",
    responses((status = OK, description = "What there is, and where.", body = MetadataBody))
)]
pub async fn metadata(State(app): State<AppState>) -> impl IntoResponse {
    let at = |path: &str| format!("{}{path}", app.http.public_url);
    let has_keys = !app.core.jwks().keys().is_empty();
    let body = MetadataBody {
        issuer: app.core.settings().issuer.clone(),
        jwks_uri: has_keys.then(|| at("/.well-known/jwks.json")),
        introspection_endpoint: at(INTROSPECT),
        introspection_endpoint_auth_methods_supported: &["client_secret_basic", "Bearer"],
        revocation_endpoint: at(REVOKE),
        revocation_endpoint_auth_methods_supported: &["none"],
        service_documentation: at("/docs/"),
    };
    ([(CACHE_CONTROL, KEPT)], Json(body))
}
