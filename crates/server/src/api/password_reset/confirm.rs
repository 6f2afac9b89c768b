//! `POST /api/v1/password-reset/confirm`: sets a new password with the token of a mail.

use axum::extract::State;
use doorward_core::Secret;
use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::AppState;
use crate::http::extract::Caller;
use crate::http::json::Json;
use crate::http::problem::Problem;

/// The token of the mail, and the new password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResetBody {
    /// The token of the link.
    #[schema(value_type = String)]
    token: Secret<String>,
    /// The password to come.
    #[schema(value_type = String, format = Password, min_length = 8)]
    new_password: Secret<String>,
}

/// Set a new password
///
/// Works once. Ends every session of the account and makes every other link that was mailed worthless; the owner is told by
/// mail. Second factors stay as they are. Also accepts an invitation.
#[utoipa::path(
    post, operation_id = "reset_password", path = "/api/v1/password-reset/confirm", tag = "accounts", request_body = ResetBody,
    responses((status = NO_CONTENT, description = "The password was set. Log in with it."))
)]
pub async fn confirm(
    State(app): State<AppState>,
    Caller(client): Caller,
    Json(body): Json<ResetBody>,
) -> Result<StatusCode, Problem> {
    app.core.finish_password_reset(body.token, &body.new_password, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}
