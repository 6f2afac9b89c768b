//! What refusals under `/oauth2/` say, so that clients of OAuth 2.0 understand them.
//!
//! Where services ask about tokens they are problems as everywhere; the member `error` and a second challenge come with them (RFC 9110
//! §11.6.1). Where tokens are given, they have the form that every client library reads (RFC 6749 §5.2) and no other. Does not decide about
//! statuses.

use doorward_core::{Code, Error};
use http::{HeaderValue, StatusCode};
use serde_json::json;

use super::problem::status;

/// Where clients of OAuth 2.0 come in.
const PATHS: &str = "/oauth2/";
/// Where tokens are given.
const TOKEN: &str = "/oauth2/token";
/// A resource like any other, for whoever shows an access token.
const USERINFO: &str = "/oauth2/userinfo";

/// How a refusal is put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tongue {
    /// As a problem.
    Plain,
    /// As a problem with the words of OAuth 2.0.
    OAuth,
    /// In the words of OAuth 2.0 alone.
    Grant,
}

impl Tongue {
    /// What is spoken at `path`.
    pub(super) fn of(path: &str) -> Self {
        match path {
            TOKEN => Self::Grant,
            USERINFO => Self::Plain,
            path if path.starts_with(PATHS) => Self::OAuth,
            _ => Self::Plain,
        }
    }

    /// The word for `code`, where words are spoken.
    pub(super) fn word(self, code: Code) -> Option<&'static str> {
        (self != Self::Plain).then(|| word(code))
    }

    /// `bearer`, the challenge of a 401, and how else a service can show its key.
    pub(super) fn challenge(self, bearer: &'static str) -> HeaderValue {
        let plain = HeaderValue::from_static(bearer);
        match self {
            Self::Plain => plain,
            Self::OAuth => {
                HeaderValue::try_from(format!(r#"Basic realm="doorward", {bearer}"#)).unwrap_or(plain)
            }
            Self::Grant => HeaderValue::from_static(r#"Basic realm="doorward""#),
        }
    }
}

/// The word of OAuth 2.0 for `code` (RFC 6749 §4.1.2.1 and §5.2, RFC 6750 §3.1, OpenID Connect Core §3.1.2.6).
pub(crate) fn word(code: Code) -> &'static str {
    match code {
        Code::InvalidScope => "invalid_scope",
        Code::Conflict | Code::TooManyAttempts => "temporarily_unavailable",
        Code::InvalidClient
        | Code::InvalidGrant
        | Code::UnsupportedGrant
        | Code::UnauthorizedClient
        | Code::UnsupportedResponse
        | Code::UnsupportedRequest
        | Code::LoginRequired
        | Code::ConsentRequired
        | Code::AccessDenied => code.as_str(),
        other => match status(other) {
            StatusCode::UNAUTHORIZED => "invalid_client",
            StatusCode::FORBIDDEN => "insufficient_scope",
            status if status.is_server_error() => "temporarily_unavailable",
            _ => "invalid_request",
        },
    }
}

/// One sentence in the letters that a description may have (RFC 6749 §5.2).
pub(crate) fn description(error: &Error) -> String {
    let is_good = |c: &char| matches!(c, ' ' | '!' | '#'..='[' | ']'..='~');
    error.detail().chars().filter(is_good).collect()
}

/// Media type and body of a refusal where tokens are given.
pub(super) fn refusal(error: &Error) -> (&'static str, Vec<u8>) {
    let body = json!({ "error": word(error.code()), "error_description": description(error) });
    ("application/json", body.to_string().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_path_has_its_tongue() {
        assert_eq!(Tongue::of("/oauth2/token"), Tongue::Grant);
        assert_eq!(Tongue::of("/oauth2/userinfo"), Tongue::Plain);
        assert_eq!(Tongue::of("/oauth2/introspect"), Tongue::OAuth);
        assert_eq!(Tongue::of("/api/v1/login"), Tongue::Plain);
    }

    #[test]
    fn a_description_has_no_letter_that_would_end_it() {
        let error = Error::new(Code::InvalidGrant, "a \"b\" \\ c\u{e9}");

        assert_eq!(description(&error), "a b  c");
    }
}
