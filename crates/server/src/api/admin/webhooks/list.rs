//! `GET /api/v1/admin/webhooks`: the services that are told what happens.

use axum::extract::State;
use doorward_core::Timestamp;
use doorward_core::hook::ListenerState;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::AppState;
use crate::http::json::Json;
use crate::http::permission::{Permitted, Webhooks};
use crate::http::problem::Problem;

/// A service that is told what happens, and how that goes.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Webhook)]
pub struct WebhookBody {
    /// Its address, as `hooks.after` names it.
    #[schema(example = "https://app.example/events")]
    url: String,
    /// The number of the last line of the audit log that it was told, or that it does not want; absent before the server has
    /// run with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    told_up_to: Option<i64>,
    /// How many lines the log has after that one.
    backlog: i64,
    /// How often the next of them could not be delivered; after 24 failures it is passed over.
    attempts: u32,
    /// When it is tried again; absent while nothing stands in the way.
    #[schema(format = DateTime)]
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_at: Option<String>,
    /// When it last took what it was told.
    #[schema(format = DateTime)]
    #[serde(skip_serializing_if = "Option::is_none")]
    last_success_at: Option<String>,
    /// When it last did not.
    #[schema(format = DateTime)]
    #[serde(skip_serializing_if = "Option::is_none")]
    last_failure_at: Option<String>,
    /// What went wrong then.
    #[serde(skip_serializing_if = "String::is_empty")]
    last_error: String,
}

impl From<ListenerState> for WebhookBody {
    fn from(state: ListenerState) -> Self {
        let ListenerState { name: url, cursor, backlog } = state;
        let cursor = cursor.as_ref();
        let retry_at = cursor.filter(|cursor| cursor.attempts > 0).map(|cursor| cursor.retry_at);
        let text = |at: Option<Timestamp>| at.map(|at| at.to_string());
        Self {
            url,
            told_up_to: cursor.map(|cursor| cursor.seq),
            backlog,
            attempts: cursor.map_or(0, |cursor| cursor.attempts),
            retry_at: text(retry_at),
            last_success_at: text(cursor.and_then(|cursor| cursor.told_at)),
            last_failure_at: text(cursor.and_then(|cursor| cursor.failed_at)),
            last_error: cursor.map(|cursor| cursor.last_error.clone()).unwrap_or_default(),
        }
    }
}

impl WebhookBody {
    /// A line of a table: address, backlog, attempts, last success, last failure, what went wrong.
    pub(crate) fn cells(&self) -> [String; 6] {
        let or_never = |text: &Option<String>| text.clone().unwrap_or_else(|| "never".to_owned());
        [
            self.url.clone(),
            self.backlog.to_string(),
            self.attempts.to_string(),
            or_never(&self.last_success_at),
            or_never(&self.last_failure_at),
            self.last_error.clone(),
        ]
    }
}

/// List webhooks
///
/// The services of `hooks.after`, each with how far it has been told and what stood in the way. Those that are asked before
/// something happens keep nothing: what they do not answer is refused or let pass at once.
#[utoipa::path(
    get, operation_id = "admin_list_webhooks", path = "/api/v1/admin/webhooks", tag = "admin",
    security(("bearer" = ["admin:webhooks"]), ("cookie" = ["admin:webhooks"]), ("api_key" = ["admin:webhooks"])),
    responses((status = OK, description = "The services.", body = Vec<WebhookBody>))
)]
pub async fn list(
    State(app): State<AppState>,
    _who: Permitted<Webhooks>,
) -> Result<Json<Vec<WebhookBody>>, Problem> {
    let listeners = app.core.listeners().await?;
    Ok(Json(listeners.into_iter().map(WebhookBody::from).collect()))
}
