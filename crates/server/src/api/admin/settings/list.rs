//! `GET /api/v1/admin/settings`: list settings.

use axum::extract::State;

use super::SettingBody;
use crate::app::AppState;
use crate::http::json::Json;
use crate::http::permission::{Permitted, Settings};

/// List settings
///
/// Those that can be changed while the server runs.
#[utoipa::path(
    get, operation_id = "admin_list_settings", path = "/api/v1/admin/settings", tag = "admin",
    security(("bearer" = ["admin:settings"]), ("cookie" = ["admin:settings"]), ("api_key" = ["admin:settings"])),
    responses((status = OK, description = "The settings.", body = Vec<SettingBody>))
)]
pub async fn list(State(app): State<AppState>, _who: Permitted<Settings>) -> Json<Vec<SettingBody>> {
    Json(app.core.changeable_settings().into_iter().map(SettingBody::from).collect())
}
