//! `POST /api/v1/admin/webhooks/retry`: tell at once what waits to be told again.

use axum::extract::State;
use http::StatusCode;

use crate::app::AppState;
use crate::http::extract::Caller;
use crate::http::permission::{Permitted, Webhooks};
use crate::http::problem::Problem;

/// Try webhooks at once
///
/// Services that could not be told are tried again within a second rather than after the while they are given.
#[utoipa::path(
    post, operation_id = "admin_retry_webhooks", path = "/api/v1/admin/webhooks/retry", tag = "admin",
    security(("bearer" = ["admin:webhooks"]), ("cookie" = ["admin:webhooks"]), ("api_key" = ["admin:webhooks"])),
    responses((status = NO_CONTENT, description = "They are due."))
)]
pub async fn retry(
    State(app): State<AppState>,
    Permitted(who, _): Permitted<Webhooks>,
    Caller(client): Caller,
) -> Result<StatusCode, Problem> {
    app.core.retry_listeners(&who, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}
