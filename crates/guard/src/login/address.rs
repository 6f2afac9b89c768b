//! Where browsers come back to, and where they may be sent on to.
//!
//! Invariant: what a request has brought is followed only within the application's own origin.

use url::Url;

use crate::guard::Reason;

/// The address that is registered with a provider, and the path under which this application sees it.
///
/// ```
/// use doorward_guard::CallbackUrl;
///
/// let callback = CallbackUrl::parse("https://app.example/api/auth/google")?;
/// assert_eq!(callback.path(), "/api/auth/google");
/// assert_eq!(callback.under("/api")?.path(), "/auth/google");
/// # Ok::<(), doorward_guard::Reason>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallbackUrl {
    text: String,
    origin: String,
    path: String,
}

impl CallbackUrl {
    /// Reads an address such as `https://app.example/auth/google`.
    ///
    /// # Errors
    /// It is not `http` or `https`, or has a fragment (RFC 6749 §3.1.2).
    pub fn parse(text: &str) -> Result<Self, Reason> {
        let url = Url::parse(text).map_err(|_| Reason::from("the address to come back to is no URL"))?;
        if !matches!(url.scheme(), "http" | "https") || url.fragment().is_some() {
            return Err("the address to come back to is not http or https, or has a fragment".into());
        }
        Ok(Self {
            text: text.to_owned(),
            origin: url.origin().ascii_serialization(),
            path: url.path().to_owned(),
        })
    }

    /// The same for an application that is mounted at `root`, which it does not see in its paths.
    ///
    /// # Errors
    /// The address is not below `root`.
    pub fn under(mut self, root: &str) -> Result<Self, Reason> {
        let root = root.trim_end_matches('/');
        let rest = self.path.strip_prefix(root).filter(|rest| rest.is_empty() || rest.starts_with('/'));
        let Some(rest) = rest else {
            return Err(Reason::from(format!("{} is not below {root}", self.text)));
        };
        self.path = if rest.is_empty() { "/".to_owned() } else { rest.to_owned() };
        Ok(self)
    }

    /// The same, seen by the application at another path: a proxy rewrites it.
    #[must_use]
    pub fn seen_at(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// The address as it is registered.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The path under which the application sees it.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Scheme, host and port of the application.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Takes the place of an address that cannot be read, which is reported apart.
    #[cfg(feature = "oauth2")]
    pub(crate) fn unreadable(text: &str) -> Self {
        Self { text: text.to_owned(), origin: "null".to_owned(), path: "/".to_owned() }
    }

    /// `address` if it is one of the application's own pages.
    pub(crate) fn own_page(&self, address: &str) -> Option<String> {
        let url = Url::parse(address).ok()?;
        let is_own = url.origin().ascii_serialization() == self.origin
            && url.username().is_empty()
            && url.password().is_none();
        (is_own && url.path() != self.path).then(|| url.into())
    }

    /// The address of a path of the application. Whatever the path looks like, it stays within the origin.
    pub(crate) fn page(&self, path_and_query: &str) -> String {
        self.own_page(&format!("{}{path_and_query}", self.origin))
            .unwrap_or_else(|| format!("{}/", self.origin))
    }
}

/// Whether a browser can be sent to `target`, which the application has chosen: a path, or an http address.
pub(crate) fn is_target(target: &str) -> bool {
    let is_plain = target.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let is_path = target.starts_with('/') && !target.starts_with("//");
    let is_address = Url::parse(target).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    is_plain && (is_path || is_address)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn callback() -> CallbackUrl {
        CallbackUrl::parse("https://app.example/auth").unwrap()
    }

    #[test]
    fn only_own_pages_are_gone_back_to() {
        let own = |address: &str| callback().own_page(address);

        assert_eq!(
            own("https://app.example/landing?a=1").as_deref(),
            Some("https://app.example/landing?a=1")
        );
        for foreign in [
            "//evil.example/x",
            "/\\evil.example",
            "https://evil.example/",
            "https://app.example.evil.example/",
            "https://app.example@evil.example/",
            "https://user:pw@app.example/",
            "https://app.example:444/",
            "http://app.example/",
            "javascript:alert(1)",
            "data:text/html,x",
            "",
            "https://app.example/auth?code=c",
        ] {
            assert_eq!(own(foreign), None, "{foreign}");
        }
    }

    #[test]
    fn a_path_stays_within_the_origin_whatever_it_looks_like() {
        for path in ["/a?b=c", "//evil.example/x", "/\\evil.example", "/%0d%0aset-cookie:a"] {
            let page = callback().page(path);
            assert!(page.starts_with("https://app.example/"), "{path} became {page}");
            assert!(page.bytes().all(|byte| byte.is_ascii_graphic()), "{page}");
        }
    }

    #[test]
    fn a_target_is_a_path_or_an_address() {
        for good in ["/", "/home?x=1", "https://other.example/"] {
            assert!(is_target(good), "{good}");
        }
        for bad in ["", "home", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/a\r\nb: c"] {
            assert!(!is_target(bad), "{bad}");
        }
    }

    #[test]
    fn a_root_is_a_whole_segment() {
        assert_eq!(callback().under("/").unwrap().path(), "/auth");
        assert_eq!(callback().under("/auth").unwrap().path(), "/");
        assert!(callback().under("/au").is_err());
        assert!(callback().under("/other").is_err());
    }
}
