//! `PATCH /api/v1/me`: changes what the caller's account tells.

use axum::extract::State;
use doorward_core::account::ProfilePatch;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::api::users::UserBody;
use crate::app::AppState;
use crate::http::credential::CurrentUser;
use crate::http::extract::Caller;
use crate::http::json::Json;
use crate::http::problem::Problem;

/// What is to change: what is left out stays, null takes away.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateBody {
    /// A name to log in with beside the address.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, min_length = 2, max_length = 64)]
    username: Option<Option<String>>,
    /// The name to show.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 200)]
    name: Option<Option<String>>,
    /// A few words.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 2000)]
    bio: Option<Option<String>>,
    /// Where a picture is.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 2000)]
    profile_picture: Option<Option<String>>,
    /// Members to set; those that are null go.
    #[serde(default)]
    metadata: Map<String, Value>,
    /// Declared fields to set; those that are null go.
    #[serde(default)]
    fields: Map<String, Value>,
}

/// Tells null from nothing.
fn given<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Option<String>>, D::Error> {
    Option::<String>::deserialize(input).map(Some)
}

impl From<UpdateBody> for ProfilePatch {
    fn from(body: UpdateBody) -> Self {
        Self {
            username: body.username,
            name: body.name,
            bio: body.bio,
            picture: body.profile_picture,
            metadata: body.metadata,
            fields: body.fields,
        }
    }
}

/// Change your profile
///
/// The address and the password have routes of their own.
#[utoipa::path(
    patch, operation_id = "update_profile", path = "/api/v1/me", tag = "accounts", request_body = UpdateBody,
    security(("bearer" = []), ("cookie" = [])),
    responses((status = OK, description = "The account.", body = UserBody))
)]
pub async fn update(
    State(app): State<AppState>,
    CurrentUser(who): CurrentUser,
    Caller(client): Caller,
    Json(body): Json<UpdateBody>,
) -> Result<Json<UserBody>, Problem> {
    Ok(Json(app.core.change_profile(&who, body.into(), &client).await?.into()))
}
