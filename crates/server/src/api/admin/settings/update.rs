//! `PATCH /api/v1/admin/settings`: change settings.

use std::collections::BTreeMap;

use axum::extract::State;
use serde_json::Value;

use super::SettingBody;
use crate::app::AppState;
use crate::http::extract::Caller;
use crate::http::json::Json;
use crate::http::permission::{Permitted, Settings};
use crate::http::problem::Problem;

/// Change settings
///
/// All of them or none. They hold here at once, on other nodes within a second, and after a restart; `null` goes back to what the configuration says.
#[utoipa::path(
    patch, operation_id = "admin_change_settings", path = "/api/v1/admin/settings", tag = "admin", request_body = BTreeMap<String, Value>,
    security(("bearer" = ["admin:settings"]), ("cookie" = ["admin:settings"]), ("api_key" = ["admin:settings"])),
    responses((status = OK, description = "All settings, as they stand now.", body = Vec<SettingBody>))
)]
pub async fn update(
    State(app): State<AppState>,
    Permitted(who, _): Permitted<Settings>,
    Caller(client): Caller,
    Json(body): Json<BTreeMap<String, Value>>,
) -> Result<Json<Vec<SettingBody>>, Problem> {
    let settings = app.core.change_settings(Some(who.user_id), &body, &client).await?;
    Ok(Json(settings.into_iter().map(SettingBody::from).collect()))
}
