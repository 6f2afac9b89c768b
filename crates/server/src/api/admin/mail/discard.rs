//! `DELETE /api/v1/admin/mail/{id}`: takes a mail out of the queue.

use axum::extract::State;
use doorward_core::MailId;
use http::StatusCode;

use crate::app::AppState;
use crate::http::extract::{Caller, Id};
use crate::http::permission::{self, Permitted};
use crate::http::problem::Problem;

/// Discard a mail
///
/// Takes it out of the queue, and makes the link in it worthless.
#[utoipa::path(
    delete, operation_id = "admin_discard_mail", path = "/api/v1/admin/mail/{id}", tag = "admin",
    security(("bearer" = ["admin:mail"]), ("cookie" = ["admin:mail"]), ("api_key" = ["admin:mail"])),
    params(("id" = String, Path, format = Uuid, description = "The mail.")),
    responses((status = NO_CONTENT, description = "It is gone."))
)]
pub async fn discard(
    State(app): State<AppState>,
    Permitted(who, _): Permitted<permission::Mail>,
    Id(id): Id<MailId>,
    Caller(client): Caller,
) -> Result<StatusCode, Problem> {
    app.core.discard_mail(id, Some(&who), &client).await?;
    Ok(StatusCode::NO_CONTENT)
}
