//! `POST /api/v1/me/second-factor/confirm`: what was begun is asked for from now on.

use axum::extract::State;

use super::{CodeBody, RecoveryCodesBody};
use crate::app::AppState;
use crate::http::credential::CurrentUser;
use crate::http::extract::Caller;
use crate::http::json::Json;
use crate::http::problem::Problem;

/// Confirm a second factor
///
/// By a code that the app shows. From now on a code is asked for after the password; the answer has ten recovery codes for the day on
/// which the app is lost, and shows them this once. The owner is told by mail.
#[utoipa::path(
    post, operation_id = "confirm_second_factor", path = "/api/v1/me/second-factor/confirm", tag = "accounts", request_body = CodeBody,
    security(("bearer" = []), ("cookie" = [])),
    responses((status = OK, description = "It is set up.", body = RecoveryCodesBody))
)]
pub async fn confirm(
    State(app): State<AppState>,
    CurrentUser(who): CurrentUser,
    Caller(client): Caller,
    Json(body): Json<CodeBody>,
) -> Result<Json<RecoveryCodesBody>, Problem> {
    Ok(Json(app.core.confirm_second_factor(&who, &body.code, &client).await?.into()))
}
