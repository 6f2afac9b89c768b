//! `DELETE /api/v1/admin/users/{id}/sessions/{session}`: end one session of an account.

use axum::extract::State;
use doorward_core::{SessionId, UserId};
use http::StatusCode;

use crate::app::AppState;
use crate::http::extract::{Caller, TwoIds};
use crate::http::permission::{Permitted, Sessions};
use crate::http::problem::Problem;

/// End one session of an account
///
/// The very next request with any of its tokens is refused.
#[utoipa::path(
    delete, operation_id = "admin_end_session", path = "/api/v1/admin/users/{id}/sessions/{session}", tag = "admin",
    security(("bearer" = ["admin:sessions"]), ("cookie" = ["admin:sessions"]), ("api_key" = ["admin:sessions"])),
    params(
        ("id" = String, Path, format = Uuid, description = "The account."),
        ("session" = String, Path, format = Uuid, description = "The session."),
    ),
    responses((status = NO_CONTENT, description = "The session has ended."))
)]
pub async fn end(
    State(app): State<AppState>,
    Permitted(who, _): Permitted<Sessions>,
    TwoIds(user, session): TwoIds<UserId, SessionId>,
    Caller(client): Caller,
) -> Result<StatusCode, Problem> {
    app.core.end_session_of(&who, (user, session), &client).await?;
    Ok(StatusCode::NO_CONTENT)
}
