//! How a whole application answers: what callers are told.

use axum::Router;
use axum::body::Body;
use doorward_guard::{Guard, Guards, User, any};
use http::{HeaderMap, Request, StatusCode};
use serde_json::json;
use tower::ServiceExt;

use crate::issuer::{Issuer, START, TurnedClock};

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

/// `GET /` with this token.
pub(crate) async fn get(app: &Router, token: Option<&str>) -> Answer {
    let mut request = Request::get("/");
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let (parts, body) = app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap().into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    Answer { status: parts.status, headers: parts.headers, body: String::from_utf8(body.to_vec()).unwrap() }
}

fn app(guard: impl Guard, clock: &TurnedClock) -> Router {
    let guards = Guards::builder()
        .guard("jwt", guard)
        .rule(any(), "/*", "jwt")
        .scopes(["read"])
        .clock(clock.clone())
        .build()
        .unwrap();
    let who = |user: User| async move { user.id().to_owned() };
    Router::new().route("/", axum::routing::get(who)).layer(guards.layer())
}

fn challenge(answer: &Answer) -> &str {
    answer.headers["www-authenticate"].to_str().unwrap()
}

#[tokio::test]
async fn callers_are_told_what_to_bring() {
    let (issuer, clock) = (Issuer::new(), TurnedClock::new());
    let app = app(issuer.guard().realm("reports"), &clock);

    let good = get(&app, Some(&issuer.token(&json!({})))).await;
    assert_eq!((good.status, &*good.body), (StatusCode::OK, "ada"));

    let nothing = get(&app, None).await;
    assert_eq!(nothing.status, StatusCode::UNAUTHORIZED);
    assert_eq!(challenge(&nothing), r#"Bearer realm="reports", scope="read""#);

    let wrong = get(&app, Some(&issuer.token(&json!({ "exp": START - 600 })))).await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    assert_eq!(challenge(&wrong), r#"Bearer realm="reports", scope="read", error="invalid_token""#);
    assert!(!wrong.body.contains("expired"), "why is for the log: {}", wrong.body);

    let little = get(&app, Some(&issuer.token(&json!({ "scope": "write" })))).await;
    assert_eq!(little.status, StatusCode::FORBIDDEN);
    assert_eq!(challenge(&little), r#"Bearer realm="reports", scope="read", error="insufficient_scope""#);
}

#[tokio::test]
async fn without_keys_nobody_is_let_in_and_callers_are_told_to_come_back() {
    let (issuer, clock) = (Issuer::new(), TurnedClock::new());
    issuer.go_down();
    let app = app(issuer.guard(), &clock);

    let answer = get(&app, Some(&issuer.token(&json!({})))).await;

    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.headers["retry-after"], "5");
    assert!(!answer.body.contains("idp.example"), "{}", answer.body);
}
