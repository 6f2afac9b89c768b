//! `DELETE /api/v1/admin/users/{id}`: delete an account.

use axum::extract::State;
use doorward_core::UserId;
use http::StatusCode;

use crate::app::AppState;
use crate::http::extract::{Caller, Id};
use crate::http::permission::{Permitted, Users};
use crate::http::problem::Problem;

/// Delete an account
///
/// With all that is kept of it, for ever: the very next request with any of its tokens is refused. Its owner is told by mail.
#[utoipa::path(
    delete, operation_id = "admin_delete_user", path = "/api/v1/admin/users/{id}", tag = "admin",
    security(("bearer" = ["admin:users"]), ("cookie" = ["admin:users"]), ("api_key" = ["admin:users"])),
    params(("id" = String, Path, format = Uuid, description = "The account.")),
    responses((status = NO_CONTENT, description = "The account is gone."))
)]
pub async fn delete(
    State(app): State<AppState>,
    Permitted(who, _): Permitted<Users>,
    Id(id): Id<UserId>,
    Caller(client): Caller,
) -> Result<StatusCode, Problem> {
    app.core.delete_account_of(&who, id, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}
