//! `DELETE /api/v1/admin/users/{id}/api-keys/{key}`: revoke an API key of an account.

use axum::extract::State;
use doorward_core::{ApiKeyId, UserId};
use http::StatusCode;

use crate::app::AppState;
use crate::http::extract::{Caller, TwoIds};
use crate::http::permission::{Permitted, Sessions};
use crate::http::problem::Problem;

/// Revoke an API key of an account
///
/// The very next request with it is refused. Whoever may do what you may not keeps their keys.
#[utoipa::path(
    delete, operation_id = "admin_revoke_api_key", path = "/api/v1/admin/users/{id}/api-keys/{key}", tag = "admin",
    security(("bearer" = ["admin:sessions"]), ("cookie" = ["admin:sessions"]), ("api_key" = ["admin:sessions"])),
    params(
        ("id" = String, Path, format = Uuid, description = "The account."),
        ("key" = String, Path, format = Uuid, description = "The key."),
    ),
    responses((status = NO_CONTENT, description = "The key was revoked."))
)]
pub async fn revoke(
    State(app): State<AppState>,
    Permitted(who, _): Permitted<Sessions>,
    TwoIds(user, key): TwoIds<UserId, ApiKeyId>,
    Caller(client): Caller,
) -> Result<StatusCode, Problem> {
    app.core.revoke_api_key_of(&who, (user, key), &client).await?;
    Ok(StatusCode::NO_CONTENT)
}
