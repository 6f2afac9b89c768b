//! `GET /api/v1/admin/scopes`: every scope there is.

use std::collections::BTreeMap;

use axum::extract::State;

use crate::app::AppState;
use crate::http::json::Json;
use crate::http::permission::{Permitted, Roles};

/// List scopes
///
/// Doorward's own and those of the configuration, each with what it allows.
#[utoipa::path(
    get, operation_id = "admin_list_scopes", path = "/api/v1/admin/scopes", tag = "admin",
    security(("bearer" = ["admin:roles"]), ("cookie" = ["admin:roles"]), ("api_key" = ["admin:roles"])),
    responses((status = OK, description = "The scopes.", body = BTreeMap<String, String>))
)]
pub async fn scopes(State(app): State<AppState>, _who: Permitted<Roles>) -> Json<BTreeMap<String, String>> {
    Json(app.core.scopes())
}
