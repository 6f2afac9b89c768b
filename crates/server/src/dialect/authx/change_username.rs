//! `POST /{id}/change_username`: another user name for one's own account, or for anybody's by an administrator.

use axum::extract::State;
use axum::response::Response;
use doorward_core::account::ProfilePatch;
use doorward_core::scope;
use serde::Deserialize;

use super::answer::{Refused, null};
use super::body::{Members, Number};
use super::words;
use crate::app::AppState;
use crate::http::credential::CurrentUser;
use crate::http::extract::Caller;

/// The name to come.
#[derive(Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    username: String,
}

pub(super) async fn change_username(
    State(app): State<AppState>,
    CurrentUser(who): CurrentUser,
    Number(id): Number,
    Caller(client): Caller,
    Members(wanted): Members<Wanted>,
) -> Result<Response, Refused> {
    let core = &app.core;
    let is_own = core.number_of(who.user_id).await? == id;
    if !is_own {
        core.require(&who, scope::ADMIN_USERS)?;
    }
    let user = core.account_numbered(id).await?;
    let name = words::username(&wanted.username)?;
    if user.username.as_ref().is_some_and(|old| old.as_str() == name) {
        return Err(Refused::bad("Enter NEW username"));
    }
    let patch = ProfilePatch { username: Some(Some(name)), ..ProfilePatch::default() };
    if is_own {
        core.change_profile(&who, patch, &client).await?;
    } else {
        core.change_profile_of(&who, user.id, patch, &client).await?;
    }
    Ok(null())
}
