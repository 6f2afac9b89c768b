//! Refusals as clients of OAuth 2 and FastAPI read them: `error` and `error_description` (RFC 6749 §5.2), `detail` beside them.
//!
//! Invariant: whatever is wrong with a token is one 401 with `WWW-Authenticate: Bearer`, and a wrong password looks like an
//! unknown name.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use doorward_core::{Code, Error};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use serde::Serialize;

use crate::http::edge::Arrival;
use crate::http::problem::{self, Problem};

/// A field that does not have the documented form, as FastAPI tells of it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Malformed {
    #[serde(rename = "type")]
    kind: &'static str,
    loc: [&'static str; 2],
    msg: String,
    /// Never the value: it may be a password.
    input: Option<()>,
}

impl Malformed {
    /// The field `name` is needed and not there.
    pub(super) fn missing(name: &'static str) -> Self {
        Self { kind: "missing", loc: ["body", name], msg: "Field required".to_owned(), input: None }
    }

    /// The field `name` is not of the form `pattern`.
    pub(super) fn pattern(name: &'static str, pattern: &str) -> Self {
        let msg = format!("String should match pattern '{pattern}'");
        Self { kind: "string_pattern_mismatch", loc: ["body", name], msg, input: None }
    }
}

/// Why a form was not taken.
#[derive(Debug)]
pub(super) enum Refused {
    /// As every other refusal.
    Problem(Problem),
    /// These fields.
    Malformed(Vec<Malformed>),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::Problem(error.into())
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        match self {
            Self::Problem(problem) => problem.into_response(),
            Self::Malformed(fields) => {
                let mut response = StatusCode::UNPROCESSABLE_ENTITY.into_response();
                response.extensions_mut().insert(Arc::new(fields));
                response
            }
        }
    }
}

#[derive(Serialize)]
struct Document<'a> {
    error: &'a str,
    error_description: &'a str,
    detail: Detail<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Detail<'a> {
    Sentence(&'a str),
    Fields(&'a [Malformed]),
}

/// Puts what the handlers and guards refuse into these words.
pub(super) async fn speak(request: Request, next: Next) -> Response {
    let id = request.extensions().get::<Arrival>().map(|arrival| arrival.request_id.to_string());
    let mut response = next.run(request).await;
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        return write(&problem, &id.unwrap_or_default(), response);
    }
    if let Some(fields) = response.extensions_mut().remove::<Arc<Vec<Malformed>>>() {
        let is_grant = fields.iter().any(|field| field.loc[1] == "grant_type");
        let document = Document {
            error: if is_grant { "unsupported_grant_type" } else { "invalid_request" },
            error_description: "The form is not of the documented form.",
            detail: Detail::Fields(&fields),
        };
        return finish(StatusCode::UNPROCESSABLE_ENTITY, &document, response);
    }
    response
}

fn write(problem: &Problem, request_id: &str, refused: Response) -> Response {
    let error = problem.error();
    let (code, status) = (error.code(), status(error.code()));
    problem.log(status, request_id);
    let sentence = sentence(code).unwrap_or_else(|| error.detail());
    let document =
        Document { error: name(code), error_description: sentence, detail: Detail::Sentence(sentence) };
    let mut response = finish(status, &document, refused);
    let headers = response.headers_mut();
    if let Some(wait) = error.wait() {
        headers.insert(RETRY_AFTER, HeaderValue::from(wait.as_seconds_ceil().max(1)));
    }
    if matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

/// An answer with this status and body; headers that are there already stay.
fn finish(status: StatusCode, document: &Document<'_>, refused: Response) -> Response {
    let body = serde_json::to_vec(document).unwrap_or_default();
    let mut response = refused.map(|_| Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.remove(CONTENT_LENGTH);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// The HTTP status of each code: what a password does not give is a bad grant (RFC 6749 §5.2).
const fn status(code: Code) -> StatusCode {
    match code {
        Code::InvalidCredentials
        | Code::SecondFactorRequired
        | Code::AccountDisabled
        | Code::EmailUnverified
        | Code::InvalidScope => StatusCode::BAD_REQUEST,
        other => problem::status(other),
    }
}

/// The name of each code in OAuth 2, where it has one there (RFC 6749 §5.2, RFC 6750 §3.1).
const fn name(code: Code) -> &'static str {
    match code {
        Code::InvalidCredentials
        | Code::SecondFactorRequired
        | Code::AccountDisabled
        | Code::EmailUnverified => "invalid_grant",
        Code::InvalidScope => "invalid_scope",
        Code::MalformedBody | Code::MalformedParameter | Code::BodyTooLarge | Code::UnsupportedMediaType => {
            "invalid_request"
        }
        Code::AuthenticationRequired
        | Code::TokenInvalid
        | Code::TokenExpired
        | Code::TokenRevoked
        | Code::TokenReused => "invalid_token",
        Code::Forbidden => "insufficient_scope",
        Code::Overloaded | Code::CheckUnavailable | Code::StoreUnavailable => "temporarily_unavailable",
        Code::Internal => "server_error",
        other => other.as_str(),
    }
}

/// What is said of a code where clients look for a word; `None`: what the rule says.
const fn sentence(code: Code) -> Option<&'static str> {
    Some(match code {
        Code::InvalidCredentials => "Incorrect username or password",
        Code::SecondFactorRequired => "The account has a second factor, which cannot be asked for here",
        Code::AuthenticationRequired => "Not authenticated",
        Code::TokenInvalid | Code::TokenExpired | Code::TokenRevoked | Code::TokenReused => {
            "Could not validate credentials"
        }
        Code::Forbidden => "Not enough permissions",
        Code::MethodNotAllowed => "Method Not Allowed",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_wrong_with_a_token_is_one_refusal() {
        let words = |code| (status(code), name(code), sentence(code));
        for code in [Code::TokenExpired, Code::TokenRevoked, Code::TokenReused] {
            assert_eq!(words(code), words(Code::TokenInvalid));
        }
        assert_eq!(status(Code::AuthenticationRequired), StatusCode::UNAUTHORIZED);
    }
}
