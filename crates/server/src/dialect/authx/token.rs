//! `POST /token`: what the caller's access token stands for.

use axum::extract::State;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doorward_core::account::User;
use http::HeaderMap;
use serde::{Deserialize, Serialize};

use super::answer::Refused;
use super::{cookies, permission};
use crate::app::AppState;
use crate::http::credential::CurrentUser;
use crate::http::json::Json;

/// What a token says, as clients of AuthX know it: read anew each time, so that a new name or permission shows at once.
#[derive(Serialize)]
pub(super) struct Payload {
    id: i64,
    username: String,
    permissions: Vec<String>,
    iat: i64,
    exp: i64,
    #[serde(rename = "type")]
    kind: &'static str,
}

pub(super) async fn token(
    State(app): State<AppState>,
    CurrentUser(who): CurrentUser,
    headers: HeaderMap,
) -> Result<Json<Payload>, Refused> {
    let user = app.core.current_user(&who).await?;
    let exp = who.expires_at.as_seconds();
    Ok(Json(Payload {
        id: app.core.number_of(user.id).await?,
        username: name(&user),
        permissions: permission::of(&who, &user),
        iat: cookies::access_token(&app, &headers).and_then(issued_at).unwrap_or(exp),
        exp,
        kind: "access",
    }))
}

/// What an account is called: by its address where it has no user name.
pub(super) fn name(user: &User) -> String {
    user.username.as_ref().map_or_else(|| user.email.as_str(), |name| name.as_str()).to_owned()
}

/// When a token was made, which has been verified.
fn issued_at(token: &str) -> Option<i64> {
    #[derive(Deserialize)]
    struct Claims {
        iat: i64,
    }
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    serde_json::from_slice::<Claims>(&payload).ok().map(|claims| claims.iat)
}
