//! Any bytes as `Authorization` and `Cookie`: refused, never a fault.
#![no_main]

mod world;

use axum::body::Body;
use http::{HeaderValue, Request};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&[u8], &[u8])| {
    let mut request = Request::get("/api/v1/session").body(Body::empty()).unwrap();
    for (name, bytes) in [("authorization", input.0), ("cookie", input.1)] {
        if let (false, Ok(value)) = (bytes.is_empty(), HeaderValue::from_bytes(bytes)) {
            request.headers_mut().insert(name, value);
        }
    }
    assert!(!world::send(request).is_success());
});
