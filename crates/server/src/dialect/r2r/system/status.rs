//! `GET /v1/server_stats`, `/v2/server_stats`, `/v3/system/status`: since when the server runs and how busy its machine is.

use axum::extract::State;
use serde::Serialize;

use super::machine;
use crate::app::AppState;
use crate::dialect::r2r::wire::Results;
use crate::http::permission::Superuser;

/// Figures of the server.
#[derive(Debug, Serialize)]
pub(in super::super) struct StatusBody {
    start_time: String,
    uptime_seconds: f64,
    cpu_usage: f64,
    memory_usage: f64,
    version: &'static str,
}

pub(in super::super) async fn status(State(app): State<AppState>, _who: Superuser) -> Results<StatusBody> {
    let started_at = app.core.started_at();
    Results::of(StatusBody {
        start_time: started_at.to_string(),
        uptime_seconds: app.core.now().since(started_at).as_millis() as f64 / 1000.0,
        cpu_usage: machine::cpu_percent(),
        memory_usage: machine::memory_percent(),
        version: env!("CARGO_PKG_VERSION"),
    })
}
