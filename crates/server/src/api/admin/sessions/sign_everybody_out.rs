//! `DELETE /api/v1/admin/sessions`: sign everybody out.

use axum::extract::State;
use http::StatusCode;

use crate::app::AppState;
use crate::http::extract::Caller;
use crate::http::permission::Superuser;
use crate::http::problem::Problem;

/// Sign everybody out
///
/// Ends all sessions of all accounts but yours, at once. API keys stay.
#[utoipa::path(
    delete, operation_id = "admin_sign_everybody_out", path = "/api/v1/admin/sessions", tag = "admin",
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = NO_CONTENT, description = "All other sessions have ended."))
)]
pub async fn sign_everybody_out(
    State(app): State<AppState>,
    Superuser(who): Superuser,
    Caller(client): Caller,
) -> Result<StatusCode, Problem> {
    app.core.sign_everybody_out(Some(who.user_id), who.session_id, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}
