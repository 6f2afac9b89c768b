//! A service that Doorward asks, as a test has it: on loopback, with the answers the test says, and a memory of what it was asked.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, Request, StatusCode};
use parking_lot::Mutex;
use tokio::net::TcpListener;
use tokio::sync::Notify;

/// What the service was asked.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Path and query.
    pub target: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as text.
    pub body: String,
}

/// The service. Ends with the test's runtime.
#[derive(Debug)]
pub struct StandIn {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    news: Arc<Notify>,
}

impl StandIn {
    /// A service that answers as `answer` says: a status and a body. Status 0 stands for no answer at all.
    pub async fn start(answer: impl Fn(&Asked) -> (u16, String) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("the port has an address");
        let (asked, news) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Notify::new()));
        let (memory, told, answer) = (asked.clone(), news.clone(), Arc::new(answer));
        let service = move |request: Request<Body>| {
            let (memory, told, answer) = (memory.clone(), told.clone(), answer.clone());
            async move {
                let question = read(request).await;
                let (status, body) = answer(&question);
                memory.lock().push(question);
                told.notify_waiters();
                if status == 0 {
                    return std::future::pending::<Response>().await;
                }
                (StatusCode::from_u16(status).expect("a status"), body).into_response()
            }
        };
        tokio::spawn(async move { axum::serve(listener, Router::new().fallback(service)).await });
        Self { address, asked, news }
    }

    /// The address of the service, with this path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Everything it was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().clone()
    }

    /// Waits until it was asked `count` times.
    pub async fn asked_times(&self, count: usize) -> Vec<Asked> {
        loop {
            let news = self.news.notified();
            let asked = self.asked();
            if asked.len() >= count {
                return asked;
            }
            news.await;
        }
    }
}

async fn read(request: Request<Body>) -> Asked {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 1 << 20).await.expect("the body comes whole");
    Asked {
        target: parts.uri.to_string(),
        headers: parts.headers,
        body: String::from_utf8(body.to_vec()).expect("the body is text"),
    }
}
