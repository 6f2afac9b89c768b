//! `POST /api/v1/login`: opens a session.

use axum::extract::State;
use axum::response::{AppendHeaders, IntoResponse};
use doorward_core::login::LoginAttempt;
use doorward_core::{Error, Secret};
use http::header::SET_COOKIE;
use http::{HeaderMap, Method};
use serde::Deserialize;
use utoipa::ToSchema;

use super::tokens::TokensBody;
use crate::app::AppState;
use crate::http::extract::Caller;
use crate::http::json::Json;
use crate::http::problem::Problem;
use crate::http::{cookie, csrf};

/// Who wants to come in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LoginBody {
    /// The email address or the user name.
    #[schema(example = "ada@example.com")]
    identifier: String,
    /// The password.
    #[schema(value_type = String, format = Password, example = "correct horse battery")]
    password: Secret<String>,
    /// Whether the browser gets a session cookie beside the tokens.
    #[serde(default)]
    cookie: bool,
    /// The solution of a captcha, when the last answer was `captcha_required`.
    captcha: Option<String>,
    /// What the session is wanted for, separated by blanks: it may never do more, whatever the account may. A scope that is not
    /// known is refused, one that the account does not hold is left out.
    #[schema(example = "read write")]
    scope: Option<String>,
}

/// Log in
///
/// Opens a session and gives its tokens; with `cookie`, also a `__Host-` cookie that stands for the session in a browser.
#[utoipa::path(
    post, path = "/api/v1/login", tag = "sessions", request_body = LoginBody,
    responses((status = OK, description = "A session was opened.", body = TokensBody))
)]
pub async fn login(
    State(app): State<AppState>,
    Caller(client): Caller,
    headers: HeaderMap,
    Json(body): Json<LoginBody>,
) -> Result<impl IntoResponse, Problem> {
    let mut replaced_cookie = None;
    if body.cookie {
        // A page of another site must not sign its visitor in as somebody else.
        csrf::check(&Method::POST, &headers, &app.http)?;
        replaced_cookie = cookie::read(&headers)?.map(|value| Secret::new(value.to_owned()));
    }
    let LoginBody { identifier, password, cookie, captcha, scope } = body;
    let attempt =
        LoginAttempt { identifier, password, wants_cookie: cookie, replaced_cookie, captcha, scope };
    let signed_in = app.core.login(attempt, &client).await;
    app.metrics.note_login(signed_in.as_ref().err().map(Error::code));
    let signed_in = signed_in?;
    let end = signed_in.session_expires_at;
    let cookie = signed_in.cookie.as_ref().and_then(|value| cookie::set(value, app.core.now(), end));
    Ok((AppendHeaders(cookie.map(|cookie| (SET_COOKIE, cookie))), TokensBody::from(&signed_in)))
}
