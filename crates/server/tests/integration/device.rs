//! What a device is known by after a login.

use doorward_core::settings::Limits;
use doorward_testkit::{Answer, PASSWORD, TestApp, assert_problem};
use serde_json::{Value, json};

const ELSEWHERE: &str = "198.51.100.9";

/// An application whose account `ada` strangers have closed for every network that its owner has not used.
async fn besieged() -> TestApp {
    let app = TestApp::with(|plan| plan.rules.limits = Limits::default()).await;
    app.user("ada").registered().await;
    app
}

async fn besiege(app: &TestApp) {
    for network in 0..12 {
        for _ in 0..11 {
            app.login("ada", "wrong password").from(&format!("203.0.113.{network}")).await;
        }
    }
    assert_problem!(app.login("ada", PASSWORD).from(ELSEWHERE).await, 429, "too_many_attempts");
}

/// The session's cookie and the device's, as a browser sends them back.
fn cookies(answer: &Answer) -> [String; 2] {
    ["__Host-doorward", "__Host-doorward-device"]
        .map(|name| answer.set_cookie(name).split(';').next().unwrap().to_owned())
}

#[tokio::test]
async fn a_program_sends_its_device_token_and_gets_in() {
    let app = besieged().await;
    let first = app.login("ada", PASSWORD).await.expect(200).json();
    besiege(&app).await;
    let body = |token: &Value| json!({ "identifier": "ada", "password": PASSWORD, "device_token": token });

    let made_up = app.post("/api/v1/login").json(&body(&json!("dwd_AAEC"))).from(ELSEWHERE).await;
    let known = app.post("/api/v1/login").json(&body(&first["device_token"])).from(ELSEWHERE).await;

    assert!(known.expect(200).json().get("device_token").is_none(), "it keeps the one it has");
    assert_problem!(made_up, 429, "too_many_attempts");
}

#[tokio::test]
async fn a_browser_has_it_in_a_cookie_that_outlives_the_session_and_no_script_reads() {
    let app = besieged().await;
    let body = json!({ "identifier": "ada", "password": PASSWORD, "cookie": true });
    let first = app.post("/api/v1/login").json(&body).await.expect(200);
    let cookies = cookies(&first);
    assert!(first.json().get("device_token").is_none());
    assert!(cookies[1].starts_with("__Host-doorward-device=dwd_"), "{cookies:?}");
    app.post("/api/v1/logout").header("cookie", &cookies[0]).await.expect(204);
    besiege(&app).await;

    let known = app.post("/api/v1/login").json(&body).header("cookie", &cookies[1]).from(ELSEWHERE).await;

    known.expect(200);
}

#[tokio::test]
async fn the_cookie_counts_for_nothing_else() {
    let app = besieged().await;
    let body = json!({ "identifier": "ada", "password": PASSWORD, "cookie": true });
    let device = cookies(&app.post("/api/v1/login").json(&body).await.expect(200))[1].clone();
    let value = device.split_once('=').unwrap().1;

    assert_problem!(
        app.get("/api/v1/session").header("cookie", &device).await,
        401,
        "authentication_required"
    );
    assert_problem!(app.get("/api/v1/session").cookie(value).await, 401, "token_invalid");
    assert_problem!(app.get("/api/v1/session").bearer(value).await, 401, "token_invalid");
    assert_problem!(app.refresh(value).await, 401, "token_invalid");
}

#[tokio::test]
async fn a_page_of_another_site_cannot_use_the_device_of_its_visitor() {
    let app = besieged().await;
    let body = json!({ "identifier": "ada", "password": PASSWORD, "cookie": true });
    let device = cookies(&app.post("/api/v1/login").json(&body).await.expect(200))[1].clone();
    besiege(&app).await;
    let without_cookies = json!({ "identifier": "ada", "password": "wrong password" });
    let across = |body: &Value| {
        let call = app.post("/api/v1/login").json(body).header("cookie", &device).from(ELSEWHERE);
        call.header("sec-fetch-site", "cross-site")
    };

    for _ in 0..6 {
        assert_problem!(across(&body).await, 403, "cross_site");
        assert_problem!(across(&without_cookies).await, 429, "too_many_attempts");
    }

    app.post("/api/v1/login").json(&body).header("cookie", &device).from(ELSEWHERE).await.expect(200);
}

#[tokio::test]
async fn the_operator_can_do_without() {
    let app = TestApp::with(|plan| plan.rules.limits.known_device = doorward_core::Ttl::ZERO).await;
    app.user("ada").registered().await;

    let answer = app.login("ada", PASSWORD).await.expect(200);

    assert!(answer.json().get("device_token").is_none());
}

#[tokio::test]
async fn a_login_by_the_password_provider_knows_devices_too() {
    let app = besieged().await;
    let fields = json!({ "identifier": "ada", "password": PASSWORD });
    let first = app.post("/api/v1/providers/password/finish").json(&json!({ "fields": fields })).await;
    let token = first.expect(200).json()["device_token"].clone();
    besiege(&app).await;

    let body = json!({ "identifier": "ada", "password": PASSWORD, "device_token": token });
    let known = app.post("/api/v1/login").json(&body).from(ELSEWHERE).await;

    known.expect(200);
}
