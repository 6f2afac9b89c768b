//! `PATCH /api/v1/admin/users/{id}`: changes what somebody's account tells.

use axum::extract::State;
use doorward_core::UserId;

use crate::api::me::update::UpdateBody;
use crate::api::users::UserBody;
use crate::app::AppState;
use crate::http::extract::{Caller, Id};
use crate::http::json::Json;
use crate::http::permission::{Permitted, Users};
use crate::http::problem::Problem;

/// Change somebody's profile
///
/// Also the fields that their owner may not write.
#[utoipa::path(
    patch, operation_id = "admin_update_user", path = "/api/v1/admin/users/{id}", tag = "admin",
    security(("bearer" = ["admin:users"]), ("cookie" = ["admin:users"]), ("api_key" = ["admin:users"])),
    request_body = UpdateBody,
    params(("id" = String, Path, format = Uuid, description = "The account.")),
    responses((status = OK, description = "The account.", body = UserBody))
)]
pub async fn update(
    State(app): State<AppState>,
    Permitted(who, _): Permitted<Users>,
    Id(id): Id<UserId>,
    Caller(client): Caller,
    Json(body): Json<UpdateBody>,
) -> Result<Json<UserBody>, Problem> {
    Ok(Json(app.core.change_profile_of(&who, id, body.into(), &client).await?.into()))
}
