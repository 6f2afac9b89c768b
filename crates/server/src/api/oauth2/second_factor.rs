//! `POST /oauth2/second-factor`: the second half of a login on the page.

use axum::extract::State;
use axum::response::Response;
use doorward_core::login::SecondHalf;
use doorward_core::{Code, Error, Secret};
use http::{HeaderMap, Method};

use super::{page, request, sign_in};
use crate::app::AppState;
use crate::http::extract::Caller;
use crate::http::form::Form;
use crate::http::problem::{Problem, status};
use crate::http::{cookie, csrf};

pub(super) async fn second_factor(
    State(app): State<AppState>,
    Caller(client): Caller,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Problem> {
    csrf::check(&Method::POST, &headers, &app.http)?;
    let asked = request::brought_back(&form);
    let to = match app.core.destination(&asked).await {
        Ok(to) => to,
        Err(error) => return page::refused(&app, error),
    };
    let signed_in = app.core.finish_second_factor(half(&form, &headers)?, &client).await;
    app.metrics.note_login(signed_in.as_ref().err().map(Error::code));
    match signed_in {
        Ok(signed_in) => Ok(sign_in::on_the_way(&app, signed_in, &asked)),
        Err(fault) if status(fault.code()).is_server_error() => Err(fault.into()),
        Err(fault) if matches!(fault.code(), Code::SecondFactorInvalid | Code::TooManyAttempts) => {
            Ok(page::second_factor(&app, &to, &asked, (&form.field("ticket"), Some(&fault))))
        }
        // The ticket is worth nothing: it begins anew.
        Err(fault) => Ok(page::sign_in(&app, &to, &asked, Some(("", &fault)))),
    }
}

fn half(form: &Form, headers: &HeaderMap) -> Result<SecondHalf, Error> {
    let secret = |text: &str| Secret::new(text.to_owned());
    Ok(SecondHalf {
        ticket: form.field("ticket"),
        code: form.field("code"),
        wants_cookie: true,
        replaced_cookie: cookie::read(headers)?.map(secret),
        device: cookie::read_device(headers)?.map(secret),
    })
}
