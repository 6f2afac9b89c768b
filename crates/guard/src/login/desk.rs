//! The desk where people log in and out: what the layer asks.
//!
//! It holds no state of visitors; they carry it themselves.

use std::sync::Arc;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, Method, Request, Response, StatusCode};

use super::address::is_target;
use super::attempt::{Attempt, Sealed, Wanted, surplus};
use super::on_auth::OnAuth;
use super::page::{chooser, redirect, refused, with_cookies};
use super::renew::Renewals;
use super::used::Used;
use super::{Login, LoginFault, LoginSetupError};
use crate::clock::Clock;
use crate::flow::GuardName;
use crate::session::{Changed, Loaded, SameSite, Sessions, StoreError};

/// More ways to log in are not offered at one time: each of them sets a cookie.
const WAYS_MAX: usize = 4;

/// Sends browsers to providers, takes them back, and keeps their sessions.
pub(crate) struct LoginDesk {
    pub(super) sessions: Sessions,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) logins: Vec<(GuardName, Arc<dyn Login>)>,
    pub(super) used: Used,
    pub(super) renewals: Arc<Renewals>,
    logout: Option<String>,
}

/// Which of the desk's own paths a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DeskRoute {
    /// A provider sends a browser back to the guard with this number.
    Callback(usize),
    /// Somebody logs out.
    Logout,
}

/// What the layer has to do.
pub(crate) enum Handled {
    /// Send this.
    Answer(Response<Bytes>),
    /// Run `request` inside, then add `cookies` to its answer, which nobody may keep.
    Replay {
        /// The request as it would have been with the session.
        request: Request<Bytes>,
        /// Lines for `Set-Cookie`.
        cookies: Vec<HeaderValue>,
    },
}

impl LoginDesk {
    pub(crate) fn new(
        sessions: Sessions,
        clock: Arc<dyn Clock>,
        logins: Vec<(GuardName, Arc<dyn Login>)>,
        logout: Option<String>,
    ) -> Result<Self, LoginSetupError> {
        for (index, (name, login)) in logins.iter().enumerate() {
            let path = login.callback().path();
            if let Some((other, _)) =
                logins[..index].iter().find(|(_, known)| known.callback().path() == path)
            {
                let (first, second) = (other.to_string(), name.to_string());
                return Err(LoginSetupError::SharedCallback(first, second, path.to_owned()));
            }
            if let OnAuth::RedirectTo(target) = login.on_auth()
                && !is_target(target)
            {
                return Err(LoginSetupError::BadTarget(name.to_string(), target.clone()));
            }
        }
        let is_bad = |path: &&String| {
            !path.starts_with('/') || logins.iter().any(|(_, login)| login.callback().path() == **path)
        };
        if let Some(path) = logout.as_ref().filter(is_bad) {
            return Err(LoginSetupError::BadLogout(path.clone()));
        }
        Ok(Self { sessions, clock, logins, used: Used::default(), renewals: Arc::default(), logout })
    }

    pub(crate) const fn sessions(&self) -> &Sessions {
        &self.sessions
    }

    /// Whether a request is for the desk itself.
    pub(crate) fn handles(&self, method: &Method, path: &str) -> Option<DeskRoute> {
        if method == Method::POST && self.logout.as_deref() == Some(path) {
            return Some(DeskRoute::Logout);
        }
        let is_asked = |(_, login): &(GuardName, Arc<dyn Login>)| {
            let is_form = method == Method::POST && login.is_answered_by_form();
            (method == Method::GET || is_form) && login.callback().path() == path
        };
        self.logins.iter().position(is_asked).map(DeskRoute::Callback)
    }

    /// How many bytes of a body to keep for a replay after a login with one of `guards`.
    pub(crate) fn replayable_body(&self, guards: &[GuardName]) -> usize {
        self.among(guards).map(|(_, login)| login.on_auth().body_max()).max().unwrap_or(0)
    }

    fn among<'d>(&'d self, guards: &'d [GuardName]) -> impl Iterator<Item = (&'d GuardName, &'d dyn Login)> {
        guards.iter().filter_map(|name| Some((name, self.login(name)?)))
    }

    pub(super) fn login(&self, guard: &str) -> Option<&dyn Login> {
        self.logins.iter().find(|(name, _)| **name == *guard).map(|(_, login)| &**login)
    }

    /// Sends a browser to log in with one of `guards`. `body` is that of the request, where it is to be sent again.
    pub(crate) async fn start(
        &self,
        guards: &[GuardName],
        parts: &Parts,
        body: Option<Bytes>,
    ) -> Response<Bytes> {
        let (mut ways, mut cookies) = (Vec::new(), surplus(&self.sessions, &parts.headers));
        for (name, login) in self.among(guards).take(WAYS_MAX) {
            match self.begin(name, login, parts, body.as_deref()).await {
                Ok((location, cookie)) => {
                    ways.push((login.label().to_owned(), location));
                    cookies.push(cookie);
                }
                Err(fault) => tracing::warn!(guard = %name, %fault, "A login cannot be begun"),
            }
        }
        let answer = match &*ways {
            [] => {
                let detail = "Nobody can log in at present. Please try again later.";
                let mut answer =
                    refused(&parts.headers, StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable", detail);
                answer.headers_mut().insert(http::header::RETRY_AFTER, HeaderValue::from_static("5"));
                answer
            }
            [(_, location)] => redirect(location),
            _ => chooser(&ways),
        };
        with_cookies(answer, cookies)
    }

    async fn begin(
        &self,
        name: &str,
        login: &dyn Login,
        parts: &Parts,
        body: Option<&[u8]>,
    ) -> Result<(String, HeaderValue), LoginFault> {
        let (now, attempt) = (self.clock.now(), Attempt::new());
        let location = login.begin(&attempt, now).wait().await?;
        let body = body.filter(|bytes| bytes.len() <= login.on_auth().body_max());
        let sealed = Sealed { attempt, at: now, wanted: Wanted::of(parts, body, login.callback()) };
        let cookie = sealed
            .cookie(&self.sessions, &context(name, login), same_site(login))
            .map_err(|fault| LoginFault::Unreachable(fault.to_string().into()))?;
        Ok((location, cookie))
    }

    /// The end of the logins with `guards`, of all if there are none named.
    pub(crate) async fn sign_out(&self, loaded: &Loaded, guards: &[&str]) -> Result<Changed, StoreError> {
        self.sessions.sign_out(loaded, guards, self.clock.now()).await
    }
}

/// What an attempt is bound to: it opens for no other guard, and not when the guard was set up anew for another address.
pub(super) fn context(guard: &str, login: &dyn Login) -> String {
    format!("{guard}\0{}", login.callback().as_str())
}

/// Cookies go along with a form that another site's page posts only if they are allowed to.
pub(super) fn same_site(login: &dyn Login) -> SameSite {
    if login.is_answered_by_form() { SameSite::None } else { SameSite::Lax }
}
