//! `POST /logout`: ends the session of the token.

use axum::extract::State;
use axum::response::{AppendHeaders, IntoResponse, Response};
use http::header::SET_COOKIE;
use serde_json::json;

use super::cookie;
use crate::app::AppState;
use crate::http::credential::CurrentUser;
use crate::http::extract::Caller;
use crate::http::json::Json;
use crate::http::problem::Problem;

/// Ends the session: the very next request with any of its tokens is refused.
pub(super) async fn logout(
    State(app): State<AppState>,
    CurrentUser(who): CurrentUser,
    Caller(client): Caller,
) -> Result<Response, Problem> {
    app.core.logout(&who, &client).await?;
    let cookies = cookie::clear().map(|cookie| (SET_COOKIE, cookie));
    Ok((AppendHeaders(cookies), Json(json!({ "status": 200 }))).into_response())
}
