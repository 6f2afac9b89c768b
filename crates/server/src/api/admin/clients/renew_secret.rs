//! `POST /api/v1/admin/clients/{id}/secret`: gives an application a new secret.

use axum::extract::State;
use doorward_core::ClientId;

use super::add::AddedClientBody;
use crate::app::AppState;
use crate::http::extract::{Caller, Id};
use crate::http::json::Json;
use crate::http::permission::{Clients, Permitted};
use crate::http::problem::Problem;

/// Give an application a new secret
///
/// The old one is worth nothing from now on, nor are tokens that the application was given for itself. What people have given it stays.
#[utoipa::path(
    post, operation_id = "admin_renew_client_secret", path = "/api/v1/admin/clients/{id}/secret", tag = "admin",
    security(("bearer" = ["admin:clients"]), ("cookie" = ["admin:clients"]), ("api_key" = ["admin:clients"])),
    params(("id" = String, Path, description = "The application.")),
    responses((status = OK, description = "The application, with its new secret.", body = AddedClientBody))
)]
pub async fn renew_secret(
    State(app): State<AppState>,
    Permitted(who, _): Permitted<Clients>,
    Id(id): Id<ClientId>,
    Caller(client): Caller,
) -> Result<Json<AddedClientBody>, Problem> {
    let (found, secret) = app.core.renew_client_secret(&who, id, &client).await?;
    Ok(Json(AddedClientBody::new(&found, Some(&secret))))
}
