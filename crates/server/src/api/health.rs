//! `GET /healthz` and `GET /readyz`: for those who watch the process.

use std::sync::atomic::Ordering;

use axum::extract::State;
use axum::response::Response;
use doorward_core::Code;

use crate::app::AppState;
use crate::http::json;
use crate::http::problem::Problem;

const OK: &str = r#"{"status":"ok"}"#;

/// Is the process alive?
#[utoipa::path(
    get, path = "/healthz", tag = "operations",
    responses((status = OK, description = "It is.", content_type = "application/json", body = serde_json::Value))
)]
pub async fn healthz() -> Response {
    json::written(OK)
}

/// Can the server do its work?
///
/// 503 while the database cannot be written to, and while the server is shutting down.
#[utoipa::path(
    get, path = "/readyz", tag = "operations",
    responses((status = OK, description = "It can.", content_type = "application/json", body = serde_json::Value))
)]
pub async fn readyz(State(app): State<AppState>) -> Result<Response, Problem> {
    if app.is_draining.load(Ordering::Acquire) {
        return Err(Code::Overloaded.into());
    }
    app.core.ready().await?;
    Ok(json::written(OK))
}
