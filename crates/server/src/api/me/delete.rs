//! `DELETE /api/v1/me`: deletes the caller's own account.

use axum::extract::State;
use doorward_core::Secret;
use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::AppState;
use crate::http::credential::CurrentUser;
use crate::http::extract::Caller;
use crate::http::json::Json;
use crate::http::problem::Problem;

/// Proof that it is the owner who asks; the whole body can be left out shortly after a login.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeleteBody {
    /// The password.
    #[schema(value_type = Option<String>, format = Password)]
    password: Option<Secret<String>>,
}

/// Delete your account
///
/// With all that is kept of it, for ever: the very next request with any of its tokens is refused. `GET /api/v1/me/export` gives
/// a copy before. The owner is told by mail.
#[utoipa::path(
    delete, operation_id = "delete_account", path = "/api/v1/me", tag = "accounts", request_body = Option<DeleteBody>,
    security(("bearer" = []), ("cookie" = [])),
    responses((status = NO_CONTENT, description = "The account is gone."))
)]
pub async fn delete(
    State(app): State<AppState>,
    CurrentUser(who): CurrentUser,
    Caller(client): Caller,
    body: Option<Json<DeleteBody>>,
) -> Result<StatusCode, Problem> {
    let password = body.and_then(|Json(body)| body.password);
    app.core.delete_own_account(&who, password.as_ref(), &client).await?;
    Ok(StatusCode::NO_CONTENT)
}
