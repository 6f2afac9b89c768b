//! `PUT /api/v1/me/email`: asks for another address.

use axum::extract::State;
use doorward_core::Secret;
use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::AppState;
use crate::http::credential::CurrentUser;
use crate::http::extract::Caller;
use crate::http::json::Json;
use crate::http::problem::Problem;

/// The address to come.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeEmailBody {
    /// The address, in any spelling.
    #[schema(format = Email, max_length = 254)]
    email: String,
    /// The password; not needed shortly after a login.
    #[schema(value_type = Option<String>, format = Password)]
    password: Option<Secret<String>>,
}

/// Change the address
///
/// A mail with a link is sent to the new address; the account has it once the link was used, and the old address is told.
#[utoipa::path(
    put, operation_id = "change_email", path = "/api/v1/me/email", tag = "accounts", request_body = ChangeEmailBody,
    security(("bearer" = []), ("cookie" = [])),
    responses((status = ACCEPTED, description = "A mail to the new address is on its way."))
)]
pub async fn change_email(
    State(app): State<AppState>,
    CurrentUser(who): CurrentUser,
    Caller(client): Caller,
    Json(body): Json<ChangeEmailBody>,
) -> Result<StatusCode, Problem> {
    app.core.change_email(&who, &body.email, body.password.as_ref(), &client).await?;
    Ok(StatusCode::ACCEPTED)
}
