//! Pages of other origins.

use doorward_testkit::{Answer, TestApp};
use http::Method;

use super::with;

async fn asked(app: &TestApp, origin: &str) -> Answer {
    app.get("/api/healthcheck").header("origin", origin).await
}

#[tokio::test]
async fn a_star_lets_subdomains_in_and_tells_caches_so() {
    let app = with(&[("CORS_URLS", r#"["*.acme.example", "https://partner.example"]"#)]).await;

    for origin in ["https://app.acme.example", "http://a.b.acme.example:8080", "https://partner.example"] {
        let answer = asked(&app, origin).await;

        assert_eq!(answer.header("access-control-allow-origin"), origin);
        assert_eq!(answer.header("access-control-allow-credentials"), "true");
        assert!(answer.header("vary").contains("origin"));
    }
    for origin in
        ["https://evilacme.example", "https://acme.example", "null", "https://acme.example.evil.example"]
    {
        assert_eq!(asked(&app, origin).await.header("access-control-allow-origin"), "", "{origin}");
    }
}

#[tokio::test]
async fn a_listed_page_can_read_a_refusal_and_ask_first() {
    let app = with(&[
        ("CORS_URLS", "*.acme.example, https://partner.example"),
        ("CORS_ALLOW_METHODS", "GET, POST"),
    ])
    .await;
    let origin = "https://app.acme.example";

    let refused = app.post("/refresh").header("origin", origin).await.expect(401);
    let asked = app
        .call(Method::OPTIONS, "/token")
        .header("origin", origin)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization,refresh")
        .await;

    assert_eq!(refused.header("access-control-allow-origin"), origin);
    assert_eq!(asked.header("access-control-allow-methods"), "GET,POST");
    assert_eq!(asked.header("access-control-allow-headers"), "authorization,refresh");
}

#[tokio::test]
async fn everybody_s_pages_may_read_what_needs_no_credentials_of_the_browser() {
    let app = with(&[("CORS_URLS", "*"), ("CORS_ALLOW_CREDENTIALS", "False")]).await;

    let answer = asked(&app, "https://anybody.example").await;

    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert_eq!(answer.header("access-control-allow-credentials"), "");
}

#[tokio::test]
async fn without_cors_nobody_is_let_in() {
    let app = with(&[("ENABLE_CORS", "False")]).await;

    assert_eq!(asked(&app, "https://app.prismatica.in").await.header("access-control-allow-origin"), "");
}
