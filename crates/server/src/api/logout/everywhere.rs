//! `POST /api/v1/logout/everywhere`: ends every session of the account.

use axum::extract::State;
use axum::response::IntoResponse;

use super::forgotten;
use crate::app::AppState;
use crate::http::credential::CurrentUser;
use crate::http::extract::Caller;
use crate::http::problem::Problem;

/// Log out everywhere
///
/// Ends every session of the account, this one too.
#[utoipa::path(
    post, path = "/api/v1/logout/everywhere", tag = "sessions", security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = NO_CONTENT, description = "All sessions have ended."))
)]
pub async fn logout_everywhere(
    State(app): State<AppState>,
    CurrentUser(who): CurrentUser,
    Caller(client): Caller,
) -> Result<impl IntoResponse, Problem> {
    app.core.logout_everywhere(&who, &client).await?;
    Ok(forgotten())
}
