//! `POST /api/v1/refresh`: exchanges a refresh token.

use axum::extract::State;
use doorward_core::{Error, Secret};
use serde::Deserialize;
use utoipa::ToSchema;

use super::tokens::TokensBody;
use crate::app::AppState;
use crate::http::extract::Caller;
use crate::http::json::Json;
use crate::http::problem::Problem;

/// The token to exchange.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefreshBody {
    /// The refresh token of the last answer.
    #[schema(value_type = String)]
    refresh_token: Secret<String>,
}

/// Refresh
///
/// Exchanges a refresh token for a new access token and the next refresh token. The same token may be sent again within ten
/// seconds and gets the same answer; later it counts as stolen, and its session ends.
#[utoipa::path(
    post, path = "/api/v1/refresh", tag = "sessions", request_body = RefreshBody,
    responses((status = OK, description = "New tokens of the same session.", body = TokensBody))
)]
pub async fn refresh(
    State(app): State<AppState>,
    Caller(client): Caller,
    Json(body): Json<RefreshBody>,
) -> Result<TokensBody, Problem> {
    let signed_in = app.core.refresh(&body.refresh_token, &client).await;
    app.metrics.note_refresh(signed_in.as_ref().err().map(Error::code));
    Ok(TokensBody::from(&signed_in?))
}
