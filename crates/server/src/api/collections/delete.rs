//! `DELETE /api/v1/collections/{id}`: deletes a collection.

use axum::extract::State;
use doorward_documents::CollectionId;
use http::StatusCode;

use crate::app::AppState;
use crate::http::extract::Id;
use crate::http::problem::Problem;
use crate::http::reader::Writer;

/// Delete a collection
///
/// For its owners. The documents stay with theirs.
#[utoipa::path(
    delete, operation_id = "delete_collection", path = "/api/v1/collections/{id}", tag = "documents",
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    params(("id" = String, Path, format = Uuid, description = "The collection.")),
    responses((status = NO_CONTENT, description = "It is gone."))
)]
pub async fn delete(
    State(app): State<AppState>,
    Writer(who): Writer,
    Id(id): Id<CollectionId>,
) -> Result<StatusCode, Problem> {
    app.library()?.delete_collection(who, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
