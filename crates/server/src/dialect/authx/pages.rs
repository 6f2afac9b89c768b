//! `/confirm` and `/reset_password`: where the links of letters lead when the application has no pages of its own.
//!
//! Does not show anything: the pages of the server do.

use axum::Router;
use axum::extract::RawQuery;
use axum::response::Redirect;
use axum::routing::get;

use crate::app::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/confirm", get(|query| onward("/account/verify-email", query)))
        .route("/reset_password", get(|query| onward("/account/reset-password", query)))
}

async fn onward(page: &'static str, RawQuery(query): RawQuery) -> Redirect {
    let mut target = url::form_urlencoded::Serializer::new(String::new());
    let token = url::form_urlencoded::parse(query.as_deref().unwrap_or_default().as_bytes())
        .find(|(name, _)| name == "token")
        .map(|(_, token)| token.into_owned());
    target.append_pair("token", &token.unwrap_or_default());
    Redirect::to(&format!("{page}?{}", target.finish()))
}
