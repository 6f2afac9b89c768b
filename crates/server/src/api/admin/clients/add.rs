//! `POST /api/v1/admin/clients`: adds an application.

use axum::extract::State;
use doorward_core::Secret;
use doorward_core::oauth::{NewClient, OAuthClient};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ClientBody;
use crate::app::AppState;
use crate::http::extract::Caller;
use crate::http::json::Json;
use crate::http::permission::{Clients, Permitted};
use crate::http::problem::Problem;

/// What the application is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddClientBody {
    /// What people know it by.
    #[schema(example = "Shop", max_length = 100)]
    name: String,
    /// Where browsers may be sent with an answer: compared letter by letter, but for the port of the person's own machine.
    #[schema(example = json!(["https://shop.example/callback"]))]
    #[serde(default)]
    redirect_uris: Vec<String>,
    /// Where browsers may be sent after they have signed out.
    #[serde(default)]
    post_logout_uris: Vec<String>,
    /// Where it is told that what it was given has ended (OpenID Connect Back-Channel Logout).
    #[schema(example = "https://shop.example/logged-out")]
    backchannel_logout_uri: Option<String>,
    /// What it may ask for at most, separated by blanks; `openid profile email` when it is not given.
    scope: Option<String>,
    /// What it may do by itself, in nobody's name, separated by blanks: scopes of the configuration, `admin:introspection` and
    /// `admin:revocations`. Redirect addresses are not needed then.
    #[schema(example = "orders:read")]
    own_scope: Option<String>,
    /// Whether it can keep no secret, as in a browser or on a telephone.
    #[serde(default)]
    is_public: bool,
    /// Whether it is the operator's own: nobody is asked whether it may have what it asks for.
    #[serde(default)]
    is_trusted: bool,
}

impl From<AddClientBody> for NewClient {
    fn from(body: AddClientBody) -> Self {
        Self {
            name: body.name,
            is_public: body.is_public,
            redirect_uris: body.redirect_uris,
            post_logout_uris: body.post_logout_uris,
            logout_uri: body.backchannel_logout_uri,
            scope: body.scope,
            own_scope: body.own_scope,
            is_trusted: body.is_trusted,
        }
    }
}

/// An application that was added.
#[derive(Serialize, ToSchema)]
#[expect(missing_debug_implementations, reason = "secrets are not printed")]
#[schema(as = AddedClient)]
pub struct AddedClientBody {
    #[serde(flatten)]
    client: ClientBody,
    /// Its secret, shown this once; absent for a public one.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<String>,
}

impl AddedClientBody {
    /// `client` with its secret.
    pub(crate) fn new(client: &OAuthClient, secret: Option<&Secret<String>>) -> Self {
        Self { client: client.into(), client_secret: secret.map(|secret| secret.expose().clone()) }
    }
}

/// Add an application
///
/// People sign in to it with their account here (OAuth 2.1, OpenID Connect).
#[utoipa::path(
    post, operation_id = "admin_add_client", path = "/api/v1/admin/clients", tag = "admin", request_body = AddClientBody,
    security(("bearer" = ["admin:clients"]), ("cookie" = ["admin:clients"]), ("api_key" = ["admin:clients"])),
    responses((status = CREATED, description = "The application, with its secret.", body = AddedClientBody))
)]
pub async fn add(
    State(app): State<AppState>,
    Permitted(who, _): Permitted<Clients>,
    Caller(client): Caller,
    Json(body): Json<AddClientBody>,
) -> Result<(StatusCode, Json<AddedClientBody>), Problem> {
    let (added, secret) = app.core.add_client(&who, body.into(), &client).await?;
    Ok((StatusCode::CREATED, Json(AddedClientBody::new(&added, secret.as_ref()))))
}
