//! One request, written so that a test reads as what it does.

use std::future::{Future, IntoFuture};
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;

use axum::body::Body;
use bytes::Bytes;
use doorward::http::edge::Edge;
use http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE};
use http::{HeaderName, HeaderValue, Method, Request};
use http_body_util::BodyExt;
use serde_json::Value;

use crate::answer::Answer;

/// A request that is sent when it is awaited.
#[derive(Debug)]
pub struct Call {
    edge: Edge,
    peer: SocketAddr,
    request: Request<Body>,
}

impl Call {
    pub(crate) fn new(edge: Edge, method: Method, target: &str) -> Self {
        let mut request = Request::new(Body::empty());
        *request.method_mut() = method;
        *request.uri_mut() = target.parse().expect("the target is a path");
        Self { edge, peer: SocketAddr::from(([192, 0, 2, 1], 40_000)), request }
    }

    /// With this access token.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.header(AUTHORIZATION.as_str(), &format!("Bearer {token}"))
    }

    /// With this session cookie, from a page of the server itself.
    #[must_use]
    pub fn cookie(self, value: &str) -> Self {
        self.header(COOKIE.as_str(), &format!("__Host-doorward={value}"))
            .header("sec-fetch-site", "same-origin")
    }

    /// With one more header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let name: HeaderName = name.parse().expect("the name is one of a header");
        let value = HeaderValue::from_bytes(value.as_bytes()).expect("the value is one of a header");
        self.request.headers_mut().append(name, value);
        self
    }

    /// With this JSON.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string())
    }

    /// With this body of this media type.
    #[must_use]
    pub fn body(mut self, media_type: &str, body: impl Into<Bytes>) -> Self {
        self.request.headers_mut().remove(CONTENT_TYPE);
        *self.request.body_mut() = Body::from(body.into());
        self.header(CONTENT_TYPE.as_str(), media_type)
    }

    /// With a body that comes as it comes.
    #[must_use]
    pub fn streaming(mut self, media_type: &str, body: Body) -> Self {
        *self.request.body_mut() = body;
        self.header(CONTENT_TYPE.as_str(), media_type)
    }

    /// Over a connection from this address.
    #[must_use]
    pub fn from(mut self, address: &str) -> Self {
        let address: IpAddr = address.parse().expect("an address");
        self.peer.set_ip(address);
        self
    }

    async fn send(self) -> Answer {
        let (parts, body) = self.edge.answer(self.peer, self.request).await.into_parts();
        let body = body.collect().await.expect("the body can be read").to_bytes();
        Answer { status: parts.status, headers: parts.headers, body }
    }
}

impl IntoFuture for Call {
    type Output = Answer;
    type IntoFuture = Pin<Box<dyn Future<Output = Answer> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}
