//! `POST /{id}/kick`: ends all sessions of an account, whose owner can sign in again.

use axum::extract::State;
use axum::response::Response;

use crate::app::AppState;
use crate::dialect::authx::answer::{Refused, null};
use crate::dialect::authx::body::Number;
use crate::dialect::authx::permission::Allowed;
use crate::http::extract::Caller;
use crate::http::permission::Sessions;

pub(super) async fn kick(
    State(app): State<AppState>,
    Allowed(who, _): Allowed<Sessions>,
    Number(id): Number,
    Caller(client): Caller,
) -> Result<Response, Refused> {
    let user = app.core.account_numbered(id).await?;
    app.core.end_sessions_of(&who, user.id, &client).await?;
    Ok(null())
}
