//! The API's own guards: which credentials there are, and which operations need one.
//!
//! Every operation is guarded but those whose description asks for no credential; there are no operations without a
//! description. `Authorization: Bearer`, with an access token or an API key, or `X-API-Key` goes before the session cookie,
//! which counts only where no other site can have sent it. What a caller may do is for the rules to say, not for guards.

use std::sync::{Arc, LazyLock};

use axum::response::IntoResponse;
use bytes::Bytes;
use doorward_core::client::Client;
use doorward_core::{Code, Error, Principal};
use doorward_guard::{
    BuildError, Fate, Guard, GuardRequest, Guards, GuardsBuilder, Identity, Outcome, Reason, Refusal, Sent,
    Soon, UserInfo,
};
use futures_util::FutureExt;
use http::{Method, Response};
use utoipa::openapi::OpenApi;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::SecurityRequirement;

use super::credential::{API_KEY, api_key, bearer_of, service_key};
use super::problem::Problem;
use super::{client_ip, cookie, csrf};
use crate::app::AppState;

/// Seconds to wait when a credential cannot be checked.
const RETRY_AFTER: u32 = 1;

/// The record of every caller: who it is stands in the [`Principal`] that the guard has attached.
static SOMEBODY: LazyLock<Arc<UserInfo>> = LazyLock::new(|| Arc::new(UserInfo::new("doorward", "account")));

/// The guards of the API that `api` describes.
///
/// # Errors
/// [`BuildError`] when two operations share a method and path.
pub(crate) fn build(state: &AppState, api: &OpenApi) -> Result<Guards, BuildError> {
    let asked = state.clone();
    let guards = credentials(state).on_refusal(move |refusal| Some(problem(refusal, &asked)));
    let flow = match state.http.requires_authentication {
        true => "bearer || api_key || cookie",
        false => "bearer || api_key || cookie || anybody",
    };
    let of_services = SecurityRequirement::new("service", [""; 0]);
    let add = |guards: GuardsBuilder, (method, path, operation): (Method, &str, &Operation)| match &operation
        .security
    {
        None => guards.public(method, path),
        Some(ways) if ways.contains(&of_services) => guards.rule(method, path, "service"),
        Some(_) => guards.rule(method, path, flow),
    };
    operations(api).fold(guards, add).build()
}

/// The guards `bearer`, `api_key`, `cookie`, `service` and `anybody`, without a rule yet: each finds the [`Principal`] of its credential.
pub(crate) fn credentials(state: &AppState) -> GuardsBuilder {
    let account = |credential| Account::new(state, credential);
    Guards::builder()
        .guard("bearer", account(Credential::Bearer))
        .guard("api_key", account(Credential::ApiKey))
        .guard("cookie", account(Credential::Cookie))
        .guard("service", account(Credential::Service))
        .guard("anybody", account(Credential::None))
}

/// Why a request was refused, in the words of the rules.
pub(crate) fn cause(refusal: &Refusal<'_>, state: &AppState) -> Arc<Error> {
    let checked = refusal.checked();
    match checked.outcomes().find_map(|(_, outcome)| outcome.reason()?.cause::<Error>()) {
        Some(error) => error,
        None if matches!(checked.fate(), Fate::AmbiguousPath) => Arc::new(Code::NotFound.into()),
        None => {
            state.metrics.note_token_check(Some(Code::AuthenticationRequired));
            Arc::new(Code::AuthenticationRequired.into())
        }
    }
}

/// Every operation that `api` describes.
fn operations(api: &OpenApi) -> impl Iterator<Item = (Method, &str, &Operation)> {
    api.paths.paths.iter().flat_map(|(path, item)| {
        let methods = [
            (Method::GET, &item.get),
            (Method::POST, &item.post),
            (Method::PUT, &item.put),
            (Method::PATCH, &item.patch),
            (Method::DELETE, &item.delete),
        ];
        methods.into_iter().filter_map(|(method, operation)| Some((method, &**path, operation.as_ref()?)))
    })
}

/// Where a credential stands.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Credential {
    Bearer,
    ApiKey,
    Cookie,
    /// In `Authorization`, as a password or as a bearer token, or in a header of its own: for programs alone.
    Service,
    /// Nowhere: whoever comes without acts as the default administrator, where authentication is off.
    None,
}

/// Looks for one credential of an account.
pub(crate) struct Account {
    state: AppState,
    credential: Credential,
}

impl Guard for Account {
    fn check(&self, request: &GuardRequest<'_>) -> Soon<Outcome> {
        let checked = match self.credential {
            Credential::Bearer => self.bearer(request),
            Credential::ApiKey => self.api_key(request),
            Credential::Cookie => self.cookie(request),
            Credential::Service => self.service(request),
            Credential::None => self.anybody(request),
        };
        checked.unwrap_or_else(|error| self.refuse(error).into())
    }
}

impl Account {
    /// The guard that looks for `credential`.
    pub(crate) fn new(state: &AppState, credential: Credential) -> Self {
        Self { state: state.clone(), credential }
    }

    fn bearer(&self, request: &GuardRequest<'_>) -> Result<Soon<Outcome>, Error> {
        let Some(token) = bearer_of(request)? else { return Ok(Outcome::Missing.into()) };
        if request.headers().contains_key(&API_KEY) {
            return Err(Error::new(Code::MalformedParameter, "Send a bearer token or an API key, not both."));
        }
        if let Some(Ok(found)) = self.state.core.authenticate_any(token).now_or_never() {
            return Ok(self.outcome(Ok(found)).into());
        }
        let (state, token, client) = (self.state.clone(), token.to_owned(), self.client(request)?);
        Ok(self.later(async move { state.core.authenticate_any_from(&token, &client).await }))
    }

    fn api_key(&self, request: &GuardRequest<'_>) -> Result<Soon<Outcome>, Error> {
        if request.authorization() != Sent::Nothing {
            return Ok(Outcome::Missing.into());
        }
        let Some(key) = api_key(request.headers())? else { return Ok(Outcome::Missing.into()) };
        self.key(key, request)
    }

    fn service(&self, request: &GuardRequest<'_>) -> Result<Soon<Outcome>, Error> {
        match service_key(request)? {
            Some(key) => self.key(&key, request),
            None if request.authorization() == Sent::Nothing => self.api_key(request),
            None => self.bearer(request),
        }
    }

    fn key(&self, key: &str, request: &GuardRequest<'_>) -> Result<Soon<Outcome>, Error> {
        if let Some(Ok(found)) = self.state.core.authenticate_key(key).now_or_never() {
            return Ok(self.outcome(Ok(found)).into());
        }
        let (state, key, client) = (self.state.clone(), key.to_owned(), self.client(request)?);
        Ok(self.later(async move { state.core.authenticate_key_from(&key, &client).await }))
    }

    fn cookie(&self, request: &GuardRequest<'_>) -> Result<Soon<Outcome>, Error> {
        if has_header(request) {
            return Ok(Outcome::Missing.into());
        }
        let Some(value) = cookie::read(request.headers())? else { return Ok(Outcome::Missing.into()) };
        csrf::check(request.method(), request.headers(), &self.state.http)?;
        if let Some(found) = self.state.core.authenticate_cookie(value).now_or_never() {
            return Ok(self.outcome(found).into());
        }
        let (state, value) = (self.state.clone(), value.to_owned());
        Ok(self.later(async move { state.core.authenticate_cookie(&value).await }))
    }

    fn anybody(&self, request: &GuardRequest<'_>) -> Result<Soon<Outcome>, Error> {
        if has_header(request) || cookie::read(request.headers())?.is_some() {
            return Ok(Outcome::Missing.into());
        }
        csrf::check(request.method(), request.headers(), &self.state.http)?;
        csrf::check_host(request.parts(), &self.state.http)?;
        let state = self.state.clone();
        Ok(self.later(async move { state.core.default_admin().await }))
    }

    /// Who sends the request: false tokens are counted by network.
    fn client(&self, request: &GuardRequest<'_>) -> Result<Client, Error> {
        client_ip::client(request.parts(), &self.state.http.trusted_proxies)
    }

    fn later(
        &self,
        found: impl Future<Output = Result<Arc<Principal>, Error>> + Send + 'static,
    ) -> Soon<Outcome> {
        let account = Self { state: self.state.clone(), credential: self.credential };
        Soon::later(async move { account.outcome(found.await) })
    }

    fn outcome(&self, found: Result<Arc<Principal>, Error>) -> Outcome {
        match found {
            Ok(principal) => {
                self.state.metrics.note_token_check(None);
                Outcome::Pass(Identity::new(SOMEBODY.clone()).with_data::<Principal>(principal))
            }
            Err(error) => self.refuse(error),
        }
    }

    fn refuse(&self, error: Error) -> Outcome {
        refused(error, &self.state)
    }
}

/// What a guard says that has found `error`; it is counted.
pub(crate) fn refused(error: Error, state: &AppState) -> Outcome {
    let code = error.code();
    state.metrics.note_token_check(Some(code));
    let reason = Reason::from(code.as_str()).with_cause::<Error>(error);
    match code {
        Code::MalformedParameter => Outcome::BadRequest(reason),
        Code::StoreUnavailable | Code::Overloaded => {
            Outcome::Unavailable { retry_after: RETRY_AFTER, reason }
        }
        _ => Outcome::Invalid(reason),
    }
}

/// Whether a credential was sent that goes before the cookie.
fn has_header(request: &GuardRequest<'_>) -> bool {
    request.authorization() != Sent::Nothing || request.headers().contains_key(&API_KEY)
}

/// The refusal as the problem that the guard had; the edge writes it.
fn problem(refusal: &Refusal<'_>, state: &AppState) -> Response<Bytes> {
    Problem::from(cause(refusal, state)).into_response().map(|_| Bytes::new())
}
