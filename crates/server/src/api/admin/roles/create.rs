//! `POST /api/v1/admin/roles`: makes a role.

use axum::extract::State;
use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::RoleBody;
use crate::app::AppState;
use crate::http::extract::Caller;
use crate::http::json::Json;
use crate::http::permission::{Permitted, Roles};
use crate::http::problem::Problem;

/// What the role is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateRoleBody {
    /// Its name: 1 to 64 of `a-z`, `0-9`, `-`, `_`, `.`. The role `everyone` is held by all.
    #[schema(example = "editor", max_length = 64)]
    name: String,
    /// What it is for.
    #[serde(default)]
    #[schema(max_length = 500)]
    description: String,
    /// What it allows, separated by blanks: scopes that you hold yourself.
    scope: String,
}

/// Make a role
#[utoipa::path(
    post, operation_id = "admin_create_role", path = "/api/v1/admin/roles", tag = "admin", request_body = CreateRoleBody,
    security(("bearer" = ["admin:roles"]), ("cookie" = ["admin:roles"]), ("api_key" = ["admin:roles"])),
    responses((status = CREATED, description = "The role.", body = RoleBody))
)]
pub async fn create(
    State(app): State<AppState>,
    Permitted(who, _): Permitted<Roles>,
    Caller(client): Caller,
    Json(body): Json<CreateRoleBody>,
) -> Result<(StatusCode, Json<RoleBody>), Problem> {
    let new = (&*body.name, body.description, &*body.scope);
    let role = app.core.create_role(&who, new, &client).await?;
    Ok((StatusCode::CREATED, Json(RoleBody::from(&role))))
}
