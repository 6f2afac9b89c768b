//! `GET /api/v1/admin/status`: how the server is.

use std::sync::atomic::Ordering;

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::AppState;
use crate::http::json::Json;
use crate::http::permission::{Permitted, Status};
use crate::http::problem::Problem;

/// How the server is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Status)]
pub struct StatusBody {
    /// Its version.
    version: &'static str,
    /// When this node started.
    #[schema(format = DateTime)]
    started_at: String,
    /// How many seconds ago that was.
    uptime_seconds: i64,
    /// Whether the database can be read and written.
    is_ready: bool,
    /// Whether the read replica answers listings; absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    read_replica_in_use: Option<bool>,
    /// Whether it is shutting down.
    is_draining: bool,
    /// How many sessions are in use on this node.
    sessions_in_use: usize,
    /// The key that signs at present.
    signing_key: String,
    /// How many mails wait to be sent; absent while the database cannot be read, as what follows is.
    #[serde(skip_serializing_if = "Option::is_none")]
    mail_waiting: Option<u64>,
    /// When the oldest of them was queued.
    #[schema(format = DateTime)]
    #[serde(skip_serializing_if = "Option::is_none")]
    mail_waiting_since: Option<String>,
    /// How many lines of the audit log the webhook that lags most has not been told.
    #[serde(skip_serializing_if = "Option::is_none")]
    webhook_backlog: Option<i64>,
}

/// Server status
#[utoipa::path(
    get, operation_id = "admin_status", path = "/api/v1/admin/status", tag = "admin",
    security(("bearer" = ["admin:status"]), ("cookie" = ["admin:status"]), ("api_key" = ["admin:status"])),
    responses((status = OK, description = "How it is.", body = StatusBody))
)]
pub async fn status(
    State(app): State<AppState>,
    _who: Permitted<Status>,
) -> Result<Json<StatusBody>, Problem> {
    let started_at = app.core.started_at();
    let mail = app.core.mail_backlog().await.ok();
    let webhooks = app.core.listeners().await.ok();
    Ok(Json(StatusBody {
        version: env!("CARGO_PKG_VERSION"),
        started_at: started_at.to_string(),
        uptime_seconds: app.core.now().since(started_at).as_seconds_ceil(),
        is_ready: app.core.ready().await.is_ok(),
        read_replica_in_use: app.core.replica_in_use(),
        is_draining: app.is_draining.load(Ordering::Relaxed),
        sessions_in_use: app.core.sessions_in_use(),
        signing_key: app.core.signing_kid(),
        mail_waiting: mail.map(|mail| mail.waiting),
        mail_waiting_since: mail.and_then(|mail| mail.oldest_at).map(|at| at.to_string()),
        webhook_backlog: webhooks.map(|all| all.iter().map(|one| one.backlog).max().unwrap_or_default()),
    }))
}
