//! `GET /.well-known/jwks.json`: the keys that access tokens are checked with.

use axum::extract::State;
use axum::response::IntoResponse;
use doorward_core::token::PUBLISHED_AHEAD;
use http::header::CACHE_CONTROL;

use crate::app::AppState;
use crate::http::json::Json;

/// Public keys
///
/// The JSON Web Key Set (RFC 7517) of access tokens. May be kept for five minutes: a new key is published before it signs.
#[utoipa::path(
    get, operation_id = "public_keys", path = "/.well-known/jwks.json", tag = "discovery",
    responses((status = OK, description = "The keys; none when tokens are signed with a shared secret.",
        body = serde_json::Value))
)]
pub async fn jwks(State(app): State<AppState>) -> impl IntoResponse {
    // Half the time for which a new key is published before it signs.
    let seconds = PUBLISHED_AHEAD.as_millis() / 2000;
    ([(CACHE_CONTROL, format!("public, max-age={seconds}"))], Json(app.core.jwks()))
}
