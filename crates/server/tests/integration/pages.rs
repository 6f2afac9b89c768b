//! The pages that mails lead to.

use doorward_testkit::{Answer, PASSWORD, TestApp};
use serde_json::json;

const FORM: &str = "application/x-www-form-urlencoded";

/// The page that the link in the youngest mail to ada leads to.
async fn opened(app: &TestApp) -> (String, Answer) {
    let mail = app.mail_to("ada@example.com").await;
    let (_, rest) = mail.text.split_once("http://127.0.0.1:7272").unwrap();
    let target = rest.split_whitespace().next().unwrap();
    (target.to_owned(), app.get(target).await)
}

#[tokio::test]
async fn opening_the_link_changes_nothing_and_the_button_verifies() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in().await;
    let verified = async || app.get("/api/v1/me").bearer(&ada.access).await.json()["is_verified"].clone();

    let (target, page) = opened(&app).await;
    assert_eq!((page.status.as_u16(), verified().await), (200, json!(false)));
    let token = target.split_once("token=").unwrap().1;
    assert!(page.text().contains(&format!("name=\"token\" value=\"{token}\"")), "{}", page.text());
    let body = format!("token={token}");
    let pressed = app.post("/account/verify-email").body(FORM, body.clone()).await;
    let again = app.post("/account/verify-email").body(FORM, body).await;

    assert_eq!((pressed.status.as_u16(), verified().await), (200, json!(true)));
    assert_eq!(again.status, 400);
    assert!(again.text().contains("role=\"alert\""), "{}", again.text());
}

#[tokio::test]
async fn a_new_password_is_chosen_without_scripts() {
    let app = TestApp::start().await;
    app.user("ada").registered().await;
    app.mails().await;
    app.post("/api/v1/password-reset").json(&json!({ "email": "ada@example.com" })).await.expect(202);
    let (target, page) = opened(&app).await;
    assert!(page.text().contains("autocomplete=\"new-password\""), "{}", page.text());
    let token = target.split_once("token=").unwrap().1;
    let submit = |password: &str| {
        let body = format!("token={token}&new_password={password}");
        app.post("/account/reset-password").body(FORM, body)
    };

    let weak = submit("password1").await;
    let good = submit("another+horse%20entirely").await;

    assert_eq!((weak.status.as_u16(), good.status.as_u16()), (400, 200));
    assert_eq!(app.login("ada", PASSWORD).await.status, 401);
    app.login("ada", "another horse entirely").await.expect(200);
}

#[tokio::test]
async fn a_page_loads_nothing_and_tells_nobody_where_it_was() {
    let app = TestApp::start().await;

    let page =
        app.get("/account/verify-email?token=%22%3E%3Cscript%3Ealert(1)%3C/script%3E").await.expect(200);

    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("script-src"), "{policy}");
    assert_eq!(page.header("referrer-policy"), "no-referrer");
    assert_eq!(page.header("cache-control"), "no-store");
    assert!(!page.text().contains("<script"), "{}", page.text());
}

#[tokio::test]
async fn a_page_that_does_not_exist_is_not_found() {
    let app = TestApp::start().await;

    assert_eq!(app.get("/account/other").await.code(), "not_found");
    assert_eq!(app.post("/account/verify-email").json(&json!({})).await.status, 415);
}
