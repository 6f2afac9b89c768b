//! `GET /api/v1/collections`: the collections the caller is in.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::CollectionBody;
use crate::api::documents::chunks::PartQuery;
use crate::api::documents::window;
use crate::app::AppState;
use crate::http::json::Json;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::reader::Reader;

/// A part of a list of collections.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CollectionList)]
pub struct CollectionListBody {
    /// The collections of this part.
    collections: Vec<CollectionBody>,
    /// How many there are in all.
    total: u64,
}

/// List your collections
///
/// Those you are in, youngest first.
#[utoipa::path(
    get, operation_id = "list_collections", path = "/api/v1/collections", tag = "documents", params(PartQuery),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = OK, description = "The collections.", body = CollectionListBody))
)]
pub async fn list(
    State(app): State<AppState>,
    Reader(who): Reader,
    Query(part): Query<PartQuery>,
) -> Result<Json<CollectionListBody>, Problem> {
    let page = app.library()?.collections(who, Vec::new(), window(part.offset, part.limit)).await?;
    let collections = page.items.into_iter().map(CollectionBody::from).collect();
    Ok(Json(CollectionListBody { collections, total: page.total }))
}
