//! `GET /{id}` and `GET /id_by_username`: one account.

use axum::extract::{RawQuery, State};
use doorward_core::account::User;
use doorward_core::{Code, Core, Error};
use serde::Serialize;
use serde_json::{Value, json};

use crate::app::AppState;
use crate::dialect::authx::answer::Refused;
use crate::dialect::authx::body::Number;
use crate::dialect::authx::moment;
use crate::dialect::authx::permission::Allowed;
use crate::dialect::authx::token::name;
use crate::http::json::Json;
use crate::http::permission::Users;

/// An account as administrators see it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Account {
    id: i64,
    username: String,
    email: String,
    active: bool,
    sid: Option<String>,
    provider: Option<String>,
    confirmed: bool,
    created_at: String,
    last_login: Option<String>,
}

/// `user` as administrators see it.
pub(super) async fn shown(core: &Core, user: &User) -> Result<Account, Error> {
    let (provider, sid) = core.identity_of(user.id).await?.unzip();
    Ok(Account {
        id: core.number_of(user.id).await?,
        username: name(user),
        email: user.email.as_str().to_owned(),
        active: user.is_active,
        sid,
        provider,
        confirmed: user.is_verified,
        created_at: moment::long(user.created_at),
        last_login: core.last_login(user.id).await?.map(moment::long),
    })
}

/// `GET /{id}`.
pub(super) async fn read(
    State(app): State<AppState>,
    Allowed(..): Allowed<Users>,
    Number(id): Number,
) -> Result<Json<Account>, Refused> {
    let user = app.core.account_numbered(id).await?;
    Ok(Json(shown(&app.core, &user).await?))
}

/// `GET /id_by_username?username=`.
pub(super) async fn id_by_username(
    State(app): State<AppState>,
    Allowed(..): Allowed<Users>,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, Refused> {
    let called = parameter(query.as_deref(), "username").ok_or(Code::NotFound)?;
    let user = app.core.account_called(&called).await?;
    Ok(Json(json!({ "id": app.core.number_of(user.id).await? })))
}

/// The value of a parameter of the query; an empty one counts as none.
pub(super) fn parameter(query: Option<&str>, name: &str) -> Option<String> {
    let pairs = url::form_urlencoded::parse(query?.as_bytes());
    let found = pairs.into_iter().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    found.filter(|value| !value.is_empty())
}
