//! `GET /.well-known/oauth-authorization-server` and `/.well-known/openid-configuration`: what there is for clients of OAuth 2.1 and
//! OpenID Connect, and where (RFC 8414, OpenID Connect Discovery 1.0).
//!
//! Invariant: it names what is there and nothing else. Where tokens are signed with a shared secret nobody else could check an ID token:
//! there is no OpenID then.

use axum::extract::State;
use axum::response::IntoResponse;
use doorward_core::{Code, Error, oauth, scope};
use http::header::CACHE_CONTROL;
use serde::Serialize;
use utoipa::ToSchema;

use super::{AUTHORIZE, INTROSPECT, LOGOUT, REVOKE, TOKEN, USERINFO};
use crate::app::AppState;
use crate::http::json::Json;
use crate::http::problem::Problem;

/// How long it may be kept.
const KEPT: &str = "public, max-age=300";

type Words = &'static [&'static str];

/// What there is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ServerMetadata)]
pub struct MetadataBody {
    /// The server, as its tokens name it.
    issuer: String,
    /// Where browsers are brought for a code.
    authorization_endpoint: String,
    /// Where codes and refresh tokens are exchanged.
    token_endpoint: String,
    /// What tokens are given for.
    #[schema(value_type = Vec<String>)]
    grant_types_supported: Words,
    /// What comes back through the browser.
    #[schema(value_type = Vec<String>)]
    response_types_supported: Words,
    /// How it comes back.
    #[schema(value_type = Vec<String>)]
    response_modes_supported: Words,
    /// How an application proves that the code is its own; it has to.
    #[schema(value_type = Vec<String>)]
    code_challenge_methods_supported: Words,
    /// How an application proves itself where tokens are given.
    #[schema(value_type = Vec<String>)]
    token_endpoint_auth_methods_supported: Words,
    /// Whether each answer through the browser names this server (RFC 9207).
    authorization_response_iss_parameter_supported: bool,
    /// What can be asked for.
    scopes_supported: Vec<String>,
    /// Where the keys of tokens are; absent where they are signed with a shared secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    jwks_uri: Option<String>,
    /// Where the worth of a token is asked for.
    introspection_endpoint: String,
    /// How services prove themselves there: an API key, as a password or as a bearer token.
    #[schema(value_type = Vec<String>)]
    introspection_endpoint_auth_methods_supported: Words,
    /// Where tokens are ended.
    revocation_endpoint: String,
    /// How: by the token itself.
    #[schema(value_type = Vec<String>)]
    revocation_endpoint_auth_methods_supported: Words,
    /// For whoever writes a client.
    service_documentation: String,
    /// What there is of OpenID Connect.
    #[serde(flatten)]
    openid: Option<OpenIdBody>,
}

/// What there is of OpenID Connect.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OpenIdMetadata)]
pub struct OpenIdBody {
    /// Where it is told who has signed in.
    userinfo_endpoint: String,
    /// Where browsers are brought to sign out.
    end_session_endpoint: String,
    /// What ID tokens are signed by.
    #[schema(value_type = Vec<String>)]
    id_token_signing_alg_values_supported: [&'static str; 1],
    /// Everybody has one name for all applications.
    #[schema(value_type = Vec<String>)]
    subject_types_supported: Words,
    /// What can be told of somebody.
    #[schema(value_type = Vec<String>)]
    claims_supported: Words,
    /// Whom an application can want to be asked.
    #[schema(value_type = Vec<String>)]
    prompt_values_supported: Words,
    /// Applications are told when what they were given has ended.
    backchannel_logout_supported: bool,
    /// And of which session that was.
    backchannel_logout_session_supported: bool,
    /// Requests are not taken as objects.
    request_parameter_supported: bool,
    /// Nor fetched.
    request_uri_parameter_supported: bool,
}

impl MetadataBody {
    fn of(app: &AppState) -> Self {
        let at = |path: &str| at(app, path);
        let has_keys = !app.core.jwks().keys().is_empty();
        Self {
            issuer: app.core.settings().issuer.clone(),
            authorization_endpoint: at(AUTHORIZE),
            token_endpoint: at(TOKEN),
            grant_types_supported: &["authorization_code", "refresh_token", "client_credentials"],
            response_types_supported: &["code"],
            response_modes_supported: &["query"],
            code_challenge_methods_supported: &["S256"],
            token_endpoint_auth_methods_supported: &["client_secret_basic", "client_secret_post", "none"],
            authorization_response_iss_parameter_supported: true,
            scopes_supported: scopes(app, has_keys),
            jwks_uri: has_keys.then(|| at("/.well-known/jwks.json")),
            introspection_endpoint: at(INTROSPECT),
            introspection_endpoint_auth_methods_supported: &["client_secret_basic", "Bearer"],
            revocation_endpoint: at(REVOKE),
            revocation_endpoint_auth_methods_supported: &["none"],
            service_documentation: at("/docs/"),
            openid: has_keys.then(|| OpenIdBody::of(app)),
        }
    }
}

impl OpenIdBody {
    fn of(app: &AppState) -> Self {
        Self {
            userinfo_endpoint: at(app, USERINFO),
            end_session_endpoint: at(app, LOGOUT),
            id_token_signing_alg_values_supported: [app.core.signing_algorithm().as_str()],
            subject_types_supported: &["public"],
            claims_supported: oauth::ID_TOKEN_CLAIMS,
            prompt_values_supported: &["none", "login", "consent", "select_account"],
            backchannel_logout_supported: true,
            backchannel_logout_session_supported: true,
            request_parameter_supported: false,
            request_uri_parameter_supported: false,
        }
    }
}

/// Where people find `path`.
fn at(app: &AppState, path: &str) -> String {
    format!("{}{path}", app.http.public_url)
}

/// What can be asked for: to be told of somebody, and the applications' own scopes.
fn scopes(app: &AppState, is_openid: bool) -> Vec<String> {
    let of_person = scope::OF_PERSON.iter().map(|(name, _)| *name);
    let told = of_person.filter(|name| is_openid || *name != scope::OPENID).map(str::to_owned);
    told.chain(app.core.settings().scopes.keys().cloned()).collect()
}

/// What this server offers
///
/// The metadata of an authorization server (RFC 8414).
#[utoipa::path(
    get, operation_id = "server_metadata", path = "/.well-known/oauth-authorization-server", tag = "discovery",
    responses((status = OK, description = "What there is, and where.", body = MetadataBody))
)]
pub async fn metadata(State(app): State<AppState>) -> impl IntoResponse {
    ([(CACHE_CONTROL, KEPT)], Json(MetadataBody::of(&app)))
}

/// What this server offers for logins
///
/// The metadata of an OpenID provider (OpenID Connect Discovery 1.0). Not there where tokens are signed with a shared secret.
#[utoipa::path(
    get, operation_id = "openid_configuration", path = "/.well-known/openid-configuration", tag = "discovery",
    responses((status = OK, description = "What there is, and where.", body = MetadataBody))
)]
pub async fn openid_configuration(State(app): State<AppState>) -> Result<impl IntoResponse, Problem> {
    let body = MetadataBody::of(&app);
    if body.openid.is_none() {
        let why =
            "Tokens are signed with a shared secret here, so that nobody else could check who has signed in.";
        return Err(Error::new(Code::NotFound, why).into());
    }
    Ok(([(CACHE_CONTROL, KEPT)], Json(body)))
}
