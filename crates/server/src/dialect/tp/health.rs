//! `GET /api/healthcheck`: whether the server can do its work.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::json;

use crate::app::AppState;
use crate::http::json::Json;

/// The status, also in the body.
pub(super) async fn health(State(app): State<AppState>) -> Response {
    let status = match app.core.ready().await {
        Ok(()) => StatusCode::OK,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    };
    (status, Json(json!({ "status": status.as_u16() }))).into_response()
}
