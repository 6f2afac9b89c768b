//! `require_authentication = false`: whoever reaches the server acts as the default administrator.

use doorward_testkit::{TestApp, assert_problem};
use serde_json::json;

const WARNING: &str = "x-doorward-warning";

async fn open() -> TestApp {
    let app = TestApp::with(|plan| plan.http.requires_authentication = false).await;
    let password = "a password for the first one".to_owned();
    app.core.create_admin("root@example.com", None, password.into()).await.unwrap();
    app
}

#[tokio::test]
async fn a_request_without_credential_acts_as_the_default_administrator() {
    let app = open().await;

    let me = app.get("/api/v1/me").await.expect(200);
    let session = app.get("/api/v1/session").await.expect(200).json();

    assert_eq!((&me.json()["email"], &me.json()["is_superuser"]), (&json!("root@example.com"), &json!(true)));
    assert!(session.get("session_id").is_none());
}

#[tokio::test]
async fn every_answer_warns() {
    let app = open().await;

    for path in ["/healthz", "/api/v1/me", "/nowhere", "/docs/"] {
        assert_eq!(app.get(path).await.header(WARNING), "authentication is off", "{path}");
    }
    assert_eq!(TestApp::start().await.get("/healthz").await.header(WARNING), "");
}

#[tokio::test]
async fn a_credential_that_is_sent_has_to_be_good() {
    let app = open().await;
    let ada = app.user("ada").signed_in().await;

    let good = app.get("/api/v1/me").bearer(&ada.access).await.expect(200);
    let bad = app.get("/api/v1/me").bearer("x").await;

    assert_eq!(good.json()["username"], "ada");
    assert_problem!(bad, 401, "token_invalid");
}

#[tokio::test]
async fn there_is_no_session_to_end() {
    let app = open().await;

    assert_problem!(app.post("/api/v1/logout").await, 409, "conflict");
}

#[tokio::test]
async fn without_an_administrator_there_is_nobody_to_act_as() {
    let app = TestApp::with(|plan| plan.http.requires_authentication = false).await;

    assert_problem!(app.get("/api/v1/me").await, 401, "authentication_required");
}

#[tokio::test]
async fn a_page_of_another_site_does_not_become_administrator() {
    let app = open().await;

    let post = app.post("/api/v1/logout/everywhere").header("sec-fetch-site", "cross-site");

    assert_problem!(post.header("origin", "https://evil.example").await, 403, "cross_site");
}

#[tokio::test]
async fn a_name_that_was_pointed_at_this_machine_does_not_open_it() {
    let app = open().await;

    let rebound = app.get("/api/v1/me").header("host", "evil.example:7272").await;

    assert_problem!(rebound, 403, "cross_site");
    for host in ["127.0.0.1:7272", "localhost:7272", "localhost", "[::1]:7272"] {
        assert_eq!(app.get("/api/v1/me").header("host", host).await.status, 200, "{host}");
    }
}
