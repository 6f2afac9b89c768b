//! `DELETE /api/v1/admin/clients/{id}`: removes an application.

use axum::extract::State;
use doorward_core::ClientId;
use http::StatusCode;

use crate::app::AppState;
use crate::http::extract::{Caller, Id};
use crate::http::permission::{Clients, Permitted};
use crate::http::problem::Problem;

/// Remove an application
///
/// The very next request with any token it was given is refused.
#[utoipa::path(
    delete, operation_id = "admin_remove_client", path = "/api/v1/admin/clients/{id}", tag = "admin",
    security(("bearer" = ["admin:clients"]), ("cookie" = ["admin:clients"]), ("api_key" = ["admin:clients"])),
    params(("id" = String, Path, description = "The application.")),
    responses((status = NO_CONTENT, description = "The application is gone."))
)]
pub async fn remove(
    State(app): State<AppState>,
    Permitted(who, _): Permitted<Clients>,
    Id(id): Id<ClientId>,
    Caller(client): Caller,
) -> Result<StatusCode, Problem> {
    app.core.remove_client(&who, id, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}
