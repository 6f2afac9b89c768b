//! `DELETE /api/v1/admin/users/{id}/second-factor`: takes an account's second factor away.

use axum::extract::State;
use doorward_core::UserId;
use http::StatusCode;

use crate::app::AppState;
use crate::http::extract::{Caller, Id};
use crate::http::permission::{Permitted, Users};
use crate::http::problem::Problem;

/// Remove a second factor
///
/// For an owner who has lost the app and the recovery codes: make sure that it is them who ask. The owner is told by mail.
#[utoipa::path(
    delete, operation_id = "admin_remove_second_factor", path = "/api/v1/admin/users/{id}/second-factor", tag = "admin",
    security(("bearer" = ["admin:users"]), ("cookie" = ["admin:users"]), ("api_key" = ["admin:users"])),
    params(("id" = String, Path, format = Uuid, description = "The account.")),
    responses((status = NO_CONTENT, description = "The password is enough from now on."))
)]
pub async fn remove_second_factor(
    State(app): State<AppState>,
    Permitted(who, _): Permitted<Users>,
    Id(id): Id<UserId>,
    Caller(client): Caller,
) -> Result<StatusCode, Problem> {
    app.core.remove_second_factor_of(&who, id, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}
