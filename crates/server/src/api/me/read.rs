//! `GET /api/v1/me`: the caller's account.

use axum::extract::State;

use crate::api::users::UserBody;
use crate::app::AppState;
use crate::http::credential::CurrentUser;
use crate::http::json::Json;
use crate::http::problem::Problem;

/// Your account
#[utoipa::path(
    get, operation_id = "current_user", path = "/api/v1/me", tag = "accounts", security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = OK, description = "The account.", body = UserBody))
)]
pub async fn read(
    State(app): State<AppState>,
    CurrentUser(who): CurrentUser,
) -> Result<Json<UserBody>, Problem> {
    Ok(Json(app.core.current_user(&who).await?.into()))
}
