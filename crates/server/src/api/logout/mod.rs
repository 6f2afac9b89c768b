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

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::AppState;

pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(here::logout)).routes(routes!(everywhere::logout_everywhere))
}
