//! `[cors]`: what it means, and whether what stands there are origins.

use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderName, Method};
use url::Url;

use super::sections::Sections;
use super::settle::{Checked, refused};
use crate::http::credential::API_KEY;

/// How pages of other origins may call.
#[derive(Debug, Clone)]
pub struct Cors {
    /// Whether the browser sends its credentials along.
    pub with_credentials: bool,
    /// By these methods.
    pub methods: Vec<Method>,
    /// With these headers; `None`: with those they ask for.
    pub headers: Option<Vec<HeaderName>>,
}

impl Default for Cors {
    fn default() -> Self {
        Self {
            with_credentials: true,
            methods: vec![Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE],
            headers: Some(vec![AUTHORIZATION, CONTENT_TYPE, API_KEY]),
        }
    }
}

/// Holds each origin of the list against its form.
pub(super) fn check(sections: &Sections) -> Checked<()> {
    // Everybody's pages, without credentials: the dialect has seen to it.
    let is_everybody = |origin: &str| sections.dialect.tp.enabled && origin == "*";
    match sections.cors.allowed_origins.iter().find(|origin| !is_origin(origin) && !is_everybody(origin)) {
        Some(origin) => refused(format!(
            "cors.allowed_origins: {origin:?} is no origin like \"https://app.example\" or \"https://*.app.example\""
        )),
        None => Ok(()),
    }
}

/// Whether `text` is an origin, or all subdomains of a name that is not a whole top-level domain.
pub(super) fn is_origin(text: &str) -> bool {
    let is_plain = |text: &str| Url::parse(text).is_ok_and(|url| url.origin().ascii_serialization() == text);
    let (scheme, host) = text.split_once("://").unwrap_or(("https", text));
    match host.strip_prefix("*.") {
        Some(name) => name.contains('.') && !name.contains(':') && is_plain(&format!("{scheme}://{name}")),
        None => is_plain(text),
    }
}
