//! Refusals as problem documents (RFC 9457).
//!
//! A handler hands its error on as [`Problem`]; the edge writes it, because only the edge knows the request's id.
//! The cause of a fault goes to the log under that id and never to the caller.

use std::sync::Arc;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use doorward_core::{Code, Error};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};

use super::oauth::{self, Tongue};

/// The media type of a problem.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// A refusal on its way to the edge.
#[derive(Debug, Clone)]
pub struct Problem(Arc<Error>);

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self(Arc::new(error))
    }
}

impl From<Arc<Error>> for Problem {
    fn from(error: Arc<Error>) -> Self {
        Self(error)
    }
}

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        Self::from(Error::from(code))
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = status(self.0.code()).into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// What a refused caller is told.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct Document<'a> {
    /// Names the kind of problem for ever: `urn:doorward:problem:` and the code.
    #[serde(rename = "type")]
    kind: String,
    /// The phrase of the HTTP status.
    title: &'a str,
    /// The HTTP status.
    status: u16,
    /// The stable code, for programs.
    #[schema(schema_with = codes)]
    code: &'a str,
    /// One sentence for people.
    detail: &'a str,
    /// The word of OAuth 2.0 for it, under `/oauth2/` (RFC 6749 §5.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    /// The field of the request that is at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a str>,
    /// What to come again with: `second_factor_required` has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    ticket: Option<&'a str>,
    /// How many seconds to wait before trying again.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<i64>,
    /// The request's id: finds the reason in the server's log.
    request_id: &'a str,
}

/// The closed list of codes.
fn codes() -> Object {
    let codes = Code::ALL.iter().map(|code| code.as_str());
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(codes)).build()
}

impl Problem {
    /// Why.
    pub fn code(&self) -> Code {
        self.0.code()
    }

    /// The refusal itself.
    pub(crate) fn error(&self) -> &Error {
        &self.0
    }

    /// The answer to the request `request_id`. Headers that the handler or router has set stay.
    pub(super) fn write(&self, request_id: &str, tongue: Tongue, refused: Response) -> Response {
        let error = &self.0;
        let status = status(error.code());
        self.log(status, request_id);
        let retry_after = error.wait().map(|wait| wait.as_seconds_ceil().max(1));
        let document = Document {
            kind: format!("urn:doorward:problem:{}", error.code()),
            title: status.canonical_reason().unwrap_or_default(),
            status: status.as_u16(),
            code: error.code().as_str(),
            detail: error.detail(),
            error: tongue.word(error.code()),
            field: error.field(),
            ticket: error.ticket().map(|ticket| ticket.expose().as_str()),
            retry_after,
            request_id,
        };
        let (media_type, body) = match tongue {
            Tongue::Grant => oauth::refusal(error),
            _ => (MEDIA_TYPE, serde_json::to_vec(&document).unwrap_or_default()),
        };
        let mut response = refused.map(|_| Body::from(body));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        // The router may have said how long its own empty body was.
        headers.remove(CONTENT_LENGTH);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
        if let Some(seconds) = retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(challenge) = challenge(error.code()) {
            headers.insert(WWW_AUTHENTICATE, tongue.challenge(challenge));
        }
        response
    }

    /// Tells the log, under the request's id, what the caller is not told.
    pub(crate) fn log(&self, status: StatusCode, request_id: &str) {
        let (error, code) = (&self.0, self.0.code());
        let cause = std::error::Error::source(&**error).map(ToString::to_string).unwrap_or_default();
        if status.is_server_error() && code != Code::Overloaded {
            tracing::error!(request.id = request_id, %code, cause, "Request {request_id} failed: {code}");
        } else {
            tracing::debug!(request.id = request_id, %code, cause, "Request {request_id} was refused: {code}");
        }
    }
}

/// The HTTP status of each code.
pub const fn status(code: Code) -> StatusCode {
    match code {
        Code::MalformedBody
        | Code::MalformedParameter
        | Code::InvalidEmail
        | Code::InvalidUsername
        | Code::InvalidField
        | Code::InvalidScope
        | Code::InvalidFilter
        | Code::TicketInvalid
        | Code::PasskeyInvalid
        | Code::InvalidGrant
        | Code::UnsupportedGrant
        | Code::UnauthorizedClient
        | Code::UnsupportedResponse
        | Code::UnsupportedRequest
        | Code::LoginRequired
        | Code::CaptchaRequired
        | Code::CaptchaFailed => StatusCode::BAD_REQUEST,
        Code::PasswordTooShort | Code::PasswordTooLong | Code::PasswordTooCommon => StatusCode::BAD_REQUEST,
        Code::PasswordBreached | Code::PasswordHoldsName | Code::PasswordTooWeak => StatusCode::BAD_REQUEST,
        Code::InvalidCredentials
        | Code::SecondFactorInvalid
        | Code::InvalidClient
        | Code::AuthenticationRequired
        | Code::TokenInvalid
        | Code::TokenExpired
        | Code::TokenRevoked
        | Code::TokenReused => StatusCode::UNAUTHORIZED,
        Code::CrossSite
        | Code::RegistrationClosed
        | Code::AccountDisabled
        | Code::EmailUnverified
        | Code::FreshLoginRequired
        | Code::WrongPassword
        | Code::WrongCode
        | Code::SecondFactorRequired
        | Code::RefusedByHook
        | Code::ConsentRequired
        | Code::AccessDenied
        | Code::QuotaReached
        | Code::Forbidden => StatusCode::FORBIDDEN,
        Code::NotFound | Code::SessionNotFound => StatusCode::NOT_FOUND,
        Code::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        Code::TimedOut => StatusCode::REQUEST_TIMEOUT,
        Code::EmailTaken
        | Code::UsernameTaken
        | Code::RoleTaken
        | Code::LastSuperuser
        | Code::LastWayIn
        | Code::DocumentExists
        | Code::Conflict => StatusCode::CONFLICT,
        Code::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Code::UnsupportedMediaType | Code::DocumentTypeUnknown => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Code::NotConfigured => StatusCode::NOT_IMPLEMENTED,
        Code::TooManyAttempts | Code::RefreshRestricted => StatusCode::TOO_MANY_REQUESTS,
        Code::Overloaded | Code::CheckUnavailable | Code::StoreUnavailable => StatusCode::SERVICE_UNAVAILABLE,
        Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The challenge of a 401 (RFC 9110 §11.6.1): with an error only where a token came (RFC 6750 §3.1).
pub(crate) fn challenge(code: Code) -> Option<&'static str> {
    match code {
        Code::TokenExpired => Some(
            r#"Bearer realm="doorward", error="invalid_token", error_description="the token has expired""#,
        ),
        Code::TokenInvalid | Code::TokenRevoked | Code::TokenReused => {
            Some(r#"Bearer realm="doorward", error="invalid_token""#)
        }
        code if status(code) == StatusCode::UNAUTHORIZED => Some(r#"Bearer realm="doorward""#),
        _ => None,
    }
}

/// The answer to a method that the path does not know; the router has written `Allow`.
pub(crate) async fn method_not_allowed() -> Problem {
    Code::MethodNotAllowed.into()
}

/// The answer to a path that does not exist.
pub(crate) async fn not_found() -> Problem {
    Code::NotFound.into()
}

#[cfg(test)]
mod tests {
    use http::header::ALLOW;

    use super::*;

    #[test]
    fn every_code_is_an_error_status_and_every_401_has_a_challenge() {
        for code in Code::ALL {
            let status = status(*code);
            assert!(status.is_client_error() || status.is_server_error(), "{code}");
            assert_eq!(challenge(*code).is_some(), status == StatusCode::UNAUTHORIZED, "{code}");
        }
    }

    #[test]
    fn a_problem_keeps_what_the_router_said_and_tells_no_cause() {
        let mut refused = StatusCode::METHOD_NOT_ALLOWED.into_response();
        refused.headers_mut().insert(ALLOW, HeaderValue::from_static("GET"));

        let problem = Problem::from(Error::from(Code::Internal).because("the disk at /secret is full"));
        let response = problem.write("r-1", Tongue::Plain, refused);

        assert_eq!(response.headers()[ALLOW], "GET");
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    }
}
