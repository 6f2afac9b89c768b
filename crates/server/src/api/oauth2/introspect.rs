//! `POST /oauth2/introspect`: what a token is worth, told to services that ask (RFC 7662).

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use doorward_core::session::Introspected;
use doorward_core::settings::Settings;
use doorward_core::{SessionId, UserId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::AppState;
use crate::http::form::Form;
use crate::http::json::{self, Json};
use crate::http::permission::{Introspection, Permitted};
use crate::http::problem::Problem;

/// The answer about whatever does not count: it tells nothing else.
const INACTIVE: &str = r#"{"active":false}"#;

/// The form.
#[derive(ToSchema)]
#[expect(dead_code, missing_debug_implementations, reason = "describes the form, and tokens are not printed")]
#[schema(as = IntrospectionRequest)]
pub struct TokenForm {
    /// An access token or an API key.
    token: String,
    /// Is not needed and makes no difference.
    token_type_hint: Option<String>,
}

/// What the token is worth. Of one that does not count, `active` is there and nothing else.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Introspection)]
pub struct IntrospectionBody {
    /// Whether it counts at this moment: the signature is right, it is not over, its session lives, its account may be used.
    active: bool,
    /// What it may be used for at this moment, separated by blanks.
    #[serde(skip_serializing_if = "String::is_empty")]
    scope: String,
    /// As in access tokens: the application it was given to; the audience for its owner's own.
    #[serde(skip_serializing_if = "str::is_empty")]
    client_id: String,
    /// The user name of the account, or its address where it has none.
    username: String,
    /// Always `Bearer`.
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// When it ends, in seconds since 1970; absent for an API key that has no end.
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<i64>,
    /// When it was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    iat: Option<i64>,
    /// Since when it counts: as `iat`.
    #[serde(skip_serializing_if = "Option::is_none")]
    nbf: Option<i64>,
    /// The account.
    #[schema(value_type = String, format = Uuid)]
    sub: UserId,
    /// For whom tokens of this server are.
    #[serde(skip_serializing_if = "str::is_empty")]
    aud: String,
    /// This server, as its tokens name it.
    iss: String,
    /// The token, or the API key.
    #[serde(skip_serializing_if = "Option::is_none")]
    jti: Option<String>,
    /// The session; absent for an API key.
    #[schema(value_type = Option<String>, format = Uuid)]
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<SessionId>,
}

impl IntrospectionBody {
    fn new(found: &Introspected, settings: &Settings) -> Self {
        let issued_at = found.issued_at().map(|at| at.as_seconds());
        Self {
            active: true,
            scope: found.scopes.to_string(),
            client_id: found
                .who
                .client
                .map_or_else(|| settings.audience.clone(), |client| client.to_string()),
            token_type: "Bearer",
            exp: found.who.ends_at().map(|at| at.as_seconds()),
            iat: issued_at,
            nbf: issued_at,
            sub: found.who.user_id,
            aud: settings.audience.clone(),
            iss: settings.issuer.clone(),
            jti: found.id(),
            sid: found.who.session_id,
            username: found.name.as_ref().to_owned(),
        }
    }
}

/// Ask what a token is worth
///
/// For services (RFC 7662), which show an API key: as the password of `Basic` with any name, as a bearer token, or in `X-API-Key`. Needs
/// the scope `admin:introspection`. Refresh tokens never count here.
#[utoipa::path(
    post, operation_id = "introspect_token", path = "/oauth2/introspect", tag = "discovery",
    security(("service" = []), ("bearer" = []), ("api_key" = [])),
    request_body(content = TokenForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = OK, description = "What it is worth.", body = IntrospectionBody))
)]
pub async fn introspect(
    State(app): State<AppState>,
    Permitted(_service, _): Permitted<Introspection>,
    form: Form,
) -> Result<Response, Problem> {
    let found = app.core.introspect(form.only("token")?.expose()).await?;
    Ok(match found {
        Some(found) => Json(IntrospectionBody::new(&found, &app.core.settings())).into_response(),
        None => json::written(INACTIVE),
    })
}
