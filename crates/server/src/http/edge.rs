//! The outermost layer: everything that every request and answer has.
//!
//! Gives each request its id, bounds its time, catches panics, writes refusals as problems, adds the security headers and
//! counts. One layer instead of six, because it is paid by every request.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use doorward_core::Code;
use doorward_core::port::Entropy;
use futures_util::FutureExt;
use http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderValue, Request};
use tower::Service;

use super::problem::Problem;
use crate::config::Http;
use crate::telemetry::requests::RequestMetrics;

/// The header that carries the request's id.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The header that each answer has while authentication is off.
pub const WARNING: HeaderName = HeaderName::from_static("x-doorward-warning");

const API_POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
const DOCS_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
     connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
);
/// Where pages with scripts are.
const DOCS: &str = "/docs";

/// Who is on the other end of the connection, and what the request is called.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// The other end of the connection; a proxy, perhaps.
    pub peer: SocketAddr,
    /// The request's id.
    pub request_id: HeaderValue,
}

/// The application with everything around it.
#[derive(Debug, Clone)]
pub struct Edge {
    router: Router,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    ids: RequestIds,
    timeout: Duration,
    is_https: bool,
    is_open: bool,
    metrics: RequestMetrics,
}

impl Edge {
    /// `router` with the edge of the server around it.
    pub fn new(router: Router, http: &Http, entropy: &dyn Entropy) -> Self {
        let shared = Shared {
            ids: RequestIds::new(entropy),
            timeout: http.request_timeout.into(),
            is_https: http.public_url.starts_with("https://"),
            is_open: !http.requires_authentication,
            metrics: RequestMetrics::new(),
        };
        Self { router, shared: Arc::new(shared) }
    }

    /// Answers one request that came from `peer`.
    pub async fn answer(&self, peer: SocketAddr, mut request: Request<Body>) -> Response {
        let started = Instant::now();
        let request_id = self.shared.ids.next();
        let is_docs = request.uri().path().starts_with(DOCS);
        let route = self.shared.metrics.route(request.method(), request.uri().path());
        let refusal = refuse_encoded(&request);
        request.extensions_mut().insert(Arrival { peer, request_id: request_id.clone() });
        let mut response = match refusal {
            Some(problem) => problem.into_response(),
            None => self.route(request).await,
        };
        if let Some(problem) = response.extensions_mut().remove::<Problem>() {
            response = problem.write(request_id.to_str().unwrap_or_default(), response);
        }
        self.add_headers(&mut response, request_id, is_docs);
        route.note(response.status(), started.elapsed());
        response
    }

    async fn route(&self, request: Request<Body>) -> Response {
        let mut router = self.router.clone();
        let answer = AssertUnwindSafe(router.call(request)).catch_unwind();
        match tokio::time::timeout(self.shared.timeout, answer).await {
            Ok(Ok(Ok(response))) => response,
            Ok(Ok(Err(never))) => match never {},
            Ok(Err(_panic)) => Problem::from(Code::Internal).into_response(),
            Err(_elapsed) => Problem::from(Code::TimedOut).into_response(),
        }
    }

    fn add_headers(&self, response: &mut Response, request_id: HeaderValue, is_docs: bool) {
        let headers = response.headers_mut();
        headers.reserve(8);
        headers.insert(REQUEST_ID, request_id);
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        headers.insert(CONTENT_SECURITY_POLICY, if is_docs { DOCS_POLICY } else { API_POLICY });
        headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
        if self.shared.is_https {
            headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
        }
        if self.shared.is_open {
            headers.insert(WARNING, HeaderValue::from_static("authentication is off"));
        }
    }
}

/// Bodies are read as they come: an encoded one would have to be unpacked first, to who knows what size.
fn refuse_encoded(request: &Request<Body>) -> Option<Problem> {
    let encoding = request.headers().get(CONTENT_ENCODING)?;
    (encoding != "identity").then(|| Code::UnsupportedMediaType.into())
}

/// For tests and for whoever mounts the server in a program of their own: the peer is the machine itself unless the request
/// carries an [`Arrival`] already.
impl Service<Request<Body>> for Edge {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let edge = self.clone();
        let peer = request.extensions().get::<Arrival>().map(|arrival| arrival.peer);
        let peer = peer.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 0)));
        Box::pin(async move { Ok(edge.answer(peer, request).await) })
    }
}

/// Ids of requests: a random part for the process, then a counter. They name requests in logs and prove nothing.
#[derive(Debug)]
struct RequestIds {
    process: u32,
    next: AtomicU64,
}

impl RequestIds {
    fn new(entropy: &dyn Entropy) -> Self {
        Self { process: u32::from_be_bytes(entropy.bytes()), next: AtomicU64::new(1) }
    }

    fn next(&self) -> HeaderValue {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let mut text = [b'-'; 21];
        for at in 0..8 {
            text[at] = DIGITS[(self.process >> (28 - 4 * at) & 15) as usize];
        }
        for at in 0..12 {
            text[9 + at] = DIGITS[(number >> (44 - 4 * at) & 15) as usize];
        }
        HeaderValue::from_bytes(&text).unwrap_or(HeaderValue::from_static("unnamed"))
    }
}

#[cfg(test)]
mod tests {
    use doorward_core::port::SystemEntropy;

    use super::*;

    #[test]
    fn request_ids_differ_and_have_one_form() {
        let ids = RequestIds::new(&SystemEntropy);

        let (first, second) = (ids.next(), ids.next());

        assert_ne!(first, second);
        assert_eq!(first.len(), 21);
        assert!(first.to_str().unwrap().ends_with("-000000000001"));
    }
}
