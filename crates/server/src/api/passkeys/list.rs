//! `GET /api/v1/passkeys`: the caller's passkeys.

use axum::extract::State;

use super::PasskeyBody;
use crate::app::AppState;
use crate::http::credential::CurrentUser;
use crate::http::json::Json;
use crate::http::problem::Problem;

/// List your passkeys
///
/// Youngest first.
#[utoipa::path(
    get, path = "/api/v1/passkeys", tag = "passkeys",
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = OK, description = "The passkeys.", body = Vec<PasskeyBody>))
)]
pub async fn list_passkeys(
    State(app): State<AppState>,
    CurrentUser(who): CurrentUser,
) -> Result<Json<Vec<PasskeyBody>>, Problem> {
    let passkeys = app.core.passkeys(&who).await?;
    Ok(Json(passkeys.iter().map(PasskeyBody::from).collect()))
}
