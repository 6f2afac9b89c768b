//! `GET /api/v1/session`: what the server believes about the credential. Asks no database.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use doorward_core::{SessionId, Timestamp, UserId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::AppState;
use crate::http::credential::Holder;
use crate::http::json;

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
    /// When the credential itself ends; absent for an API key that has no end.
    #[schema(value_type = Option<String>, format = DateTime)]
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
}

impl PrincipalBody {
    /// Written by hand: services ask this with every request of theirs, and nothing in it needs an escape, scopes neither (RFC 6749 §3.3).
    fn to_json(&self) -> String {
        let Self { user_id, session_id, is_superuser, scope, expires_at } = self;
        let mut json = String::with_capacity(512);
        json.push_str(r#"{"user_id":""#);
        json.push_str(user_id.text_in(&mut [0; 36]));
        if let Some(session) = session_id {
            json.push_str(r#"","session_id":""#);
            json.push_str(session.text_in(&mut [0; 36]));
        }
        json.push_str(if *is_superuser { r#"","is_superuser":true"# } else { r#"","is_superuser":false"# });
        json.push_str(r#","scope":""#);
        json.push_str(scope);
        if let Some(end) = expires_at {
            json.push_str(r#"","expires_at":""#);
            json.push_str(end.text_in(&mut [0; 24]));
        }
        json.push_str(r#""}"#);
        json
    }
}

impl IntoResponse for PrincipalBody {
    fn into_response(self) -> Response {
        json::written(self.to_json())
    }
}

/// Check the credential
///
/// Answers whose the credential is, if its session lives.
#[utoipa::path(
    get, operation_id = "check_credential", path = "/api/v1/session", tag = "sessions", security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = OK, description = "The credential is good.", body = PrincipalBody))
)]
pub async fn session(State(app): State<AppState>, Holder(who): Holder) -> PrincipalBody {
    PrincipalBody {
        user_id: who.user_id,
        session_id: who.session_id,
        is_superuser: who.is_superuser(),
        scope: app.core.scopes_of(&who).to_string(),
        expires_at: who.ends_at(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_by_hand_is_what_is_described() {
        for (session_id, is_superuser) in [(None, false), (Some(SessionId::from_bytes([0xa5; 16])), true)] {
            let user_id = UserId::from_bytes([0x1f; 16]);
            let expires_at = is_superuser.then_some(Timestamp::from_millis(1_769_846_400_250));
            let scope = "users:read !#[]~".to_owned();
            let body = PrincipalBody { user_id, session_id, is_superuser, scope, expires_at };

            assert_eq!(body.to_json(), serde_json::to_string(&body).unwrap());
        }
    }
}
