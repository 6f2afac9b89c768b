//! `GET /v1/user`, `/v2/user`, `/v3/users/me`: the caller's account; `GET /v3/users/{id}`: that of somebody.

use axum::extract::State;
use doorward_core::account::User;

use super::own_or_superuser;
use crate::app::AppState;
use crate::dialect::r2r::shape::UserBody;
use crate::dialect::r2r::wire::{NamedAccount, Refused, Results};
use crate::http::credential::CurrentUser;

pub(in super::super) async fn me(
    State(app): State<AppState>,
    CurrentUser(who): CurrentUser,
) -> Result<Results<UserBody>, Refused> {
    show(&app, app.core.current_user(&who).await?).await
}

pub(in super::super) async fn read(
    State(app): State<AppState>,
    CurrentUser(who): CurrentUser,
    NamedAccount(user): NamedAccount,
) -> Result<Results<UserBody>, Refused> {
    own_or_superuser(&who, user)?;
    show(&app, app.core.account(user).await?).await
}

async fn show(app: &AppState, user: User) -> Result<Results<UserBody>, Refused> {
    let body = UserBody::one(&app.core, user).await?.with_documents(app).await?;
    Ok(Results::of(body.with_collections(app).await?))
}
