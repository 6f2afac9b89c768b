//! `POST /oauth2/login`: somebody signs in on the page, and goes on with what an application has asked.

use axum::extract::State;
use axum::response::{AppendHeaders, IntoResponse, Response};
use doorward_core::login::LoginAttempt;
use doorward_core::oauth::Asked;
use doorward_core::session::SignedIn;
use doorward_core::{Error, Secret};
use http::header::SET_COOKIE;
use http::{HeaderMap, Method};

use super::{page, request};
use crate::app::AppState;
use crate::http::extract::Caller;
use crate::http::form::Form;
use crate::http::problem::{Problem, status};
use crate::http::{cookie, csrf};

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
    let identifier = form.field("identifier").expose().clone();
    let signed_in = app.core.login(attempt(&identifier, &form, &headers)?, &client).await;
    app.metrics.note_login(signed_in.as_ref().err().map(Error::code));
    if let Some(ticket) = signed_in.as_ref().err().and_then(Error::ticket) {
        return Ok(page::second_factor(&app, &to, &asked, (ticket, None)));
    }
    match signed_in {
        Ok(signed_in) => Ok(on_the_way(&app, signed_in, &asked)),
        Err(fault) if status(fault.code()).is_server_error() => Err(fault.into()),
        Err(fault) => Ok(page::sign_in(&app, &to, &asked, Some((&identifier, &fault)))),
    }
}

/// Sends the browser on, with the cookies of its new session.
pub(super) fn on_the_way(app: &AppState, mut signed_in: SignedIn, asked: &Asked) -> Response {
    let cookies = cookie::of_login(&mut signed_in, &app.core).into_iter();
    let cookies = AppendHeaders(cookies.map(|cookie| (SET_COOKIE, cookie)));
    (cookies, page::to_authorize(&asked.signed_in())).into_response()
}

fn attempt(identifier: &str, form: &Form, headers: &HeaderMap) -> Result<LoginAttempt, Error> {
    let secret = |text: &str| Secret::new(text.to_owned());
    Ok(LoginAttempt {
        identifier: identifier.to_owned(),
        password: form.field("password"),
        wants_cookie: true,
        replaced_cookie: cookie::read(headers)?.map(secret),
        captcha: form.at_most("captcha")?.map(|text| text.expose().clone()),
        device: cookie::read_device(headers)?.map(secret),
        scope: None,
    })
}
