//! What somebody is given who has proved who they are.

use doorward_core::session::SignedIn;
use serde::Serialize;
use utoipa::ToSchema;

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
        }
    }
}
