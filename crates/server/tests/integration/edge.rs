//! What every answer has, whatever was asked.

use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use doorward::http::edge::Edge;
use doorward_core::port::SystemEntropy;
use doorward_testkit::{Plan, TestApp, assert_problem};
use http::{Method, Request};

#[tokio::test]
async fn every_answer_has_the_headers_that_protect_it() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in().await;

    for answer in [
        app.get("/healthz").await,
        app.get("/api/v1/me").bearer(&ada.access).await,
        app.get("/api/v1/me").await,
        app.get("/nowhere").await,
        app.login("ada", "wrong password").await,
    ] {
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("content-security-policy"), "default-src 'none'; frame-ancestors 'none'");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("strict-transport-security"), "", "not over plain HTTP");
        assert_eq!(answer.header("server"), "");
    }
}

#[tokio::test]
async fn behind_tls_browsers_are_told_to_stay_there() {
    let app = TestApp::with(|plan| plan.http.public_url = "https://auth.example".into()).await;

    assert_eq!(app.get("/healthz").await.header("strict-transport-security"), "max-age=31536000");
}

#[tokio::test]
async fn each_request_has_an_id_that_the_caller_does_not_choose() {
    let app = TestApp::start().await;

    let first = app.get("/nowhere").header("x-request-id", "mine, mine").await;
    let second = app.get("/nowhere").header("x-request-id", "mine").await;

    assert_eq!(first.header("x-request-id").len(), 21);
    assert_ne!(first.header("x-request-id"), second.header("x-request-id"));
    assert_eq!(first.json()["request_id"], first.header("x-request-id"));
}

#[tokio::test]
async fn what_does_not_exist_is_not_found() {
    let app = TestApp::start().await;

    for path in [
        "/nowhere",
        "/api/v1",
        "/api/v1/users/",
        "/api/v2/users",
        "//healthz",
        "/healthz/",
        "/docs/nothing",
        "/api/v1/../../etc/passwd",
    ] {
        assert_problem!(app.get(path).await, 404, "not_found");
    }
}

#[tokio::test]
async fn a_method_that_a_path_does_not_know_is_told_which_it_does() {
    let app = TestApp::start().await;

    for (method, path, allow) in [
        (Method::GET, "/api/v1/login", "POST"),
        (Method::DELETE, "/api/v1/users", "POST"),
        (Method::POST, "/api/v1/session", "GET,HEAD"),
        (Method::POST, "/api/v1/me/password", "PUT"),
        (Method::GET, "/api/v1/sessions/1", "DELETE"),
        (Method::TRACE, "/api/v1/session", "GET,HEAD"),
        (Method::CONNECT, "/api/v1/session", "GET,HEAD"),
        (Method::OPTIONS, "/api/v1/login", "POST"),
        (Method::PATCH, "/healthz", "GET,HEAD"),
        (Method::from_bytes(b"BREW").unwrap(), "/healthz", "GET,HEAD"),
    ] {
        let answer = app.call(method.clone(), path).await;

        assert_problem!(answer, 405, "method_not_allowed");
        assert_eq!(answer.header("allow"), allow, "{method} {path}");
    }
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in().await;

    for path in ["/healthz", "/api/v1/me", "/.well-known/jwks.json", "/openapi.json"] {
        let get = app.get(path).bearer(&ada.access).await.expect(200);
        let head = app.call(Method::HEAD, path).bearer(&ada.access).await.expect(200);

        assert!(head.body.is_empty());
        assert_eq!(head.header("content-length"), get.body.len().to_string(), "{path}");
        assert_eq!(head.header("content-type"), get.header("content-type"), "{path}");
    }
    assert_eq!(app.call(Method::HEAD, "/api/v1/me").await.status, 401);
}

#[tokio::test]
async fn a_panic_is_one_failed_request_and_tells_nothing() {
    let Plan { http, .. } = Plan::default();
    let router = Router::new().route("/", get(|| async { panic!("the secret is hunter2") as &str }));
    let edge = Edge::new(router, &http, &SystemEntropy);
    let peer = SocketAddr::from(([192, 0, 2, 1], 1));

    for _ in 0..2 {
        let answer = edge.answer(peer, Request::new(Body::empty())).await;
        let status = answer.status();
        let body = axum::body::to_bytes(answer.into_body(), 10_000).await.unwrap();

        assert_eq!(status, 500);
        assert!(!String::from_utf8_lossy(&body).contains("hunter2"));
    }
}
