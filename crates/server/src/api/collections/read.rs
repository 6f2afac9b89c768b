//! `GET /api/v1/collections/{id}`: one collection.

use axum::extract::State;
use doorward_documents::CollectionId;

use super::CollectionBody;
use crate::app::AppState;
use crate::http::extract::Id;
use crate::http::json::Json;
use crate::http::problem::Problem;
use crate::http::reader::Reader;

/// Read about a collection
#[utoipa::path(
    get, operation_id = "read_collection", path = "/api/v1/collections/{id}", tag = "documents",
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    params(("id" = String, Path, format = Uuid, description = "The collection.")),
    responses((status = OK, description = "The collection.", body = CollectionBody))
)]
pub async fn read(
    State(app): State<AppState>,
    Reader(who): Reader,
    Id(id): Id<CollectionId>,
) -> Result<Json<CollectionBody>, Problem> {
    Ok(Json(app.library()?.collection(who, id).await?.into()))
}
