//! `GET /api/v1/documents/usage`: how much the caller keeps, and may keep.

use axum::extract::State;
use doorward_core::scope;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::AppState;
use crate::http::credential::CurrentUser;
use crate::http::json::Json;
use crate::http::problem::Problem;

/// How much is kept of one kind.
#[derive(Debug, Serialize, ToSchema)]
pub struct Share {
    /// How much you keep.
    used: u64,
    /// How much you may keep.
    limit: u64,
}

/// How much you keep.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DocumentUsage)]
pub struct UsageBody {
    /// Documents.
    documents: Share,
    /// Bytes of their contents.
    bytes: Share,
    /// Chunks.
    chunks: Share,
    /// Collections you made.
    collections: Share,
}

/// See how much you keep
#[utoipa::path(
    get, operation_id = "document_usage", path = "/api/v1/documents/usage", tag = "documents",
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = OK, description = "What you keep.", body = UsageBody))
)]
pub async fn usage(
    State(app): State<AppState>,
    CurrentUser(who): CurrentUser,
) -> Result<Json<UsageBody>, Problem> {
    let library = app.library()?;
    who.require_of_all(scope::DOCUMENTS_READ)?;
    let (used, limits) = (library.usage(who.user_id).await?, library.limits());
    Ok(Json(UsageBody {
        documents: Share { used: used.documents, limit: limits.documents },
        bytes: Share { used: used.bytes, limit: limits.bytes },
        chunks: Share { used: used.chunks, limit: limits.chunks },
        collections: Share { used: used.collections, limit: limits.collections },
    }))
}
