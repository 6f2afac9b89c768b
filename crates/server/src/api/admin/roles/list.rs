//! `GET /api/v1/admin/roles`: all roles.

use axum::extract::State;

use super::RoleBody;
use crate::app::AppState;
use crate::http::json::Json;
use crate::http::permission::{Permitted, Roles};

/// List roles
///
/// By name. `superuser` is none of them: it is the mark of those who run the server and may do everything.
#[utoipa::path(
    get, operation_id = "admin_list_roles", path = "/api/v1/admin/roles", tag = "admin",
    security(("bearer" = ["admin:roles"]), ("cookie" = ["admin:roles"]), ("api_key" = ["admin:roles"])),
    responses((status = OK, description = "The roles.", body = Vec<RoleBody>))
)]
pub async fn list(State(app): State<AppState>, _who: Permitted<Roles>) -> Json<Vec<RoleBody>> {
    Json(app.core.roles().iter().map(RoleBody::from).collect())
}
