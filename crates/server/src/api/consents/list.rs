//! `GET /api/v1/consents`: what the caller has let applications have.

use axum::extract::State;
use doorward_core::oauth::Consent;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::AppState;
use crate::http::credential::CurrentUser;
use crate::http::json::Json;
use crate::http::problem::Problem;

/// What you have let an application have.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Consent)]
pub struct ConsentBody {
    /// The application.
    #[schema(format = Uuid)]
    client_id: String,
    /// What people know it by.
    name: String,
    /// What it may have, separated by blanks.
    scope: String,
    /// When you said so last.
    #[schema(format = DateTime)]
    given_at: String,
}

impl From<Consent> for ConsentBody {
    fn from(consent: Consent) -> Self {
        Self {
            client_id: consent.client.to_string(),
            name: consent.name,
            scope: consent.scopes.to_string(),
            given_at: consent.given_at.to_string(),
        }
    }
}

/// List what applications may have
///
/// What you have agreed to, by the names of the applications. Those of the operator's own ask nobody and are not in it.
#[utoipa::path(
    get, operation_id = "list_consents", path = "/api/v1/consents", tag = "sessions", security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = OK, description = "What applications may have.", body = Vec<ConsentBody>))
)]
pub async fn list(
    State(app): State<AppState>,
    CurrentUser(who): CurrentUser,
) -> Result<Json<Vec<ConsentBody>>, Problem> {
    Ok(Json(app.core.consents(&who).await?.into_iter().map(ConsentBody::from).collect()))
}
