//! Which pages of other origins may read answers.

use doorward_testkit::TestApp;
use http::Method;

async fn with_list() -> TestApp {
    TestApp::with(|plan| plan.http.allowed_origins = vec!["https://app.example".into()]).await
}

#[tokio::test]
async fn without_a_list_no_page_of_another_origin_reads_anything() {
    let app = TestApp::start().await;

    let answer = app.get("/healthz").header("origin", "https://app.example").await;

    assert_eq!(answer.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn a_listed_origin_is_let_in_by_its_exact_name() {
    let app = with_list().await;

    let answer = app.get("/healthz").header("origin", "https://app.example").await;

    assert_eq!(answer.header("access-control-allow-origin"), "https://app.example");
    assert_eq!(answer.header("access-control-allow-credentials"), "true");
}

#[tokio::test]
async fn no_other_origin_is_reflected() {
    let app = with_list().await;

    for origin in [
        "https://evil.example",
        "http://app.example",
        "https://app.example.evil.example",
        "https://app.example:444",
        "null",
        "https://APP.example",
    ] {
        let answer = app.get("/healthz").header("origin", origin).await;

        assert_eq!(answer.header("access-control-allow-origin"), "", "{origin}");
    }
}

#[tokio::test]
async fn a_browser_may_ask_first() {
    let app = with_list().await;

    let ask = |origin| {
        app.call(Method::OPTIONS, "/api/v1/me/password")
            .header("origin", origin)
            .header("access-control-request-method", "PUT")
            .header("access-control-request-headers", "authorization,content-type")
    };
    let (listed, other) = (ask("https://app.example").await, ask("https://evil.example").await);

    assert_eq!(listed.status, 200);
    assert_eq!(listed.header("access-control-allow-origin"), "https://app.example");
    assert!(listed.header("access-control-allow-methods").contains("PUT"));
    assert_eq!(other.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn a_refusal_can_be_read_by_a_listed_page_too() {
    let app = with_list().await;

    let answer = app.get("/api/v1/me").header("origin", "https://app.example").await.expect(401);

    assert_eq!(answer.header("access-control-allow-origin"), "https://app.example");
    assert!(answer.header("access-control-expose-headers").contains("x-request-id"));
}
