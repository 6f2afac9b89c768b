//! `POST /api/v1/documents/files`: keeps a file.

use axum::extract::State;
use doorward_documents::{NewDocument, Source, Unique};
use http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;

use super::DocumentBody;
use crate::app::AppState;
use crate::http::json::Json;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::reader::{File, Writer};

/// What is said of a file beside it.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UploadQuery {
    /// The name of the file.
    name: String,
    /// What people call it; the name when it is not given.
    title: Option<String>,
    /// Keep it although you keep the same content already.
    allow_duplicate: Option<bool>,
}

/// Keep a file
///
/// The body is the file. Text, Markdown, HTML, PDF, DOCX, CSV and JSON are read; which one it is says `Content-Type`, or the ending of
/// its name.
#[utoipa::path(
    post, operation_id = "upload_document", path = "/api/v1/documents/files", tag = "documents", params(UploadQuery),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = ACCEPTED, description = "The document, which is being read in.", body = DocumentBody))
)]
pub async fn upload(
    State(app): State<AppState>,
    Writer(who): Writer,
    Query(query): Query<UploadQuery>,
    file: File,
) -> Result<(StatusCode, Json<DocumentBody>), Problem> {
    let unique = if query.allow_duplicate == Some(true) { Unique::Nothing } else { Unique::Content };
    let new = NewDocument {
        title: query.title,
        media_type: file.media_type,
        unique,
        ..NewDocument::new(query.name, Source::Bytes(file.bytes.into()))
    };
    let document = app.library()?.add(who, new).await?;
    Ok((StatusCode::ACCEPTED, Json(document.into())))
}
