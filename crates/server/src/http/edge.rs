//! The outermost layer: everything that every request and answer has.
//!
//! Gives each request its id, bounds its time, catches panics, writes refusals as problems, adds the security headers and
//! counts. One layer instead of six, because it is paid by every request.

use std::convert::Infallible;
use std::fmt;
use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use doorward_core::Code;
use doorward_core::port::Entropy;
use futures_util::FutureExt;
use http::header::{
    CACHE_CONTROL, CONNECTION, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderValue, Request, Version};
use tower::Service;
use tracing::Instrument;

use super::oauth::Tongue;
use super::problem::Problem;
use crate::app::{AppState, Application};
use crate::config::Http;
use crate::forward;
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
/// Pages with a form, its own style and nothing else.
const PAGE_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
);
/// No request is given more time than this.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
/// Where pages with scripts are.
const DOCS: &str = "/docs";
/// Where pages with forms are.
const PAGES: &str = "/account/";

/// Who is on the other end of the connection, and what the request is called.
#[derive(Debug, Clone, Copy)]
pub struct Arrival {
    /// The other end of the connection; a proxy, perhaps.
    pub peer: SocketAddr,
    /// The request's id.
    pub request_id: RequestId,
}

/// The application with everything around it.
#[derive(Debug, Clone)]
pub struct Edge(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    app: Application,
    ids: RequestIds,
    timeout: Duration,
    is_https: bool,
    is_open: bool,
    metrics: RequestMetrics,
    leaving: Option<AppState>,
}

impl Edge {
    /// `app` with the edge of the server around it.
    pub fn new(app: impl Into<Application>, http: &Http, entropy: &dyn Entropy) -> Self {
        Self(Arc::new(Shared {
            app: app.into(),
            ids: RequestIds::new(entropy),
            timeout: Duration::from(http.request_timeout).min(LONGEST),
            is_https: http.public_url.starts_with("https://"),
            is_open: !http.requires_authentication,
            metrics: RequestMetrics::new(),
            leaving: None,
        }))
    }

    /// Ends each connection after its next answer once `state` says that the server is about to stop. A connection that was
    /// closed while it rested could meet a request that is on its way.
    #[must_use]
    pub fn leaving_with(mut self, state: &AppState) -> Self {
        if let Some(shared) = Arc::get_mut(&mut self.0) {
            shared.leaving = Some(state.clone());
        }
        self
    }

    /// Answers one request that came from `peer`.
    pub async fn answer(&self, peer: SocketAddr, mut request: Request<Body>) -> Response {
        let started = Instant::now();
        let request_id = self.0.ids.next();
        let page_policy = page_policy(request.uri().path());
        let tongue = Tongue::of(request.uri().path());
        let route = self.0.metrics.route(request.method(), request.uri().path());
        let refusal = refuse_encoded(&request).filter(|_| !forward::is_asked_at(request.uri().path()));
        let is_last = self.is_leaving() && request.version() < Version::HTTP_2;
        request.extensions_mut().insert(Arrival { peer, request_id });
        let mut response = match refusal {
            Some(problem) => problem.into_response(),
            None => {
                let answer = self.0.app.clone().answer(request).instrument(route.span(request_id));
                self.in_time(answer, started).await
            }
        };
        if let Some(problem) = response.extensions_mut().remove::<Problem>() {
            response = problem.write(&request_id.to_string(), tongue, response);
        }
        self.add_headers(&mut response, request_id, page_policy);
        if is_last {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        route.note(response.status(), started.elapsed());
        response
    }

    fn is_leaving(&self) -> bool {
        self.0.leaving.as_ref().is_some_and(|state| state.is_draining.load(Ordering::Acquire))
    }

    /// What `answer` comes to, be it a panic or nothing at all.
    async fn in_time(&self, answer: impl Future<Output = Response>, started: Instant) -> Response {
        let mut answer = pin!(AssertUnwindSafe(answer).catch_unwind());
        // Most answers are there at once, and an answer that is there needs no timer.
        let at_once = poll_fn(|context| Poll::Ready(answer.as_mut().poll(context))).await;
        let answered = match at_once {
            Poll::Ready(answered) => Ok(answered),
            Poll::Pending => tokio::time::timeout_at((started + self.0.timeout).into(), answer).await,
        };
        match answered {
            Ok(Ok(response)) => response,
            Ok(Err(_panic)) => Problem::from(Code::Internal).into_response(),
            Err(_elapsed) => Problem::from(Code::TimedOut).into_response(),
        }
    }

    fn add_headers(&self, response: &mut Response, request_id: RequestId, page_policy: Option<HeaderValue>) {
        let headers = response.headers_mut();
        headers.insert(REQUEST_ID, request_id.to_header());
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
        if let Some(policy) = page_policy {
            // Pages have links; an answer of the API leads nowhere.
            headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
            headers.insert(CONTENT_SECURITY_POLICY, policy);
        } else {
            // A page elsewhere has brought its own.
            headers.entry(CONTENT_SECURITY_POLICY).or_insert(API_POLICY);
        }
        if self.0.is_https {
            headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
        }
        if self.0.is_open {
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

/// Names one request in the log and proves nothing: a random part of the process, then a counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestId {
    process: u32,
    number: u64,
}

impl RequestId {
    const LENGTH: usize = 21;

    /// Eight hexadecimal digits, a hyphen, and twelve more.
    fn to_text(self) -> [u8; Self::LENGTH] {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = [b'-'; Self::LENGTH];
        for at in 0..8 {
            text[at] = DIGITS[(self.process >> (28 - 4 * at) & 15) as usize];
        }
        for at in 0..12 {
            text[9 + at] = DIGITS[(self.number >> (44 - 4 * at) & 15) as usize];
        }
        text
    }

    fn to_header(self) -> HeaderValue {
        HeaderValue::from_bytes(&self.to_text()).unwrap_or(HeaderValue::from_static("unnamed"))
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&String::from_utf8_lossy(&self.to_text()))
    }
}

/// Gives each request its id.
#[derive(Debug)]
struct RequestIds {
    process: u32,
    next: AtomicU64,
}

impl RequestIds {
    fn new(entropy: &dyn Entropy) -> Self {
        Self { process: u32::from_be_bytes(entropy.bytes()), next: AtomicU64::new(1) }
    }

    fn next(&self) -> RequestId {
        RequestId { process: self.process, number: self.next.fetch_add(1, Ordering::Relaxed) }
    }
}

/// What a page at `path` may load and do; `None` where there is no page.
fn page_policy(path: &str) -> Option<HeaderValue> {
    if path.starts_with(DOCS) {
        return Some(DOCS_POLICY);
    }
    path.starts_with(PAGES).then_some(PAGE_POLICY)
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
        assert_eq!(first.to_string().len(), RequestId::LENGTH);
        assert!(first.to_string().ends_with("-000000000001"));
        assert_eq!(first.to_header(), *first.to_string());
    }
}
