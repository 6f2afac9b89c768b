//! `GET /v1/users_overview`, `/v2/users_overview`, `/v3/users`: the accounts, youngest first.

use axum::extract::State;
use doorward_core::{Code, Error, UserId};
use serde::Deserialize;

use crate::app::AppState;
use crate::dialect::r2r::names;
use crate::dialect::r2r::shape::UserBody;
use crate::dialect::r2r::wire::{Listed, Params, Refused, Sent, Spoken};
use crate::http::permission::Superuser;

/// Which accounts, in the body of the first generation's GET.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in super::super) struct OverviewBody {
    user_ids: Option<Vec<String>>,
}

impl Spoken for OverviewBody {}

pub(in super::super) async fn overview(
    State(app): State<AppState>,
    _who: Superuser,
    params: Params,
    Sent(body): Sent<OverviewBody>,
) -> Result<Listed<UserBody>, Refused> {
    let said = body.user_ids.iter().flatten().map(String::as_str);
    let said = said.chain(params.all("user_ids"));
    let ids = names::accounts(&app.core, ("query", "user_ids"), said).await?;
    let is_named = !ids.is_empty() || body.user_ids.is_some();
    page(&app, is_named.then_some(ids), params.page()?).await
}

pub(in super::super) async fn list(
    State(app): State<AppState>,
    _who: Superuser,
    params: Params,
) -> Result<Listed<UserBody>, Refused> {
    let ids = names::accounts(&app.core, ("query", "ids"), params.all("ids")).await?;
    let is_named = !ids.is_empty();
    let listed = page(&app, is_named.then_some(ids), params.page()?).await?;
    if is_named && listed.is_empty() {
        return Err(Error::new(Code::NotFound, "No users were found.").into());
    }
    Ok(listed)
}

/// The accounts of these ids, or all of them.
async fn page(
    app: &AppState,
    ids: Option<Vec<UserId>>,
    (offset, limit): (u32, u32),
) -> Result<Listed<UserBody>, Refused> {
    let Some(ids) = ids else {
        let (users, total) = app.core.users_at(offset, limit).await?;
        let users = UserBody::all(&app.core, users).await?;
        return Ok(Listed::of(UserBody::all_with_documents(app, users).await?, total));
    };
    let mut found = Vec::new();
    for id in ids {
        match app.core.account(id).await {
            Ok(user) => found.push(user),
            Err(error) if error.code() == Code::NotFound => {}
            Err(error) => return Err(error.into()),
        }
    }
    let total = found.len() as u64;
    let page = found.into_iter().skip(offset as usize).take(limit as usize).collect();
    let page = UserBody::all(&app.core, page).await?;
    Ok(Listed::of(UserBody::all_with_documents(app, page).await?, total))
}
