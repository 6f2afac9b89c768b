//! Pages of other sites cannot act with a visitor's cookie.

use doorward_testkit::{Call, SignedIn, TestApp, assert_problem};
use serde_json::json;

async fn app() -> (TestApp, SignedIn) {
    let app = TestApp::with(|plan| {
        plan.http.public_url = "https://auth.example".into();
        plan.http.allowed_origins = vec!["https://app.example".into()];
    })
    .await;
    let ada = app.user("ada").signed_in_by_cookie().await;
    (app, ada)
}

fn from_page(call: Call, ada: &SignedIn, site: &str, origin: &str) -> Call {
    call.header("cookie", &format!("__Host-doorward={}", ada.cookie))
        .header("sec-fetch-site", site)
        .header("origin", origin)
}

#[tokio::test]
async fn a_page_of_another_site_changes_nothing() {
    let (app, ada) = app().await;

    for (site, origin) in [
        ("cross-site", "https://evil.example"),
        ("cross-site", "null"),
        ("same-site", "https://other.example"),
        ("same-site", "https://auth.example.evil.example"),
        ("none-such", "https://evil.example"),
    ] {
        for path in ["/api/v1/logout", "/api/v1/logout/everywhere"] {
            assert_problem!(from_page(app.post(path), &ada, site, origin).await, 403, "cross_site");
        }
        let end = app.delete(&format!("/api/v1/sessions/{}", ada.session));
        assert_problem!(from_page(end, &ada, site, origin).await, 403, "cross_site");
    }
    assert_eq!(app.verdict(&ada.access).await, 200);
}

#[tokio::test]
async fn the_servers_own_pages_and_listed_ones_do() {
    let (app, ada) = app().await;
    for (site, origin) in [("same-origin", "https://auth.example"), ("cross-site", "https://app.example")] {
        let body = json!({ "current_password": "wrong password", "new_password": "does not matter" });
        let call = app.put("/api/v1/me/password").json(&body);

        assert_problem!(from_page(call, &ada, site, origin).await, 403, "wrong_password");
    }
}

#[tokio::test]
async fn a_bearer_token_is_no_cookie_and_works_from_any_page() {
    let (app, ada) = app().await;

    let call = app.post("/api/v1/logout").bearer(&ada.access).header("sec-fetch-site", "cross-site");

    assert_eq!(call.header("origin", "https://evil.example").await.status, 204);
}

#[tokio::test]
async fn a_page_of_another_site_cannot_sign_its_visitor_in() {
    let (app, _) = app().await;
    let body = json!({ "identifier": "ada", "password": doorward_testkit::PASSWORD, "cookie": true });

    let answer = app.post("/api/v1/login").json(&body).header("sec-fetch-site", "cross-site");
    let answer = answer.header("origin", "https://evil.example").await;

    assert_problem!(answer, 403, "cross_site");
    assert_eq!(answer.header("set-cookie"), "");
}
