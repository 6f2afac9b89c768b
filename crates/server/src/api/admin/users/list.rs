//! `GET /api/v1/admin/users`: the accounts, a page at a time.

use axum::extract::State;
use doorward_core::UserId;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::api::users::UserBody;
use crate::app::AppState;
use crate::http::json::Json;
use crate::http::permission::{Permitted, Users};
use crate::http::problem::Problem;
use crate::http::query::Query;

const MOST: u32 = 200;

/// Which accounts, and how many.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// How many at most: 50 unless said, 200 at most.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// Where the page begins: `next` of the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<UserId>,
}

/// A page of accounts.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UserPage)]
pub struct UserPageBody {
    /// The accounts.
    items: Vec<UserBody>,
    /// The `cursor` of the next page; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// List accounts
///
/// Youngest first.
#[utoipa::path(
    get, operation_id = "admin_list_users", path = "/api/v1/admin/users", tag = "admin", params(ListQuery),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = OK, description = "The page.", body = UserPageBody))
)]
pub async fn list(
    State(app): State<AppState>,
    _who: Permitted<Users>,
    Query(query): Query<ListQuery>,
) -> Result<Json<UserPageBody>, Problem> {
    let page = app.core.users(query.cursor, query.limit.unwrap_or(50).clamp(1, MOST)).await?;
    let items = page.items.into_iter().map(UserBody::from).collect();
    Ok(Json(UserPageBody { items, next: page.next.map(|id| id.to_string()) }))
}
