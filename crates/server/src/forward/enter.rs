//! A browser signs in to a host: it is sent away, comes back with a code, and leaves again.
//!
//! It asks for a code on the pages of [`crate::api::oauth2`] as every application does. Invariants: what it brings back counts for the
//! browser that was sent away, which has kept a cookie since; it goes on at a path of the same host and nowhere else.

use doorward_core::client::Client;
use doorward_core::forward::Return;
use doorward_core::{Code, Error, Secret, Ttl};
use http::HeaderName;
use http::request::Parts;
use http::uri::PathAndQuery;
use url::form_urlencoded::{self, Serializer};

use super::answer::Answer;
use super::gate::{Gate, Host};
use super::{CALLBACK, SIGN_OUT};
use crate::http::cookie;

/// The browser's login at a host.
pub(super) const COOKIE: &str = "__Host-doorward-login";
/// What a browser keeps while it is away.
const ATTEMPT: &str = "__Host-doorward-attempt";
/// How long it may be away.
const AWAY: Ttl = Ttl::from_minutes(15);
/// A longer way back is cut off: it travels in an address.
const BACK_MAX: usize = 2_000;
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Sends the browser to sign in.
pub(super) async fn begin(gate: &Gate, host: &Host, parts: &Parts, client: &Client) -> Result<Answer, Error> {
    let core = &gate.state.core;
    core.client_of_host(&host.known, client).await?;
    let attempt = core.attempt(cookie::named(&parts.headers, ATTEMPT).ok().flatten());
    let asked = host.known.asked(&attempt, way_back(parts.uri.path_and_query()));
    let query = Serializer::new(String::new()).extend_pairs(asked.parameters()).finish();
    Ok(Answer::Go {
        to: format!("{}/oauth2/authorize?{query}", gate.state.http.public_url),
        cookie: cookie::written((ATTEMPT, attempt.expose()), AWAY, true),
    })
}

fn way_back(target: Option<&PathAndQuery>) -> &str {
    let Some(target) = target else { return "/" };
    let is_short = |text: &&str| text.len() <= BACK_MAX;
    [target.as_str(), target.path()].into_iter().find(is_short).unwrap_or("/")
}

/// Lets the browser in that comes back.
pub(super) async fn come_back(
    gate: &Gate,
    host: &Host,
    parts: &Parts,
    client: &Client,
) -> Result<Answer, Error> {
    let asked = parts.uri.query().unwrap_or_default();
    let field = |wanted: &str| {
        let mut found = form_urlencoded::parse(asked.as_bytes()).filter(|(name, _)| name == wanted);
        found.next().filter(|_| found.next().is_none()).map(|(_, value)| value.into_owned())
    };
    let code = field("code").ok_or_else(|| refused("Signing in came to no end. Open the page again."))?;
    let attempt = cookie::named(&parts.headers, ATTEMPT)?
        .ok_or_else(|| refused("This browser was not sent to sign in, or keeps no cookies."))?;
    let brought = Return { code: Secret::new(code), attempt: Secret::new(attempt.to_owned()) };
    let entered = match gate.state.core.enter(&host.known, brought, client).await {
        Err(error) if error.code() == Code::InvalidGrant => {
            return Err(refused("This way to sign in is over. Open the page again."));
        }
        other => other?,
    };
    let to = format!("{}{}", host.known.origin, on_host(field("state").as_deref()));
    let cookie = entered.and_then(|signed_in| {
        let life = signed_in.session_expires_at.since(gate.state.core.now());
        cookie::written((COOKIE, signed_in.cookie?.expose()), life, true)
    });
    Ok(Answer::Go { to, cookie })
}

/// The path to go on at: one of the host, and no part of the way itself.
fn on_host(state: Option<&str>) -> String {
    let is_path = |text: &&str| {
        text.starts_with('/') && text.bytes().all(|c| c.is_ascii_graphic() && !b"\\#".contains(&c))
    };
    let target = state.filter(is_path).and_then(|text| text.parse::<PathAndQuery>().ok());
    let target = target.filter(|target| ![CALLBACK, SIGN_OUT].contains(&target.path()));
    target.map_or_else(|| "/".to_owned(), |target| target.to_string())
}

/// Ends the browser's session at the host, and offers to end the one that it signs in with.
pub(super) async fn leave(gate: &Gate, host: &Host, parts: &Parts, client: &Client) -> Result<Answer, Error> {
    if parts.headers.get(&FETCH_SITE).is_some_and(|site| site == "cross-site") {
        return Err(Code::CrossSite.into());
    }
    let core = &gate.state.core;
    if let Some(value) = cookie::named(&parts.headers, COOKIE)? {
        match core.authenticate_at(host.known.id(), value).await {
            Ok(who) => core.logout(&who, client).await?,
            Err(error) if error.code() == Code::StoreUnavailable => return Err(error),
            // It opens nothing any more.
            Err(_) => {}
        }
    }
    let (id, goodbye) = (host.known.id().to_string(), host.known.goodbye());
    let asked = [("client_id", &id), ("post_logout_redirect_uri", &goodbye)];
    let query = Serializer::new(String::new()).extend_pairs(asked).finish();
    core.client_of_host(&host.known, client).await?;
    Ok(Answer::Go {
        to: format!("{}/oauth2/logout?{query}", gate.state.http.public_url),
        cookie: cookie::written((COOKIE, ""), Ttl::ZERO, true),
    })
}

fn refused(why: &str) -> Error {
    Error::new(Code::Forbidden, why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_to_another_host() {
        for (state, expected) in [
            (Some("/page?x=1"), "/page?x=1"),
            (Some("//evil.example"), "//evil.example"),
            (Some("https://evil.example"), "/"),
            (Some("@evil.example"), "/"),
            (Some(".evil.example"), "/"),
            (Some("/\\evil.example"), "/"),
            (Some("/a\r\nset-cookie: x"), "/"),
            (Some("/.doorward/sign-out"), "/"),
            (Some("/.doorward/callback?code=x"), "/"),
            (None, "/"),
        ] {
            assert_eq!(on_host(state), expected, "{state:?}");
        }
        // What follows is put behind the origin: there is no other host in it.
        let whole =
            url::Url::parse(&format!("https://wiki.example{}", on_host(Some("//evil.example")))).unwrap();
        assert_eq!(whole.host_str(), Some("wiki.example"));
    }

    #[test]
    fn a_long_way_back_is_cut_off() {
        let long = format!("/page?{}", "x".repeat(BACK_MAX));
        assert_eq!(way_back(Some(&long.parse().unwrap())), "/page");
        assert_eq!(way_back(Some(&"/".parse().unwrap())), "/");
    }
}
