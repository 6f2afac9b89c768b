//! `POST /api/v1/collections`: makes a collection.

use axum::extract::State;
use doorward_documents::NewCollection;
use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::CollectionBody;
use crate::app::AppState;
use crate::http::json::Json;
use crate::http::problem::Problem;
use crate::http::reader::Writer;

/// A collection to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateCollectionBody {
    /// What people call it.
    #[schema(min_length = 1, max_length = 255, example = "handbook")]
    name: String,
    /// What it is for.
    #[serde(default)]
    #[schema(max_length = 2000)]
    description: String,
}

/// Make a collection
///
/// You are its owner, and say who else is in it.
#[utoipa::path(
    post, operation_id = "create_collection", path = "/api/v1/collections", tag = "documents", request_body = CreateCollectionBody,
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = CREATED, description = "The collection.", body = CollectionBody))
)]
pub async fn create(
    State(app): State<AppState>,
    Writer(who): Writer,
    Json(body): Json<CreateCollectionBody>,
) -> Result<(StatusCode, Json<CollectionBody>), Problem> {
    let new = NewCollection { id: None, name: body.name, description: body.description };
    let collection = app.library()?.create_collection(who, new).await?;
    Ok((StatusCode::CREATED, Json(collection.into())))
}
