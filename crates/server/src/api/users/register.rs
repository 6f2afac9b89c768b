//! `POST /api/v1/users`: makes an account.

use axum::extract::State;
use doorward_core::Secret;
use doorward_core::account::{Profile, Registration};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::UserBody;
use crate::app::AppState;
use crate::http::extract::Caller;
use crate::http::json::Json;
use crate::http::problem::Problem;

/// What a new account begins with.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RegisterBody {
    /// The address; one account per address, in whatever spelling.
    #[schema(format = Email, example = "ada@example.com", max_length = 254)]
    email: String,
    /// A name to log in with beside the address: 2 to 64 letters, digits, `-`, `_` and `.`.
    #[schema(example = "ada", min_length = 2, max_length = 64)]
    username: Option<String>,
    /// The password: 8 to 128 characters unless the operator asks for more.
    #[schema(value_type = String, format = Password, min_length = 8, example = "correct horse battery")]
    password: Secret<String>,
    /// The name to show.
    #[schema(max_length = 200)]
    name: Option<String>,
    /// A few words.
    #[schema(max_length = 2000)]
    bio: Option<String>,
    /// Where a picture is.
    #[schema(max_length = 2000)]
    profile_picture: Option<String>,
    /// Whatever the application keeps with the account: 8 KiB of JSON at most.
    #[serde(default)]
    metadata: Map<String, Value>,
    /// The solution of a captcha, where the operator asks for one.
    captcha: Option<String>,
    /// The fields that the operator has declared.
    #[serde(default)]
    fields: Map<String, Value>,
}

/// Register
///
/// Makes an account. Log in to get tokens for it.
#[utoipa::path(
    post, path = "/api/v1/users", tag = "accounts", request_body = RegisterBody,
    responses((status = CREATED, description = "The account was made.", body = UserBody))
)]
pub async fn register(
    State(app): State<AppState>,
    Caller(client): Caller,
    Json(body): Json<RegisterBody>,
) -> Result<(StatusCode, Json<UserBody>), Problem> {
    let RegisterBody { name, bio, profile_picture: picture, metadata, fields, .. } = body;
    let profile = Profile { name, bio, picture, metadata, fields };
    let registration = Registration {
        email: body.email,
        username: body.username,
        password: body.password,
        profile,
        captcha: body.captcha,
    };
    let user = app.core.register(registration, &client).await?;
    Ok((StatusCode::CREATED, Json(user.into())))
}
