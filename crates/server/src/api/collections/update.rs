//! `PATCH /api/v1/collections/{id}`: renames or describes a collection.

use axum::extract::State;
use doorward_documents::{CollectionId, CollectionUpdate};
use serde::Deserialize;
use utoipa::ToSchema;

use super::CollectionBody;
use crate::app::AppState;
use crate::http::extract::Id;
use crate::http::json::Json;
use crate::http::problem::Problem;
use crate::http::reader::Writer;

/// What is to be different; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateCollectionBody {
    /// A new name.
    name: Option<String>,
    /// A new description.
    description: Option<String>,
}

/// Change a collection
///
/// For its owners.
#[utoipa::path(
    patch, operation_id = "update_collection", path = "/api/v1/collections/{id}", tag = "documents",
    request_body = UpdateCollectionBody,
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    params(("id" = String, Path, format = Uuid, description = "The collection.")),
    responses((status = OK, description = "The collection.", body = CollectionBody))
)]
pub async fn update(
    State(app): State<AppState>,
    Writer(who): Writer,
    Id(id): Id<CollectionId>,
    Json(body): Json<UpdateCollectionBody>,
) -> Result<Json<CollectionBody>, Problem> {
    let update = CollectionUpdate { name: body.name, description: body.description };
    Ok(Json(app.library()?.update_collection(who, id, update).await?.into()))
}
