//! The guards that every host has: the browser's login there, and an account's credentials.
//!
//! A browser's login counts only where no page of another site can have sent it. Tokens of applications are a guard of their own: their
//! owners have agreed to scopes, not to hosts.

use std::sync::Arc;

use doorward_core::forward::GuardedHost;
use doorward_core::{Code, Error, Principal};
use doorward_guard::{
    Challenge, Guard, GuardRequest, GuardsBuilder, Identity, Outcome, ScopeSet, Sent, Soon, UserInfo, Why,
};
use futures_util::FutureExt;
use http::HeaderName;
use http::header::{ORIGIN, SEC_WEBSOCKET_KEY};
use http::request::Parts;

use super::enter::COOKIE;
use crate::app::AppState;
use crate::config::GuardedHostConfig;
use crate::http::guards::{Account, Credential, refused};
use crate::http::{cookie, origin};

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
/// The guard that a browser can be sent to sign in for.
pub(super) const SESSION: &str = "session";

/// `builder` with the guards of a host, but for those that its file, `own`, describes itself.
pub(super) fn add(
    builder: GuardsBuilder,
    state: &AppState,
    config: &GuardedHostConfig,
    known: &GuardedHost,
    own: &toml::Table,
) -> GuardsBuilder {
    let is_ours = |name: &str| {
        let kind = own.get("guards").and_then(|guards| guards.get(name)?.get("type"));
        kind.and_then(toml::Value::as_str) == Some("code")
    };
    let token = |kind: Kind, credential: Credential| Token {
        account: Account::new(state, credential),
        state: state.clone(),
        realm: config.host.clone(),
        kind,
    };
    let session =
        Login { state: state.clone(), known: known.clone(), allowed_origins: config.allowed_origins.clone() };
    let guards: [(&'static str, Arc<dyn Guard>); 5] = [
        (SESSION, Arc::new(session)),
        ("bearer", Arc::new(token(Kind::Bearer, Credential::Bearer))),
        ("api_key", Arc::new(token(Kind::ApiKey, Credential::ApiKey))),
        ("basic", Arc::new(token(Kind::Basic, Credential::Service))),
        ("application", Arc::new(token(Kind::Application, Credential::Bearer))),
    ];
    let ours = guards.into_iter().filter(|(name, _)| is_ours(name));
    ours.fold(builder, |builder, (name, guard)| builder.shared_guard(name, guard))
}

/// The caller, with what they may do at this moment.
fn identity(state: &AppState, who: Arc<Principal>) -> Identity {
    let scopes: Vec<String> = state.core.scopes_of(&who).iter().map(str::to_owned).collect();
    let user = UserInfo::new("doorward", who.user_id.to_string()).with_scopes(ScopeSet::from(scopes));
    Identity::new(user).with_data::<Principal>(who)
}

/// The browser's login at the host.
struct Login {
    state: AppState,
    known: GuardedHost,
    allowed_origins: Vec<String>,
}

impl Guard for Login {
    fn check(&self, request: &GuardRequest<'_>) -> Soon<Outcome> {
        let value = match cookie::named(request.headers(), COOKIE) {
            Ok(Some(value)) => value,
            Ok(None) => return Outcome::Missing.into(),
            Err(error) => return refused(error, &self.state).into(),
        };
        if !self.is_own(request.parts()) {
            return refused(Code::CrossSite.into(), &self.state).into();
        }
        let found = {
            let look = self.state.core.authenticate_at(self.known.id(), value);
            look.now_or_never()
        };
        if let Some(found) = found {
            return passed(&self.state, found).into();
        }
        let (state, host, value) = (self.state.clone(), self.known.id(), value.to_owned());
        Soon::later(async move { passed(&state, state.core.authenticate_at(host, &value).await) })
    }

    fn challenge(&self, _: Why, _: &ScopeSet) -> Option<Challenge> {
        Some(Challenge::new("Cookie").with("realm", self.known.origin.clone()))
    }
}

impl Login {
    /// Whether no page of another site can have sent the request, or it only reads. A websocket is no reading: its page hears the answers.
    fn is_own(&self, parts: &Parts) -> bool {
        if parts.method.is_safe() && !parts.headers.contains_key(SEC_WEBSOCKET_KEY) {
            return true;
        }
        let origin = parts.headers.get(ORIGIN);
        let is_listed = origin.and_then(|origin| origin.to_str().ok()).is_some_and(|origin| {
            origin == self.known.origin || origin::is_listed(&self.allowed_origins, origin)
        });
        let is_same = match parts.headers.get(FETCH_SITE) {
            Some(site) => site == "same-origin" || site == "none",
            None => origin.is_none(),
        };
        is_listed || is_same
    }
}

fn passed(state: &AppState, found: Result<Arc<Principal>, Error>) -> Outcome {
    match found {
        Ok(who) => {
            state.metrics.note_token_check(None);
            Outcome::Pass(identity(state, who))
        }
        Err(error) => refused(error, state),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Bearer,
    ApiKey,
    Basic,
    Application,
}

/// A credential of an account, as the API takes it.
struct Token {
    account: Account,
    state: AppState,
    realm: String,
    kind: Kind,
}

impl Guard for Token {
    fn check(&self, request: &GuardRequest<'_>) -> Soon<Outcome> {
        let is_basic = |sent: &Sent<_>| matches!(sent, Sent::Once(doorward_guard::Authorization { scheme, .. }) if scheme.eq_ignore_ascii_case("Basic"));
        if (self.kind == Kind::Basic) != is_basic(&request.authorization()) && self.kind != Kind::ApiKey {
            return Outcome::Missing.into();
        }
        match self.account.check(request) {
            Soon::Now(outcome) => told(&self.state, self.kind, outcome).into(),
            Soon::Later(waiting) => {
                let (state, kind) = (self.state.clone(), self.kind);
                Soon::later(async move { told(&state, kind, waiting.await) })
            }
        }
    }

    fn challenge(&self, why: Why, needed: &ScopeSet) -> Option<Challenge> {
        let realm = self.realm.clone();
        match (self.kind, why) {
            (Kind::ApiKey, _) => Some(Challenge::new("ApiKey").with("realm", realm)),
            (Kind::Basic, _) => Some(Challenge::new("Basic").with("realm", realm).with("charset", "UTF-8")),
            (_, Why::Invalid) => {
                Some(Challenge::new("Bearer").with("realm", realm).with("error", "invalid_token"))
            }
            (_, Why::InsufficientScope) => {
                let bearer = Challenge::new("Bearer").with("realm", realm);
                Some(bearer.with("error", "insufficient_scope").with("scope", needed.to_string()))
            }
            (_, Why::Missing | Why::BadRequest) => Some(Challenge::new("Bearer").with("realm", realm)),
        }
    }
}

/// What the API's guard has found, with scopes; tokens of applications for their own guard alone.
fn told(state: &AppState, kind: Kind, outcome: Outcome) -> Outcome {
    let Outcome::Pass(found) = &outcome else { return outcome };
    match found.attached::<Principal>() {
        Some(who) if who.client.is_some() == (kind == Kind::Application) => {
            Outcome::Pass(identity(state, who))
        }
        _ => Outcome::invalid("the token is for another guard"),
    }
}
