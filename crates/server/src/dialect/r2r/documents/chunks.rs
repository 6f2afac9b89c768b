//! `GET /v1/document_chunks`, `/v2/document_chunks/{id}`, `/v3/documents/{id}/chunks`: the pieces of a document.

use axum::extract::State;
use doorward_documents::{Caller, Chunk, Document, DocumentId, Window};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::app::AppState;
use crate::dialect::r2r::names::Names;
use crate::dialect::r2r::wire::{Listed, Named, Params, Refused, Sent, Spoken};
use crate::http::reader::Reader;

/// Which document, in the body of the first generation's GET.
#[derive(Debug, Deserialize)]
pub(in super::super) struct ChunksBody {
    document_id: DocumentId,
}

impl Spoken for ChunksBody {
    const BARE: Option<&'static str> = Some("document_id");
}

/// A piece of a document.
#[derive(Debug, Serialize)]
pub(in super::super) struct ChunkBody {
    id: String,
    extraction_id: String,
    fragment_id: String,
    document_id: String,
    owner_id: String,
    user_id: String,
    collection_ids: Vec<String>,
    title: String,
    text: String,
    chunk_order: u32,
    metadata: Map<String, Value>,
}

impl ChunkBody {
    fn of(document: &Document, owner: &str, chunk: Chunk) -> Self {
        Self {
            id: chunk.id.to_string(),
            extraction_id: chunk.id.to_string(),
            fragment_id: chunk.id.to_string(),
            document_id: document.id.to_string(),
            owner_id: owner.to_owned(),
            user_id: owner.to_owned(),
            collection_ids: document.collections.iter().map(ToString::to_string).collect(),
            title: document.title.clone(),
            text: chunk.text,
            chunk_order: chunk.place,
            metadata: document.metadata.clone(),
        }
    }
}

pub(in super::super) async fn chunks_by_body(
    State(app): State<AppState>,
    Reader(caller): Reader,
    params: Params,
    Sent(body): Sent<ChunksBody>,
) -> Result<Listed<ChunkBody>, Refused> {
    page(&app, caller, body.document_id, &params).await
}

pub(in super::super) async fn chunks(
    State(app): State<AppState>,
    Reader(caller): Reader,
    Named(id): Named<DocumentId>,
    params: Params,
) -> Result<Listed<ChunkBody>, Refused> {
    page(&app, caller, id, &params).await
}

async fn page(
    app: &AppState,
    caller: Caller,
    id: DocumentId,
    params: &Params,
) -> Result<Listed<ChunkBody>, Refused> {
    let (offset, limit) = params.page()?;
    let library = app.library()?;
    let document = library.document(caller, id).await?;
    let page = library.chunks(caller, id, Window { offset: offset.into(), limit }).await?;
    let owner = Names::of(&app.core, [document.owner]).await?.name(document.owner);
    let chunks = page.items.into_iter().map(|chunk| ChunkBody::of(&document, &owner, chunk)).collect();
    Ok(Listed::of(chunks, page.total))
}
