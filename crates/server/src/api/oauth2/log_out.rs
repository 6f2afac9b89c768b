//! `GET` and `POST /oauth2/logout`: an application sends a browser to sign out (OpenID Connect RP-Initiated Logout 1.0).

use axum::extract::{RawQuery, State};
use axum::response::{AppendHeaders, IntoResponse, Response};
use doorward_core::client::Client;
use doorward_core::oauth::{LogOut, LoggedOut};
use http::header::SET_COOKIE;
use http::{HeaderMap, Method};

use super::{page, request};
use crate::app::AppState;
use crate::http::extract::Caller;
use crate::http::form::Form;
use crate::http::problem::Problem;
use crate::http::{cookie, csrf};

pub(super) async fn log_out(
    State(app): State<AppState>,
    Caller(client): Caller,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let asked = request::read(query.as_deref().unwrap_or_default());
    let cookie = request::session_cookie(&headers)?;
    act(&app, &LogOut { asked, cookie, is_confirmed: false }, &client).await
}

/// The same by a form: of this server's page, where somebody has pressed the button, or of an application.
pub(super) async fn confirm(
    State(app): State<AppState>,
    Caller(client): Caller,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Problem> {
    let is_confirmed = form.fields().any(|(name, _)| name == request::FIELD)
        && csrf::check(&Method::POST, &headers, &app.http).is_ok();
    let asked = if is_confirmed { request::brought_back(&form) } else { request::of_form(&form) };
    let cookie = request::session_cookie(&headers)?;
    act(&app, &LogOut { asked, cookie, is_confirmed }, &client).await
}

async fn act(app: &AppState, wanted: &LogOut, client: &Client) -> Result<Response, Problem> {
    let (to, is_whole) = match app.core.log_out(wanted, client).await {
        Ok(LoggedOut::Ask) => return Ok(page::sign_out(app, &wanted.asked)),
        Ok(LoggedOut::Done { to, is_whole }) => (to, is_whole),
        Err(error) => return page::refused(app, error),
    };
    let left = match to {
        Some((uri, state)) => {
            page::see_other(&uri, &state.map(|state| ("state", state)).into_iter().collect::<Vec<_>>())
        }
        None => page::signed_out(app),
    };
    let forget = is_whole.then(cookie::clear).flatten().map(|cookie| (SET_COOKIE, cookie));
    Ok((AppendHeaders(forget), left).into_response())
}
