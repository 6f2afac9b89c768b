//! `POST /token/refresh`: a new access token, and the next refresh token in place of the one that was used.

use axum::extract::State;
use axum::response::Response;
use doorward_core::{Code, Error};
use http::{HeaderMap, Method};
use serde_json::json;

use super::answer::Refused;
use super::cookies;
use crate::app::AppState;
use crate::http::csrf;
use crate::http::extract::Caller;
use crate::http::json::Json;

pub(super) async fn refresh(
    State(app): State<AppState>,
    Caller(client): Caller,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    csrf::check(&Method::POST, &headers, &app.http)?;
    let token = cookies::refresh_token(&app, &headers).ok_or(Code::AuthenticationRequired)?;
    let signed_in = app.core.refresh(&token, &client).await;
    app.metrics.note_refresh(signed_in.as_ref().err().map(Error::code));
    let signed_in = signed_in?;
    let body = Json(json!({ "access": signed_in.access_token.expose() }));
    Ok(cookies::given(&app, &signed_in, body))
}
