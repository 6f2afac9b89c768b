//! `/blackout`: the end of everybody's sessions but the caller's, and the notice of it.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde_json::{Value, json};

use crate::app::AppState;
use crate::dialect::authx::answer::{Refused, null};
use crate::dialect::authx::moment;
use crate::dialect::authx::permission::Admin;
use crate::http::extract::Caller;
use crate::http::json::Json;

/// `GET /blackout`: when it was.
pub(super) async fn read(State(app): State<AppState>, Admin(_): Admin) -> Result<Json<Value>, Refused> {
    let at = app.core.signed_out_at().ok_or_else(|| Refused::plain(StatusCode::NOT_FOUND))?;
    Ok(Json(json!({ "ts": moment::short(at) })))
}

/// `POST /blackout`: every session that was opened before is over, but the one that says so.
pub(super) async fn begin(
    State(app): State<AppState>,
    Admin(who): Admin,
    Caller(client): Caller,
) -> Result<Response, Refused> {
    app.core.sign_everybody_out(Some(who.user_id), who.session_id, &client).await?;
    Ok(null())
}

/// `DELETE /blackout`: takes the notice away. What has ended stays ended.
pub(super) async fn end(
    State(app): State<AppState>,
    Admin(who): Admin,
    Caller(client): Caller,
) -> Result<Response, Refused> {
    app.core.end_sign_out(Some(who.user_id), &client).await?;
    Ok(null())
}
