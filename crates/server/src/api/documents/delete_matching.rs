//! `POST /api/v1/documents/delete`: deletes those of the caller's documents that a filter names.

use axum::extract::State;
use doorward_core::Code;
use doorward_documents::Filter;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::app::AppState;
use crate::http::json::Json;
use crate::http::problem::Problem;
use crate::http::reader::Writer;

/// Which documents go.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeleteDocumentsBody {
    /// A filter, as `{"year":{"$lt":2020}}`.
    #[schema(value_type = Object)]
    filters: Value,
}

/// Those that are gone.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeletedDocuments)]
pub struct DeletedDocumentsBody {
    /// Their ids.
    ids: Vec<String>,
}

/// Delete documents by a filter
///
/// Your own that it names, a thousand at most with one call.
#[utoipa::path(
    post, operation_id = "delete_documents", path = "/api/v1/documents/delete", tag = "documents",
    request_body = DeleteDocumentsBody,
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = OK, description = "Those that are gone.", body = DeletedDocumentsBody))
)]
pub async fn delete_matching(
    State(app): State<AppState>,
    Writer(who): Writer,
    Json(body): Json<DeleteDocumentsBody>,
) -> Result<Json<DeletedDocumentsBody>, Problem> {
    let filter = Filter::read(&body.filters)?.ok_or(Code::InvalidFilter)?;
    let ids = app.library()?.delete_matching(who, filter).await?;
    Ok(Json(DeletedDocumentsBody { ids: ids.iter().map(ToString::to_string).collect() }))
}
