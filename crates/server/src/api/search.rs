//! `POST /api/v1/search`: finds chunks of what the caller may read.

use axum::extract::State;
use doorward_core::{Code, Error};
use doorward_documents::{Hit, Language, Mode, Search};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::documents::filter;
use crate::app::AppState;
use crate::http::json::Json;
use crate::http::problem::Problem;
use crate::http::reader::Reader;

/// What is looked for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SearchBody {
    /// Words, `"phrases"`, beginnings as `begin*`, and `-what` must not be there.
    #[schema(max_length = 4000, example = "red fox")]
    pub(crate) query: String,
    /// Only in documents with such metadata, as `{"year":{"$gte":2020}}`.
    #[schema(value_type = Option<Object>)]
    pub(crate) filters: Option<Value>,
    /// How many chunks to leave out.
    pub(crate) offset: Option<u32>,
    /// How many chunks at most; 10 when not given.
    #[schema(minimum = 1, maximum = 1000)]
    pub(crate) limit: Option<u32>,
    /// `english` or `simple`: whose filling words are left out.
    pub(crate) language: Option<String>,
    /// `auto`, `words`, `meaning` or `hybrid`.
    pub(crate) mode: Option<String>,
}

impl SearchBody {
    pub(crate) fn read(self) -> Result<Search, Error> {
        let unknown = |field, text| Error::new(Code::InvalidField, text).about(field);
        let mode = match self.mode.as_deref() {
            None | Some("auto") => Mode::Auto,
            Some("words") => Mode::Words,
            Some("meaning") => Mode::Meaning,
            Some("hybrid") => Mode::Hybrid,
            Some(_) => return Err(unknown("mode", "A mode is auto, words, meaning or hybrid.")),
        };
        let language = self.language.as_deref().map(|text| {
            Language::from_text(text).ok_or_else(|| unknown("language", "A language is english or simple."))
        });
        Ok(Search {
            query: self.query,
            filter: filter(self.filters.as_ref())?,
            offset: self.offset.unwrap_or(0),
            limit: self.limit.unwrap_or(10),
            language: language.transpose()?,
            mode,
        })
    }
}

/// A chunk that was found.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Hit)]
pub struct HitBody {
    /// Names the chunk.
    #[schema(format = Uuid)]
    chunk_id: String,
    /// Its document.
    #[schema(format = Uuid)]
    document_id: String,
    /// Where in the document, from 0.
    place: u32,
    /// Whose document.
    #[schema(format = Uuid)]
    owner_id: String,
    /// The document's collections, as far as you are in them.
    collection_ids: Vec<String>,
    /// The document's title.
    title: String,
    /// The document's metadata.
    #[schema(value_type = Object)]
    metadata: Map<String, Value>,
    /// What the chunk says.
    text: String,
    /// The best part of it.
    snippet: String,
    /// Where in the snippet the words stand: positions of characters, from and until.
    marks: Vec<[usize; 2]>,
    /// How well it fits: more is better; comparable within one answer.
    score: f64,
}

impl From<Hit> for HitBody {
    fn from(hit: Hit) -> Self {
        Self {
            chunk_id: hit.chunk.to_string(),
            document_id: hit.document.to_string(),
            place: hit.place,
            owner_id: hit.owner.to_string(),
            collection_ids: hit.collections.iter().map(ToString::to_string).collect(),
            title: hit.title,
            metadata: hit.metadata,
            text: hit.text,
            snippet: hit.snippet.text,
            marks: hit.snippet.marks.into_iter().map(|(from, until)| [from, until]).collect(),
            score: hit.score,
        }
    }
}

/// What was found, best first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SearchResult)]
pub struct SearchResultBody {
    /// The chunks.
    hits: Vec<HitBody>,
}

/// Search
///
/// In what you may read: your own documents, and those of your collections.
#[utoipa::path(
    post, operation_id = "search", path = "/api/v1/search", tag = "documents", request_body = SearchBody,
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = OK, description = "What was found.", body = SearchResultBody))
)]
pub async fn search(
    State(app): State<AppState>,
    Reader(who): Reader,
    Json(body): Json<SearchBody>,
) -> Result<Json<SearchResultBody>, Problem> {
    let hits = app.library()?.search(who, &body.read()?).await?;
    Ok(Json(SearchResultBody { hits: hits.into_iter().map(HitBody::from).collect() }))
}
