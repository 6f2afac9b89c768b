//! `/blacklist`: accounts that may not be used.

use axum::extract::State;
use axum::response::Response;
use doorward_core::account::UserFilter;
use serde_json::{Value, json};

use super::first;
use crate::app::AppState;
use crate::dialect::authx::answer::{Refused, null};
use crate::dialect::authx::body::Number;
use crate::dialect::authx::permission::Allowed;
use crate::dialect::authx::token::name;
use crate::http::extract::Caller;
use crate::http::json::Json;
use crate::http::permission::Users;

/// `GET /blacklist`: who may not come in. A ban acts on all tokens at once, so both lists name the same accounts.
pub(super) async fn list(
    State(app): State<AppState>,
    Allowed(..): Allowed<Users>,
) -> Result<Json<Value>, Refused> {
    let filter = UserFilter { is_active: Some(false), ..UserFilter::default() };
    let banned = first(&app.core, &filter).await?;
    let ids: Vec<_> = banned.iter().map(|user| user.id).collect();
    let numbers = app.core.numbers_of(&ids).await?;
    let accounts = banned.iter().zip(&numbers);
    let global: Vec<_> =
        accounts.map(|(user, number)| json!({ "id": number, "username": name(user) })).collect();
    let current: Vec<_> = numbers.iter().map(i64::to_string).collect();
    Ok(Json(json!({ "global": global, "current": current })))
}

/// `POST /{id}/blacklist`: bans an account that may be used, and lets one in that may not.
pub(super) async fn toggle(
    State(app): State<AppState>,
    Allowed(who, _): Allowed<Users>,
    Number(id): Number,
    Caller(client): Caller,
) -> Result<Response, Refused> {
    let user = app.core.account_numbered(id).await?;
    app.core.set_active_of(&who, user.id, !user.is_active, &client).await?;
    Ok(null())
}
