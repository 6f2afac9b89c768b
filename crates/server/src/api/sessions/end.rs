//! `DELETE /api/v1/sessions/{id}`: ends one session of the caller.

use axum::extract::State;
use doorward_core::SessionId;
use http::StatusCode;

use crate::app::AppState;
use crate::http::credential::CurrentUser;
use crate::http::extract::{Caller, Id};
use crate::http::problem::Problem;

/// End a session
///
/// Ends one of your sessions: the very next request with any of its tokens is refused.
#[utoipa::path(
    delete, operation_id = "end_session", path = "/api/v1/sessions/{id}", tag = "sessions", security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    params(("id" = String, Path, format = Uuid, description = "The session.")),
    responses((status = NO_CONTENT, description = "The session has ended."))
)]
pub async fn end(
    State(app): State<AppState>,
    CurrentUser(who): CurrentUser,
    Id(id): Id<SessionId>,
    Caller(client): Caller,
) -> Result<StatusCode, Problem> {
    app.core.end_session(&who, id, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}
