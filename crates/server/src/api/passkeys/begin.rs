//! `POST /api/v1/passkeys/challenge`: what a browser is asked for that is to make a passkey.

use axum::extract::State;
use doorward_core::Secret;
use serde::Deserialize;
use utoipa::ToSchema;

use super::ChallengeBody;
use crate::app::AppState;
use crate::http::credential::CurrentUser;
use crate::http::extract::Caller;
use crate::http::json::Json;
use crate::http::problem::Problem;

/// Proof that it is the owner who asks; the whole body can be left out shortly after a login.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProofBody {
    /// The password.
    #[schema(value_type = Option<String>, format = Password)]
    pub(super) password: Option<Secret<String>>,
}

/// Ask for a new passkey
///
/// Gives what `navigator.credentials.create` is called with. The answer goes to `POST /api/v1/passkeys` within five minutes, in the
/// same session.
#[utoipa::path(
    post, path = "/api/v1/passkeys/challenge", tag = "passkeys", request_body = Option<ProofBody>,
    security(("bearer" = []), ("cookie" = [])),
    responses((status = OK, description = "What to ask the browser for.", body = ChallengeBody))
)]
pub async fn begin_passkey(
    State(app): State<AppState>,
    CurrentUser(who): CurrentUser,
    Caller(client): Caller,
    body: Option<Json<ProofBody>>,
) -> Result<Json<ChallengeBody>, Problem> {
    let password = body.and_then(|Json(body)| body.password);
    let asked = app.core.begin_passkey(&who, password.as_ref(), &client).await?;
    Ok(Json(asked.into()))
}
