//! `POST /{id}/permissions`: gives and takes roles, which are what permissions are here. They act on the next request.

use axum::extract::State;
use axum::response::Response;
use doorward_core::Error;
use doorward_core::role::{RoleName, SUPERUSER};
use serde::Deserialize;

use crate::app::AppState;
use crate::dialect::authx::answer::{Refused, null};
use crate::dialect::authx::body::{Members, Number};
use crate::dialect::authx::permission::{ADMIN, Allowed};
use crate::http::extract::Caller;
use crate::http::permission::Roles;

/// What is to happen, and to which permission.
#[derive(Deserialize)]
pub(super) struct Wish {
    #[serde(default)]
    action: String,
    #[serde(default)]
    payload: String,
}

pub(super) async fn change(
    State(app): State<AppState>,
    Allowed(who, _): Allowed<Roles>,
    Number(id): Number,
    Caller(client): Caller,
    Members(wish): Members<Wish>,
) -> Result<Response, Refused> {
    let user = app.core.account_numbered(id).await?;
    match &*wish.action {
        "ADD" => drop(app.core.give_role(&who, user.id, &role(&wish.payload)?, &client).await?),
        "REMOVE" => drop(app.core.take_role(&who, user.id, &role(&wish.payload)?, &client).await?),
        "CLEAR" => {
            let held = user.roles.iter().cloned().map(Ok).chain(user.is_superuser.then(|| role(ADMIN)));
            for held in held {
                app.core.take_role(&who, user.id, &held?, &client).await?;
            }
        }
        _ => return Err(Refused::bad("wrong action")),
    }
    Ok(null())
}

/// The role that a permission stands for.
fn role(permission: &str) -> Result<RoleName, Error> {
    if permission == ADMIN { SUPERUSER.parse() } else { permission.parse() }
}
