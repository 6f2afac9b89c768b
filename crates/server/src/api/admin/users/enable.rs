//! `POST /api/v1/admin/users/{id}/enable`: enable an account.

use axum::extract::State;
use doorward_core::UserId;

use crate::api::users::UserBody;
use crate::app::AppState;
use crate::http::extract::{Caller, Id};
use crate::http::json::Json;
use crate::http::permission::{Permitted, Users};
use crate::http::problem::Problem;

/// Enable an account
///
/// Its owner can sign in again.
#[utoipa::path(
    post, operation_id = "admin_enable_user", path = "/api/v1/admin/users/{id}/enable", tag = "admin",
    security(("bearer" = ["admin:users"]), ("cookie" = ["admin:users"]), ("api_key" = ["admin:users"])),
    params(("id" = String, Path, format = Uuid, description = "The account.")),
    responses((status = OK, description = "The account.", body = UserBody))
)]
pub async fn enable(
    State(app): State<AppState>,
    Permitted(who, _): Permitted<Users>,
    Id(id): Id<UserId>,
    Caller(client): Caller,
) -> Result<Json<UserBody>, Problem> {
    Ok(Json(app.core.set_active_of(&who, id, true, &client).await?.into()))
}
