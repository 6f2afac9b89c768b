//! Somebody comes in with a passkey.

use doorward_core::Ttl;
use doorward_testkit::{PASSWORD, SignedIn, assert_problem};
use serde_json::json;

use super::{answer, challenge, come_in, device_of, last, server, server_with};

#[tokio::test]
async fn a_passkey_opens_a_session_without_a_name_or_a_password() {
    let app = server().await;
    let ada = app.user("ada").signed_in().await;
    let (mut device, _) = device_of(&app, &ada).await;
    app.clock.advance(Ttl::from_minutes(1));

    let came = SignedIn::read(&come_in(&app, &mut device).await.expect(200));

    let me = app.get("/api/v1/me").bearer(&came.access).await.expect(200).json();
    assert_eq!(me["username"], "ada");
    app.refreshed(&came.refresh).await;
    assert!(came.cookie.is_empty());
    let listed = app.get("/api/v1/passkeys").bearer(&came.access).await.expect(200).json();
    assert_eq!(listed[0]["last_used_at"], "2026-01-31T08:01:00.000Z");
}

#[tokio::test]
async fn a_passkey_is_both_factors_and_no_code_is_asked_for() {
    let app = server().await;
    let ada = app.user("ada").signed_in().await;
    let (mut device, _) = device_of(&app, &ada).await;
    app.second_factor(&ada.access).await;

    assert_eq!(app.login("ada", PASSWORD).await.status, 403);
    come_in(&app, &mut device).await.expect(200);
}

#[tokio::test]
async fn with_a_cookie_the_browser_is_signed_in_and_its_session_of_before_ends() {
    let app = server().await;
    let before = app.user("ada").signed_in_by_cookie().await;
    let (mut device, _) = device_of(&app, &before).await;
    let asked = challenge(&app).await;
    let mut body = answer(&asked, &device.get(&asked["options"]));
    body["cookie"] = true.into();

    let elsewhere =
        app.post("/api/v1/login/passkey").header("sec-fetch-site", "cross-site").json(&body).await;
    assert_problem!(elsewhere, 403, "cross_site");
    let came = app.post("/api/v1/login/passkey").cookie(&before.cookie).json(&body).await.expect(200);

    let came = SignedIn::read(&came);
    app.get("/api/v1/me").cookie(&came.cookie).await.expect(200);
    assert_eq!(app.verdict(&before.access).await, 401);
}

#[tokio::test]
async fn a_challenge_tells_nobody_who_has_an_account() {
    let app = server().await;
    let before = challenge(&app).await;
    let ada = app.user("ada").signed_in().await;
    let _ = device_of(&app, &ada).await;

    let after = challenge(&app).await;

    assert_eq!(after["options"]["allowCredentials"], json!([]));
    let rest = |asked: &serde_json::Value| {
        let mut options = asked["options"].clone();
        options["challenge"] = json!(null);
        options
    };
    assert_eq!(rest(&before), rest(&after));
    assert_ne!(before["options"]["challenge"], after["options"]["challenge"]);
    assert_eq!(after["options"]["userVerification"], "required");
    assert_eq!(after["options"]["rpId"], "auth.example.com");
}

#[tokio::test]
async fn the_session_may_be_for_less() {
    let app = server_with("[scopes]\nread = \"Read\"").await;
    let ada = app.user("ada").signed_in().await;
    let (mut device, _) = device_of(&app, &ada).await;
    let asked = challenge(&app).await;
    let mut body = answer(&asked, &device.get(&asked["options"]));
    body["scope"] = "unheard".into();
    assert_problem!(app.post("/api/v1/login/passkey").json(&body).await, 400, "invalid_scope");
    body["scope"] = "".into();

    let came = app.post("/api/v1/login/passkey").json(&body).await.expect(200).json();

    assert_eq!(came["scope"], "");
    assert!(came["device_token"].is_string());
}

#[tokio::test]
async fn whether_there_is_a_copy_of_the_key_is_kept_as_it_is_now() {
    let app = server().await;
    let ada = app.user("ada").signed_in().await;
    let (mut device, _) = device_of(&app, &ada).await;

    device.is_backed_up = Some(false);
    come_in(&app, &mut device).await.expect(200);

    let listed = app.get("/api/v1/passkeys").bearer(&ada.access).await.expect(200).json();
    assert_eq!(listed[0]["is_backed_up"], false);
}

#[tokio::test]
async fn a_counter_goes_up_or_nobody_comes_in_and_it_is_written_down() {
    let app = server().await;
    let ada = app.user("ada").signed_in().await;
    let mut device = doorward_testkit::Device::new(super::ORIGIN);
    (device.counter, device.is_backed_up) = (7, None);
    let asked = super::challenge_for_new(&app, &ada).await;
    super::add(&app, &ada, &asked, &device.create(&asked["options"])).await.expect(201);

    device.counter = 8;
    come_in(&app, &mut device).await.expect(200);
    for back in [8, 7, 0] {
        device.counter = back;
        assert_problem!(come_in(&app, &mut device).await, 401, "invalid_credentials");
    }
    let (outcome, detail) = last(&app, "passkey_counter_back").await;
    assert_eq!((&*outcome, &*detail), ("invalid_credentials", "passkey: the counter went back"));
    device.counter = 9;
    come_in(&app, &mut device).await.expect(200);
}

#[tokio::test]
async fn a_disabled_account_and_an_unverified_one_stay_outside() {
    let app = server().await;
    let ada = app.user("ada").signed_in().await;
    let (mut device, _) = device_of(&app, &ada).await;

    app.core.set_active("ada", false).await.unwrap();
    assert_problem!(come_in(&app, &mut device).await, 403, "account_disabled");
    app.core.set_active("ada", true).await.unwrap();
    let app = app.restart_with(|plan| plan.rules.requires_verified_email = true).await;
    assert_problem!(come_in(&app, &mut device).await, 403, "email_unverified");
}
