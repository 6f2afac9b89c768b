//! `DELETE /api/v1/admin/users/{id}/sessions`: end the sessions of an account.

use axum::extract::State;
use doorward_core::UserId;
use http::StatusCode;

use crate::app::AppState;
use crate::http::extract::{Caller, Id};
use crate::http::permission::{Permitted, Sessions};
use crate::http::problem::Problem;

/// End the sessions of an account
///
/// The very next request with any of their tokens is refused; your own session stays. The owner can sign in again.
#[utoipa::path(
    delete, operation_id = "admin_end_sessions", path = "/api/v1/admin/users/{id}/sessions", tag = "admin",
    security(("bearer" = ["admin:sessions"]), ("cookie" = ["admin:sessions"]), ("api_key" = ["admin:sessions"])),
    params(("id" = String, Path, format = Uuid, description = "The account.")),
    responses((status = NO_CONTENT, description = "The sessions have ended."))
)]
pub async fn end_all(
    State(app): State<AppState>,
    Permitted(who, _): Permitted<Sessions>,
    Id(id): Id<UserId>,
    Caller(client): Caller,
) -> Result<StatusCode, Problem> {
    app.core.end_sessions_of(&who, id, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}
