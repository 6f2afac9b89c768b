//! `POST /api/v1/passkeys`: adds the passkey that a device has made.

use axum::extract::State;
use doorward_core::Secret;
use doorward_core::passkey::NewPasskey;
use http::StatusCode;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::PasskeyBody;
use crate::app::AppState;
use crate::http::credential::CurrentUser;
use crate::http::extract::Caller;
use crate::http::json::Json;
use crate::http::problem::Problem;

/// What the device has answered.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddPasskeyBody {
    /// The `challenge` that was asked for before.
    #[schema(value_type = String)]
    challenge: Secret<String>,
    /// What you call the passkey.
    #[schema(min_length = 1, max_length = 100, example = "Ada's telephone")]
    name: String,
    /// What `navigator.credentials.create` gave, by its `toJSON()`.
    #[schema(value_type = Object)]
    credential: Value,
}

/// Add a passkey
///
/// It opens the account by itself from now on; the owner is told by mail.
#[utoipa::path(
    post, path = "/api/v1/passkeys", tag = "passkeys", request_body = AddPasskeyBody,
    security(("bearer" = []), ("cookie" = [])),
    responses((status = CREATED, description = "The passkey.", body = PasskeyBody))
)]
pub async fn add_passkey(
    State(app): State<AppState>,
    CurrentUser(who): CurrentUser,
    Caller(client): Caller,
    Json(body): Json<AddPasskeyBody>,
) -> Result<(StatusCode, Json<PasskeyBody>), Problem> {
    let new = NewPasskey { challenge: body.challenge, name: body.name, answer: body.credential };
    let passkey = app.core.add_passkey(&who, new, &client).await?;
    Ok((StatusCode::CREATED, Json(PasskeyBody::from(&passkey))))
}
