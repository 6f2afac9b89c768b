//! `DELETE /api/v1/api-keys/{id}`: revokes one of the caller's API keys.

use axum::extract::State;
use doorward_core::ApiKeyId;
use http::StatusCode;

use crate::app::AppState;
use crate::http::credential::CurrentUser;
use crate::http::extract::{Caller, Id};
use crate::http::problem::Problem;

/// Revoke an API key
///
/// The very next request with it is refused. A key may revoke itself and no other.
#[utoipa::path(
    delete, operation_id = "revoke_api_key", path = "/api/v1/api-keys/{id}", tag = "api keys",
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    params(("id" = String, Path, format = Uuid, description = "The key.")),
    responses((status = NO_CONTENT, description = "The key was revoked."))
)]
pub async fn revoke(
    State(app): State<AppState>,
    CurrentUser(who): CurrentUser,
    Id(id): Id<ApiKeyId>,
    Caller(client): Caller,
) -> Result<StatusCode, Problem> {
    app.core.revoke_api_key(&who, id, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}
