//! The dialect's guard: the cookie with the access token, which counts only where no other site can have sent it.
//!
//! Does not say who is an administrator: see [`super::permission`].
//!
//! Invariant: neither a refresh token nor an API key passes for an access token.

use std::sync::{Arc, LazyLock};

use doorward_core::client::Client;
use doorward_core::{Code, Error, Principal};
use doorward_guard::{
    BuildError, Guard, GuardRequest, Guards, Identity, Outcome, Reason, Sent, Soon, UserInfo, any, get, post,
};
use futures_util::FutureExt;

use super::answer::Refused;
use crate::app::AppState;
use crate::http::{client_ip, csrf, guards};

/// Seconds to wait when a cookie cannot be checked.
const RETRY_AFTER: u32 = 1;
/// What is open: whoever comes has no cookie yet, or brings another proof.
const OPEN: [&str; 7] = [
    "/register",
    "/login",
    "/logout",
    "/token/refresh",
    "/confirm/{token}",
    "/password/{token}",
    "/forgot_password",
];
/// What is for whoever is signed in; the paths that have a name where others have a number.
const FOR_ALL: [&str; 3] = ["/token", "/confirm", "/password"];
/// What is for administrators: who has no cookie hears the same there as who is none. Of the first two, reading alone.
const READ_BY_ADMINS: [&str; 2] = ["/", "/{id}"];
const FOR_ADMINS: [&str; 6] =
    ["/blacklist", "/blackout", "/id_by_username", "/{id}/blacklist", "/{id}/kick", "/{id}/permissions"];

/// The record of every caller: who it is stands in the [`Principal`] that the guard has attached.
static SOMEBODY: LazyLock<Arc<UserInfo>> = LazyLock::new(|| Arc::new(UserInfo::new("doorward", "account")));

/// The guards of the dialect, whose paths begin after its prefix.
///
/// # Errors
/// [`BuildError`] when two rules stand for one method and path.
pub(super) fn build(state: &AppState) -> Result<Guards, BuildError> {
    let asked = state.clone();
    let guards = Guards::builder()
        .guard("access", AccessCookie(state.clone()))
        .on_refusal(move |refusal| Some(Refused::from(&*guards::cause(refusal, &asked)).written()));
    let guards = OPEN.iter().fold(guards, |guards, path| guards.public(post(), path));
    let guards = FOR_ALL.iter().fold(guards, |guards, path| guards.rule(any(), path, "access"));
    let read = READ_BY_ADMINS.iter().map(|path| (get(), path));
    let admins = FOR_ADMINS.iter().map(|path| (any(), path)).chain(read);
    let guards =
        admins.fold(guards, |guards, (methods, path)| guards.rule(methods, path, "access").optional());
    guards.rule(any(), "/*", "access").default_deny().build()
}

/// Looks for the access token of an account.
struct AccessCookie(AppState);

impl Guard for AccessCookie {
    fn check(&self, request: &GuardRequest<'_>) -> Soon<Outcome> {
        let Self(state) = self;
        let token = match request.cookie(&state.http.dialects.authx.access_cookie) {
            Sent::Nothing => return Outcome::Missing.into(),
            Sent::Unclear => return refuse(state, Code::TokenInvalid.into()).into(),
            Sent::Once(token) => token,
        };
        if let Err(error) = csrf::check(request.method(), request.headers(), &state.http) {
            return refuse(state, error).into();
        }
        if let Some(Ok(found)) = state.core.authenticate(token).now_or_never() {
            return outcome(state, Ok(found)).into();
        }
        let client = match client_ip::client(request.parts(), &state.http.trusted_proxies) {
            Ok(client) => client,
            Err(error) => return refuse(state, error).into(),
        };
        let (state, token) = (state.clone(), token.to_owned());
        Soon::later(async move { look_up(&state, &token, &client).await })
    }
}

async fn look_up(state: &AppState, token: &str, client: &Client) -> Outcome {
    outcome(state, state.core.authenticate_from(token.as_bytes(), client).await)
}

fn outcome(state: &AppState, found: Result<Arc<Principal>, Error>) -> Outcome {
    match found {
        Ok(principal) if principal.key_id().is_none() => {
            state.metrics.note_token_check(None);
            Outcome::Pass(Identity::new(SOMEBODY.clone()).with_data::<Principal>(principal))
        }
        Ok(_) => refuse(state, Code::TokenInvalid.into()),
        Err(error) => refuse(state, error),
    }
}

fn refuse(state: &AppState, error: Error) -> Outcome {
    let code = error.code();
    state.metrics.note_token_check(Some(code));
    let reason = Reason::from(code.as_str()).with_cause::<Error>(error);
    match code {
        Code::CrossSite | Code::MalformedParameter => Outcome::BadRequest(reason),
        Code::StoreUnavailable | Code::Overloaded => {
            Outcome::Unavailable { retry_after: RETRY_AFTER, reason }
        }
        _ => Outcome::Invalid(reason),
    }
}
