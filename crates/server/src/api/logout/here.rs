//! `POST /api/v1/logout`: ends the session of the credential.

use axum::extract::State;
use axum::response::IntoResponse;

use super::forgotten;
use crate::app::AppState;
use crate::http::credential::Holder;
use crate::http::extract::Caller;
use crate::http::problem::Problem;

/// Log out
///
/// Ends the session: the very next request with any of its tokens is refused.
#[utoipa::path(
    post, path = "/api/v1/logout", tag = "sessions", security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = NO_CONTENT, description = "The session has ended."))
)]
pub async fn logout(
    State(app): State<AppState>,
    Holder(who): Holder,
    Caller(client): Caller,
) -> Result<impl IntoResponse, Problem> {
    app.core.logout(&who, &client).await?;
    Ok(forgotten())
}
