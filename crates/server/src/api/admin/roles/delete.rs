//! `DELETE /api/v1/admin/roles/{name}`: deletes a role.

use axum::extract::State;
use doorward_core::role::RoleName;
use http::StatusCode;

use crate::app::AppState;
use crate::http::extract::{Caller, Id};
use crate::http::permission::{Permitted, Roles};
use crate::http::problem::Problem;

/// Delete a role
///
/// Whoever held it may no longer do what it allowed, from their next request on.
#[utoipa::path(
    delete, operation_id = "admin_delete_role", path = "/api/v1/admin/roles/{name}", tag = "admin",
    security(("bearer" = ["admin:roles"]), ("cookie" = ["admin:roles"]), ("api_key" = ["admin:roles"])),
    params(("name" = String, Path, description = "The role.")),
    responses((status = NO_CONTENT, description = "The role is gone."))
)]
pub async fn delete(
    State(app): State<AppState>,
    Permitted(who, _): Permitted<Roles>,
    Id(name): Id<RoleName>,
    Caller(client): Caller,
) -> Result<StatusCode, Problem> {
    app.core.delete_role(&who, &name, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}
