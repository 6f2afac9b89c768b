//! `/auth/{provider}`: logins with the providers of the configuration.
//!
//! The guards send the browser to the provider and take it back, with state, nonce and PKCE in a sealed cookie of its own; what
//! they have proved becomes a session here.
//!
//! Invariant: an address never decides whose account it is; the provider's own name for somebody does.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use doorward_core::port::ProvenIdentity;
use doorward_core::{Code, Error};
use doorward_guard::guards::{OAuth2, Oidc, Registration, google};
use doorward_guard::{
    BuildError, Guards, GuardsBuilder, Reason, SealKey, Sessions, User, UserInfo, UserPatch, get as on_get,
};
use http::StatusCode;
use serde_json::{Map, Value};

use super::{answer, cookies};
use crate::app::AppState;
use crate::config::{ProviderConfig, ProviderKind};
use crate::http::extract::Caller;

/// How long a browser may take from the provider's answer to its session here: it is one request.
const BRIEF: Duration = Duration::from_secs(60);
/// What the provider answers for.
const VERIFIED: &str = "email_verified";

/// The routes, where there are providers.
///
/// # Errors
/// [`BuildError`] when a provider is set up in a way that cannot work.
pub(super) fn routes(state: &AppState) -> Result<Router<AppState>, BuildError> {
    let providers = &state.http.providers;
    if providers.is_empty() {
        return Ok(Router::new());
    }
    let sessions = Sessions::sealed(SealKey::from_bytes(*state.core.login_key().expose()));
    let sessions = sessions.cookie("doorward-provider").idle(BRIEF).absolute(BRIEF);
    let guards = providers.iter().fold(Guards::builder(), |guards, provider| add(guards, provider, state));
    let guards = guards.sessions(sessions).build()?;
    let router = Router::new()
        .route("/auth/{provider}", get(come_in))
        .fallback(answer::not_found)
        .with_state(state.clone());
    // Around all of it: what led to the login is answered in place of the provider's callback.
    Ok(Router::new().route_service("/auth/{*below}", guards.around(router)))
}

fn add(guards: GuardsBuilder, provider: &ProviderConfig, state: &AppState) -> GuardsBuilder {
    let (name, secret) = (&*provider.name, provider.client_secret.expose().as_str());
    let callback = format!("{}/auth/{name}/callback", state.http.public_url);
    let ours = Registration::new(provider.client_id.as_str(), secret, &callback);
    let guards = match &provider.kind {
        ProviderKind::Google => guards.guard(name, open_id(google(ours), name)),
        ProviderKind::OpenId(issuer) => guards.guard(name, open_id(Oidc::new(issuer, ours), name)),
        ProviderKind::Facebook => guards.guard(name, facebook(ours)),
    };
    guards.rule(on_get(), &format!("/auth/{name}"), name)
}

fn open_id(provider: Oidc, name: &str) -> Oidc {
    provider.service_name(name).scopes(["email", "profile"]).request_user_info().user_info(told)
}

fn facebook(ours: Registration) -> OAuth2 {
    let (dialog, token) =
        ("https://www.facebook.com/dialog/oauth", "https://graph.facebook.com/oauth/access_token");
    OAuth2::new(dialog, token, ours)
        .service_name("facebook")
        .scopes(["email"])
        .user_at("https://graph.facebook.com/me?fields=id,name,email", |record| facebook_user(&record))
}

/// The record of a user as Facebook writes it.
fn facebook_user(record: &Map<String, Value>) -> Option<UserInfo> {
    let text = |name: &str| record.get(name).and_then(Value::as_str).map(str::to_owned);
    let user = UserInfo::new("facebook", text("id")?).with_name(|name| name.display = text("name"));
    Some(text("email").into_iter().fold(user, UserInfo::with_email))
}

/// Keeps whether the provider answers for the address.
async fn told(user: Arc<UserInfo>) -> Result<UserPatch, Reason> {
    let is_verified = user.raw.get(VERIFIED).cloned().unwrap_or(Value::Bool(false));
    Ok(UserPatch { extra: Map::from_iter([(VERIFIED.to_owned(), is_verified)]), ..UserPatch::default() })
}

/// Somebody has come back from the provider.
async fn come_in(State(app): State<AppState>, Caller(client): Caller, user: Option<User>) -> Response {
    let Some(user) = user else { return answer::not_found().await.into_response() };
    // The rule of a provider's path asks for its guard, and no other.
    let (provider, info) = (user.guard(), user.info());
    let Some(email) = info.emails.first() else {
        return page(StatusCode::BAD_REQUEST, "The provider tells no email address of you.");
    };
    let identity = ProvenIdentity::Outside {
        subject: info.id.clone(),
        email: email.address().to_owned(),
        is_email_verified: info.extra.get(VERIFIED) == Some(&Value::Bool(true)),
        name: info.name.display.clone(),
    };
    let signed_in = app.core.login_as(provider, identity, true, &client).await;
    app.metrics.note_login(signed_in.as_ref().err().map(Error::code));
    match signed_in {
        Ok(signed_in) => {
            let home = app.http.dialects.authx.base_url.as_deref().unwrap_or("/");
            cookies::given(&app, &signed_in, Redirect::to(home))
        }
        Err(error) => refusal(error),
    }
}

fn refusal(error: Error) -> Response {
    match error.code() {
        Code::EmailTaken => page(StatusCode::UNAUTHORIZED, "Email already exists"),
        Code::AccountDisabled => page(StatusCode::UNAUTHORIZED, "User is banned"),
        Code::InvalidEmail => page(StatusCode::BAD_REQUEST, "The provider tells no email address of you."),
        _ => answer::Refused::from(error).into_response(),
    }
}

/// A page for people; `text` is the server's own.
fn page(status: StatusCode, text: &'static str) -> Response {
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{text}</title><p>{text}</p></html>"
    );
    (status, Html(page)).into_response()
}
