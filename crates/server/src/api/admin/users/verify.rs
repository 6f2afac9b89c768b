//! `POST /api/v1/admin/users/{id}/verify`: count an address as verified.

use axum::extract::State;
use doorward_core::UserId;

use crate::api::users::UserBody;
use crate::app::AppState;
use crate::http::extract::{Caller, Id};
use crate::http::json::Json;
use crate::http::permission::{Permitted, Users};
use crate::http::problem::Problem;

/// Count an address as verified
///
/// By your word instead of a mail.
#[utoipa::path(
    post, operation_id = "admin_verify_user", path = "/api/v1/admin/users/{id}/verify", tag = "admin",
    security(("bearer" = ["admin:users"]), ("cookie" = ["admin:users"]), ("api_key" = ["admin:users"])),
    params(("id" = String, Path, format = Uuid, description = "The account.")),
    responses((status = OK, description = "The account.", body = UserBody))
)]
pub async fn verify(
    State(app): State<AppState>,
    Permitted(who, _): Permitted<Users>,
    Id(id): Id<UserId>,
    Caller(client): Caller,
) -> Result<Json<UserBody>, Problem> {
    Ok(Json(app.core.verify_email_of(&who, id, &client).await?.into()))
}
