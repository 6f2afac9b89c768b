//! The caller's documents.

pub mod chunks;
pub mod create;
pub mod delete;
pub mod delete_matching;
pub mod download;
mod form;
pub mod list;
pub mod read;
pub mod replace;
pub mod update;
pub mod upload;
pub mod usage;

use doorward_core::{Error, UserId};
use doorward_documents::{Caller, Document, Filter, Library, Selection, Source, State, Window};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::AppState;

/// The longest part of a list.
pub(crate) const PAGE_MAX: u32 = 1_000;

pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(create::create))
        .routes(routes!(upload::upload))
        .routes(routes!(list::list))
        .routes(routes!(usage::usage))
        .routes(routes!(delete_matching::delete_matching))
        .routes(routes!(read::read))
        .routes(routes!(update::update))
        .routes(routes!(delete::delete))
        .routes(routes!(download::download))
        .routes(routes!(replace::replace))
        .routes(routes!(chunks::chunks))
}

/// A document, without its content.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Document)]
pub struct DocumentBody {
    /// Names it.
    #[schema(format = Uuid)]
    id: String,
    /// Whose it is.
    #[schema(format = Uuid)]
    owner_id: String,
    /// The name of the file.
    name: String,
    /// What people call it.
    title: String,
    /// The media type of its content.
    media_type: String,
    /// Bytes of its content.
    size: u64,
    /// SHA-256 of its content, in base64url.
    digest: String,
    /// What its owner notes about it.
    #[schema(value_type = Object)]
    metadata: Map<String, Value>,
    /// 1 for the first content, one more for each that follows.
    version: u32,
    /// `pending`, `parsing`, `indexing`, `ready` or `failed`: how far the newest content is on its way into the search.
    state: &'static str,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Chunks that are written of it.
    progress: u32,
    /// Chunks that can be searched.
    chunks: u32,
    /// Its collections, as far as you are in them.
    #[schema(value_type = Vec<String>)]
    collection_ids: Vec<String>,
    /// When it came.
    #[schema(format = DateTime)]
    created_at: String,
    /// When it was changed last.
    #[schema(format = DateTime)]
    updated_at: String,
}

impl From<Document> for DocumentBody {
    fn from(document: Document) -> Self {
        let state = document.state.as_str();
        let reason = match document.state {
            State::Failed(reason) => Some(reason),
            _ => None,
        };
        Self {
            id: document.id.to_string(),
            owner_id: document.owner.to_string(),
            name: document.name,
            title: document.title,
            media_type: document.media_type,
            size: document.size,
            digest: document.digest,
            metadata: document.metadata,
            version: document.version,
            state,
            reason,
            progress: document.progress,
            chunks: document.chunks,
            collection_ids: document.collections.iter().map(ToString::to_string).collect(),
            created_at: document.created_at.to_string(),
            updated_at: document.updated_at.to_string(),
        }
    }
}

/// The part of a list that a query asks for.
pub(crate) fn window(offset: Option<u64>, limit: Option<u32>) -> Window {
    Window { offset: offset.unwrap_or(0), limit: limit.unwrap_or(100).clamp(1, PAGE_MAX) }
}

/// A filter in a body.
pub(crate) fn filter(value: Option<&Value>) -> Result<Option<Filter>, Error> {
    value.map_or(Ok(None), Filter::read)
}

/// The source in a body: text or chunks.
pub(crate) fn source(text: Option<String>, chunks: Option<Vec<String>>) -> Result<Option<Source>, Error> {
    match (text, chunks) {
        (Some(_), Some(_)) => {
            Err(Error::new(doorward_core::Code::InvalidField, "Give text or chunks, not both.").about("text"))
        }
        (Some(text), None) => Ok(Some(Source::Text(text))),
        (None, Some(chunks)) => Ok(Some(Source::Chunks(chunks))),
        (None, None) => Ok(None),
    }
}

/// What is taken along of somebody's documents: all but their contents, which are downloaded one by one.
pub(crate) async fn export(library: &Library, user: UserId) -> Result<Value, Error> {
    let caller = Caller { user, sees_all: false };
    let mut all = Vec::new();
    loop {
        let own = Selection { is_own_only: true, ..Selection::default() };
        let part = library.list(caller, own, Window { offset: all.len() as u64, limit: PAGE_MAX }).await?;
        if part.items.is_empty() {
            return Ok(Value::Array(all));
        }
        all.extend(part.items.into_iter().map(|document| json!(DocumentBody::from(document))));
    }
}
