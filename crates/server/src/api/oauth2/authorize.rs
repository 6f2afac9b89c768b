//! `GET` and `POST /oauth2/authorize`: an application sends a browser for a code (RFC 6749 §4.1.1).

use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::HeaderMap;

use super::{page, request};
use crate::app::AppState;
use crate::http::form::Form;
use crate::http::problem::Problem;

pub(super) async fn authorize(
    State(app): State<AppState>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let asked = request::read(query.as_deref().unwrap_or_default());
    let cookie = request::session_cookie(&headers)?;
    let step = app.core.authorize(&asked, cookie.as_ref()).await;
    page::answer(&app, &asked, step)
}

/// The same by a form (OpenID Connect Core §3.1.2.1). Browsers send no cookie with a form of another site: they are told to come again.
pub(super) async fn authorize_by_form(form: Form) -> Response {
    page::to_authorize(&request::of_form(&form))
}
