//! Where credentials stand in a request, and who the caller was found to be.
//!
//! Does not check them: see [`super::guards`]. Credentials in the query or the body are never read.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use doorward_core::{Code, Error, Principal};
use doorward_guard::User;
use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue};

use super::problem::Problem;
use crate::app::AppState;

const SCHEME: &[u8] = b"Bearer";
/// The header of an API key.
pub const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// The caller of a guarded route.
#[derive(Debug, Clone)]
pub struct CurrentUser(pub Arc<Principal>);

/// The guards have found the caller out; a route that none of them stands before has nobody to tell.
impl FromRequestParts<AppState> for CurrentUser {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, Problem> {
        let user = parts.extensions.get::<User>();
        Ok(Self(user.and_then(User::data).ok_or(Code::AuthenticationRequired)?))
    }
}

/// The bearer token of a request (RFC 6750 §2.1); `None` when there is no `Authorization` at all.
pub(crate) fn bearer(headers: &HeaderMap) -> Result<Option<&[u8]>, Error> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => read_bearer(value).map(Some).ok_or_else(|| Code::TokenInvalid.into()),
        (Some(_), Some(_)) => Err(Error::new(Code::MalformedParameter, "Authorization is there twice.")),
    }
}

/// The API key of a request; `None` when there is none.
pub(super) fn api_key(headers: &HeaderMap) -> Result<Option<&str>, Error> {
    let mut values = headers.get_all(&API_KEY).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map(Some).map_err(|_| Code::TokenInvalid.into()),
        (Some(_), Some(_)) => Err(Error::new(Code::MalformedParameter, "X-API-Key is there twice.")),
    }
}

/// The token after the scheme, which is read without regard to case (RFC 9110 §11.1).
fn read_bearer(value: &HeaderValue) -> Option<&[u8]> {
    // Which characters a token may have is left to whoever verifies it: looking at each costs more than the look-up of a
    // token that was seen before.
    let (scheme, rest) = value.as_bytes().split_at_checked(SCHEME.len())?;
    let spaces = rest.iter().take_while(|byte| **byte == b' ').count();
    let token = &rest[spaces..];
    let is_one = spaces > 0 && !token.is_empty() && memchr::memchr(b' ', token).is_none();
    (scheme.eq_ignore_ascii_case(SCHEME) && is_one).then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&str]) -> Result<Option<String>, Code> {
        let headers: HeaderMap = lines.iter().map(|line| (AUTHORIZATION, line.parse().unwrap())).collect();
        bearer(&headers)
            .map(|token| token.map(|token| String::from_utf8_lossy(token).into_owned()))
            .map_err(|error| error.code())
    }

    #[test]
    fn the_scheme_is_read_without_regard_to_case() {
        for line in ["Bearer abc", "bearer abc", "BEARER  abc"] {
            assert_eq!(read(&[line]), Ok(Some("abc".into())), "{line}");
        }
    }

    #[test]
    fn no_header_is_no_credential_and_every_other_form_is_refused() {
        assert_eq!(read(&[]), Ok(None));
        for line in ["", "Bearer", "Bearer ", "Basic YTpi", "abc", "Bearer a b", "Bearer\tabc"] {
            assert_eq!(read(&[line]), Err(Code::TokenInvalid), "{line:?}");
        }
        assert_eq!(read(&["Bearer a", "Bearer a"]), Err(Code::MalformedParameter));
    }
}
