//! Where credentials stand in a request, and who the caller was found to be.
//!
//! Does not check them: see [`super::guards`]. Credentials in the query or the body are never read.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use doorward_core::{Code, Error, Principal};
use doorward_guard::{Authorization, GuardRequest, Sent, User};
use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{HeaderMap, HeaderName};
use zeroize::Zeroizing;

use super::problem::Problem;
use crate::app::AppState;

const SCHEME: &str = "Bearer";
/// The header of an API key.
pub const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// The caller of a guarded route: the owner of an account, by any credential but one that an application was given.
#[derive(Debug, Clone)]
pub struct CurrentUser(pub Arc<Principal>);

/// The caller of a guarded route that opens to applications as well, by the scopes their users have given them.
#[derive(Debug, Clone)]
pub struct Holder(pub Arc<Principal>);

/// The guards have found the caller out; a route that none of them stands before has nobody to tell.
impl FromRequestParts<AppState> for Holder {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, Problem> {
        let who = found(parts)?;
        who.require_account()?;
        Ok(Self(who))
    }
}

/// Whom the guards have found: perhaps an application by itself, which is for the caller to refuse.
pub(super) fn found(parts: &Parts) -> Result<Arc<Principal>, Error> {
    Ok(parts.extensions.get::<User>().and_then(User::data).ok_or(Code::AuthenticationRequired)?)
}

impl FromRequestParts<AppState> for CurrentUser {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let Holder(who) = Holder::from_request_parts(parts, state).await?;
        who.refuse_client()?;
        Ok(Self(who))
    }
}

/// The bearer token of a request (RFC 6750 §2.1); `None` when there is no `Authorization` at all.
pub(crate) fn bearer(headers: &HeaderMap) -> Result<Option<&[u8]>, Error> {
    token(Authorization::of(headers), headers)
}

/// The same where guards have read the header already.
pub(super) fn bearer_of<'r>(request: &GuardRequest<'r>) -> Result<Option<&'r [u8]>, Error> {
    token(request.authorization(), request.headers())
}

fn token<'r>(sent: Sent<Authorization<'r>>, headers: &HeaderMap) -> Result<Option<&'r [u8]>, Error> {
    // Which characters a token may have is left to whoever verifies it: looking at each costs more than the look-up of a
    // token that was seen before.
    let is_one = |sent: &Authorization<'_>| {
        let is_bearer = sent.scheme.eq_ignore_ascii_case(SCHEME);
        is_bearer && !sent.credentials.is_empty() && !sent.credentials.contains(' ')
    };
    match sent {
        Sent::Nothing => Ok(None),
        Sent::Once(sent) if is_one(&sent) => Ok(Some(sent.credentials.as_bytes())),
        Sent::Unclear if headers.get_all(AUTHORIZATION).iter().count() > 1 => {
            Err(Error::new(Code::MalformedParameter, "Authorization is there twice."))
        }
        Sent::Once(_) | Sent::Unclear => Err(Code::TokenInvalid.into()),
    }
}

/// The API key of a request; `None` when there is none.
pub(crate) fn api_key(headers: &HeaderMap) -> Result<Option<&str>, Error> {
    let mut values = headers.get_all(&API_KEY).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map(Some).map_err(|_| Code::TokenInvalid.into()),
        (Some(_), Some(_)) => Err(Error::new(Code::MalformedParameter, "X-API-Key is there twice.")),
    }
}

/// The API key that a service shows as its password (RFC 6749 §2.3.1); `None` when it shows none in this way. Which name it gives
/// itself is its own affair: the key says who it is.
pub(super) fn service_key(request: &GuardRequest<'_>) -> Result<Option<Zeroizing<String>>, Error> {
    let Sent::Once(sent) = request.authorization() else { return Ok(None) };
    if !sent.scheme.eq_ignore_ascii_case("Basic") {
        return Ok(None);
    }
    if request.headers().contains_key(&API_KEY) {
        return Err(Error::new(Code::MalformedParameter, "Send a password or an API key, not both."));
    }
    let decoded = Zeroizing::new(STANDARD.decode(sent.credentials).map_err(|_| Code::TokenInvalid)?);
    let text = std::str::from_utf8(&decoded).map_err(|_| Code::TokenInvalid)?;
    let (_, password) = text.split_once(':').ok_or(Code::TokenInvalid)?;
    // A key has no letter that a form would write in another way.
    Ok(Some(Zeroizing::new(password.to_owned())))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn read(lines: &[&str]) -> Result<Option<String>, Code> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(AUTHORIZATION, HeaderValue::from_bytes(line.as_bytes()).unwrap());
        }
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
