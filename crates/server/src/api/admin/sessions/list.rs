//! `GET /api/v1/admin/users/{id}/sessions`: list the sessions of an account.

use axum::extract::State;
use doorward_core::UserId;

use crate::api::sessions::list::SessionBody;
use crate::app::AppState;
use crate::http::extract::Id;
use crate::http::json::Json;
use crate::http::permission::{Permitted, Sessions};
use crate::http::problem::Problem;

/// List the sessions of an account
///
/// Those that live, youngest first.
#[utoipa::path(
    get, operation_id = "admin_list_sessions", path = "/api/v1/admin/users/{id}/sessions", tag = "admin",
    security(("bearer" = ["admin:sessions"]), ("cookie" = ["admin:sessions"]), ("api_key" = ["admin:sessions"])),
    params(("id" = String, Path, format = Uuid, description = "The account.")),
    responses((status = OK, description = "The sessions.", body = Vec<SessionBody>))
)]
pub async fn list(
    State(app): State<AppState>,
    Permitted(who, _): Permitted<Sessions>,
    Id(id): Id<UserId>,
) -> Result<Json<Vec<SessionBody>>, Problem> {
    let sessions = app.core.sessions_of(id).await?;
    Ok(Json(sessions.into_iter().map(|session| SessionBody::of(session, who.session_id)).collect()))
}
