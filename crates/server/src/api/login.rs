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
    /// The `device_token` of an earlier login from this device: strangers' failures at the account do not count against it.
    #[schema(value_type = Option<String>)]
    device_token: Option<Secret<String>>,
    /// What the session is wanted for, separated by blanks: it may never do more, whatever the account may. A scope that is not
    /// known is refused, one that the account does not hold is left out.
    #[schema(example = "read write")]
    scope: Option<String>,
}

impl LoginBody {
    /// The attempt, with what the browser's cookies say beside it.
    fn attempt(self, replaced: Option<&str>, known: Option<&str>) -> LoginAttempt {
        let secret = |text: &str| Secret::new(text.to_owned());
        LoginAttempt {
            identifier: self.identifier,
            password: self.password,
            wants_cookie: self.cookie,
            replaced_cookie: replaced.map(secret),
            captcha: self.captcha,
            device: self.device_token.or_else(|| known.map(secret)),
            scope: self.scope,
        }
    }
}

/// Log in
///
/// Opens a session and gives its tokens; with `cookie`, also a `__Host-` cookie that stands for the session in a browser. The device
/// is given something to be known by, as `device_token` or, with `cookie`, as another cookie: the failures of strangers, who may be
/// many, do not keep its owner out. It opens nothing by itself, and a new password makes it worthless.
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
    let (mut replaced_cookie, mut known) = (None, None);
    if body.cookie {
        // A page of another site must not sign its visitor in as somebody else.
        csrf::check(&Method::POST, &headers, &app.http)?;
        (replaced_cookie, known) = (cookie::read(&headers)?, cookie::read_device(&headers)?);
    }
    let attempt = body.attempt(replaced_cookie, known);
    let in_cookies = attempt.wants_cookie;
    let signed_in = app.core.login(attempt, &client).await;
    app.metrics.note_login(signed_in.as_ref().err().map(Error::code));
    let mut signed_in = signed_in?;
    let cookies = if in_cookies { cookie::of_login(&mut signed_in, &app.core) } else { Vec::new() };
    let cookies = cookies.into_iter().map(|cookie| (SET_COOKIE, cookie));
    Ok((AppendHeaders(cookies), TokensBody::from(&signed_in)))
}
