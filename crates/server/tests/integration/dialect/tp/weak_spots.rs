//! Where TP Auth can be led astray or gets in the way, by number, and that Doorward does not.
//!
//! What is of its resource servers (4) and of gRPC (9) is shown where those are; its hook (6) and its raw tokens in the memory
//! database (7, 10) have no counterpart here.

use doorward::config::Environment;
use doorward_core::Ttl;
use doorward_core::port::Quota;
use doorward_testkit::{Logs, Plan, TestApp, from_base64url};

use super::{SECRET, access, logged_in, refresh, token, with, with_settings};

#[tokio::test]
async fn spot_5_going_on_has_an_end_however_often_a_token_is_exchanged() {
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
async fn spot_11_passwords_cannot_be_tried_for_ever() {
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
async fn spot_3_a_token_in_the_header_is_all_that_is_needed() {
    let app = with(&[]).await;
    let token = logged_in(&app).await;

    app.post("/logout").bearer(&token).header("refresh", "false").await.expect(200);
}

#[tokio::test]
async fn spot_5_a_password_change_ends_what_tokens_could_go_on_with() {
    let app = with(&[]).await;
    let token = logged_in(&app).await;
    let ada = app.user("ada").logged_in().await;
    let change = serde_json::json!({ "current_password": doorward_testkit::PASSWORD, "new_password": "a new horse battery" });
    app.put("/api/v1/me/password").bearer(&ada.access).json(&change).await;

    refresh(&app, &token).await.expect(401);
}

#[tokio::test]
async fn spot_5_nothing_secret_is_logged() {
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

#[tokio::test]
async fn spot_1_a_token_is_exchanged_over_http_at_the_path_that_was_said_and_faults_are_told() {
    let app = with(&[("REFRESH_URL", "/auth/refresh")]).await;
    let first = logged_in(&app).await;

    let fresh = access(&app.post("/auth/refresh").bearer(&first).await.expect(200));

    assert_ne!(fresh, first);
    let restricted = app.post("/auth/refresh").bearer(&fresh).await.expect(429);
    assert_eq!(restricted.json()["error"], "refresh_restricted");
    let nobody = app.post("/auth/refresh").await.expect(401);
    assert_eq!(nobody.header("www-authenticate"), "Bearer");
}

#[tokio::test]
async fn spot_2_a_token_of_another_issuer_is_refused_though_the_secret_is_the_same() {
    let acme = with(&[("ISSUER", "acme")]).await;
    let other = with(&[("ISSUER", "other")]).await;
    let token = logged_in(&acme).await;
    assert_eq!(acme.verdict(&token).await, 200);

    assert_eq!(other.verdict(&token).await, 401);
    refresh(&other, &token).await.expect(401);
}

#[tokio::test]
async fn spot_8_the_origins_that_are_let_in_by_default_are_subdomains() {
    let app = with(&[]).await;
    let asked = async |origin: &str| {
        let answer = app.get("/api/healthcheck").header("origin", origin).await;
        answer.header("access-control-allow-origin").to_owned()
    };

    assert_eq!(asked("https://app.prismatica.in").await, "https://app.prismatica.in");
    assert_eq!(asked("https://evilprismatica.in").await, "");
    assert_eq!(asked("null").await, "");
}

#[tokio::test]
async fn spot_12_the_cookie_of_the_token_is_enough_and_a_challenge_is_quoted() {
    let app = with_settings("cookies = true\n", &[]).await;
    let cookie = format!("access_token={}", logged_in(&app).await);

    app.post("/refresh").header("cookie", &cookie).header("sec-fetch-site", "same-origin").await.expect(200);

    let refused = refresh(&app, "garbage").await.expect(401);
    let challenge = refused.header("www-authenticate");
    assert!(challenge.starts_with("Bearer"), "{challenge}");
    assert!(challenge.split('=').skip(1).all(|value| value.starts_with('"')), "{challenge}");
}

#[tokio::test]
async fn spot_13_keys_may_be_made_published_and_rotated_here() {
    let text = "[tokens]\nalgorithm = \"EdDSA\"\n[dialect.tp]\nenabled = true";
    let app = TestApp::with(|plan| *plan = Plan::of(text, &Environment::of([("ISSUER", "acme")]))).await;
    app.user("ada").registered().await;

    let token = logged_in(&app).await;

    let header = from_base64url(token.split('.').next().unwrap());
    let header: serde_json::Value = serde_json::from_slice(&header).unwrap();
    let published = &app.get("/.well-known/jwks.json").await.json()["keys"][0];
    assert_eq!((&header["alg"], &header["kid"]), (&"EdDSA".into(), &published["kid"]));
}
