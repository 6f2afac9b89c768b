//! `POST /api/v1/password-reset`: asks for a mail that sets a new password.

use axum::extract::State;
use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::AppState;
use crate::http::extract::Caller;
use crate::http::json::Json;
use crate::http::problem::Problem;

/// Where the mail is to go.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResetAddressBody {
    /// The address, in any spelling.
    #[schema(format = Email, example = "ada@example.com", max_length = 254)]
    email: String,
    /// The solution of a captcha, where the operator asks for one.
    captcha: Option<String>,
}

/// Ask for a new password
///
/// A mail with a link is sent to the address if it belongs to an account. The answer is the same for every address.
#[utoipa::path(
    post, operation_id = "ask_password_reset", path = "/api/v1/password-reset", tag = "accounts", request_body = ResetAddressBody,
    responses((status = ACCEPTED, description = "If the address has an account, a mail is on its way."))
)]
pub async fn ask(
    State(app): State<AppState>,
    Caller(client): Caller,
    Json(body): Json<ResetAddressBody>,
) -> Result<StatusCode, Problem> {
    app.core.ask_password_reset(&body.email, body.captcha.as_deref(), &client).await?;
    Ok(StatusCode::ACCEPTED)
}
