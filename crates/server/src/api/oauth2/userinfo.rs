//! `GET` and `POST /oauth2/userinfo`: who has signed in (OpenID Connect Core §5.3).

use axum::extract::State;
use doorward_core::UserId;
use doorward_core::oauth::Told;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::AppState;
use crate::http::credential::Holder;
use crate::http::json::Json;
use crate::http::problem::Problem;

/// Who it is, as far as the application may know.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UserInfo)]
pub struct UserInfoBody {
    /// The account, for ever.
    #[schema(value_type = String, format = Uuid)]
    sub: UserId,
    /// The name to show; with the scope `profile`.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// The user name; with `profile`.
    #[serde(skip_serializing_if = "Option::is_none")]
    preferred_username: Option<String>,
    /// Where a picture is; with `profile`.
    #[serde(skip_serializing_if = "Option::is_none")]
    picture: Option<String>,
    /// When any of it last changed, in seconds since 1970; with `profile`.
    #[serde(skip_serializing_if = "Option::is_none")]
    updated_at: Option<i64>,
    /// The address; with the scope `email`.
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    /// Whether its owner has proved that it is theirs; with `email`.
    #[serde(skip_serializing_if = "Option::is_none")]
    email_verified: Option<bool>,
}

impl From<Told> for UserInfoBody {
    fn from(Told { user, profile, email }: Told) -> Self {
        let username = user.username.filter(|_| profile);
        Self {
            sub: user.id,
            name: user.profile.name.filter(|_| profile),
            preferred_username: username.map(|name| name.as_str().to_owned()),
            picture: user.profile.picture.filter(|_| profile),
            updated_at: profile.then(|| user.updated_at.as_seconds()),
            email: email.then(|| user.email.as_str().to_owned()),
            email_verified: email.then_some(user.is_verified),
        }
    }
}

/// Who has signed in
///
/// For applications (OpenID Connect): what the scopes of the access token allow to be told of its owner.
#[utoipa::path(
    get, operation_id = "userinfo", path = "/oauth2/userinfo", tag = "discovery",
    security(("bearer" = ["openid"]), ("cookie" = []), ("api_key" = [])),
    responses((status = OK, description = "Who it is.", body = UserInfoBody))
)]
pub async fn userinfo(
    State(app): State<AppState>,
    Holder(who): Holder,
) -> Result<Json<UserInfoBody>, Problem> {
    Ok(Json(app.core.tell_of_owner(&who).await?.into()))
}

/// Who has signed in, asked by POST
///
/// The same; no body is read.
#[utoipa::path(
    post, operation_id = "userinfo_by_post", path = "/oauth2/userinfo", tag = "discovery",
    security(("bearer" = ["openid"]), ("cookie" = []), ("api_key" = [])),
    responses((status = OK, description = "Who it is.", body = UserInfoBody))
)]
pub async fn userinfo_by_post(app: State<AppState>, who: Holder) -> Result<Json<UserInfoBody>, Problem> {
    userinfo(app, who).await
}
