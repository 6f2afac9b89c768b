//! `PATCH /api/v1/passkeys/{id}`: another name for one of the caller's passkeys.

use axum::extract::State;
use doorward_core::PasskeyId;
use serde::Deserialize;
use utoipa::ToSchema;

use super::PasskeyBody;
use crate::app::AppState;
use crate::http::credential::CurrentUser;
use crate::http::extract::{Caller, Id};
use crate::http::json::Json;
use crate::http::problem::Problem;

/// What changes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RenamePasskeyBody {
    /// What you call the passkey from now on.
    #[schema(min_length = 1, max_length = 100)]
    name: String,
}

/// Rename a passkey
#[utoipa::path(
    patch, path = "/api/v1/passkeys/{id}", tag = "passkeys", request_body = RenamePasskeyBody,
    security(("bearer" = []), ("cookie" = [])),
    params(("id" = String, Path, format = Uuid, description = "The passkey.")),
    responses((status = OK, description = "The passkey.", body = PasskeyBody))
)]
pub async fn rename_passkey(
    State(app): State<AppState>,
    CurrentUser(who): CurrentUser,
    Id(id): Id<PasskeyId>,
    Caller(client): Caller,
    Json(body): Json<RenamePasskeyBody>,
) -> Result<Json<PasskeyBody>, Problem> {
    let passkey = app.core.rename_passkey(&who, (id, body.name), &client).await?;
    Ok(Json(PasskeyBody::from(&passkey)))
}
