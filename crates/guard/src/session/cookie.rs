//! `Set-Cookie` lines (RFC 6265bis §4.1): always `__Host-`, `Secure` and `HttpOnly`.

use http::HeaderValue;

/// When a browser sends a cookie along with a request that another site has caused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SameSite {
    /// When somebody follows a link.
    Lax,
    /// Always: needed where a provider answers by a form that is posted from its own page.
    None,
}

/// A cookie of this host alone, out of the reach of scripts.
pub(crate) struct Cookie<'a> {
    name: &'a str,
    value: &'a str,
    max_age: i64,
    same_site: SameSite,
}

impl<'a> Cookie<'a> {
    pub(crate) const fn new(name: &'a str, value: &'a str) -> Self {
        Self { name, value, max_age: 0, same_site: SameSite::Lax }
    }

    /// How many seconds it lives.
    pub(crate) const fn lives(mut self, max_age: i64) -> Self {
        self.max_age = max_age;
        self
    }

    pub(crate) const fn same_site(mut self, same_site: SameSite) -> Self {
        self.same_site = same_site;
        self
    }

    pub(crate) fn header(&self) -> HeaderValue {
        let same_site = match self.same_site {
            SameSite::Lax => "Lax",
            SameSite::None => "None",
        };
        let line = format!(
            "{}={}; Path=/; Secure; HttpOnly; SameSite={same_site}; Max-Age={}",
            self.name, self.value, self.max_age
        );
        // Names and values are of the alphabet of base64url; a header takes them.
        HeaderValue::try_from(line).unwrap_or(HeaderValue::from_static(""))
    }

    /// The line that takes it away.
    pub(crate) fn removed(self) -> HeaderValue {
        Cookie { value: "", max_age: 0, ..self }.header()
    }
}
