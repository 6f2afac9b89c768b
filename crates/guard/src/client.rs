//! Calls to other services: one trait, and the one client that goes to the network.
//!
//! The client follows no redirect, speaks TLS unless it talks to this machine, waits 5 s at most, and reads 1 MiB at most.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use url::{Host, Url};

use crate::soon::Waiting;

const TIMEOUT: Duration = Duration::from_secs(5);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// The longest answer that is read, in bytes.
const ANSWER_MAX: usize = 1024 * 1024;

/// Sends a request to another service and gives its answer.
///
/// Guards take one with their method `fetch`, so that an application can use a client of its own, and tests a provider that
/// runs in the process.
///
/// ```
/// use bytes::Bytes;
/// use doorward_guard::{Fetch, FetchError, HttpClient, Waiting};
/// use http::{Request, Response};
///
/// /// Counts what is asked of others.
/// struct Counted(HttpClient, std::sync::atomic::AtomicU64);
///
/// impl Fetch for Counted {
///     fn fetch(&self, request: Request<Bytes>) -> Waiting<Result<Response<Bytes>, FetchError>> {
///         self.1.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
///         self.0.fetch(request)
///     }
/// }
/// ```
pub trait Fetch: Send + Sync + 'static {
    /// The answer to `request`, whose address is absolute. Redirects are answers.
    fn fetch(&self, request: Request<Bytes>) -> Waiting<Result<Response<Bytes>, FetchError>>;
}

impl<F: Fetch + ?Sized> Fetch for Arc<F> {
    fn fetch(&self, request: Request<Bytes>) -> Waiting<Result<Response<Bytes>, FetchError>> {
        (**self).fetch(request)
    }
}

/// There is no answer. For logs; it holds nothing of the request but the host.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct FetchError(Cow<'static, str>);

impl FetchError {
    /// What is the matter.
    pub fn new(what: impl Into<Cow<'static, str>>) -> Self {
        Self(what.into())
    }
}

/// The client that goes to the network. It is made when it is first used and keeps its connections.
#[derive(Clone, Default)]
pub struct HttpClient(Arc<OnceLock<Option<reqwest::Client>>>);

impl std::fmt::Debug for HttpClient {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("HttpClient")
    }
}

impl HttpClient {
    /// A client without connections.
    pub fn new() -> Self {
        Self::default()
    }

    fn client(&self) -> Result<reqwest::Client, FetchError> {
        let made = self.0.get_or_init(|| {
            reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .timeout(TIMEOUT)
                .connect_timeout(CONNECT_TIMEOUT)
                .user_agent(USER_AGENT)
                .no_proxy()
                .build()
                .ok()
        });
        made.clone().ok_or_else(|| FetchError::new("the client for other services cannot be set up"))
    }
}

/// What other services are told of the caller.
const USER_AGENT: &str = concat!("doorward-guard/", env!("CARGO_PKG_VERSION"));

impl Fetch for HttpClient {
    fn fetch(&self, request: Request<Bytes>) -> Waiting<Result<Response<Bytes>, FetchError>> {
        let client = self.client();
        Box::pin(async move {
            let address = request.uri().to_string();
            if !is_private_enough(&address) {
                return Err(FetchError::new("an address is not https, and not of this machine"));
            }
            let host = request.uri().host().unwrap_or_default().to_owned();
            // What reqwest says holds the address, and that may hold a secret.
            let failed = |fault: reqwest::Error| {
                let what = if fault.is_timeout() { "does not answer in time" } else { "cannot be reached" };
                FetchError::new(format!("{host} {what}"))
            };
            let request = reqwest::Request::try_from(request).map_err(&failed)?;
            let mut answer = client?.execute(request).await.map_err(&failed)?;
            let mut body = Vec::new();
            while let Some(chunk) = answer.chunk().await.map_err(&failed)? {
                if body.len() + chunk.len() > ANSWER_MAX {
                    return Err(FetchError::new(format!("{host} answers more than is read")));
                }
                body.extend_from_slice(&chunk);
            }
            let mut whole = Response::new(Bytes::from(body));
            *whole.status_mut() = answer.status();
            std::mem::swap(whole.headers_mut(), answer.headers_mut());
            Ok(whole)
        })
    }
}

/// Whether what is sent to `address` can be read on the way by nobody: https, or this machine itself.
pub(crate) fn is_private_enough(address: &str) -> bool {
    Url::parse(address).is_ok_and(|url| match url.scheme() {
        "https" => url.has_host(),
        "http" => is_loopback(&url),
        _ => false,
    })
}

/// Whether `url` is of this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_tls_and_this_machine_are_private_enough() {
        for good in
            ["https://idp.example/a", "http://localhost:8080/", "http://127.0.0.1/", "http://[::1]:1/"]
        {
            assert!(is_private_enough(good), "{good}");
        }
        for bad in ["http://idp.example/a", "ftp://localhost/", "http://localhost.evil.example/", "/a", ""] {
            assert!(!is_private_enough(bad), "{bad}");
        }
    }

    #[tokio::test]
    async fn what_anybody_could_read_is_not_sent() {
        let request = Request::get("http://idp.example/token").body(Bytes::new()).unwrap();

        let refused = HttpClient::new().fetch(request).await.unwrap_err();

        assert_eq!(refused.to_string(), "an address is not https, and not of this machine");
    }
}
