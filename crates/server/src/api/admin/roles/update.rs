//! `PATCH /api/v1/admin/roles/{name}`: changes a role.

use axum::extract::State;
use doorward_core::role::RoleName;
use serde::Deserialize;
use utoipa::ToSchema;

use super::RoleBody;
use crate::app::AppState;
use crate::http::extract::{Caller, Id};
use crate::http::json::Json;
use crate::http::permission::{Permitted, Roles};
use crate::http::problem::Problem;

/// What changes; the rest stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateRoleBody {
    /// What it is for.
    #[schema(max_length = 500)]
    description: Option<String>,
    /// What it allows, separated by blanks: scopes that you hold yourself.
    scope: Option<String>,
}

/// Change a role
///
/// Everybody who holds it may do what it says from their next request on.
#[utoipa::path(
    patch, operation_id = "admin_update_role", path = "/api/v1/admin/roles/{name}", tag = "admin", request_body = UpdateRoleBody,
    security(("bearer" = ["admin:roles"]), ("cookie" = ["admin:roles"]), ("api_key" = ["admin:roles"])),
    params(("name" = String, Path, description = "The role.")),
    responses((status = OK, description = "The role.", body = RoleBody))
)]
pub async fn update(
    State(app): State<AppState>,
    Permitted(who, _): Permitted<Roles>,
    Id(name): Id<RoleName>,
    Caller(client): Caller,
    Json(body): Json<UpdateRoleBody>,
) -> Result<Json<RoleBody>, Problem> {
    let change = (body.description, body.scope.as_deref());
    let role = app.core.update_role(&who, &name, change, &client).await?;
    Ok(Json(RoleBody::from(&role)))
}
