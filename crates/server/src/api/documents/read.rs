//! `GET /api/v1/documents/{id}`: one document.

use axum::extract::State;
use doorward_documents::DocumentId;

use super::DocumentBody;
use crate::app::AppState;
use crate::http::extract::Id;
use crate::http::json::Json;
use crate::http::problem::Problem;
use crate::http::reader::Reader;

/// Read about a document
#[utoipa::path(
    get, operation_id = "read_document", path = "/api/v1/documents/{id}", tag = "documents",
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    params(("id" = String, Path, format = Uuid, description = "The document.")),
    responses((status = OK, description = "The document.", body = DocumentBody))
)]
pub async fn read(
    State(app): State<AppState>,
    Reader(who): Reader,
    Id(id): Id<DocumentId>,
) -> Result<Json<DocumentBody>, Problem> {
    Ok(Json(app.library()?.document(who, id).await?.into()))
}
