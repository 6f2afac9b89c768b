//! `PUT /api/v1/admin/users/{id}/roles/{role}`: gives a role.

use axum::extract::State;
use doorward_core::UserId;
use doorward_core::role::RoleName;

use crate::api::users::UserBody;
use crate::app::AppState;
use crate::http::extract::{Caller, TwoIds};
use crate::http::json::Json;
use crate::http::permission::{Permitted, Roles};
use crate::http::problem::Problem;

/// Give a role
///
/// The account may do what the role allows from its next request on. `superuser` makes it one of those who run the server.
#[utoipa::path(
    put, operation_id = "admin_give_role", path = "/api/v1/admin/users/{id}/roles/{role}", tag = "admin",
    security(("bearer" = ["admin:roles"]), ("cookie" = ["admin:roles"]), ("api_key" = ["admin:roles"])),
    params(
        ("id" = String, Path, format = Uuid, description = "The account."),
        ("role" = String, Path, description = "The role, or `superuser`."),
    ),
    responses((status = OK, description = "The account.", body = UserBody))
)]
pub async fn give_role(
    State(app): State<AppState>,
    Permitted(who, _): Permitted<Roles>,
    TwoIds(user, role): TwoIds<UserId, RoleName>,
    Caller(client): Caller,
) -> Result<Json<UserBody>, Problem> {
    Ok(Json(app.core.give_role(&who, user, &role, &client).await?.into()))
}
