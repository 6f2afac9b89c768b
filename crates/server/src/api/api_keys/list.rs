//! `GET /api/v1/api-keys`: the caller's API keys.

use axum::extract::State;

use super::ApiKeyBody;
use crate::app::AppState;
use crate::http::credential::CurrentUser;
use crate::http::json::Json;
use crate::http::problem::Problem;

/// List your API keys
///
/// Those that were not revoked, youngest first.
#[utoipa::path(
    get, operation_id = "list_api_keys", path = "/api/v1/api-keys", tag = "api keys",
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = OK, description = "The keys.", body = Vec<ApiKeyBody>))
)]
pub async fn list(
    State(app): State<AppState>,
    CurrentUser(who): CurrentUser,
) -> Result<Json<Vec<ApiKeyBody>>, Problem> {
    let keys = app.core.api_keys(&who).await?;
    Ok(Json(keys.iter().map(ApiKeyBody::from).collect()))
}
