//! `POST /api/v1/me/second-factor/recovery-codes`: new recovery codes.

use axum::extract::State;

use super::{CodeBody, RecoveryCodesBody};
use crate::app::AppState;
use crate::http::credential::CurrentUser;
use crate::http::extract::Caller;
use crate::http::json::Json;
use crate::http::problem::Problem;

/// Get new recovery codes
///
/// By a code of the app, or one of the old recovery codes; the old ones are worth nothing from now on.
#[utoipa::path(
    post, operation_id = "renew_recovery_codes", path = "/api/v1/me/second-factor/recovery-codes", tag = "accounts",
    request_body = CodeBody, security(("bearer" = []), ("cookie" = [])),
    responses((status = OK, description = "The new codes, this once.", body = RecoveryCodesBody))
)]
pub async fn renew(
    State(app): State<AppState>,
    CurrentUser(who): CurrentUser,
    Caller(client): Caller,
    Json(body): Json<CodeBody>,
) -> Result<Json<RecoveryCodesBody>, Problem> {
    Ok(Json(app.core.renew_recovery_codes(&who, &body.code, &client).await?.into()))
}
