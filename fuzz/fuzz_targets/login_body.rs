//! Any bytes as the body of a login, a registration and a refresh: never a fault.
#![no_main]

mod world;

use axum::body::Body;
use http::Request;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: Vec<u8>| {
    for path in ["/api/v1/login", "/api/v1/users", "/api/v1/refresh"] {
        let request = Request::post(path).header("content-type", "application/json");
        world::send(request.body(Body::from(body.clone())).unwrap());
    }
});
