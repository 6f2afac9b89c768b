//! `POST /v1/change_password`, `/v2/change_password`, `/v3/users/change-password`: sets a new password and ends every other
//! session of the account.

use axum::extract::State;
use doorward_core::Secret;
use doorward_core::account::PasswordChange;
use serde::Deserialize;

use crate::app::AppState;
use crate::dialect::r2r::wire::{Message, Refused, Results, Sent, Spoken, done};
use crate::http::credential::CurrentUser;
use crate::http::extract::Caller;

/// The old password and the new one.
#[derive(Debug, Deserialize)]
pub(in super::super) struct ChangePasswordBody {
    current_password: Secret<String>,
    new_password: Secret<String>,
}

impl Spoken for ChangePasswordBody {}

pub(in super::super) async fn change_password(
    State(app): State<AppState>,
    CurrentUser(who): CurrentUser,
    Caller(client): Caller,
    Sent(body): Sent<ChangePasswordBody>,
) -> Result<Results<Message>, Refused> {
    let change = PasswordChange { current: body.current_password, new: body.new_password };
    app.core.change_password(&who, change, &client).await?;
    Ok(done("Password changed successfully"))
}
