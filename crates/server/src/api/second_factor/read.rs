//! `GET /api/v1/me/second-factor`: whether the caller has one.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::AppState;
use crate::http::credential::CurrentUser;
use crate::http::json::Json;
use crate::http::problem::Problem;

/// The second factor of an account.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SecondFactor)]
pub struct SecondFactorView {
    /// Whether a code is asked for after the password.
    is_set_up: bool,
    /// When it was set up; absent: never.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    since: Option<String>,
    /// How many recovery codes were not used yet.
    recovery_codes_left: usize,
}

/// Read your second factor
#[utoipa::path(
    get, operation_id = "read_second_factor", path = "/api/v1/me/second-factor", tag = "accounts",
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = OK, description = "Whether there is one.", body = SecondFactorView))
)]
pub async fn read(
    State(app): State<AppState>,
    CurrentUser(who): CurrentUser,
) -> Result<Json<SecondFactorView>, Problem> {
    let found = app.core.second_factor(&who).await?;
    Ok(Json(SecondFactorView {
        is_set_up: found.is_some(),
        since: found.map(|factor| factor.since.to_string()),
        recovery_codes_left: found.map_or(0, |factor| factor.recovery_codes_left),
    }))
}
