//! `GET /v2/download_file/{id}`, `/v3/documents/{id}/download`: a document as it came in.
//!
//! Invariant: a browser saves it and never shows it as a page of this server.

use axum::extract::State;
use axum::response::IntoResponse;
use doorward_documents::DocumentId;
use http::HeaderValue;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};

use crate::app::AppState;
use crate::dialect::r2r::wire::{Named, Refused};
use crate::http::reader::Reader;

pub(in super::super) async fn download(
    State(app): State<AppState>,
    Reader(caller): Reader,
    Named(id): Named<DocumentId>,
) -> Result<impl IntoResponse, Refused> {
    let content = app.library()?.content(caller, id).await?;
    let name: String =
        content.name.chars().filter(|c| c.is_ascii_alphanumeric() || "._- ".contains(*c)).collect();
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""));
    let disposition = disposition.unwrap_or(HeaderValue::from_static("attachment"));
    // The clients take JSON for an answer about the document, so what is in it is bytes to them.
    let media_type = HeaderValue::from_static("application/octet-stream");
    Ok(([(CONTENT_TYPE, media_type), (CONTENT_DISPOSITION, disposition)], content.bytes))
}
