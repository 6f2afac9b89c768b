//! `POST /api/v1/admin/users`: invites somebody.

use axum::extract::State;
use doorward_core::account::Invitation;
use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::api::users::UserBody;
use crate::app::AppState;
use crate::http::extract::Caller;
use crate::http::json::Json;
use crate::http::permission::{Permitted, Users};
use crate::http::problem::Problem;

/// Who is invited.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InviteBody {
    /// The address; the invitation goes there.
    #[schema(format = Email, max_length = 254)]
    email: String,
    /// A name to log in with beside the address.
    #[schema(min_length = 2, max_length = 64)]
    username: Option<String>,
    /// The name to show.
    #[schema(max_length = 200)]
    name: Option<String>,
}

/// Invite somebody
///
/// Makes an account and mails a link to choose its password; using it proves the address.
#[utoipa::path(
    post, operation_id = "admin_invite_user", path = "/api/v1/admin/users", tag = "admin", request_body = InviteBody,
    security(("bearer" = ["admin:users"]), ("cookie" = ["admin:users"]), ("api_key" = ["admin:users"])),
    responses((status = CREATED, description = "The account; a mail is on its way.", body = UserBody))
)]
pub async fn invite(
    State(app): State<AppState>,
    Permitted(who, _): Permitted<Users>,
    Caller(client): Caller,
    Json(body): Json<InviteBody>,
) -> Result<(StatusCode, Json<UserBody>), Problem> {
    let invitation = Invitation { email: body.email, username: body.username, name: body.name };
    let user = app.core.invite(&who, invitation, &client).await?;
    Ok((StatusCode::CREATED, Json(user.into())))
}
