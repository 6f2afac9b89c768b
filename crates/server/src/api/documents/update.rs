//! `PATCH /api/v1/documents/{id}`: changes what is said of a document, or its text.

use axum::extract::State;
use doorward_documents::{DocumentId, Update};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{DocumentBody, source};
use crate::app::AppState;
use crate::http::extract::Id;
use crate::http::json::Json;
use crate::http::problem::Problem;
use crate::http::reader::{Text, Writer};

/// What is to be different; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateDocumentBody {
    /// A new name of the file.
    name: Option<String>,
    /// A new title.
    title: Option<String>,
    /// A new text.
    text: Option<String>,
    /// New chunks.
    chunks: Option<Vec<String>>,
    /// New notes, in place of the old ones.
    #[schema(value_type = Option<Object>)]
    metadata: Option<Map<String, Value>>,
}

/// Change a document
///
/// Its owner may, and editors of its collections. A new text is the next version; the old one is searched until the new one is read in.
#[utoipa::path(
    patch, operation_id = "update_document", path = "/api/v1/documents/{id}", tag = "documents",
    request_body = UpdateDocumentBody,
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    params(("id" = String, Path, format = Uuid, description = "The document.")),
    responses((status = OK, description = "The document.", body = DocumentBody))
)]
pub async fn update(
    State(app): State<AppState>,
    Writer(who): Writer,
    Id(id): Id<DocumentId>,
    Text(body): Text<UpdateDocumentBody>,
) -> Result<Json<DocumentBody>, Problem> {
    let update = Update {
        name: body.name,
        title: body.title,
        media_type: None,
        source: source(body.text, body.chunks)?,
        metadata: body.metadata,
    };
    Ok(Json(app.library()?.update(who, id, update).await?.into()))
}
