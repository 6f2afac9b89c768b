//! Refusals as R2R's clients read them.
//!
//! The clients of `/v1` and `/v2` look for the sentence in `detail.message`, those of `/v3` there or in `message`; programs
//! that never were R2R clients have `code`, as everywhere else in Doorward. What does not have the documented form is told as
//! a list of places, as these clients know it; the value is never repeated, as it may be a password.
//!
//! Invariant: whatever is wrong with a credential is one 401, and never a 500 or a 404.

use axum::body::Body;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use doorward_core::Code;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use serde::Serialize;

use crate::http::edge::Arrival;
use crate::http::problem::{self, Problem};

/// The class of every refusal, as R2R calls it.
const ERROR_TYPE: &str = "R2RException";

/// What a refused caller is told.
#[derive(Serialize)]
struct Document<'a> {
    detail: Detail<'a>,
    message: &'a str,
    error_type: &'static str,
    code: &'a str,
    request_id: &'a str,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Detail<'a> {
    Sentence { message: &'a str, error_type: &'static str },
    Places([Place<'a>; 1]),
}

/// A part of the request that does not have the documented form.
#[derive(Serialize)]
struct Place<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    loc: Vec<&'a str>,
    msg: &'a str,
}

/// A request that does not have the documented form: a 422 with the place of the fault.
#[derive(Debug)]
pub(super) struct Malformed {
    /// `missing`, or `value_error`.
    pub(super) kind: &'static str,
    /// `body`, `query` or `path`.
    pub(super) part: &'static str,
    /// The name there; empty for the whole of it.
    pub(super) name: String,
    /// One sentence.
    pub(super) message: String,
}

impl Malformed {
    /// `part` has nothing under `name`, which is needed.
    pub(super) fn missing(part: &'static str, name: &str) -> Self {
        Self { kind: "missing", part, name: name.to_owned(), message: "Field required".to_owned() }
    }

    /// What stands in `part` under `name` cannot be read.
    pub(super) fn value(part: &'static str, name: &str, message: impl Into<String>) -> Self {
        Self { kind: "value_error", part, name: name.to_owned(), message: message.into() }
    }
}

impl IntoResponse for Malformed {
    fn into_response(self) -> Response {
        let mut response = StatusCode::UNPROCESSABLE_ENTITY.into_response();
        response.extensions_mut().insert(std::sync::Arc::new(self));
        response
    }
}

/// Puts what the handlers and guards refuse into R2R's words.
pub(super) async fn speak(request: Request, next: Next) -> Response {
    let arrival = request.extensions().get::<Arrival>().copied();
    let mut response = next.run(request).await;
    if response.status().is_success() {
        return response;
    }
    let id = arrival.map(|arrival| arrival.request_id.to_string()).unwrap_or_default();
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        return write(&problem, &id, response);
    }
    if let Some(malformed) = response.extensions_mut().remove::<std::sync::Arc<Malformed>>() {
        let Malformed { kind, part, name, message } = &*malformed;
        let loc = std::iter::once(*part).chain((!name.is_empty()).then_some(&**name)).collect();
        let detail = Detail::Places([Place { kind, loc, msg: message }]);
        return finish(StatusCode::UNPROCESSABLE_ENTITY, detail, (message, "malformed_body", &id), response);
    }
    response
}

fn write(problem: &Problem, id: &str, refused: Response) -> Response {
    let error = problem.error();
    let code = error.code();
    let status = status(code);
    problem.log(status, id);
    let message = sentence(code).unwrap_or_else(|| error.detail());
    let detail = match (status, error.field()) {
        (StatusCode::UNPROCESSABLE_ENTITY, field) => {
            let loc = std::iter::once("body").chain(field).collect();
            Detail::Places([Place { kind: "value_error", loc, msg: message }])
        }
        _ => Detail::Sentence { message, error_type: ERROR_TYPE },
    };
    let mut response = finish(status, detail, (message, code.as_str(), id), refused);
    let headers = response.headers_mut();
    if let Some(wait) = error.wait() {
        headers.insert(RETRY_AFTER, HeaderValue::from(wait.as_seconds_ceil().max(1)));
    }
    if let Some(challenge) = problem::challenge(code).filter(|_| status == StatusCode::UNAUTHORIZED) {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    } else if status == StatusCode::UNAUTHORIZED {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(r#"Bearer realm="doorward""#));
    }
    response
}

/// An answer with this status and body; headers that are there already stay.
fn finish(
    status: StatusCode,
    detail: Detail<'_>,
    (message, code, request_id): (&str, &str, &str),
    refused: Response,
) -> Response {
    let document = Document { detail, message, error_type: ERROR_TYPE, code, request_id };
    let body = serde_json::to_vec(&document).unwrap_or_default();
    let mut response = refused.map(|_| Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.remove(CONTENT_LENGTH);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// The HTTP status of each code, as R2R's clients expect it.
const fn status(code: Code) -> StatusCode {
    match code {
        Code::MalformedBody | Code::InvalidEmail | Code::FreshLoginRequired => {
            StatusCode::UNPROCESSABLE_ENTITY
        }
        Code::EmailTaken | Code::UsernameTaken | Code::WrongPassword | Code::AccountDisabled => {
            StatusCode::BAD_REQUEST
        }
        Code::EmailUnverified => StatusCode::UNAUTHORIZED,
        other => problem::status(other),
    }
}

/// What is said of a code where R2R's clients look for a word; `None`: what the rule says.
const fn sentence(code: Code) -> Option<&'static str> {
    Some(match code {
        Code::InvalidCredentials => "Incorrect email or password",
        Code::WrongPassword => "The current password is incorrect",
        Code::EmailUnverified => "The email address is not verified: use the link or the code in your mail",
        Code::SecondFactorRequired => {
            "The account has a second factor, which cannot be asked for here: use an API key"
        }
        Code::EmailTaken => "A user with this email is already registered: the address already exists",
        Code::TicketInvalid => "The code or token is invalid or expired",
        Code::AccountDisabled => "The user is inactive",
        Code::AuthenticationRequired => "Authentication is required",
        Code::TokenInvalid => "The token is invalid",
        Code::TokenExpired => "The token has expired",
        Code::TokenRevoked => "The token was invalidated: its session has ended",
        Code::TokenReused => "The token was used before and is invalid: its session has ended",
        Code::FreshLoginRequired => "The password is required",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_wrong_with_a_credential_is_a_401() {
        for code in [
            Code::InvalidCredentials,
            Code::EmailUnverified,
            Code::AuthenticationRequired,
            Code::TokenInvalid,
            Code::TokenExpired,
            Code::TokenRevoked,
            Code::TokenReused,
        ] {
            assert_eq!(status(code), StatusCode::UNAUTHORIZED, "{code}");
        }
    }

    #[test]
    fn every_code_is_an_error_status() {
        for code in Code::ALL {
            assert!(status(*code).is_client_error() || status(*code).is_server_error(), "{code}");
        }
    }
}
