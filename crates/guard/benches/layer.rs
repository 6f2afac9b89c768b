//! The layer around an axum route, without a network: what it adds to the bare route.

#![expect(clippy::unwrap_used, reason = "a bench whose ground gives way has to stop at once")]

use std::hint::black_box;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use criterion::{Criterion, criterion_group, criterion_main};
use doorward_guard::guards::{ApiKey, Basic, Bearer};
use doorward_guard::{Guards, KeyDigest, UserInfo, any};
use http::Request;
use tower::Service;

fn guards() -> Guards {
    let user = UserInfo::new("local", "robot").with_scopes(["read"]);
    Guards::builder()
        .guard("basic", Basic::users([("ada", "lovelace")]))
        .guard("bearer", Bearer::digests([(KeyDigest::of("2f6e1c0b7a9d4e538c1f"), user.clone())]))
        .guard("key", ApiKey::header("x-api-key").digests([(KeyDigest::of("k"), user)]))
        .rule(any(), "/private", "bearer || (basic && key)")
        .scopes(["read"])
        .default_deny()
        .build()
        .unwrap()
}

fn request() -> Request<Body> {
    Request::get("/private")
        .header("authorization", "Bearer 2f6e1c0b7a9d4e538c1f")
        .body(Body::empty())
        .unwrap()
}

fn plain() -> Router {
    Router::new().route("/private", get(|| async { "ok" }))
}

fn layer(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut group = criterion.benchmark_group("layer");
    let mut bare = plain();
    group.bench_function("bare", |bencher| {
        bencher.iter(|| runtime.block_on(bare.call(black_box(request()))).unwrap());
    });
    let mut idle = plain().layer(tower::layer::util::Identity::new());
    group.bench_function("bare with an empty layer", |bencher| {
        bencher.iter(|| runtime.block_on(idle.call(black_box(request()))).unwrap());
    });
    let mut guarded = plain().layer(guards().layer());
    group.bench_function("guarded", |bencher| {
        bencher.iter(|| runtime.block_on(guarded.call(black_box(request()))).unwrap());
    });
    let mut around = guards().around(plain());
    group.bench_function("guarded around", |bencher| {
        bencher.iter(|| runtime.block_on(around.call(black_box(request()))).unwrap());
    });
    group.finish();
}

criterion_group!(benches, layer);
criterion_main!(benches);
