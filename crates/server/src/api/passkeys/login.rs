//! `POST /api/v1/login/passkey`: opens a session for whoever has a passkey.

use axum::extract::State;
use axum::response::{AppendHeaders, IntoResponse};
use doorward_core::passkey::PasskeyLogin;
use doorward_core::{Error, Secret};
use http::header::SET_COOKIE;
use http::{HeaderMap, Method};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::api::tokens::TokensBody;
use crate::app::AppState;
use crate::http::extract::Caller;
use crate::http::json::Json;
use crate::http::problem::Problem;
use crate::http::{cookie, csrf};

/// What the device has answered.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasskeyLoginBody {
    /// The `challenge` that was asked for before.
    #[schema(value_type = String)]
    challenge: Secret<String>,
    /// What `navigator.credentials.get` gave, by its `toJSON()`.
    #[schema(value_type = Object)]
    credential: Value,
    /// Whether the browser gets a session cookie beside the tokens.
    #[serde(default)]
    cookie: bool,
    /// The `device_token` of an earlier login from this device.
    #[schema(value_type = Option<String>)]
    device_token: Option<Secret<String>>,
    /// What the session is wanted for, separated by blanks, as at a login with a password.
    scope: Option<String>,
}

impl PasskeyLoginBody {
    /// The login, with what the browser's cookies say beside it.
    fn login(self, replaced: Option<&str>, known: Option<&str>) -> PasskeyLogin {
        let secret = |text: &str| Secret::new(text.to_owned());
        PasskeyLogin {
            challenge: self.challenge,
            answer: self.credential,
            wants_cookie: self.cookie,
            replaced_cookie: replaced.map(secret),
            device: self.device_token.or_else(|| known.map(secret)),
            scope: self.scope,
        }
    }
}

/// Log in with a passkey
///
/// Opens a session as a login with a password does, and gives its tokens; with `cookie`, also the cookie that stands for it in a browser.
#[utoipa::path(
    post, path = "/api/v1/login/passkey", tag = "passkeys", request_body = PasskeyLoginBody,
    responses((status = OK, description = "A session was opened.", body = TokensBody))
)]
pub async fn login_with_passkey(
    State(app): State<AppState>,
    Caller(client): Caller,
    headers: HeaderMap,
    Json(body): Json<PasskeyLoginBody>,
) -> Result<impl IntoResponse, Problem> {
    let (mut replaced, mut known) = (None, None);
    if body.cookie {
        // A page of another site must not sign its visitor in as somebody else.
        csrf::check(&Method::POST, &headers, &app.http)?;
        (replaced, known) = (cookie::read(&headers)?, cookie::read_device(&headers)?);
    }
    let login = body.login(replaced, known);
    let in_cookies = login.wants_cookie;
    let signed_in = app.core.login_with_passkey(login, &client).await;
    app.metrics.note_login(signed_in.as_ref().err().map(Error::code));
    let mut signed_in = signed_in?;
    let cookies = if in_cookies { cookie::of_login(&mut signed_in, &app.core) } else { Vec::new() };
    let cookies = cookies.into_iter().map(|cookie| (SET_COOKIE, cookie));
    Ok((AppendHeaders(cookies), TokensBody::from(&signed_in)))
}
