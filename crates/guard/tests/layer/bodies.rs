//! Tokens in forms and queries, and what handlers see of the body afterwards.

use axum::Router;
use axum::body::Body;
use axum::routing::post;
use doorward_guard::any;
use http::Request;

use crate::app::{get, guards, send, whoami};

fn form(body: impl Into<Body>) -> Request<Body> {
    Request::post("/echo")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body.into())
        .unwrap()
}

fn echo() -> Router {
    let guards = guards().rule(any(), "/*", "bearer").form_limit(64).build().unwrap();
    Router::new().route("/echo", post(|body: String| async { body })).layer(guards.layer())
}

#[tokio::test]
async fn a_form_with_a_token_reaches_the_handler_whole() {
    let answer = send(&echo(), form("x=1&access_token=tok-1")).await;

    assert_eq!((answer.status.as_u16(), &*answer.body), (200, "x=1&access_token=tok-1"));
}

#[tokio::test]
async fn a_token_is_taken_from_one_place_alone() {
    let twice = form("access_token=tok-1&access_token=tok-1");
    let mut both = form("access_token=tok-1");
    both.headers_mut().insert("authorization", "Bearer tok-1".parse().unwrap());

    for request in [twice, both] {
        let answer = send(&echo(), request).await;
        assert_eq!(answer.status, 400);
        assert_eq!(answer.challenges(), [r#"Bearer realm="api", error="invalid_request""#]);
    }
}

#[tokio::test]
async fn a_form_that_is_too_large_is_refused() {
    assert_eq!(send(&echo(), form("x".repeat(65))).await.status, 413);
    let endless = Body::new(http_body_util::Full::new(bytes::Bytes::from(vec![b'x'; 1 << 20])));
    assert_eq!(send(&echo(), form(endless)).await.status, 413);
}

#[tokio::test]
async fn a_token_in_the_query_makes_the_answer_private() {
    let app = whoami(&guards().rule(any(), "/*", "bearer").build().unwrap());

    let answer = get(&app, "/?access_token=tok-1", &[("cache-control", "no-store")]).await;

    assert_eq!(answer.body, "reader");
    assert_eq!(answer.headers["cache-control"], "private");
    assert_eq!(get(&app, "/?access_token=tok-1", &[]).await.status, 401, "a cache might keep it");
}
