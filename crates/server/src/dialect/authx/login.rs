//! `POST /login`: opens a session, and gives it as two cookies.

use axum::extract::State;
use axum::response::Response;
use doorward_core::login::LoginAttempt;
use doorward_core::{Code, Error, Secret};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;

use super::answer::{Refused, null};
use super::body::Members;
use super::cookies;
use crate::app::AppState;
use crate::http::extract::Caller;

/// Who wants to come in.
#[derive(Deserialize)]
pub(super) struct Attempt {
    /// The user name or the address.
    login: Option<String>,
    password: Option<Secret<String>>,
    captcha: Option<String>,
}

pub(super) async fn login(
    State(app): State<AppState>,
    Caller(client): Caller,
    headers: HeaderMap,
    Members(attempt): Members<Attempt>,
) -> Result<Response, Refused> {
    let Attempt { login: Some(identifier), password: Some(password), captcha } = attempt else {
        return Err(Refused::plain(StatusCode::BAD_REQUEST));
    };
    let attempt = LoginAttempt {
        identifier: identifier.clone(),
        password,
        wants_cookie: false,
        replaced_cookie: None,
        captcha,
        device: cookies::device(&headers),
        scope: None,
    };
    let signed_in = app.core.login(attempt, &client).await;
    app.metrics.note_login(signed_in.as_ref().err().map(Error::code));
    match signed_in {
        Ok(signed_in) => Ok(cookies::given(&app, &signed_in, null())),
        Err(error) => Err(refusal(&app, &identifier, error).await),
    }
}

async fn refusal(app: &AppState, name: &str, error: Error) -> Refused {
    match error.code() {
        Code::InvalidCredentials if tells_of_strangers(app) && is_nobody(app, name).await => {
            Refused::plain(StatusCode::NOT_FOUND)
        }
        Code::TooManyAttempts => {
            Refused::saying(StatusCode::TOO_MANY_REQUESTS, "Too many requests").after(error.wait())
        }
        _ => error.into(),
    }
}

/// Whether the operator lets strangers learn which names have accounts.
pub(super) fn tells_of_strangers(app: &AppState) -> bool {
    app.http.dialects.authx.unknown_login == StatusCode::NOT_FOUND.as_u16()
}

/// Whether no account is called `name`.
pub(super) async fn is_nobody(app: &AppState, name: &str) -> bool {
    let found = app.core.account_called(name).await;
    found.is_err_and(|error| error.code() == Code::NotFound)
}
