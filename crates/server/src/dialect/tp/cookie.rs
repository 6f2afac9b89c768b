//! The cookies `access_token` and `user_id`, for services that read these.
//!
//! Invariant: a cookie stands for a token only where it is switched on, where no `Authorization` was sent, and where no other
//! site can have sent it.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use doorward_core::session::FreshAccess;
use http::header::{AUTHORIZATION, COOKIE};
use http::{HeaderMap, HeaderValue};

use crate::app::AppState;
use crate::http::csrf;
use crate::http::problem::Problem;

const TOKEN: &str = "access_token";
const USER: &str = "user_id";

/// `Set-Cookie` for a token and whose it is.
pub(super) fn set(access: &FreshAccess) -> [HeaderValue; 2] {
    let seconds = access.ttl.as_millis() / 1000;
    [write(USER, &access.user_id.to_string(), seconds), write(TOKEN, access.token.expose(), seconds)]
}

/// `Set-Cookie` that makes the browser forget both.
pub(super) fn clear() -> [HeaderValue; 2] {
    [write(USER, "", 0), write(TOKEN, "", 0)]
}

fn write(name: &str, value: &str, seconds: i64) -> HeaderValue {
    let text = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; Secure; SameSite=Strict");
    // Ids and tokens have no character that a header does not take.
    let mut header = HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""));
    header.set_sensitive(true);
    header
}

/// Puts the cookie's token where the guards look for it.
pub(super) async fn lift(State(app): State<AppState>, mut request: Request, next: Next) -> Response {
    let takes_cookies = app.http.tp.as_ref().is_some_and(|surface| surface.gives_cookies);
    if takes_cookies
        && !request.headers().contains_key(AUTHORIZATION)
        && let Some(value) = bearer(request.headers())
    {
        if let Err(refused) = csrf::check(request.method(), request.headers(), &app.http) {
            return Problem::from(refused).into_response();
        }
        request.headers_mut().insert(AUTHORIZATION, value);
    }
    next.run(request).await
}

/// The only cookie of the name, as the header of a token.
fn bearer(headers: &HeaderMap) -> Option<HeaderValue> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut found = pairs.filter(|(name, _)| *name == TOKEN).map(|(_, value)| value);
    match (found.next(), found.next()) {
        (Some(value), None) => HeaderValue::from_str(&format!("Bearer {value}")).ok(),
        _ => None,
    }
}
