//! `DELETE /api/v1/me/second-factor`: takes the caller's second factor away.

use axum::extract::State;
use http::StatusCode;

use super::CodeBody;
use crate::app::AppState;
use crate::http::credential::CurrentUser;
use crate::http::extract::Caller;
use crate::http::json::Json;
use crate::http::problem::Problem;

/// Remove your second factor
///
/// By a code of the app, or a recovery code; the recovery codes go with it. The owner is told by mail.
#[utoipa::path(
    delete, operation_id = "remove_second_factor", path = "/api/v1/me/second-factor", tag = "accounts", request_body = CodeBody,
    security(("bearer" = []), ("cookie" = [])),
    responses((status = NO_CONTENT, description = "The password is enough from now on."))
)]
pub async fn remove(
    State(app): State<AppState>,
    CurrentUser(who): CurrentUser,
    Caller(client): Caller,
    Json(body): Json<CodeBody>,
) -> Result<StatusCode, Problem> {
    app.core.remove_second_factor(&who, &body.code, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}
