//! `POST /v1/logout`, `/v2/logout`, `/v3/users/logout`: ends the session, its refresh token with it.

use axum::extract::State;

use crate::app::AppState;
use crate::dialect::r2r::wire::{Message, Refused, Results, done};
use crate::http::credential::CurrentUser;
use crate::http::extract::Caller;

pub(in super::super) async fn logout(
    State(app): State<AppState>,
    CurrentUser(who): CurrentUser,
    Caller(client): Caller,
) -> Result<Results<Message>, Refused> {
    app.core.logout(&who, &client).await?;
    Ok(done("Logged out successfully"))
}
