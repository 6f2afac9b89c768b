//! For clients of OAuth 2.1 and OpenID Connect: logins through the browser, tokens, who has signed in; what a token is worth, the end of
//! one, and where all of this is.
//!
//! What goes through browsers are pages ([`authorize`], [`sign_in`], [`second_factor`], [`upstream`], [`consent`], [`log_out`]) and is not in the
//! description of the API.

mod authorize;
mod consent;
pub mod introspect;
mod log_out;
pub mod metadata;
mod page;
mod passkey;
mod request;
pub mod revoke;
mod second_factor;
mod sign_in;
mod token;
mod upstream;
pub mod userinfo;

use axum::Router;
use axum::routing::{get, post};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::AppState;

/// Where browsers are brought by applications.
const AUTHORIZE: &str = "/oauth2/authorize";
/// Where codes and refresh tokens are exchanged.
const TOKEN: &str = "/oauth2/token";
/// Where it is told who has signed in.
const USERINFO: &str = "/oauth2/userinfo";
/// Where browsers are brought to sign out.
const LOGOUT: &str = "/oauth2/logout";
/// Where the worth of a token is asked for.
const INTROSPECT: &str = "/oauth2/introspect";
/// Where tokens are ended.
const REVOKE: &str = "/oauth2/revoke";

pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(introspect::introspect))
        .routes(routes!(revoke::revoke))
        .routes(routes!(userinfo::userinfo, userinfo::userinfo_by_post))
        .routes(routes!(metadata::metadata))
        .routes(routes!(metadata::openid_configuration))
}

/// What goes through browsers, and the exchange of what came through them.
pub(crate) fn pages() -> Router<AppState> {
    Router::new()
        .route(AUTHORIZE, get(authorize::authorize).post(authorize::authorize_by_form))
        .route("/oauth2/login", post(sign_in::sign_in))
        .route("/oauth2/passkey", post(passkey::sign_in))
        .route("/oauth2/passkey.js", get(passkey::script))
        .route("/oauth2/login/{provider}", get(upstream::begin))
        .route("/oauth2/login/{provider}/callback", get(upstream::come_back))
        .route("/oauth2/second-factor", post(second_factor::second_factor))
        .route("/oauth2/consent", post(consent::consent))
        .route(LOGOUT, get(log_out::log_out).post(log_out::confirm))
        .route(TOKEN, post(token::token))
}
