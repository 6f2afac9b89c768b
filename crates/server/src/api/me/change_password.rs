//! `PUT /api/v1/me/password`: sets a new password.

use axum::extract::State;
use doorward_core::Secret;
use doorward_core::account::PasswordChange;
use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::AppState;
use crate::http::credential::CurrentUser;
use crate::http::extract::Caller;
use crate::http::json::Json;
use crate::http::problem::Problem;

/// The old password and the new one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePasswordBody {
    /// The password that is valid now.
    #[schema(value_type = String, format = Password)]
    current_password: Secret<String>,
    /// The password to come.
    #[schema(value_type = String, format = Password, min_length = 8)]
    new_password: Secret<String>,
}

/// Change the password
///
/// Ends every other session of the account; this one stays.
#[utoipa::path(
    put, path = "/api/v1/me/password", tag = "accounts", request_body = ChangePasswordBody,
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = NO_CONTENT, description = "The password was changed."))
)]
pub async fn change_password(
    State(app): State<AppState>,
    CurrentUser(who): CurrentUser,
    Caller(client): Caller,
    Json(body): Json<ChangePasswordBody>,
) -> Result<StatusCode, Problem> {
    let change = PasswordChange { current: body.current_password, new: body.new_password };
    app.core.change_password(&who, change, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}
