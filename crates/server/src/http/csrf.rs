//! Requests that a page of another site makes a browser send are refused where the browser's cookie would count.
//!
//! Browsers tell the truth in `Sec-Fetch-Site` and `Origin`; programs send neither, and have no cookie that a page could
//! borrow.

use std::net::IpAddr;

use doorward_core::{Code, Error};
use http::header::{HOST, ORIGIN};
use http::request::Parts;
use http::uri::Authority;
use http::{HeaderMap, HeaderName, Method};

use super::origin;
use crate::config::Http;

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Lets pass what changes nothing, and what comes from the server's own pages, a listed origin or a program.
///
/// # Errors
/// [`Code::CrossSite`].
pub(crate) fn check(method: &Method, headers: &HeaderMap, http: &Http) -> Result<(), Error> {
    if method.is_safe() {
        return Ok(());
    }
    let origin = headers.get(ORIGIN);
    let is_listed = origin.is_some_and(|origin| {
        let origin = origin.to_str().unwrap_or_default();
        origin == http.public_url || origin::is_listed(&http.allowed_origins, origin)
    });
    let is_own = match headers.get(FETCH_SITE) {
        Some(site) => site == "same-origin" || site == "none",
        None => origin.is_none(),
    };
    if is_listed || is_own { Ok(()) } else { Err(Code::CrossSite.into()) }
}

/// Lets pass what was addressed to this server by its own name or to this machine.
///
/// Where no credential is asked for, a page whose own name was pointed at this machine (DNS rebinding) would otherwise read
/// everything: to the browser it is the same site.
///
/// # Errors
/// [`Code::CrossSite`].
pub(crate) fn check_host(parts: &Parts, http: &Http) -> Result<(), Error> {
    // HTTP/2 puts it into the target.
    let target = parts.uri.authority().map(Authority::as_str);
    let Some(host) = target.or_else(|| parts.headers.get(HOST)?.to_str().ok()) else { return Ok(()) };
    let is_own = http.public_url.split_once("://").is_some_and(|(_, own)| host == own);
    if is_own || is_this_machine(host) { Ok(()) } else { Err(Code::CrossSite.into()) }
}

/// Whether an authority names the machine itself: by address, which no page can have for a name, or as `localhost`.
fn is_this_machine(authority: &str) -> bool {
    let Ok(authority) = authority.parse::<Authority>() else { return false };
    let host = authority.host().trim_matches(['[', ']']);
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Environment, parse};

    fn passes(method: &Method, lines: &[(&'static str, &str)]) -> bool {
        let text = "[server]\npublic_url = \"https://auth.example\"\n[cors]\nallowed_origins = [\"https://app.example\"]";
        let http = parse(text, &Environment::default()).unwrap().http;
        let headers = lines
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()))
            .collect();
        check(method, &headers, &http).is_ok()
    }

    #[test]
    fn only_own_pages_listed_origins_and_programs_change_anything() {
        for (lines, expected) in [
            (&[][..], true),
            (&[("sec-fetch-site", "same-origin"), ("origin", "https://auth.example")], true),
            (&[("sec-fetch-site", "none")], true),
            (&[("origin", "https://auth.example")], true),
            (&[("sec-fetch-site", "cross-site"), ("origin", "https://app.example")], true),
            (&[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")], false),
            (&[("sec-fetch-site", "same-site"), ("origin", "https://other.auth.example")], false),
            (&[("origin", "https://evil.example")], false),
            (&[("origin", "null")], false),
            (&[("origin", "https://auth.example.evil.example")], false),
        ] {
            assert_eq!(passes(&Method::POST, lines), expected, "{lines:?}");
        }
    }

    #[test]
    fn reading_is_let_through() {
        assert!(passes(
            &Method::GET,
            &[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")]
        ));
    }
}
