//! `GET /api/v1/documents/{id}/content`: the file as it came.

use axum::extract::State;
use axum::response::IntoResponse;
use doorward_documents::DocumentId;
use http::HeaderValue;
use http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE};

use crate::app::AppState;
use crate::http::extract::Id;
use crate::http::problem::Problem;
use crate::http::reader::Reader;

/// Download a document
///
/// Always as a file to be saved: a browser shows and runs nothing of it.
#[utoipa::path(
    get, operation_id = "download_document", path = "/api/v1/documents/{id}/content", tag = "documents",
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    params(("id" = String, Path, format = Uuid, description = "The document.")),
    responses((status = OK, description = "The content.", body = Vec<u8>, content_type = "application/octet-stream"))
)]
pub async fn download(
    State(app): State<AppState>,
    Reader(who): Reader,
    Id(id): Id<DocumentId>,
) -> Result<impl IntoResponse, Problem> {
    let content = app.library()?.content(who, id).await?;
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("application/octet-stream")),
        (CONTENT_DISPOSITION, HeaderValue::from_static("attachment")),
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'")),
    ];
    Ok((headers, content.bytes))
}
