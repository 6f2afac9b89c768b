//! Answers as clients of AuthX read them: `null`, or `{"detail": …}` with a text they know.
//!
//! Invariant: a 401 says what is missing, a 429 says how long to wait, and the cause of a fault stays in the log.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use doorward_core::{Code, Error, Ttl};
use http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use serde_json::{Value, json};

use crate::http::json::written;
use crate::http::problem::{Problem, status};

const CHALLENGE: HeaderValue = HeaderValue::from_static(r#"Cookie realm="doorward""#);
const CHALLENGE_INVALID: HeaderValue =
    HeaderValue::from_static(r#"Cookie realm="doorward", error="invalid_token""#);

/// A refusal.
#[derive(Debug)]
pub(super) struct Refused {
    status: StatusCode,
    detail: Value,
    wait: Option<Ttl>,
    had_token: bool,
}

impl Refused {
    /// A refusal that says no more than its status.
    pub(super) fn plain(status: StatusCode) -> Self {
        Self::saying(status, status.canonical_reason().unwrap_or_default())
    }

    /// A refusal with a text.
    pub(super) fn saying(status: StatusCode, text: impl Into<String>) -> Self {
        Self { status, detail: Value::String(text.into()), wait: None, had_token: false }
    }

    /// What cannot be accepted.
    pub(super) fn bad(text: impl Into<String>) -> Self {
        Self::saying(StatusCode::BAD_REQUEST, text)
    }

    /// A part of the request that is no whole number.
    pub(super) fn no_number(place: &str, name: &str) -> Self {
        let fault = json!({
            "loc": [place, name],
            "msg": "value is not a valid integer",
            "type": "type_error.integer",
        });
        Self { detail: json!([fault]), ..Self::plain(StatusCode::UNPROCESSABLE_ENTITY) }
    }

    /// With the time after which it is worth trying again.
    #[must_use]
    pub(super) fn after(self, wait: Option<Ttl>) -> Self {
        Self { wait, ..self }
    }

    /// The answer.
    pub(super) fn written(self) -> http::Response<Bytes> {
        let mut response = http::Response::new(Bytes::from(json!({ "detail": self.detail }).to_string()));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(wait) = self.wait {
            headers.insert(RETRY_AFTER, HeaderValue::from(wait.as_seconds_ceil().max(1)));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, if self.had_token { CHALLENGE_INVALID } else { CHALLENGE });
        }
        response
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        self.written().map(Body::from)
    }
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::from(&error)
    }
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self::from(problem.error())
    }
}

impl From<Code> for Refused {
    fn from(code: Code) -> Self {
        Self::from(Error::from(code))
    }
}

/// What is said where a route has no words of its own.
impl From<&Error> for Refused {
    fn from(error: &Error) -> Self {
        let code = error.code();
        let refused = match code {
            Code::TooManyAttempts => Self::plain(StatusCode::TOO_MANY_REQUESTS),
            Code::MalformedBody | Code::InvalidEmail | Code::InvalidField => Self::bad("Unknown error"),
            Code::InvalidUsername => Self::bad("Username must not contain special characters"),
            Code::EmailTaken => Self::bad("Email already exists"),
            Code::UsernameTaken => Self::bad("Username already exists"),
            Code::CaptchaRequired | Code::CaptchaFailed => Self::bad("Wrong captcha"),
            Code::AccountDisabled => Self::bad("User is banned"),
            Code::WrongPassword => Self::bad("Wrong password!"),
            Code::SecondFactorRequired => {
                Self::saying(status(code), "The account has a second factor, which cannot be asked for here")
            }
            Code::CrossSite
            | Code::EmailUnverified
            | Code::FreshLoginRequired
            | Code::RegistrationClosed
            | Code::RefusedByHook
            | Code::LastSuperuser
            | Code::Conflict
            | Code::MalformedParameter
            | Code::PasswordTooShort
            | Code::PasswordTooLong
            | Code::PasswordTooCommon
            | Code::PasswordBreached
            | Code::PasswordHoldsName
            | Code::PasswordTooWeak => Self::saying(status(code), error.detail()),
            other => Self::plain(status(other)),
        };
        if refused.status.is_server_error() && code != Code::Overloaded {
            let cause = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
            tracing::error!(%code, cause, "A request failed: {code}");
        }
        let had_token = !matches!(code, Code::AuthenticationRequired | Code::InvalidCredentials);
        Self { had_token, ..refused.after(error.wait()) }
    }
}

/// Done, and there is nothing to tell.
pub(super) fn null() -> Response {
    written("null")
}

/// The answer to a path that does not exist.
pub(super) async fn not_found() -> Refused {
    Refused::plain(StatusCode::NOT_FOUND)
}

/// The answer to a method that the path does not know.
pub(super) async fn method_not_allowed() -> Refused {
    Refused::plain(StatusCode::METHOD_NOT_ALLOWED)
}
