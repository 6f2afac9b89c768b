//! `POST /api/v1/admin/users/{id}/password-reset`: mail an owner a link to choose a new password.

use axum::extract::State;
use doorward_core::UserId;
use http::StatusCode;

use crate::app::AppState;
use crate::http::extract::{Caller, Id};
use crate::http::permission::{Permitted, Users};
use crate::http::problem::Problem;

/// Have a password reset
///
/// Ends all sessions of the account and its password, and mails its owner a link to choose a new one. Nobody chooses it
/// for them.
#[utoipa::path(
    post, operation_id = "admin_reset_password", path = "/api/v1/admin/users/{id}/password-reset", tag = "admin",
    security(("bearer" = ["admin:users"]), ("cookie" = ["admin:users"]), ("api_key" = ["admin:users"])),
    params(("id" = String, Path, format = Uuid, description = "The account.")),
    responses((status = ACCEPTED, description = "The mail is on its way."))
)]
pub async fn reset_password(
    State(app): State<AppState>,
    Permitted(who, _): Permitted<Users>,
    Id(id): Id<UserId>,
    Caller(client): Caller,
) -> Result<StatusCode, Problem> {
    app.core.mail_password_reset_to(&who, id, &client).await?;
    Ok(StatusCode::ACCEPTED)
}
