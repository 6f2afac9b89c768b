//! What somebody is given who has proved who they are.

use std::fmt::Write;

use axum::response::{IntoResponse, Response};
use doorward_core::session::SignedIn;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::json;

/// Tokens (RFC 6749 §5.1) and the session they belong to.
#[derive(Serialize, ToSchema)]
#[expect(missing_debug_implementations, reason = "tokens are not printed")]
#[schema(as = Tokens)]
pub struct TokensBody {
    /// A JWT (RFC 9068): send it as `Authorization: Bearer`.
    access_token: String,
    /// Always `Bearer`.
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// How many seconds the access token lives.
    expires_in: i64,
    /// What the access token is good for, separated by blanks.
    scope: String,
    /// Fetches the next access token, once.
    refresh_token: String,
    /// The session.
    #[schema(format = Uuid)]
    session_id: String,
    /// The end of the session that no refresh moves.
    #[schema(format = DateTime)]
    session_expires_at: String,
    /// After a login without `cookie`: send it with the next login from this device. Keep the one you have where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    device_token: Option<String>,
}

impl From<&SignedIn> for TokensBody {
    fn from(signed_in: &SignedIn) -> Self {
        Self {
            access_token: signed_in.access_token.expose().clone(),
            token_type: "Bearer",
            expires_in: signed_in.access_ttl.as_millis() / 1000,
            scope: signed_in.scopes.to_string(),
            refresh_token: signed_in.refresh_token.expose().clone(),
            session_id: signed_in.session_id.to_string(),
            session_expires_at: signed_in.session_expires_at.to_string(),
            device_token: signed_in.device.as_ref().map(|token| token.expose().clone()),
        }
    }
}

impl TokensBody {
    /// Written by hand: tokens, scopes, ids and moments need no escape, and looking for one in each byte is a tenth of what a refresh
    /// costs besides its signature.
    fn to_json(&self) -> String {
        let Self {
            access_token,
            token_type,
            expires_in,
            scope,
            refresh_token,
            session_id,
            session_expires_at,
            device_token,
        } = self;
        let mut json = String::with_capacity(1024);
        // A text takes whatever is written.
        let _ = write!(
            json,
            "{{\"access_token\":\"{access_token}\",\"token_type\":\"{token_type}\",\"expires_in\":{expires_in},\
             \"scope\":\"{scope}\",\"refresh_token\":\"{refresh_token}\",\"session_id\":\"{session_id}\",\
             \"session_expires_at\":\"{session_expires_at}\""
        );
        if let Some(token) = device_token {
            let _ = write!(json, ",\"device_token\":\"{token}\"");
        }
        json.push('}');
        json
    }
}

impl IntoResponse for TokensBody {
    fn into_response(self) -> Response {
        json::written(self.to_json())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_by_hand_is_what_is_described() {
        let mut body = TokensBody {
            access_token: "eyJh.eyJp.c2ln-_".to_owned(),
            token_type: "Bearer",
            expires_in: 600,
            scope: "self:read users:read".to_owned(),
            refresh_token: "dwr_AAEC".to_owned(),
            session_id: "019c1284-0000-7000-8000-000000000000".to_owned(),
            session_expires_at: "2026-01-31T08:10:00.000Z".to_owned(),
            device_token: None,
        };

        assert_eq!(body.to_json(), serde_json::to_string(&body).unwrap());
        body.device_token = Some("dwd_AAEC".to_owned());
        assert_eq!(body.to_json(), serde_json::to_string(&body).unwrap());
    }
}
