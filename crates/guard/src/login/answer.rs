//! The desk's own paths: a browser comes back from a provider, or logs out.

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, COOKIE, HOST, ORIGIN, REFERER, TRANSFER_ENCODING};
use http::request::Parts;
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri};

use super::attempt::{Sealed, Wanted, cookies_after, removed};
use super::callback::{Callback, CodeAnswer};
use super::desk::{DeskRoute, Handled, LoginDesk, context, same_site};
use super::on_auth::{LoggedIn, OnAuth};
use super::page::{quiet, redirect, refused, with_cookies};
use super::{Login, LoginFault};
use crate::session::{Changed, Entry};

/// Why a browser that comes back is not logged in: the status, a title and a sentence to show.
struct Refused(StatusCode, String, &'static str);

const NO_ATTEMPT: &str =
    "This login was not begun here, has been finished, or took too long. Please start again.";

impl LoginDesk {
    /// Answers a request to one of the desk's own paths.
    pub(crate) async fn answer(&self, route: DeskRoute, parts: Parts, body: Bytes) -> Handled {
        match route {
            DeskRoute::Logout => Handled::Answer(self.log_out(&parts).await),
            DeskRoute::Callback(index) => match self.logins.get(index) {
                Some((name, login)) => self.come_back(name, &**login, parts, &body).await,
                None => Handled::Answer(Response::default()),
            },
        }
    }

    async fn come_back(&self, guard: &str, login: &dyn Login, parts: Parts, body: &[u8]) -> Handled {
        let fields = if parts.method == Method::POST { body } else { query(&parts) };
        let callback = match Callback::read(fields) {
            Ok(callback) => callback,
            Err(fault) => {
                tracing::debug!(guard, fault, "An answer to a login cannot be read");
                let title = "Bad Request";
                return Handled::Answer(refused(&parts.headers, StatusCode::BAD_REQUEST, title, NO_ATTEMPT));
            }
        };
        let gone = removed(&self.sessions, &callback.state, same_site(login));
        match self.finish(guard, login, callback, &parts.headers).await {
            Ok((entry, changed, wanted)) => {
                land(self, login, parts, Landing { entry, changed, wanted, gone })
            }
            Err(Refused(status, title, detail)) => {
                let answer = refused(&parts.headers, status, &title, detail);
                Handled::Answer(with_cookies(answer, [gone]))
            }
        }
    }

    async fn finish(
        &self,
        guard: &str,
        login: &dyn Login,
        callback: Callback,
        headers: &HeaderMap,
    ) -> Result<(Entry, Changed, Wanted), Refused> {
        let now = self.clock.now();
        let bad = |detail| Refused(StatusCode::BAD_REQUEST, "Bad Request".to_owned(), detail);
        let context = context(guard, login);
        let sealed = Sealed::find(&self.sessions, &context, &callback.state, headers, now)
            .filter(|sealed| self.used.spend(sealed.attempt.state(), now))
            .ok_or_else(|| bad(NO_ATTEMPT))?;
        if let Some(error) = callback.error {
            tracing::info!(guard, error, "A provider refused a login");
            return Err(refusal_of(error));
        }
        let code = callback.code.ok_or_else(|| bad("The provider has sent no code."))?;
        let answer = CodeAnswer {
            code: code.into(),
            issuer: callback.issuer,
            is_whole: true,
            attempt: sealed.attempt,
        };
        let entry = login.finish(answer, now).await.map_err(|fault| refusal_for(guard, &fault))?;
        let loaded = self.sessions.load(headers, now).wait().await;
        let changed = match loaded {
            Ok(loaded) => self.sessions.sign_in(&loaded, guard, entry.clone(), now).await,
            Err(fault) => Err(fault),
        };
        let changed = changed.map_err(|fault| {
            tracing::warn!(guard, %fault, "A login cannot be kept");
            unavailable()
        })?;
        tracing::info!(guard, user = entry.user().id, "Logged in");
        Ok((entry, changed, sealed.wanted))
    }

    async fn log_out(&self, parts: &Parts) -> Response<Bytes> {
        if !is_same_origin(parts) {
            let detail = "Only pages of this application can log out.";
            return refused(&parts.headers, StatusCode::FORBIDDEN, "Forbidden", detail);
        }
        let now = self.clock.now();
        let changed = match self.sessions.load(&parts.headers, now).wait().await {
            Ok(loaded) => self.sessions.sign_out(&loaded, &[], now).await,
            Err(fault) => Err(fault),
        };
        match changed {
            Ok(changed) => with_cookies(redirect("/"), [changed.set_cookie]),
            Err(fault) => {
                tracing::warn!(%fault, "A logout cannot be kept");
                let Refused(status, title, detail) = unavailable();
                refused(&parts.headers, status, &title, detail)
            }
        }
    }
}

/// A login that has worked.
struct Landing {
    entry: Entry,
    changed: Changed,
    wanted: Wanted,
    gone: HeaderValue,
}

/// Where the browser goes now.
fn land(desk: &LoginDesk, login: &dyn Login, parts: Parts, landing: Landing) -> Handled {
    let Landing { entry, changed, wanted, gone } = landing;
    let cookies = vec![changed.set_cookie, gone];
    let back = || {
        let page = if wanted.is_read() { &*wanted.target } else { "/" };
        wanted.from.clone().unwrap_or_else(|| login.callback().page(page))
    };
    let answer = match login.on_auth() {
        OnAuth::RedirectBack => redirect(&back()),
        OnAuth::RedirectTo(target) => redirect(target),
        OnAuth::Own(handler) => {
            let mut answer = handler(&LoggedIn { user: entry.user(), wanted: &wanted });
            quiet(&mut answer);
            answer
        }
        OnAuth::Replay | OnAuth::ReplayWithBody(_) => {
            let cookie = cookies_after(&desk.sessions, &parts.headers, changed.pair.as_deref());
            match replayed(&wanted, parts, cookie) {
                Some(request) => return Handled::Replay { request, cookies },
                None => redirect(&back()),
            }
        }
    };
    Handled::Answer(with_cookies(answer, cookies))
}

/// The request that had led to the login, with the session; `None` if it is not to be sent again.
fn replayed(wanted: &Wanted, mut parts: Parts, cookie: Option<HeaderValue>) -> Option<Request<Bytes>> {
    if !wanted.is_read() && wanted.body.is_none() {
        return None;
    }
    let mut uri = std::mem::take(&mut parts.uri).into_parts();
    uri.path_and_query = Some(PathAndQuery::try_from(&*wanted.target).ok()?);
    parts.uri = Uri::from_parts(uri).ok()?;
    parts.method = Method::from_bytes(wanted.method.as_bytes()).ok()?;
    for name in [CONTENT_TYPE, CONTENT_LENGTH, TRANSFER_ENCODING, ORIGIN, REFERER, COOKIE] {
        parts.headers.remove(name);
    }
    if let Some(cookie) = cookie {
        parts.headers.insert(COOKIE, cookie);
    }
    let mut bytes = Bytes::new();
    if let Some(body) = &wanted.body {
        bytes = body.bytes().into();
        parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(bytes.len()));
        if let Some(kind) = body.kind.as_deref().and_then(|kind| HeaderValue::try_from(kind).ok()) {
            parts.headers.insert(CONTENT_TYPE, kind);
        }
    }
    Some(Request::from_parts(parts, bytes))
}

fn query(parts: &Parts) -> &[u8] {
    parts.uri.query().unwrap_or_default().as_bytes()
}

/// What a provider's refusal (RFC 6749 §4.1.2.1) is for the browser.
fn refusal_of(error: String) -> Refused {
    match &*error {
        "access_denied" => Refused(StatusCode::FORBIDDEN, error, "The login was refused."),
        "server_error" | "temporarily_unavailable" => {
            let detail = "The provider cannot log anybody in at present. Please try again later.";
            Refused(StatusCode::SERVICE_UNAVAILABLE, error, detail)
        }
        _ => Refused(StatusCode::BAD_REQUEST, error, "The provider did not accept the login."),
    }
}

fn refusal_for(guard: &str, fault: &LoginFault) -> Refused {
    tracing::warn!(guard, %fault, "A login did not work");
    match fault {
        LoginFault::Mismatch(_) => Refused(StatusCode::BAD_REQUEST, "Bad Request".to_owned(), NO_ATTEMPT),
        LoginFault::Denied(_) => {
            Refused(StatusCode::FORBIDDEN, "Forbidden".to_owned(), "This account may not log in here.")
        }
        LoginFault::BadAnswer(_) => {
            let detail = "The provider's answer cannot be used. Please start again.";
            Refused(StatusCode::BAD_GATEWAY, "Bad Gateway".to_owned(), detail)
        }
        LoginFault::Unreachable(_) => unavailable(),
    }
}

fn unavailable() -> Refused {
    let detail = "Nobody can log in at present. Please try again later.";
    Refused(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable".to_owned(), detail)
}

/// Whether the application's own page sends the request: browsers say so, and what says nothing is no browser, to which no
/// other site could have given a cookie.
fn is_same_origin(parts: &Parts) -> bool {
    let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = header("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    let host = header(HOST.as_str()).or_else(|| parts.uri.authority().map(|authority| authority.as_str()));
    match header(ORIGIN.as_str()) {
        None => true,
        Some(origin) => origin.split_once("://").map(|(_, authority)| authority) == host,
    }
}
