//! `GET /api/v1/collections/{id}/members`: who is in a collection.

use axum::extract::State;
use doorward_documents::{CollectionId, Member};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::documents::chunks::PartQuery;
use crate::api::documents::window;
use crate::app::AppState;
use crate::http::extract::Id;
use crate::http::json::Json;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::reader::Reader;

/// Somebody in a collection.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Member)]
pub struct MemberBody {
    /// The account.
    #[schema(format = Uuid)]
    user_id: String,
    /// `reader`, `editor` or `owner`.
    role: &'static str,
    /// Since when.
    #[schema(format = DateTime)]
    since: String,
}

impl From<Member> for MemberBody {
    fn from(member: Member) -> Self {
        Self { user_id: member.user.to_string(), role: member.role.as_str(), since: member.since.to_string() }
    }
}

/// A part of a list of members.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MemberList)]
pub struct MemberListBody {
    /// The members of this part.
    members: Vec<MemberBody>,
    /// How many there are in all.
    total: u64,
}

/// List a collection's members
///
/// For those who are in it.
#[utoipa::path(
    get, operation_id = "list_members", path = "/api/v1/collections/{id}/members", tag = "documents",
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    params(("id" = String, Path, format = Uuid, description = "The collection."), PartQuery),
    responses((status = OK, description = "The members.", body = MemberListBody))
)]
pub async fn members(
    State(app): State<AppState>,
    Reader(who): Reader,
    Id(id): Id<CollectionId>,
    Query(part): Query<PartQuery>,
) -> Result<Json<MemberListBody>, Problem> {
    let page = app.library()?.members(who, id, window(part.offset, part.limit)).await?;
    let members = page.items.into_iter().map(MemberBody::from).collect();
    Ok(Json(MemberListBody { members, total: page.total }))
}
