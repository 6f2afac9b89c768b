//! `DELETE /api/v1/collections/{id}/documents/{document}`: takes a document out of a collection.

use axum::extract::State;
use doorward_documents::{CollectionId, DocumentId};
use http::StatusCode;

use crate::app::AppState;
use crate::http::extract::TwoIds;
use crate::http::problem::Problem;
use crate::http::reader::Writer;

/// Take a document out of a collection
///
/// Its owner may, and editors and owners of the collection.
#[utoipa::path(
    delete, operation_id = "remove_from_collection", path = "/api/v1/collections/{id}/documents/{document}", tag = "documents",
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    params(
        ("id" = String, Path, format = Uuid, description = "The collection."),
        ("document" = String, Path, format = Uuid, description = "The document."),
    ),
    responses((status = NO_CONTENT, description = "It is so."))
)]
pub async fn remove(
    State(app): State<AppState>,
    Writer(who): Writer,
    TwoIds(id, document): TwoIds<CollectionId, DocumentId>,
) -> Result<StatusCode, Problem> {
    app.library()?.remove_from_collection(who, id, document).await?;
    Ok(StatusCode::NO_CONTENT)
}
