//! `POST /api/v1/providers/{provider}/begin`: what a provider asks for.

use axum::extract::State;
use doorward_core::port::{Begin, LoginStart};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::AppState;
use crate::http::extract::{Caller, Id};
use crate::http::json::Json;
use crate::http::problem::Problem;

/// Somebody wants to come in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BeginBody {
    /// The name they go by, if they have said it.
    identifier: Option<String>,
}

/// What comes next: one of the two.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProviderBegin)]
pub struct BegunBody {
    /// The fields that are asked for, to be sent to `finish`.
    #[serde(skip_serializing_if = "Option::is_none")]
    ask: Option<Vec<String>>,
    /// The address to send the browser to.
    #[serde(skip_serializing_if = "Option::is_none")]
    redirect: Option<String>,
}

/// Begin a login
///
/// Tells what the provider asks for.
#[utoipa::path(
    post, operation_id = "begin_login", path = "/api/v1/providers/{provider}/begin", tag = "sessions",
    params(("provider" = String, Path, description = "The provider's name.")), request_body = BeginBody,
    responses((status = OK, description = "What comes next.", body = BegunBody))
)]
pub async fn begin(
    State(app): State<AppState>,
    Caller(client): Caller,
    Id(provider): Id<String>,
    Json(body): Json<BeginBody>,
) -> Result<Json<BegunBody>, Problem> {
    let start = LoginStart { identifier: body.identifier, client, ..LoginStart::default() };
    Ok(Json(match app.core.begin_login(&provider, &start).await? {
        Begin::Ask(fields) => BegunBody { ask: Some(fields), redirect: None },
        Begin::Redirect(address) => BegunBody { ask: None, redirect: Some(address) },
    }))
}
