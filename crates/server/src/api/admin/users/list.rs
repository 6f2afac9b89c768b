//! `GET /api/v1/admin/users`: the accounts, searched and a page at a time.

use axum::extract::State;
use doorward_core::account::{Cursor, Page, User, UserFilter};
use doorward_core::{Code, Error};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{moment, role};
use crate::api::users::UserBody;
use crate::app::AppState;
use crate::http::json::Json;
use crate::http::permission::{Permitted, Users};
use crate::http::problem::Problem;
use crate::http::query::Query;

const USUAL: u32 = 50;
const MOST: u32 = 200;

/// Which accounts, how many, and from where on.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// How the address, the user name or the shown name begins, in any spelling.
    #[param(max_length = 254)]
    q: Option<String>,
    /// A role they hold, or `superuser`.
    role: Option<String>,
    /// Whether they may be used.
    active: Option<bool>,
    /// Whether the address was proved.
    verified: Option<bool>,
    /// Made at or after, as `2026-01-31T08:00:00Z`.
    #[param(format = DateTime)]
    created_from: Option<String>,
    /// Made before.
    #[param(format = DateTime)]
    created_before: Option<String>,
    /// A declared field that may be looked for, and its whole value in any spelling: `name:value`.
    #[param(max_length = 400)]
    field: Option<String>,
    /// How many at most: 50 unless said, 200 at most.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// Where the page begins: `next` of the page before.
    cursor: Option<String>,
}

impl ListQuery {
    fn filter(&self) -> Result<UserFilter, Error> {
        Ok(UserFilter {
            username_begins: None,
            begins: self.q.clone(),
            role: self.role.as_deref().map(role).transpose()?,
            is_active: self.active,
            is_verified: self.verified,
            created_from: self.created_from.as_deref().map(moment).transpose()?,
            created_before: self.created_before.as_deref().map(moment).transpose()?,
            field: self.field.as_deref().map(field).transpose()?,
        })
    }
}

fn field(text: &str) -> Result<(String, String), Error> {
    let parts = text.split_once(':').map(|(name, value)| (name.to_owned(), value.to_owned()));
    parts.ok_or_else(|| Error::new(Code::MalformedParameter, "A field is looked for as `name:value`."))
}

/// A page of accounts.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UserPage)]
pub struct UserPageBody {
    /// The accounts. There can be fewer than asked for, even none, before the end.
    items: Vec<UserBody>,
    /// The `cursor` of the next page; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

impl From<Page<User, Cursor>> for UserPageBody {
    fn from(page: Page<User, Cursor>) -> Self {
        let items = page.items.into_iter().map(UserBody::from).collect();
        Self { items, next: page.next.map(|cursor| cursor.to_text()) }
    }
}

/// List accounts
///
/// Youngest first; with `q` by address, then by user name, then by shown name.
#[utoipa::path(
    get, operation_id = "admin_list_users", path = "/api/v1/admin/users", tag = "admin", params(ListQuery),
    security(("bearer" = ["admin:users"]), ("cookie" = ["admin:users"]), ("api_key" = ["admin:users"])),
    responses((status = OK, description = "The page.", body = UserPageBody))
)]
pub async fn list(
    State(app): State<AppState>,
    _who: Permitted<Users>,
    Query(query): Query<ListQuery>,
) -> Result<Json<UserPageBody>, Problem> {
    let filter = query.filter()?;
    let cursor = query.cursor.as_deref().map(Cursor::parse).transpose()?;
    let limit = query.limit.unwrap_or(USUAL).clamp(1, MOST);
    Ok(Json(app.core.users(&filter, cursor, limit).await?.into()))
}
