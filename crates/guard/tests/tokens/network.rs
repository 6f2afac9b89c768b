//! The client that goes to the network, against services of this machine.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::routing::get;
use bytes::Bytes;
use doorward_guard::guards::Jwt;
use doorward_guard::{Guards, Requestor, User, any};
use http::{HeaderMap, Request};
use serde_json::json;

use crate::issuer::{AUDIENCE, ISSUER, Issuer, TurnedClock, is_let_in, is_unknown};

/// Serves `app` on this machine: its address.
async fn serve(app: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

fn json_answer(body: String) -> ([(&'static str, &'static str); 1], String) {
    ([("content-type", "application/json")], body)
}

#[tokio::test]
async fn keys_are_fetched_over_http() {
    let (issuer, clock) = (Issuer::new(), TurnedClock::new());
    let set = serde_json::to_string(&issuer.set()).unwrap();
    let address = serve(Router::new().route("/keys", get(|| async { json_answer(set) }))).await;
    let guard = Jwt::keys_at(format!("{address}/keys"), ISSUER, AUDIENCE);

    assert!(is_let_in(&guard, &clock, &issuer.token(&json!({}))).await);
}

#[tokio::test]
async fn keys_are_not_fetched_from_where_an_answer_points_to() {
    let (issuer, clock) = (Issuer::new(), TurnedClock::new());
    let set = serde_json::to_string(&issuer.set()).unwrap();
    let elsewhere = serve(Router::new().route("/keys", get(|| async { json_answer(set) }))).await;
    let redirect =
        move || async move { (http::StatusCode::FOUND, [("location", format!("{elsewhere}/keys"))]) };
    let address = serve(Router::new().route("/keys", get(redirect))).await;
    let guard = Jwt::keys_at(format!("{address}/keys"), ISSUER, AUDIENCE);

    assert!(is_unknown(&guard, &clock, &issuer.token(&json!({}))).await);
}

#[tokio::test]
async fn the_callers_token_is_forwarded_and_does_not_follow_a_redirect() {
    let (issuer, clock) = (Issuer::new(), TurnedClock::new());
    let visits = Arc::new(AtomicUsize::new(0));
    let count = visits.clone();
    let elsewhere = serve(Router::new().fallback(move || async move {
        count.fetch_add(1, Ordering::Relaxed);
    }))
    .await;
    let redirect = move || async move { (http::StatusCode::FOUND, [("location", elsewhere)]) };
    let authorization = |headers: HeaderMap| async move {
        headers.get("authorization").map(|line| line.to_str().unwrap().to_owned()).unwrap_or_default()
    };
    let billing = serve(Router::new().route("/moved", get(redirect)).route("/who", get(authorization))).await;
    let requestor = Requestor::to([&billing]).unwrap();
    let call = move |user: User, path: axum::extract::Path<String>| async move {
        let request = Request::get(format!("{billing}/{}", path.0)).body(Bytes::new()).unwrap();
        let answer = requestor.send(&user, request).await.unwrap();
        (answer.status(), answer.into_body())
    };
    let guards = Guards::builder()
        .guard("jwt", issuer.guard())
        .rule(any(), "/*", "jwt")
        .clock(clock.clone())
        .build()
        .unwrap();
    let app = serve(Router::new().route("/{path}", get(call)).layer(guards.layer())).await;
    let token = issuer.token(&json!({}));
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let ask = |path: &str| client.get(format!("{app}/{path}")).bearer_auth(&token).send();

    assert_eq!(ask("who").await.unwrap().text().await.unwrap(), format!("Bearer {token}"));
    assert_eq!(ask("moved").await.unwrap().status(), 302);
    assert_eq!(visits.load(Ordering::Relaxed), 0);
}
