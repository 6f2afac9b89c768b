//! `POST /api/v1/email-change/confirm`: gives an account the address that was mailed.

use axum::extract::State;
use doorward_core::Secret;
use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::AppState;
use crate::http::extract::Caller;
use crate::http::json::Json;
use crate::http::problem::Problem;

/// The token of the mail.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenBody {
    /// The token of the link.
    #[schema(value_type = String)]
    token: Secret<String>,
}

/// Confirm another address
///
/// The account that asked for it has the address from now on, as verified; the old one is told.
#[utoipa::path(
    post, operation_id = "confirm_email_change", path = "/api/v1/email-change/confirm", tag = "accounts", request_body = TokenBody,
    responses((status = NO_CONTENT, description = "The account has the address."))
)]
pub async fn confirm(
    State(app): State<AppState>,
    Caller(client): Caller,
    Json(body): Json<TokenBody>,
) -> Result<StatusCode, Problem> {
    app.core.finish_email_change(body.token, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}
