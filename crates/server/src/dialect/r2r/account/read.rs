//! `GET /v1/user`, `/v2/user`, `/v3/users/me`: the caller's account; `GET /v3/users/{id}`: that of somebody.

use axum::extract::State;

use super::own_or_superuser;
use crate::app::AppState;
use crate::dialect::r2r::shape::UserBody;
use crate::dialect::r2r::wire::{NamedAccount, Refused, Results};
use crate::http::credential::CurrentUser;

pub(in super::super) async fn me(
    State(app): State<AppState>,
    CurrentUser(who): CurrentUser,
) -> Result<Results<UserBody>, Refused> {
    Ok(Results::of(app.core.current_user(&who).await?.into()))
}

pub(in super::super) async fn read(
    State(app): State<AppState>,
    CurrentUser(who): CurrentUser,
    NamedAccount(user): NamedAccount,
) -> Result<Results<UserBody>, Refused> {
    own_or_superuser(&who, user)?;
    Ok(Results::of(app.core.account(user).await?.into()))
}
