//! `GET /api/v1/session`: what the server believes about the credential. Asks no database.

use axum::extract::State;
use doorward_core::{SessionId, Timestamp, UserId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::AppState;
use crate::http::credential::CurrentUser;
use crate::http::json::Json;

/// Who is asking.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Principal)]
pub struct PrincipalBody {
    /// Whose account it is.
    #[schema(value_type = String, format = Uuid)]
    user_id: UserId,
    /// The session; absent for one who acts without login because authentication is off.
    #[schema(value_type = Option<String>, format = Uuid)]
    #[serde(skip_serializing_if = "Option::is_none")]
    session_id: Option<SessionId>,
    /// Whether the account runs the server.
    is_superuser: bool,
    /// What the credential may do at this moment, separated by blanks.
    scope: String,
    /// When the credential itself ends.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

/// Check the credential
///
/// Answers whose the credential is, if its session lives.
#[utoipa::path(
    get, operation_id = "check_credential", path = "/api/v1/session", tag = "sessions", security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = OK, description = "The credential is good.", body = PrincipalBody))
)]
pub async fn session(State(app): State<AppState>, CurrentUser(who): CurrentUser) -> Json<PrincipalBody> {
    Json(PrincipalBody {
        user_id: who.user_id,
        session_id: who.session_id,
        is_superuser: who.is_superuser(),
        scope: app.core.scopes_of(&who).to_string(),
        expires_at: who.expires_at,
    })
}
