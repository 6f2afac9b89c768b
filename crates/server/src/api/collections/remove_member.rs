//! `DELETE /api/v1/collections/{id}/members/{user}`: puts somebody out of a collection.

use axum::extract::State;
use doorward_core::UserId;
use doorward_documents::CollectionId;
use http::StatusCode;

use crate::app::AppState;
use crate::http::extract::TwoIds;
use crate::http::problem::Problem;
use crate::http::reader::Writer;

/// Put somebody out of a collection
///
/// With the documents that are theirs. Its owners may, and everybody for themselves.
#[utoipa::path(
    delete, operation_id = "remove_member", path = "/api/v1/collections/{id}/members/{user}", tag = "documents",
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    params(
        ("id" = String, Path, format = Uuid, description = "The collection."),
        ("user" = String, Path, format = Uuid, description = "The account."),
    ),
    responses((status = NO_CONTENT, description = "It is so."))
)]
pub async fn remove_member(
    State(app): State<AppState>,
    Writer(who): Writer,
    TwoIds(id, user): TwoIds<CollectionId, UserId>,
) -> Result<StatusCode, Problem> {
    app.library()?.remove_member(who, id, user).await?;
    Ok(StatusCode::NO_CONTENT)
}
