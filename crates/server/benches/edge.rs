//! What the edge and the guard add to a request, beside a plain router in the same process and without a network.
//!
//! The difference of the first two is paid by every request, that of the last two by every guarded one.

#![expect(clippy::expect_used, reason = "a bench whose ground gives way has to stop")]

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use criterion::{Criterion, criterion_group, criterion_main};
use doorward_testkit::TestApp;
use http::Request;
use tower::ServiceExt;

/// A request as a program sends it.
fn request(path: &str, token: &str) -> Request<Body> {
    Request::get(path)
        .header("host", "127.0.0.1:7272")
        .header("user-agent", "bench/1")
        .header("accept", "*/*")
        .header("authorization", format!("Bearer {token}"))
        .body(Body::empty())
        .expect("a request")
}

fn edge(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let plain = Router::new().route("/healthz", get(|| async { r#"{"status":"ok"}"# }));
    let app = runtime.block_on(TestApp::start());
    let ada = runtime.block_on(app.user("ada").signed_in());
    let peer = ([127, 0, 0, 1], 40_000).into();
    let mut group = criterion.benchmark_group("request");
    group.bench_function("plain router", |bencher| {
        bencher.to_async(&runtime).iter(|| plain.clone().oneshot(request("/healthz", &ada.access)));
    });
    for (name, path) in [("open route", "/healthz"), ("guarded route, token seen", "/api/v1/session")] {
        group.bench_function(name, |bencher| {
            bencher.to_async(&runtime).iter(|| app.edge().answer(peer, request(path, &ada.access)));
        });
    }
    group.finish();
}

criterion_group!(benches, edge);
criterion_main!(benches);
