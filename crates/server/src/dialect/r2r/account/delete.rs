//! `DELETE /v1/user`, `DELETE /v2/user/{id}`, `DELETE /v3/users/{id}`: deletes an account with all that is kept of it; its id
//! never comes back.

use axum::extract::State;
use doorward_core::{Principal, Secret, UserId};
use serde::Deserialize;

use super::own_or_superuser;
use crate::app::AppState;
use crate::dialect::r2r::refusal::Malformed;
use crate::dialect::r2r::wire::{Message, NamedAccount, Refused, Results, Sent, Spoken, done};
use crate::http::credential::CurrentUser;
use crate::http::extract::Caller;
use doorward_core::client::Client;

/// Proof that it is the owner who asks; those who run the server need none for the accounts of others.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in super::super) struct DeleteBody {
    password: Option<Secret<String>>,
}

impl Spoken for DeleteBody {
    const BARE: Option<&'static str> = Some("password");
}

pub(in super::super) async fn delete(
    State(app): State<AppState>,
    CurrentUser(who): CurrentUser,
    Caller(client): Caller,
    Sent(body): Sent<DeleteBody>,
) -> Result<Results<Message>, Refused> {
    let user = who.user_id;
    end(&app, (&who, user), body, &client).await
}

pub(in super::super) async fn delete_named(
    State(app): State<AppState>,
    CurrentUser(who): CurrentUser,
    Caller(client): Caller,
    NamedAccount(user): NamedAccount,
    Sent(body): Sent<DeleteBody>,
) -> Result<Results<Message>, Refused> {
    end(&app, (&who, user), body, &client).await
}

async fn end(
    app: &AppState,
    (who, user): (&Principal, UserId),
    body: DeleteBody,
    client: &Client,
) -> Result<Results<Message>, Refused> {
    own_or_superuser(who, user)?;
    if who.user_id == user {
        let password = body.password.ok_or_else(|| Malformed::missing("body", "password"))?;
        app.core.delete_own_account(who, Some(&password), client).await?;
    } else {
        app.core.delete_account_of(who, user, client).await?;
    }
    Ok(done("User account deleted successfully"))
}
