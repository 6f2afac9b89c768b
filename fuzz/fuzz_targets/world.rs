//! A server in memory, for targets that need one.

use std::sync::{Arc, LazyLock};

use axum::body::Body;
use doorward::app::{AppState, router};
use doorward::config::{Environment, parse};
use doorward::http::edge::Edge;
use doorward_core::port::Outside;
use doorward_core::port::fake::{FakeClock, FakeHasher, FakeLimiter, FakeStore, FixedEntropy};
use doorward_core::token::MasterKey;
use doorward_core::{Core, Ports};
use http::{Request, StatusCode};
use tokio::runtime::Runtime;

pub static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap());

pub static EDGE: LazyLock<Edge> = LazyLock::new(|| {
    let config = parse("", &Environment::default()).unwrap();
    let ports = Ports {
        store: Arc::new(FakeStore::default()),
        hasher: Arc::new(FakeHasher::default()),
        limiter: Arc::new(FakeLimiter::default()),
        clock: Arc::new(FakeClock::default()),
        entropy: Arc::new(FixedEntropy::default()),
        outside: Outside::default(),
    };
    let master = MasterKey::from_bytes([7; 32]);
    let open = Core::open(ports, config.rules.clone(), &master, None);
    let core = Arc::new(RUNTIME.block_on(open).unwrap());
    let state = AppState::new(core, config.http.clone());
    Edge::new(router(state), &config.http, &FixedEntropy::default())
});

/// Sends `request`; whatever it holds, the server must not fault.
pub fn send(request: Request<Body>) -> StatusCode {
    let peer = std::net::SocketAddr::from(([192, 0, 2, 1], 1));
    let status = RUNTIME.block_on(EDGE.answer(peer, request)).status();
    assert!(!status.is_server_error(), "{status}");
    status
}
