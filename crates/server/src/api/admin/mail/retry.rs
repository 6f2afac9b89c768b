//! `POST /api/v1/admin/mail/{id}/retry`: tries a mail at once.

use axum::extract::State;
use doorward_core::MailId;
use http::StatusCode;

use crate::app::AppState;
use crate::http::extract::{Caller, Id};
use crate::http::permission::{self, Permitted};
use crate::http::problem::Problem;

/// Try a mail at once
///
/// One that waits, or was given up.
#[utoipa::path(
    post, operation_id = "admin_retry_mail", path = "/api/v1/admin/mail/{id}/retry", tag = "admin",
    security(("bearer" = ["admin:mail"]), ("cookie" = ["admin:mail"]), ("api_key" = ["admin:mail"])),
    params(("id" = String, Path, format = Uuid, description = "The mail.")),
    responses((status = NO_CONTENT, description = "It is due."))
)]
pub async fn retry(
    State(app): State<AppState>,
    Permitted(who, _): Permitted<permission::Mail>,
    Id(id): Id<MailId>,
    Caller(client): Caller,
) -> Result<StatusCode, Problem> {
    app.core.retry_mail(id, Some(&who), &client).await?;
    Ok(StatusCode::NO_CONTENT)
}
