//! `POST /api/v1/providers/{provider}/finish`: opens a session by what a provider asked for.

use std::collections::BTreeMap;

use axum::extract::State;
use doorward_core::login::ProviderAttempt;
use doorward_core::{Error, Secret};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::api::tokens::TokensBody;
use crate::app::AppState;
use crate::http::extract::{Caller, Id};
use crate::http::json::Json;
use crate::http::problem::Problem;

/// The answers to what the provider asks for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FinishBody {
    /// Each answer by the name of its field.
    #[schema(value_type = BTreeMap<String, String>)]
    fields: BTreeMap<String, Secret<String>>,
}

/// Finish a login
///
/// Opens a session for whoever the provider recognises; makes the account at the first time.
#[utoipa::path(
    post, operation_id = "finish_login", path = "/api/v1/providers/{provider}/finish", tag = "sessions",
    params(("provider" = String, Path, description = "The provider's name.")), request_body = FinishBody,
    responses((status = OK, description = "A session was opened.", body = TokensBody))
)]
pub async fn finish(
    State(app): State<AppState>,
    Caller(client): Caller,
    Id(provider): Id<String>,
    Json(body): Json<FinishBody>,
) -> Result<Json<TokensBody>, Problem> {
    let attempt = ProviderAttempt { provider, fields: body.fields, ..ProviderAttempt::default() };
    let signed_in = app.core.finish_login(attempt, &client).await;
    app.metrics.note_login(signed_in.as_ref().err().map(Error::code));
    Ok(Json(TokensBody::from(&signed_in?)))
}
