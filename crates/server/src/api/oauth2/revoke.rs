//! `POST /oauth2/revoke`: ends what a token opens (RFC 7009).

use axum::extract::State;
use http::StatusCode;

use super::introspect::TokenForm;
use crate::app::AppState;
use crate::http::extract::Caller;
use crate::http::form::Form;
use crate::http::problem::Problem;

/// End a token
///
/// Ends the session of an access or refresh token, or an API key; the very next request is refused. Whoever holds a token may end it, so
/// no other credential is asked for, and none is looked at. The answer is the same whatever the token was.
#[utoipa::path(
    post, operation_id = "revoke_token", path = "/oauth2/revoke", tag = "sessions",
    request_body(content = TokenForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = OK, description = "It is ended now, whatever it was before."))
)]
pub async fn revoke(
    State(app): State<AppState>,
    Caller(client): Caller,
    form: Form,
) -> Result<StatusCode, Problem> {
    app.core.revoke(&form.only("token")?, &client).await?;
    Ok(StatusCode::OK)
}
