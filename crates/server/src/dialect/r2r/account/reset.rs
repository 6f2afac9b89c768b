//! A new password by mail: `POST …/request_password_reset` and `/v2/send_reset_email` ask for the mail, `POST …/reset_password`
//! sets the password by the token in it.

use axum::extract::{Path, State};
use doorward_core::Secret;
use serde::Deserialize;

use super::verify::AddressBody;
use crate::app::AppState;
use crate::dialect::r2r::wire::{Message, Refused, Results, Sent, Spoken, done};
use crate::http::extract::Caller;

/// The token and the password to come.
#[derive(Debug, Deserialize)]
pub(in super::super) struct ResetBody {
    reset_token: Secret<String>,
    new_password: Secret<String>,
}

impl Spoken for ResetBody {}

/// The password to come; the token is in the path.
#[derive(Debug, Deserialize)]
pub(in super::super) struct NewPasswordBody {
    new_password: Secret<String>,
}

impl Spoken for NewPasswordBody {
    const BARE: Option<&'static str> = Some("new_password");
}

pub(in super::super) async fn ask_reset(
    State(app): State<AppState>,
    Caller(client): Caller,
    Sent(body): Sent<AddressBody>,
) -> Result<Results<Message>, Refused> {
    app.core.ask_password_reset(&body.email, None, &client).await?;
    Ok(done("If the address has an account, a mail with a reset token is on its way"))
}

pub(in super::super) async fn reset(
    State(app): State<AppState>,
    Caller(client): Caller,
    Sent(body): Sent<ResetBody>,
) -> Result<Results<Message>, Refused> {
    app.core.finish_password_reset(body.reset_token, &body.new_password, &client).await?;
    Ok(done("Password reset successfully"))
}

pub(in super::super) async fn reset_by_path(
    State(app): State<AppState>,
    Caller(client): Caller,
    Path(token): Path<String>,
    Sent(body): Sent<NewPasswordBody>,
) -> Result<Results<Message>, Refused> {
    app.core.finish_password_reset(Secret::new(token), &body.new_password, &client).await?;
    Ok(done("Password reset successfully"))
}
