//! `/auth/{provider}`: logins with the providers of the configuration.
//!
//! The guards send the browser to the provider and take it back, with state, nonce and PKCE in a sealed cookie of its own; what
//! they have proved becomes a session here.
//!
//! Invariant: an address never decides whose account it is; the provider's own name for somebody does.

use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use doorward_core::{Code, Error};
use doorward_guard::{BuildError, Guards, GuardsBuilder, SealKey, Sessions, User, get as on_get};
use http::StatusCode;

use super::{answer, cookies};
use crate::app::AppState;
use crate::config::ProviderConfig;
use crate::http::extract::Caller;
use crate::upstream;

/// How long a browser may take from the provider's answer to its session here: it is one request.
const BRIEF: Duration = Duration::from_secs(60);

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
    let name = &*provider.name;
    let callback = format!("{}/auth/{name}/callback", state.http.public_url);
    let guards = guards.shared_guard(name, upstream::guard(provider, &callback));
    guards.rule(on_get(), &format!("/auth/{name}"), name)
}

/// Somebody has come back from the provider.
async fn come_in(State(app): State<AppState>, Caller(client): Caller, user: Option<User>) -> Response {
    let Some(user) = user else { return answer::not_found().await.into_response() };
    // The rule of a provider's path asks for its guard, and no other.
    let (provider, identity) = (user.guard(), upstream::identity(user.info()));
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
