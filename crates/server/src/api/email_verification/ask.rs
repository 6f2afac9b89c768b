//! `POST /api/v1/email-verification`: asks for a mail that verifies an address.

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
pub struct AddressBody {
    /// The address, in any spelling.
    #[schema(format = Email, example = "ada@example.com", max_length = 254)]
    email: String,
    /// The solution of a captcha, where the operator asks for one.
    captcha: Option<String>,
}

/// Ask for a verification mail
///
/// A mail with a link and a code is sent to the address if it belongs to an account and is not verified. The answer is the same
/// for every address.
#[utoipa::path(
    post, operation_id = "ask_verification", path = "/api/v1/email-verification", tag = "accounts", request_body = AddressBody,
    responses((status = ACCEPTED, description = "If there is something to verify, a mail is on its way."))
)]
pub async fn ask(
    State(app): State<AppState>,
    Caller(client): Caller,
    Json(body): Json<AddressBody>,
) -> Result<StatusCode, Problem> {
    app.core.ask_verification(&body.email, body.captcha.as_deref(), &client).await?;
    Ok(StatusCode::ACCEPTED)
}
