//! `GET /?id=&username=&p=1`: accounts, twenty a page.
//!
//! A name is looked for by how it begins, whatever the case of its letters: what is typed is never a pattern.

use axum::extract::{RawQuery, State};
use doorward_core::account::{User, UserFilter};
use doorward_core::{Code, Core, Error};
use serde_json::{Value, json};

use super::first;
use super::read::{parameter, shown};
use crate::app::AppState;
use crate::dialect::authx::answer::Refused;
use crate::dialect::authx::permission::Allowed;
use crate::http::json::Json;
use crate::http::permission::Users;

/// Accounts on one page.
const PAGE: usize = 20;

pub(super) async fn search(
    State(app): State<AppState>,
    Allowed(..): Allowed<Users>,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, Refused> {
    let query = query.as_deref();
    let number = |name| match parameter(query, name) {
        None => Ok(None),
        Some(text) => text.parse::<i64>().map(Some).map_err(|_| Refused::no_number("query", name)),
    };
    let (id, page) = (number("id")?, number("p")?.unwrap_or(1).max(1));
    let found = find(&app.core, id, parameter(query, "username")).await?;
    let skipped = usize::try_from(page - 1).unwrap_or(usize::MAX).saturating_mul(PAGE);
    let mut items = Vec::with_capacity(PAGE);
    for user in found.iter().skip(skipped).take(PAGE) {
        let mut item = serde_json::to_value(shown(&app.core, user).await?).unwrap_or_default();
        if let Some(members) = item.as_object_mut() {
            members.retain(|_, value| !value.is_null());
        }
        items.push(item);
    }
    Ok(Json(json!({ "items": items, "pages": found.len().div_ceil(PAGE), "currentPage": page })))
}

/// The account with this number, or those whose name begins so.
async fn find(core: &Core, id: Option<i64>, begins: Option<String>) -> Result<Vec<User>, Error> {
    let Some(id) = id else {
        return first(core, &UserFilter { username_begins: begins, ..UserFilter::default() }).await;
    };
    match core.account_numbered(id).await {
        Ok(user) => Ok(vec![user]),
        Err(error) if error.code() == Code::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}
