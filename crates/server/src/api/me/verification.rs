//! `GET /api/v1/me/email-verification`: how the address of the caller's account stands.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::AppState;
use crate::http::credential::CurrentUser;
use crate::http::json::Json;
use crate::http::problem::Problem;

/// How an address stands.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EmailVerification)]
pub struct VerificationBody {
    /// The address, as written.
    email: String,
    /// Whether it has been proved.
    is_verified: bool,
    /// Whether it has to be before the next login.
    is_required: bool,
    /// Until when the mail that was sent last can be used.
    #[schema(format = DateTime)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pending_until: Option<String>,
}

/// See whether your address is verified
#[utoipa::path(
    get, operation_id = "verification", path = "/api/v1/me/email-verification", tag = "accounts",
    security(("bearer" = []), ("cookie" = [])),
    responses((status = OK, description = "How the address stands.", body = VerificationBody))
)]
pub async fn verification(
    State(app): State<AppState>,
    CurrentUser(who): CurrentUser,
) -> Result<Json<VerificationBody>, Problem> {
    let found = app.core.verification(&who).await?;
    Ok(Json(VerificationBody {
        email: found.email.as_str().to_owned(),
        is_verified: found.is_verified,
        is_required: found.is_required,
        pending_until: found.pending_until.map(|until| until.to_string()),
    }))
}
