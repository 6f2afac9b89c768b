//! `GET /api/v1/admin/users/{id}/api-keys`: list the API keys of an account.

use axum::extract::State;
use doorward_core::UserId;

use crate::api::api_keys::ApiKeyBody;
use crate::app::AppState;
use crate::http::extract::Id;
use crate::http::json::Json;
use crate::http::permission::{Permitted, Sessions};
use crate::http::problem::Problem;

/// List the API keys of an account
///
/// Those that were not revoked, youngest first.
#[utoipa::path(
    get, operation_id = "admin_list_api_keys", path = "/api/v1/admin/users/{id}/api-keys", tag = "admin",
    security(("bearer" = ["admin:sessions"]), ("cookie" = ["admin:sessions"]), ("api_key" = ["admin:sessions"])),
    params(("id" = String, Path, format = Uuid, description = "The account.")),
    responses((status = OK, description = "The keys.", body = Vec<ApiKeyBody>))
)]
pub async fn list(
    State(app): State<AppState>,
    _who: Permitted<Sessions>,
    Id(id): Id<UserId>,
) -> Result<Json<Vec<ApiKeyBody>>, Problem> {
    let keys = app.core.api_keys_of(id).await?;
    Ok(Json(keys.iter().map(ApiKeyBody::from).collect()))
}
