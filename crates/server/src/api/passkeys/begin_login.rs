//! `POST /api/v1/login/passkey/challenge`: what the browser of somebody is asked for who wants to come in.

use axum::extract::State;

use super::ChallengeBody;
use crate::app::AppState;
use crate::http::extract::Caller;
use crate::http::json::Json;
use crate::http::problem::Problem;

/// Ask for a login with a passkey
///
/// Gives what `navigator.credentials.get` is called with: the same for everybody, so no name is asked for and none is told. The answer
/// goes to `POST /api/v1/login/passkey` within five minutes.
#[utoipa::path(
    post, path = "/api/v1/login/passkey/challenge", tag = "passkeys",
    responses((status = OK, description = "What to ask the browser for.", body = ChallengeBody))
)]
pub async fn begin_passkey_login(
    State(app): State<AppState>,
    Caller(client): Caller,
) -> Result<Json<ChallengeBody>, Problem> {
    Ok(Json(app.core.begin_passkey_login(&client).await?.into()))
}
