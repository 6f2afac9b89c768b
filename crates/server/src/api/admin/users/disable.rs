//! `POST /api/v1/admin/users/{id}/disable`: disable an account.

use axum::extract::State;
use doorward_core::UserId;

use crate::api::users::UserBody;
use crate::app::AppState;
use crate::http::extract::{Caller, Id};
use crate::http::json::Json;
use crate::http::permission::{Permitted, Users};
use crate::http::problem::Problem;

/// Disable an account
///
/// All its sessions end and its API keys stop: the very next request is refused.
#[utoipa::path(
    post, operation_id = "admin_disable_user", path = "/api/v1/admin/users/{id}/disable", tag = "admin",
    security(("bearer" = ["admin:users"]), ("cookie" = ["admin:users"]), ("api_key" = ["admin:users"])),
    params(("id" = String, Path, format = Uuid, description = "The account.")),
    responses((status = OK, description = "The account.", body = UserBody))
)]
pub async fn disable(
    State(app): State<AppState>,
    Permitted(who, _): Permitted<Users>,
    Id(id): Id<UserId>,
    Caller(client): Caller,
) -> Result<Json<UserBody>, Problem> {
    Ok(Json(app.core.set_active_of(&who, id, false, &client).await?.into()))
}
