//! The end of one's own sessions.

pub mod everywhere;
pub mod here;

use axum::response::{AppendHeaders, IntoResponse};
use http::StatusCode;
use http::header::SET_COOKIE;

use crate::http::cookie;

/// Done, and the browser forgets its cookie.
fn forgotten() -> impl IntoResponse {
    (StatusCode::NO_CONTENT, AppendHeaders(cookie::clear().map(|cookie| (SET_COOKIE, cookie))))
}
