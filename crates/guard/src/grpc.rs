//! Refusals as gRPC clients read them: a status of their own in place of HTTP's.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Response, StatusCode};

const GRPC_STATUS: HeaderName = HeaderName::from_static("grpc-status");
const GRPC_MESSAGE: HeaderName = HeaderName::from_static("grpc-message");

/// The answer as it is, or without body and with a gRPC status if the request came from a gRPC client.
pub(crate) fn fitted(answer: Response<Bytes>, parts: &Parts) -> Response<Bytes> {
    let is_grpc = |kind: &HeaderValue| kind.as_bytes().starts_with(b"application/grpc");
    if !parts.headers.get(CONTENT_TYPE).is_some_and(is_grpc) {
        return answer;
    }
    let (status, message) = match answer.status() {
        StatusCode::UNAUTHORIZED => ("16", "valid credentials are needed"),
        StatusCode::FORBIDDEN => ("7", "the credentials do not suffice"),
        StatusCode::SERVICE_UNAVAILABLE => ("14", "the credentials cannot be checked at present"),
        // The credentials are missing, or contradict themselves.
        _ => ("16", "the credentials are missing or contradict themselves"),
    };
    let (old, _) = answer.into_parts();
    let mut fitted = Response::new(Bytes::new());
    let headers = fitted.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    headers.insert(GRPC_STATUS, HeaderValue::from_static(status));
    headers.insert(GRPC_MESSAGE, HeaderValue::from_static(message));
    headers.extend(old.headers.get(RETRY_AFTER).map(|after| (RETRY_AFTER, after.clone())));
    fitted
}
