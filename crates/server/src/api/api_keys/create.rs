//! `POST /api/v1/api-keys`: makes an API key.

use axum::extract::State;
use doorward_core::Ttl;
use doorward_core::api_key::NewApiKey;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ApiKeyBody;
use crate::app::AppState;
use crate::http::credential::CurrentUser;
use crate::http::extract::Caller;
use crate::http::json::Json;
use crate::http::problem::Problem;

/// What the key is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateApiKeyBody {
    /// What you call it.
    #[schema(min_length = 1, max_length = 100, example = "nightly backup")]
    name: String,
    /// What it may do at most, separated by blanks; without it: whatever you may.
    scope: Option<String>,
    /// How many seconds it lives; without it: until it is revoked.
    #[schema(minimum = 1, maximum = 315_360_000)]
    expires_in: Option<u32>,
}

/// A new key.
#[derive(Serialize, ToSchema)]
#[expect(missing_debug_implementations, reason = "keys are not printed")]
#[schema(as = NewApiKey)]
pub struct NewApiKeyBody {
    #[serde(flatten)]
    about: ApiKeyBody,
    /// The key itself, shown this once: send it as `X-API-Key` or as a bearer token.
    #[schema(example = "dwk_AaINUV0Ice…")]
    api_key: String,
}

/// Make an API key
///
/// For programs: it acts in your name until it expires or is revoked. Its text is shown this once.
#[utoipa::path(
    post, operation_id = "create_api_key", path = "/api/v1/api-keys", tag = "api keys", request_body = CreateApiKeyBody,
    security(("bearer" = []), ("cookie" = [])),
    responses((status = CREATED, description = "The key.", body = NewApiKeyBody))
)]
pub async fn create(
    State(app): State<AppState>,
    CurrentUser(who): CurrentUser,
    Caller(client): Caller,
    Json(body): Json<CreateApiKeyBody>,
) -> Result<(StatusCode, Json<NewApiKeyBody>), Problem> {
    let life = body.expires_in.map(Ttl::from_seconds);
    let new = NewApiKey { name: body.name, description: String::new(), scopes: body.scope, life };
    let (key, text) = app.core.create_api_key(&who, new, &client).await?;
    let body = NewApiKeyBody { about: ApiKeyBody::from(&key), api_key: text.expose().clone() };
    Ok((StatusCode::CREATED, Json(body)))
}
