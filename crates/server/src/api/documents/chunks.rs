//! `GET /api/v1/documents/{id}/chunks`: the pieces a document is searched by.

use axum::extract::State;
use doorward_documents::{Chunk, DocumentId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::window;
use crate::app::AppState;
use crate::http::extract::Id;
use crate::http::json::Json;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::reader::Reader;

/// Which part of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PartQuery {
    /// How many to leave out.
    #[param(minimum = 0)]
    pub(crate) offset: Option<u64>,
    /// How many at most; 100 when not given.
    #[param(minimum = 1, maximum = 1000)]
    pub(crate) limit: Option<u32>,
}

/// A piece of a document.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Chunk)]
pub struct ChunkBody {
    /// Names it.
    #[schema(format = Uuid)]
    id: String,
    /// Where it stands, from 0.
    place: u32,
    /// What it says.
    text: String,
}

impl From<Chunk> for ChunkBody {
    fn from(chunk: Chunk) -> Self {
        Self { id: chunk.id.to_string(), place: chunk.place, text: chunk.text }
    }
}

/// A part of a list of chunks.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ChunkList)]
pub struct ChunkListBody {
    /// The chunks of this part.
    chunks: Vec<ChunkBody>,
    /// How many there are in all.
    total: u64,
}

/// List a document's chunks
#[utoipa::path(
    get, operation_id = "list_chunks", path = "/api/v1/documents/{id}/chunks", tag = "documents",
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    params(("id" = String, Path, format = Uuid, description = "The document."), PartQuery),
    responses((status = OK, description = "The chunks, in their order.", body = ChunkListBody))
)]
pub async fn chunks(
    State(app): State<AppState>,
    Reader(who): Reader,
    Id(id): Id<DocumentId>,
    Query(part): Query<PartQuery>,
) -> Result<Json<ChunkListBody>, Problem> {
    let page = app.library()?.chunks(who, id, window(part.offset, part.limit)).await?;
    let chunks = page.items.into_iter().map(ChunkBody::from).collect();
    Ok(Json(ChunkListBody { chunks, total: page.total }))
}
