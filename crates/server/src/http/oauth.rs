//! What refusals under `/oauth2/` say besides, so that clients of OAuth 2.0 understand them.
//!
//! They are problems as everywhere; the member `error` and a second challenge come with them (RFC 9110 §11.6.1). Does not decide about statuses.

use doorward_core::Code;
use http::{HeaderValue, StatusCode};

use super::problem::status;

/// Where clients of OAuth 2.0 come in.
const PATHS: &str = "/oauth2/";

/// How a refusal is put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tongue {
    /// As a problem.
    Plain,
    /// As a problem with the words of OAuth 2.0.
    OAuth,
}

impl Tongue {
    /// What is spoken at `path`.
    pub(super) fn of(path: &str) -> Self {
        if path.starts_with(PATHS) { Self::OAuth } else { Self::Plain }
    }

    /// The word for `code` (RFC 6749 §5.2, RFC 6750 §3.1).
    pub(super) fn word(self, code: Code) -> Option<&'static str> {
        let word = match status(code) {
            StatusCode::UNAUTHORIZED => "invalid_client",
            StatusCode::FORBIDDEN => "insufficient_scope",
            status if status.is_server_error() => "temporarily_unavailable",
            _ => "invalid_request",
        };
        (self == Self::OAuth).then_some(word)
    }

    /// `bearer`, the challenge of a 401, and how else a service can show its key.
    pub(super) fn challenge(self, bearer: &'static str) -> HeaderValue {
        let plain = HeaderValue::from_static(bearer);
        if self == Self::Plain {
            return plain;
        }
        HeaderValue::try_from(format!(r#"Basic realm="doorward", {bearer}"#)).unwrap_or(plain)
    }
}
