//! `DELETE /api/v1/passkeys/{id}`: removes one of the caller's passkeys.

use axum::extract::State;
use doorward_core::PasskeyId;
use http::StatusCode;

use super::begin::ProofBody;
use crate::app::AppState;
use crate::http::credential::CurrentUser;
use crate::http::extract::{Caller, Id};
use crate::http::json::Json;
use crate::http::problem::Problem;

/// Remove a passkey
///
/// Nobody comes in with it any more; sessions that it has opened go on. The owner is told by mail. The last way to come in stays.
#[utoipa::path(
    delete, path = "/api/v1/passkeys/{id}", tag = "passkeys", request_body = Option<ProofBody>,
    security(("bearer" = []), ("cookie" = [])),
    params(("id" = String, Path, format = Uuid, description = "The passkey.")),
    responses((status = NO_CONTENT, description = "The passkey is gone."))
)]
pub async fn remove_passkey(
    State(app): State<AppState>,
    CurrentUser(who): CurrentUser,
    Id(id): Id<PasskeyId>,
    Caller(client): Caller,
    body: Option<Json<ProofBody>>,
) -> Result<StatusCode, Problem> {
    let password = body.and_then(|Json(body)| body.password);
    app.core.remove_passkey(&who, id, password.as_ref(), &client).await?;
    Ok(StatusCode::NO_CONTENT)
}
