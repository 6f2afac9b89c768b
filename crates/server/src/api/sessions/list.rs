//! `GET /api/v1/sessions`: where the caller is signed in.

use axum::extract::State;
use doorward_core::session::Session;
use doorward_core::{Principal, SessionId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::AppState;
use crate::http::credential::CurrentUser;
use crate::http::json::Json;
use crate::http::problem::Problem;

/// One place where the caller is signed in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Session)]
pub struct SessionBody {
    /// Names the session.
    #[schema(format = Uuid)]
    id: String,
    /// When the login was.
    #[schema(format = DateTime)]
    created_at: String,
    /// The last sign of life, exact to the minute.
    #[schema(format = DateTime)]
    last_seen_at: String,
    /// When it ends at the latest.
    #[schema(format = DateTime)]
    expires_at: String,
    /// The program at login, as it called itself.
    user_agent: String,
    /// The address at login.
    address: String,
    /// The application that was given it; absent for a login of your own.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = Uuid)]
    client_id: Option<String>,
    /// Whether this is the session of the request itself.
    is_current: bool,
}

impl SessionBody {
    pub(crate) fn of(session: Session, current: Option<SessionId>) -> Self {
        Self {
            id: session.id.to_string(),
            created_at: session.created_at.to_string(),
            last_seen_at: session.last_seen_at.to_string(),
            expires_at: session.expires_at.to_string(),
            user_agent: session.user_agent,
            address: session.address,
            client_id: session.client.map(|client| client.to_string()),
            is_current: Some(session.id) == current,
        }
    }
}

impl SessionBody {
    /// A line of a table: id, beginning, last sign of life, address, program.
    pub(crate) fn cells(&self) -> [String; 5] {
        [&self.id, &self.created_at, &self.last_seen_at, &self.address, &self.user_agent].map(Clone::clone)
    }
}

/// List your sessions
///
/// Those that live, youngest first.
#[utoipa::path(
    get, operation_id = "list_sessions", path = "/api/v1/sessions", tag = "sessions", security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = OK, description = "The sessions.", body = Vec<SessionBody>))
)]
pub async fn list(
    State(app): State<AppState>,
    CurrentUser(who): CurrentUser,
) -> Result<Json<Vec<SessionBody>>, Problem> {
    let Principal { session_id, .. } = *who;
    let sessions = app.core.sessions(&who).await?;
    Ok(Json(sessions.into_iter().map(|session| SessionBody::of(session, session_id)).collect()))
}
