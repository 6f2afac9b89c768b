//! `GET /api/v1/admin/users/{id}`: read an account.

use axum::extract::State;
use doorward_core::UserId;

use crate::api::users::UserBody;
use crate::app::AppState;
use crate::http::extract::Id;
use crate::http::json::Json;
use crate::http::permission::{Permitted, Users};
use crate::http::problem::Problem;

/// Read an account
#[utoipa::path(
    get, operation_id = "admin_read_user", path = "/api/v1/admin/users/{id}", tag = "admin",
    security(("bearer" = ["admin:users"]), ("cookie" = ["admin:users"]), ("api_key" = ["admin:users"])),
    params(("id" = String, Path, format = Uuid, description = "The account.")),
    responses((status = OK, description = "The account.", body = UserBody))
)]
pub async fn read(
    State(app): State<AppState>,
    _who: Permitted<Users>,
    Id(id): Id<UserId>,
) -> Result<Json<UserBody>, Problem> {
    Ok(Json(app.core.account(id).await?.into()))
}
