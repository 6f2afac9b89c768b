//! What a passkey must not open.

use doorward_core::Ttl;
use doorward_testkit::{Device, TestApp, assert_problem};
use serde_json::{Value, json};

use super::{ORIGIN, answer, challenge, come_in, device_of, server, server_with};

async fn send(app: &TestApp, body: &Value) -> doorward_testkit::Answer {
    app.post("/api/v1/login/passkey").json(body).await
}

#[tokio::test]
async fn an_answer_opens_one_session_and_no_second() {
    let app = server().await;
    let ada = app.user("ada").signed_in().await;
    let (mut device, _) = device_of(&app, &ada).await;
    let asked = challenge(&app).await;
    let body = answer(&asked, &device.get(&asked["options"]));

    send(&app, &body).await.expect(200);

    assert_problem!(send(&app, &body).await, 401, "invalid_credentials");
    let other = challenge(&app).await;
    let replayed = json!({ "challenge": other["challenge"], "credential": body["credential"] });
    assert_problem!(send(&app, &replayed).await, 401, "invalid_credentials");
}

#[tokio::test]
async fn of_many_answers_at_the_same_moment_one_opens_a_session() {
    let app = server().await;
    let ada = app.user("ada").signed_in().await;
    let (mut device, _) = device_of(&app, &ada).await;
    let asked = challenge(&app).await;
    let body = answer(&asked, &device.get(&asked["options"]));

    let answers = app.race(12, |app, _| app.post("/api/v1/login/passkey").json(&body)).await;

    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    assert!(answers.iter().all(|answer| [200, 401, 409].contains(&answer.status.as_u16())));
    let sessions = app.get("/api/v1/sessions").bearer(&ada.access).await.expect(200).json();
    assert_eq!(sessions.as_array().unwrap().len(), 2, "the one of before and one more");
}

#[tokio::test]
async fn a_challenge_is_over_after_five_minutes_and_after_one_wrong_answer() {
    let app = server().await;
    let ada = app.user("ada").signed_in().await;
    let (mut device, _) = device_of(&app, &ada).await;
    let asked = challenge(&app).await;
    let body = answer(&asked, &device.get(&asked["options"]));
    app.clock.advance(Ttl::from_minutes(5));
    assert_problem!(send(&app, &body).await, 401, "invalid_credentials");

    let asked = challenge(&app).await;
    let right = answer(&asked, &device.get(&asked["options"]));
    let wrong = answer(&asked, &Device::new(ORIGIN).get(&asked["options"]));
    assert_problem!(send(&app, &wrong).await, 401, "invalid_credentials");
    assert_problem!(send(&app, &right).await, 401, "invalid_credentials");
    app.core.tidy().await.unwrap();
}

#[tokio::test]
async fn an_answer_from_elsewhere_or_from_nobody_opens_nothing() {
    type Wrong = (&'static str, fn(&mut Device));
    let app = server().await;
    let ada = app.user("ada").signed_in().await;
    let (mut device, _) = device_of(&app, &ada).await;
    let wrongs: [Wrong; 11] = [
        ("another site", |device| device.origin = "https://badexample.com".to_owned()),
        ("a host that ends like it", |device| device.origin = "https://badauth.example.com".to_owned()),
        ("the parent", |device| device.origin = "https://example.com".to_owned()),
        ("a subdomain", |device| device.origin = "https://a.auth.example.com".to_owned()),
        ("another port", |device| device.origin = "https://auth.example.com:444".to_owned()),
        ("no TLS", |device| device.origin = "http://auth.example.com".to_owned()),
        ("another domain", |device| device.rp_id = Some("example.com".to_owned())),
        ("nobody verified", |device| device.verifies = false),
        ("nobody there", |device| device.is_touched = false),
        ("a frame of another site", |device| {
            device.frame = json!({ "crossOrigin": true, "topOrigin": "https://evil.example" });
        }),
        ("a key that could not be copied before", |device| device.is_backed_up = None),
    ];
    for (what, wrong) in wrongs {
        let honest = (device.origin.clone(), device.frame.clone());
        wrong(&mut device);

        let refused = come_in(&app, &mut device).await;

        assert_eq!(refused.json()["code"], "invalid_credentials", "{what}");
        (device.origin, device.frame) = honest;
        (device.rp_id, device.verifies, device.is_touched, device.is_backed_up) =
            (None, true, true, Some(true));
    }
    come_in(&app, &mut device).await.expect(200);
}

#[tokio::test]
async fn the_passkey_of_one_opens_no_account_of_another() {
    let app = server().await;
    let ada = app.user("ada").signed_in().await;
    let eve = app.user("eve").signed_in().await;
    let (ada_device, _) = device_of(&app, &ada).await;
    let (mut eve_device, _) = device_of(&app, &eve).await;

    eve_device.owner.clone_from(&ada_device.owner);

    assert_problem!(come_in(&app, &mut eve_device).await, 401, "invalid_credentials");
}

#[tokio::test]
async fn every_refusal_says_the_same() {
    let app = server().await;
    let ada = app.user("ada").signed_in().await;
    let (mut device, _) = device_of(&app, &ada).await;
    device.verifies = false;
    let known = come_in(&app, &mut device).await.json();
    let mut stranger = Device::new(ORIGIN);
    stranger.owner.clone_from(&device.owner);
    let unknown = come_in(&app, &mut stranger).await.json();
    let body = json!({ "challenge": "dwc_none", "credential": {} });
    let nothing = send(&app, &body).await.json();

    let told = |body: &Value| (body["code"].clone(), body["detail"].clone(), body["status"].clone());
    assert_eq!(told(&known), told(&unknown));
    assert_eq!(told(&known), told(&nothing));
}

#[tokio::test]
async fn answers_that_prove_nothing_are_counted_and_challenges_are_not_without_end() {
    let app = server().await;
    let app = app.restart_with(|plan| plan.rules.limits.false_tokens_per_network.burst = 2).await;
    let body = json!({ "challenge": "dwc_none", "credential": {} });
    for _ in 0..2 {
        assert_problem!(send(&app, &body).await, 401, "invalid_credentials");
    }
    assert_problem!(send(&app, &body).await, 429, "too_many_attempts");

    let mut given = 0;
    while app.post("/api/v1/login/passkey/challenge").await.status == 200 {
        given += 1;
    }
    assert_eq!(given, 300);
}

#[tokio::test]
async fn further_origins_are_those_that_the_operator_lists() {
    let app = server_with("rp_id = \"example.com\"\norigins = [\"https://app.example.com\"]").await;
    let ada = app.user("ada").signed_in().await;
    let (mut device, _) = device_of(&app, &ada).await;

    device.origin = "https://app.example.com".to_owned();
    come_in(&app, &mut device).await.expect(200);
    device.origin = "https://other.example.com".to_owned();
    assert_problem!(come_in(&app, &mut device).await, 401, "invalid_credentials");
}
