//! `POST /api/v1/email-verification/confirm`: verifies an address.

use axum::extract::State;
use doorward_core::ticket::Presented;
use doorward_core::{Code, Error, Secret};
use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::AppState;
use crate::http::extract::Caller;
use crate::http::json::Json;
use crate::http::problem::Problem;

/// What the mail held: the token of its link, or the code and the address it was sent to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmBody {
    /// The token of the link.
    #[schema(value_type = Option<String>)]
    token: Option<Secret<String>>,
    /// The address the code was sent to.
    #[schema(format = Email)]
    email: Option<String>,
    /// The code.
    #[schema(value_type = Option<String>, example = "1234 5678")]
    code: Option<Secret<String>>,
}

impl ConfirmBody {
    fn presented(self) -> Result<Presented, Error> {
        match (self.token, self.email, self.code) {
            (Some(token), None, None) => Ok(Presented::Token(token)),
            (None, Some(email), Some(code)) => Ok(Presented::Code { email, code }),
            _ => Err(Error::new(Code::MalformedBody, "Give `token`, or `email` and `code`.")),
        }
    }
}

/// Verify an address
///
/// With the token of the link, or with the code: five wrong ones, and it is worth nothing any more.
#[utoipa::path(
    post, operation_id = "verify_email", path = "/api/v1/email-verification/confirm", tag = "accounts", request_body = ConfirmBody,
    responses((status = NO_CONTENT, description = "The address is verified."))
)]
pub async fn confirm(
    State(app): State<AppState>,
    Caller(client): Caller,
    Json(body): Json<ConfirmBody>,
) -> Result<StatusCode, Problem> {
    app.core.verify_email(&body.presented()?, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}
