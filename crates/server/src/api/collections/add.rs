//! `PUT /api/v1/collections/{id}/documents/{document}`: puts a document into a collection.

use axum::extract::State;
use doorward_documents::{CollectionId, DocumentId};
use http::StatusCode;

use crate::app::AppState;
use crate::http::extract::TwoIds;
use crate::http::problem::Problem;
use crate::http::reader::Writer;

/// Put a document into a collection
///
/// Its owner does, who is an editor or owner there.
#[utoipa::path(
    put, operation_id = "add_to_collection", path = "/api/v1/collections/{id}/documents/{document}", tag = "documents",
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    params(
        ("id" = String, Path, format = Uuid, description = "The collection."),
        ("document" = String, Path, format = Uuid, description = "The document."),
    ),
    responses((status = NO_CONTENT, description = "It is so."))
)]
pub async fn add(
    State(app): State<AppState>,
    Writer(who): Writer,
    TwoIds(id, document): TwoIds<CollectionId, DocumentId>,
) -> Result<StatusCode, Problem> {
    app.library()?.add_to_collection(who, id, document).await?;
    Ok(StatusCode::NO_CONTENT)
}
