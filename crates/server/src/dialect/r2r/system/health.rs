//! `GET /v1/health`, `/v2/health`, `/v3/health`: whether the server answers.

use axum::Json;
use serde_json::{Value, json};

/// The union of three answers: without envelope for the first generation, with `response` for the second and `message` for the
/// third.
pub(in super::super) async fn health() -> Json<Value> {
    Json(json!({ "response": "ok", "results": { "response": "ok", "message": "ok" } }))
}
