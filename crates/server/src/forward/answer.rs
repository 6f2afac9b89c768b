//! What a proxy is told, in the form that it understands.
//!
//! nginx knows 2xx, 401 and 403 and makes a 500 of everything else: it finds the way to the sign-in page in the `Location` of a 401. The
//! others hand the answer on as it is.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use doorward_core::forward::Person;
use doorward_core::{ClientId, Code, Error, Principal, Secret};
use doorward_guard::User;
use http::header::{LOCATION, REFERRER_POLICY, SET_COOKIE, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, StatusCode};

use super::original::Asker;
use crate::http::problem::{Problem, status};

/// Everything that tells an application of the caller.
pub(crate) const NAMES: [&str; 7] = [
    "remote-user",
    "remote-id",
    "remote-email",
    "remote-name",
    "remote-groups",
    "remote-scopes",
    "remote-assertion",
];

/// What becomes of a request.
#[derive(Debug)]
pub(crate) enum Answer {
    /// It passes.
    Pass(Told),
    /// The guards refuse it.
    Refused(http::Response<Bytes>),
    /// The browser goes elsewhere first.
    Go {
        /// Where.
        to: String,
        /// What it keeps.
        cookie: Option<HeaderValue>,
    },
    /// It cannot be judged, or not be let in where it comes back.
    Fault(Error),
}

/// What the application is told: one value for each of [`NAMES`].
#[derive(Debug)]
pub(crate) struct Told([HeaderValue; 7]);

impl Told {
    /// Of nobody. The headers are there all the same, and empty.
    pub(super) fn nobody() -> Self {
        Self([const { HeaderValue::from_static("") }; 7])
    }

    /// Of somebody whom the host's own guards know.
    pub(super) fn other(user: &User) -> Self {
        let mut told = Self::nobody();
        (told.0[0], told.0[5]) = (value(user.id()), value(&user.scopes().to_string()));
        told
    }

    /// Of an application that acts by itself, and is nobody's account.
    pub(super) fn application(id: ClientId, user: &User) -> Self {
        let mut told = Self::nobody();
        (told.0[0], told.0[5]) = (value(&id.to_string()), value(&user.scopes().to_string()));
        told
    }

    /// Of the owner of an account.
    pub(super) fn account(
        who: &Principal,
        person: &Person,
        (groups, user): (Vec<String>, &User),
        assertion: Option<&Secret<String>>,
    ) -> Self {
        let mut assertion = value(assertion.map_or("", |text| text.expose()));
        assertion.set_sensitive(true);
        Self([
            value(&person.handle),
            value(&who.user_id.to_string()),
            value(person.email.as_deref().unwrap_or_default()),
            value(person.name.as_deref().unwrap_or_default()),
            value(&groups.join(",")),
            value(&user.scopes().to_string()),
            assertion,
        ])
    }
}

/// `text` in a header, in UTF-8; nothing where it has letters that would end the header.
fn value(text: &str) -> HeaderValue {
    HeaderValue::from_bytes(text.as_bytes()).unwrap_or(HeaderValue::from_static(""))
}

impl Answer {
    /// The answer for `asker`.
    pub(super) fn write(self, asker: Asker) -> Response {
        match self {
            Self::Pass(told) => {
                let named = NAMES.iter().map(|name| HeaderName::from_static(name));
                let mut answer = StatusCode::OK.into_response();
                answer.headers_mut().extend(named.zip(told.0));
                answer
            }
            Self::Go { to, cookie } => go(&to, cookie, asker),
            Self::Refused(refusal) => refused(refusal, asker),
            Self::Fault(error) => Problem::from(fitted(error, asker)).into_response(),
        }
    }
}

fn go(to: &str, cookie: Option<HeaderValue>, asker: Asker) -> Response {
    let Ok(mut location) = HeaderValue::from_str(to) else {
        return Problem::from(Code::MalformedParameter).into_response();
    };
    location.set_sensitive(true);
    let status = if asker == Asker::Nginx { StatusCode::UNAUTHORIZED } else { StatusCode::SEE_OTHER };
    let mut answer = status.into_response();
    let headers = answer.headers_mut();
    headers.insert(LOCATION, location);
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.extend(cookie.map(|cookie| (SET_COOKIE, cookie)));
    answer
}

fn refused(refusal: http::Response<Bytes>, asker: Asker) -> Response {
    let mut answer = refusal.map(Body::from);
    if asker == Asker::Nginx {
        *answer.status_mut() = of_nginx(answer.status());
    }
    // Two guards can ask in the same words.
    let challenges: Vec<_> = answer.headers().get_all(WWW_AUTHENTICATE).iter().cloned().collect();
    answer.headers_mut().remove(WWW_AUTHENTICATE);
    for (at, challenge) in challenges.iter().enumerate() {
        if !challenges[..at].contains(challenge) {
            answer.headers_mut().append(WWW_AUTHENTICATE, challenge.clone());
        }
    }
    answer
}

/// Refusals that nginx would make an error of the server.
fn of_nginx(status: StatusCode) -> StatusCode {
    let is_other = status.is_client_error() && status != StatusCode::UNAUTHORIZED;
    if is_other { StatusCode::FORBIDDEN } else { status }
}

fn fitted(error: Error, asker: Asker) -> Error {
    let told = status(error.code());
    match asker == Asker::Nginx && of_nginx(told) != told {
        true => Error::new(Code::Forbidden, error.detail().to_owned()),
        false => error,
    }
}
