//! `GET /account/{page}`: the page a mail leads to. Changes nothing.

use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use doorward_core::Secret;

use super::page::Page;
use crate::app::AppState;
use crate::http::problem::Problem;

pub(super) async fn show(
    State(app): State<AppState>,
    Path(page): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let page = Page::named(&page)?;
    let query = query.unwrap_or_default();
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    let token = pairs.find(|(name, _)| name == "token").map(|(_, token)| token.into_owned());
    Ok(page.form(&app.http.app_name, &Secret::new(token.unwrap_or_default()), None))
}
