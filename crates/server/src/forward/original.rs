//! The request that is asked about, as each proxy writes it.
//!
//! Invariant: each proxy's headers are read at its own path alone. What a caller writes into those of another proxy is not looked at.

use doorward_core::{Code, Error};
use http::header::HOST;
use http::request::Parts;
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderName, Method, Uri};

use super::ENVOY;

const FORWARDED: [HeaderName; 3] = [
    HeaderName::from_static("x-forwarded-method"),
    HeaderName::from_static("x-forwarded-host"),
    HeaderName::from_static("x-forwarded-uri"),
];
const ORIGINAL_METHOD: HeaderName = HeaderName::from_static("x-original-method");
const ORIGINAL_URL: HeaderName = HeaderName::from_static("x-original-url");

/// Which proxy asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asker {
    /// Traefik, Caddy, and others that write `X-Forwarded-*`.
    Forwarded,
    /// nginx.
    Nginx,
    /// Envoy.
    Envoy,
}

/// The request that is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Original {
    pub(crate) method: Method,
    /// As configurations name it.
    pub(crate) host: String,
    pub(crate) target: PathAndQuery,
}

impl Original {
    /// What `asker` asks about.
    ///
    /// # Errors
    /// [`Code::MalformedParameter`]: it does not say, or says it twice.
    pub(crate) fn read(asker: Asker, parts: &Parts) -> Result<Self, Error> {
        let headers = &parts.headers;
        match asker {
            Asker::Forwarded => {
                let [method, host, uri] = &FORWARDED;
                Self::new(once(headers, method)?, once(headers, host)?, once(headers, uri)?)
            }
            Asker::Nginx => {
                let url = once(headers, &ORIGINAL_URL)?;
                Self::of_url(once(headers, &ORIGINAL_METHOD)?, url)
            }
            Asker::Envoy => {
                let whole = parts.uri.path_and_query().map_or("", PathAndQuery::as_str);
                let target = whole.strip_prefix(ENVOY).filter(|rest| !rest.is_empty()).unwrap_or("/");
                let target = if target.starts_with('?') { format!("/{target}") } else { target.to_owned() };
                let authority = parts.uri.authority().map(|authority| authority.as_str().to_owned());
                let host = authority.map_or_else(|| once(headers, &HOST).map(str::to_owned), Ok)?;
                Self::new(parts.method.as_str(), &host, &target)
            }
        }
    }

    /// A request with this method and whole address.
    ///
    /// # Errors
    /// [`Code::MalformedParameter`].
    pub(crate) fn of_url(method: &str, url: &str) -> Result<Self, Error> {
        let (_, rest) = url.split_once("://").ok_or_else(malformed)?;
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (host, target) = rest.split_at(end);
        let target = if target.starts_with('/') { target.to_owned() } else { format!("/{target}") };
        Self::new(method, host, &target)
    }

    fn new(method: &str, host: &str, target: &str) -> Result<Self, Error> {
        let method = method.parse().map_err(|_| malformed())?;
        // A fragment is never sent: text behind `#` would be read by one and not by another.
        let is_plain = target.starts_with('/') && target.bytes().all(|c| c.is_ascii_graphic() && c != b'#');
        let target = is_plain.then(|| target.parse().ok()).flatten().ok_or_else(malformed)?;
        Ok(Self { method, host: canonical(host), target })
    }

    /// `parts`, the question, as the request that it is about.
    ///
    /// # Errors
    /// [`Code::MalformedParameter`].
    pub(crate) fn put_into(&self, parts: &mut Parts) -> Result<(), Error> {
        parts.method = self.method.clone();
        parts.uri = Uri::builder().path_and_query(self.target.clone()).build().map_err(|_| malformed())?;
        for name in FORWARDED.iter().chain([&ORIGINAL_METHOD, &ORIGINAL_URL]) {
            parts.headers.remove(name);
        }
        Ok(())
    }
}

/// A host as configurations name it: small letters, no dot at the end, no port that is the usual one.
fn canonical(host: &str) -> String {
    let host = host.to_ascii_lowercase();
    let host = host.strip_suffix(":443").or_else(|| host.strip_suffix(":80")).unwrap_or(&host);
    host.strip_suffix('.').unwrap_or(host).to_owned()
}

fn once<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Result<&'h str, Error> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().map_err(|_| malformed()),
        _ => Err(malformed()),
    }
}

fn malformed() -> Error {
    Error::new(
        Code::MalformedParameter,
        "The proxy does not say which request it asks about: see docs/forward-auth.md.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(asker: Asker, target: &str, lines: &[(&str, &str)]) -> Option<String> {
        let mut request = http::Request::builder().method("POST").uri(target);
        for (name, value) in lines {
            request = request.header(*name, *value);
        }
        let original = Original::read(asker, &request.body(()).unwrap().into_parts().0).ok()?;
        Some(format!("{} {} {}", original.method, original.host, original.target))
    }

    #[test]
    fn each_proxy_is_read_where_it_writes() {
        let forwarded = [
            ("x-forwarded-method", "GET"),
            ("x-forwarded-host", "Wiki.Example.:443"),
            ("x-forwarded-uri", "/a/%2e?x=1"),
        ];
        let nginx = [("x-original-method", "PUT"), ("x-original-url", "https://wiki.example/b?y")];

        let read_forwarded = read(Asker::Forwarded, "/forward-auth", &forwarded);
        assert_eq!(read_forwarded.as_deref(), Some("GET wiki.example /a/%2e?x=1"));
        assert_eq!(read(Asker::Nginx, "/", &nginx).as_deref(), Some("PUT wiki.example /b?y"));
        for (target, expected) in [
            ("/forward-auth/envoy/c/../d?z", "POST wiki.example /c/../d?z"),
            ("/forward-auth/envoy//e", "POST wiki.example //e"),
            ("/forward-auth/envoy?q", "POST wiki.example /?q"),
            ("/forward-auth/envoy", "POST wiki.example /"),
        ] {
            let found = read(Asker::Envoy, target, &[("host", "wiki.example")]);
            assert_eq!(found.as_deref(), Some(expected), "{target}");
        }
    }

    #[test]
    fn what_another_proxy_would_write_is_not_looked_at() {
        let lines = [
            ("x-forwarded-method", "GET"),
            ("x-forwarded-host", "wiki.example"),
            ("x-forwarded-uri", "/admin"),
            ("x-original-url", "https://wiki.example/open"),
            ("x-original-method", "GET"),
            ("host", "other.example"),
        ];

        assert_eq!(read(Asker::Forwarded, "/", &lines).as_deref(), Some("GET wiki.example /admin"));
        assert_eq!(read(Asker::Nginx, "/", &lines).as_deref(), Some("GET wiki.example /open"));
    }

    #[test]
    fn what_is_missing_twice_or_no_path_is_refused() {
        let with = |uri: &[&str]| {
            let mut lines = vec![("x-forwarded-method", "GET"), ("x-forwarded-host", "wiki.example")];
            lines.extend(uri.iter().map(|uri| ("x-forwarded-uri", *uri)));
            read(Asker::Forwarded, "/", &lines)
        };

        assert!(with(&["/"]).is_some());
        for uri in [&[][..], &["/a", "/b"], &[""], &["a"], &["/a#b"], &["/a b"], &["https://x/"]] {
            assert_eq!(with(uri), None, "{uri:?}");
        }
    }
}
