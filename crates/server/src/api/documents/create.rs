//! `POST /api/v1/documents`: keeps a text, or chunks that are cut already.

use axum::extract::State;
use doorward_core::{Code, Error};
use doorward_documents::{CollectionId, NewDocument, Unique};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::form::{Brought, FormBody};
use super::{DocumentBody, source};
use crate::app::AppState;
use crate::http::json::Json;
use crate::http::problem::Problem;
use crate::http::reader::Writer;

/// A document to be kept.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateDocumentBody {
    /// The name of the file, or whatever stands for it.
    #[schema(min_length = 1, max_length = 255, example = "foxes.md")]
    name: String,
    /// What people call it; the name when it is not given.
    title: Option<String>,
    /// Its text. One ending in `.md` is read as Markdown.
    text: Option<String>,
    /// Its text, cut already.
    chunks: Option<Vec<String>>,
    /// What you note about it.
    #[serde(default)]
    #[schema(value_type = Object)]
    metadata: Map<String, Value>,
    /// Collections to put it into; you are an editor or owner of each.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    collection_ids: Vec<CollectionId>,
    /// Keep it although you keep the same content already.
    #[serde(default)]
    allow_duplicate: bool,
}

impl CreateDocumentBody {
    /// The document that the body describes.
    pub(super) fn read(self) -> Result<NewDocument, Error> {
        let missing = || Error::new(Code::InvalidField, "Give text or chunks.").about("text");
        Ok(NewDocument {
            title: self.title,
            metadata: self.metadata,
            collections: self.collection_ids,
            unique: if self.allow_duplicate { Unique::Nothing } else { Unique::Content },
            ..NewDocument::new(self.name, source(self.text, self.chunks)?.ok_or_else(missing)?)
        })
    }
}

/// Keep a document
///
/// As text, or as a form with a file. It can be read at once, and searched when its `state` is `ready`.
#[utoipa::path(
    post, operation_id = "create_document", path = "/api/v1/documents", tag = "documents",
    request_body(content((CreateDocumentBody = "application/json"), (FormBody = "multipart/form-data"))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = ACCEPTED, description = "The document, which is being read in.", body = DocumentBody))
)]
pub async fn create(
    State(app): State<AppState>,
    Writer(who): Writer,
    Brought(new): Brought,
) -> Result<(StatusCode, Json<DocumentBody>), Problem> {
    let document = app.library()?.add(who, new).await?;
    Ok((StatusCode::ACCEPTED, Json(document.into())))
}
