//! A provider as the client of a guard, and as a tower service.

use std::convert::Infallible;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use http_body_util::Full;
use tower_service::Service;
use url::form_urlencoded;

use super::endpoints::json;
use super::fault::Endpoint;
use super::provider::{Asked, Provider};
use crate::body::{self, FORM_MAX};
use crate::client::{Fetch, FetchError};
use crate::soon::Waiting;

impl Provider {
    fn read(endpoint: Endpoint, head: &http::request::Parts, body: &[u8]) -> Asked {
        let query = head.uri.query().unwrap_or_default();
        let read = |text| form_urlencoded::parse(text).into_owned();
        let fields = read(query.as_bytes()).chain(read(body)).collect();
        Asked { endpoint, method: head.method.clone(), headers: head.headers.clone(), fields }
    }
}

impl Fetch for Provider {
    fn fetch(&self, request: Request<Bytes>) -> Waiting<Result<Response<Bytes>, FetchError>> {
        let provider = self.clone();
        Box::pin(async move {
            // Whoever calls has to wait, as with a real provider: others come in between.
            tokio::task::yield_now().await;
            let (head, body) = request.into_parts();
            let path = head.uri.path();
            let answer = provider.respond(path, |endpoint| Self::read(endpoint, &head, &body)).await;
            answer.map_err(FetchError::new)
        })
    }
}

impl<B> Service<Request<B>> for Provider
where
    B: Body + Send + 'static,
    B::Data: Send,
{
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Waiting<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let provider = self.clone();
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let unavailable = || json(503, &serde_json::json!({ "error": "temporarily_unavailable" }));
            let answer = match body::read(body, FORM_MAX).await {
                Ok(body) => provider
                    .respond(head.uri.path(), |endpoint| Self::read(endpoint, &head, &body))
                    .await
                    .unwrap_or_else(|_| unavailable()),
                Err(_) => unavailable(),
            };
            Ok(answer.map(Full::new))
        })
    }
}
