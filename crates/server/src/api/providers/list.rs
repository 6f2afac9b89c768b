//! `GET /api/v1/providers`: by what somebody can log in.

use axum::extract::State;

use crate::app::AppState;
use crate::http::json::Json;

/// List providers
///
/// The names of the ways to log in; `password` is always the first.
#[utoipa::path(
    get, operation_id = "list_providers", path = "/api/v1/providers", tag = "sessions",
    responses((status = OK, description = "The names.", body = Vec<String>))
)]
pub async fn list(State(app): State<AppState>) -> Json<Vec<String>> {
    Json(app.core.providers())
}
