//! `PUT /api/v1/collections/{id}/members/{user}`: lets somebody into a collection.

use axum::extract::State;
use doorward_core::{Code, Error, UserId};
use doorward_documents::{CollectionId, Role};
use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::AppState;
use crate::http::extract::TwoIds;
use crate::http::json::Json;
use crate::http::problem::Problem;
use crate::http::reader::Writer;

/// What somebody may do in a collection.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddMemberBody {
    /// `reader`, `editor` or `owner`.
    #[schema(example = "reader")]
    role: String,
}

/// Let somebody into a collection
///
/// Or give them another role. Its owners do; nobody lets themselves in.
#[utoipa::path(
    put, operation_id = "add_member", path = "/api/v1/collections/{id}/members/{user}", tag = "documents", request_body = AddMemberBody,
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    params(
        ("id" = String, Path, format = Uuid, description = "The collection."),
        ("user" = String, Path, format = Uuid, description = "The account."),
    ),
    responses((status = NO_CONTENT, description = "They are in it."))
)]
pub async fn add_member(
    State(app): State<AppState>,
    Writer(who): Writer,
    TwoIds(id, user): TwoIds<CollectionId, UserId>,
    Json(body): Json<AddMemberBody>,
) -> Result<StatusCode, Problem> {
    let unknown = || Error::new(Code::MalformedBody, "A role is reader, editor or owner.").about("role");
    let role = Role::from_text(&body.role).ok_or_else(unknown)?;
    app.library()?.collection_to_share(who, id).await?;
    app.core.account(user).await?;
    app.library()?.add_member(who, id, user, role).await?;
    Ok(StatusCode::NO_CONTENT)
}
