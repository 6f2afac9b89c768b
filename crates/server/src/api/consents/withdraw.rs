//! `DELETE /api/v1/consents/{client_id}`: takes back what an application was let have.

use axum::extract::State;
use doorward_core::ClientId;
use http::StatusCode;

use crate::app::AppState;
use crate::http::credential::CurrentUser;
use crate::http::extract::{Caller, Id};
use crate::http::problem::Problem;

/// Take back what an application may have
///
/// The very next request with any token it was given in your name is refused, and the next login asks you again.
#[utoipa::path(
    delete, operation_id = "withdraw_consent", path = "/api/v1/consents/{client_id}", tag = "sessions", security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    params(("client_id" = String, Path, format = Uuid, description = "The application.")),
    responses((status = NO_CONTENT, description = "It may have nothing any more."))
)]
pub async fn withdraw(
    State(app): State<AppState>,
    CurrentUser(who): CurrentUser,
    Id(application): Id<ClientId>,
    Caller(client): Caller,
) -> Result<StatusCode, Problem> {
    app.core.withdraw_consent(&who, application, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}
