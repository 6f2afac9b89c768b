//! `DELETE /api/v1/documents/{id}`: deletes a document.

use axum::extract::State;
use doorward_documents::DocumentId;
use http::StatusCode;

use crate::app::AppState;
use crate::http::extract::Id;
use crate::http::problem::Problem;
use crate::http::reader::Writer;

/// Delete a document
///
/// With all that was made from it; its owner alone may.
#[utoipa::path(
    delete, operation_id = "delete_document", path = "/api/v1/documents/{id}", tag = "documents",
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    params(("id" = String, Path, format = Uuid, description = "The document.")),
    responses((status = NO_CONTENT, description = "It is gone."))
)]
pub async fn delete(
    State(app): State<AppState>,
    Writer(who): Writer,
    Id(id): Id<DocumentId>,
) -> Result<StatusCode, Problem> {
    app.library()?.delete(who, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
