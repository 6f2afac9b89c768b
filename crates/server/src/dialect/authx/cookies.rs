//! The two cookies: one with the access token, one with the refresh token of the same session.

use axum::response::{AppendHeaders, IntoResponse, Response};
use doorward_core::session::SignedIn;
use doorward_core::{Secret, Ttl};
use http::header::SET_COOKIE;
use http::{HeaderMap, HeaderValue};

use crate::app::AppState;
use crate::http::cookie;

/// The refresh token that the browser brings; `None` when there is none, or more than one.
pub(super) fn refresh_token(state: &AppState, headers: &HeaderMap) -> Option<Secret<String>> {
    let found = cookie::named(headers, &state.http.dialects.authx.refresh_cookie).ok()??;
    Some(Secret::new(found.to_owned()))
}

/// The access token that the browser brings; `None` when there is none, or more than one.
pub(super) fn access_token<'h>(state: &AppState, headers: &'h HeaderMap) -> Option<&'h str> {
    cookie::named(headers, &state.http.dialects.authx.access_cookie).ok()?
}

/// What the browser is known by since an earlier login, so that the failures of strangers do not keep its owner out.
pub(super) fn device(headers: &HeaderMap) -> Option<Secret<String>> {
    let known = cookie::read_device(headers).ok()??;
    Some(Secret::new(known.to_owned()))
}

/// `answer`, and the cookies of the session.
pub(super) fn given(state: &AppState, signed_in: &SignedIn, answer: impl IntoResponse) -> Response {
    let names = &state.http.dialects.authx;
    let life = signed_in.session_expires_at.since(state.core.now());
    let cookies = [
        line(state, &names.access_cookie, signed_in.access_token.expose(), signed_in.access_ttl),
        line(state, &names.refresh_cookie, signed_in.refresh_token.expose(), life),
    ];
    let device = signed_in.device.as_ref().filter(|_| is_secure(state));
    let device = device.and_then(|device| {
        cookie::written((cookie::DEVICE, device.expose()), state.core.settings().limits.known_device, true)
    });
    with(cookies.into_iter().flatten().chain(device), answer)
}

/// `answer`, and the browser forgets both.
pub(super) fn forgotten(state: &AppState, answer: impl IntoResponse) -> Response {
    let names = &state.http.dialects.authx;
    let cookies = [&names.access_cookie, &names.refresh_cookie].map(|name| line(state, name, "", Ttl::ZERO));
    with(cookies.into_iter().flatten(), answer)
}

fn line(state: &AppState, name: &str, value: &str, life: Ttl) -> Option<HeaderValue> {
    cookie::written((name, value), life, is_secure(state))
}

/// Over plain HTTP, where nobody but a developer is, a secure cookie would not come back.
fn is_secure(state: &AppState) -> bool {
    state.http.public_url.starts_with("https://")
}

fn with(cookies: impl IntoIterator<Item = HeaderValue>, answer: impl IntoResponse) -> Response {
    let lines = cookies.into_iter().map(|line| (SET_COOKIE, line));
    (AppendHeaders(lines), answer).into_response()
}
