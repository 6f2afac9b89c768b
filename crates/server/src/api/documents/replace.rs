//! `PUT /api/v1/documents/{id}/content`: a new file in place of the old one.

use axum::extract::State;
use doorward_documents::{DocumentId, Source, Update};

use super::DocumentBody;
use crate::app::AppState;
use crate::http::extract::Id;
use crate::http::json::Json;
use crate::http::problem::Problem;
use crate::http::reader::{File, Writer};

/// Replace a document's content
///
/// The body is the file. The old content is searched until the new one is read in.
#[utoipa::path(
    put, operation_id = "replace_document", path = "/api/v1/documents/{id}/content", tag = "documents",
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    params(("id" = String, Path, format = Uuid, description = "The document.")),
    responses((status = OK, description = "The document, which is being read in.", body = DocumentBody))
)]
pub async fn replace(
    State(app): State<AppState>,
    Writer(who): Writer,
    Id(id): Id<DocumentId>,
    file: File,
) -> Result<Json<DocumentBody>, Problem> {
    let source = Some(Source::Bytes(file.bytes.into()));
    let update = Update { source, media_type: file.media_type, ..Update::default() };
    Ok(Json(app.library()?.update(who, id, update).await?.into()))
}
