//! `GET /api/v1/documents`: documents the caller may read.

use axum::extract::State;
use doorward_core::{Code, Error};
use doorward_documents::{CollectionId, Filter, Selection};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{DocumentBody, window};
use crate::app::AppState;
use crate::http::json::Json;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::reader::Reader;

/// Which documents.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListDocumentsQuery {
    /// Your own alone.
    own: Option<bool>,
    /// In this collection.
    #[param(value_type = Option<String>, format = Uuid)]
    collection_id: Option<CollectionId>,
    /// A filter as JSON, as `{"year":{"$gte":2020}}`.
    filters: Option<String>,
    /// How many to leave out.
    #[param(minimum = 0)]
    offset: Option<u64>,
    /// How many at most; 100 when not given.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
}

/// A part of a list of documents.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DocumentList)]
pub struct DocumentListBody {
    /// The documents of this part.
    documents: Vec<DocumentBody>,
    /// How many there are in all.
    total: u64,
}

/// List documents
///
/// Those you may read: your own, and those of your collections; youngest first.
#[utoipa::path(
    get, operation_id = "list_documents", path = "/api/v1/documents", tag = "documents", params(ListDocumentsQuery),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = OK, description = "The documents.", body = DocumentListBody))
)]
pub async fn list(
    State(app): State<AppState>,
    Reader(who): Reader,
    Query(query): Query<ListDocumentsQuery>,
) -> Result<Json<DocumentListBody>, Problem> {
    let unread = |_| Error::new(Code::InvalidFilter, "The filter is not JSON.").about("filters");
    let written = query.filters.as_deref().map(serde_json::from_str).transpose().map_err(unread)?;
    let which = Selection {
        is_own_only: query.own == Some(true),
        collection: query.collection_id,
        filter: written.as_ref().map_or(Ok(None), Filter::read)?,
        ..Selection::default()
    };
    let page = app.library()?.list(who, which, window(query.offset, query.limit)).await?;
    let documents = page.items.into_iter().map(DocumentBody::from).collect();
    Ok(Json(DocumentListBody { documents, total: page.total }))
}
