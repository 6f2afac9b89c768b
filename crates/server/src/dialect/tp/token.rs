//! `POST /token` and wherever `TOKEN_URL` says: a token for a name and a password.

use axum::extract::State;
use axum::response::{AppendHeaders, IntoResponse, Response};
use doorward_core::Error;
use doorward_core::login::LoginAttempt;
use doorward_core::session::FreshAccess;
use http::header::SET_COOKIE;
use serde::Serialize;

use super::cookie;
use super::form::LoginForm;
use crate::app::AppState;
use crate::http::extract::Caller;
use crate::http::json::Json;
use crate::http::problem::Problem;

/// An access token (RFC 6749 §5.1), and whose it is.
#[derive(Serialize)]
struct TokenBody {
    access_token: String,
    token_type: &'static str,
    expires_in: i64,
    scope: String,
    user_id: String,
    /// The access token by the name that older services read.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

/// Opens a session for whoever has this name and password.
pub(super) async fn token(
    State(app): State<AppState>,
    Caller(client): Caller,
    form: LoginForm,
) -> Result<Response, Problem> {
    let attempt = LoginAttempt {
        identifier: form.username,
        password: form.password,
        wants_cookie: false,
        replaced_cookie: None,
        captcha: form.captcha,
        device: None,
        scope: form.scope,
    };
    let signed_in = app.core.login(attempt, &client).await;
    app.metrics.note_login(signed_in.as_ref().err().map(Error::code));
    Ok(given(&app, &signed_in?.into()))
}

/// The answer that gives `access`.
pub(super) fn given(app: &AppState, access: &FreshAccess) -> Response {
    let gives_cookies = app.http.tp.as_ref().is_some_and(|surface| surface.gives_cookies);
    let cookies = gives_cookies.then(|| cookie::set(access)).into_iter().flatten();
    let cookies: Vec<_> = cookies.map(|cookie| (SET_COOKIE, cookie)).collect();
    let token = access.token.expose();
    let body = TokenBody {
        access_token: token.clone(),
        token_type: "bearer",
        expires_in: access.ttl.as_millis() / 1000,
        scope: access.scopes.to_string(),
        user_id: access.user_id.to_string(),
        token: gives_cookies.then(|| token.clone()),
    };
    (AppendHeaders(cookies), Json(body)).into_response()
}
