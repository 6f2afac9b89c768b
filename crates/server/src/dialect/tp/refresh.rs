//! `POST /refresh`, or wherever `REFRESH_URL` says: a fresh token for one that still counts.

use axum::extract::State;
use axum::response::Response;
use doorward_core::Error;

use super::token::given;
use crate::app::AppState;
use crate::http::credential::CurrentUser;
use crate::http::extract::Caller;
use crate::http::problem::Problem;

/// Exchanges the token of the request, once in `REFRESH_RESTRICT_MINUTES`.
pub(super) async fn refresh(
    State(app): State<AppState>,
    CurrentUser(who): CurrentUser,
    Caller(client): Caller,
) -> Result<Response, Problem> {
    let fresh = app.core.extend(&who, &client).await;
    app.metrics.note_refresh(fresh.as_ref().err().map(Error::code));
    Ok(given(&app, &fresh?))
}
