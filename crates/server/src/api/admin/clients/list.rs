//! `GET /api/v1/admin/clients`: all applications.

use axum::extract::State;

use super::ClientBody;
use crate::app::AppState;
use crate::http::json::Json;
use crate::http::permission::{Clients, Permitted};
use crate::http::problem::Problem;

/// List applications
///
/// By name.
#[utoipa::path(
    get, operation_id = "admin_list_clients", path = "/api/v1/admin/clients", tag = "admin",
    security(("bearer" = ["admin:clients"]), ("cookie" = ["admin:clients"]), ("api_key" = ["admin:clients"])),
    responses((status = OK, description = "The applications.", body = Vec<ClientBody>))
)]
pub async fn list(
    State(app): State<AppState>,
    _who: Permitted<Clients>,
) -> Result<Json<Vec<ClientBody>>, Problem> {
    Ok(Json(app.core.clients().await?.iter().map(ClientBody::from).collect()))
}
