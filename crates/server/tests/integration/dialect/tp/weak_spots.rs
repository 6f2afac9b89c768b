//! What is easily got wrong by a server of this kind.

use doorward::config::Environment;
use doorward_core::Ttl;
use doorward_core::port::Quota;
use doorward_testkit::{Logs, Plan, TestApp};

use super::{SECRET, access, logged_in, refresh, token, with};

#[tokio::test]
async fn going_on_has_an_end_however_often_a_token_is_exchanged() {
    let app = with(&[]).await;
    let mut token = logged_in(&app).await;

    for _ in 0..29 {
        app.clock.advance(Ttl::from_minutes(23 * 60));
        token = access(&refresh(&app, &token).await.expect(200));
    }
    app.clock.advance(Ttl::from_minutes(23 * 60 + 59));
    app.clock.advance(Ttl::from_days(1));

    refresh(&app, &token).await.expect(401);
}

#[tokio::test]
async fn passwords_cannot_be_tried_for_ever() {
    let environment = Environment::of([("SECRET_KEY", SECRET)]);
    let app = TestApp::with(|plan| {
        *plan = Plan::of("[dialect.tp]\nenabled = true", &environment);
        plan.rules.limits.login_per_account_and_network = Quota { burst: 3, refill: Ttl::from_minutes(1) };
    })
    .await;
    app.user("ada").registered().await;

    for _ in 0..3 {
        token(&app, "username=ada&password=wrong").await.expect(400);
    }
    let limited = token(&app, "username=ada&password=correct+horse+battery").await.expect(429);

    assert_eq!(limited.header("retry-after"), "60");
    assert_eq!(limited.json()["error"], "too_many_attempts");
}

#[tokio::test]
async fn a_token_in_the_header_is_all_that_is_needed() {
    let app = with(&[]).await;
    let token = logged_in(&app).await;

    app.post("/logout").bearer(&token).header("refresh", "false").await.expect(200);
}

#[tokio::test]
async fn a_password_change_ends_what_tokens_could_go_on_with() {
    let app = with(&[]).await;
    let token = logged_in(&app).await;
    let ada = app.user("ada").logged_in().await;
    let change = serde_json::json!({ "current_password": doorward_testkit::PASSWORD, "new_password": "a new horse battery" });
    app.put("/api/v1/me/password").bearer(&ada.access).json(&change).await;

    refresh(&app, &token).await.expect(401);
}

#[tokio::test]
async fn nothing_secret_is_logged() {
    let logs = Logs::capture();
    let app = with(&[]).await;
    let first = logged_in(&app).await;
    let fresh = access(&refresh(&app, &first).await);
    token(&app, "username=ada&password=a+secret+of+mine").await;
    refresh(&app, "eyJ-what-somebody-made-up").await;

    let text = logs.text();

    for secret in [
        &*first,
        &*fresh,
        SECRET,
        "a secret of mine",
        "eyJ-what-somebody-made-up",
        doorward_testkit::PASSWORD,
    ] {
        assert!(!text.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn an_api_key_is_no_token_that_can_be_exchanged() {
    let app = with(&[]).await;
    let ada = app.user("ada").logged_in().await;
    let body = serde_json::json!({ "name": "a program" });
    let key = app.post("/api/v1/api-keys").bearer(&ada.access).json(&body).await.expect(201);
    let key = key.json()["api_key"].as_str().unwrap().to_owned();

    refresh(&app, &key).await.expect(401);
}
