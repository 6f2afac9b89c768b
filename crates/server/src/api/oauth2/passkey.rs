//! `POST /oauth2/passkey`: somebody signs in on the page with a passkey. `GET /oauth2/passkey.js`: the script that asks the browser for it.
//!
//! Invariant: what the script brings is worth what it is at `POST /api/v1/login/passkey`, and the page works without it.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use doorward_core::passkey::PasskeyLogin;
use doorward_core::{Code, Error, Secret};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Method};
use serde_json::Value;

use super::{page, request, sign_in};
use crate::app::AppState;
use crate::http::extract::Caller;
use crate::http::form::Form;
use crate::http::problem::{Problem, status};
use crate::http::{cookie, csrf};

/// What the page runs.
const SCRIPT: &str = include_str!("../../../templates/pages/passkey.js");

pub(super) async fn script() -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/javascript; charset=utf-8")], SCRIPT)
}

pub(super) async fn sign_in(
    State(app): State<AppState>,
    Caller(client): Caller,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Problem> {
    // A page of another site must not sign its visitor in as somebody else.
    csrf::check(&Method::POST, &headers, &app.http)?;
    let asked = request::brought_back(&form);
    let to = match app.core.destination(&asked).await {
        Ok(to) => to,
        Err(error) => return page::refused(&app, error),
    };
    let signed_in = app.core.login_with_passkey(login(&form, &headers)?, &client).await;
    app.metrics.note_login(signed_in.as_ref().err().map(Error::code));
    match signed_in {
        Ok(signed_in) => Ok(sign_in::on_the_way(&app, signed_in, &asked)),
        Err(fault) if status(fault.code()).is_server_error() => Err(fault.into()),
        Err(fault) => Ok(page::sign_in(&app, &to, &asked, Some(("", &fault)))),
    }
}

fn login(form: &Form, headers: &HeaderMap) -> Result<PasskeyLogin, Error> {
    let secret = |text: &str| Secret::new(text.to_owned());
    let answer: Value = serde_json::from_str(form.only("credential")?.expose())
        .map_err(|fault| Error::from(Code::MalformedParameter).about("credential").because(fault))?;
    Ok(PasskeyLogin {
        challenge: form.only("challenge")?,
        answer,
        wants_cookie: true,
        replaced_cookie: cookie::read(headers)?.map(secret),
        device: cookie::read_device(headers)?.map(secret),
        scope: None,
    })
}
