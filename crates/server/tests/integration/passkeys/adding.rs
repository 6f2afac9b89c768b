//! A passkey is added by the owner of an account.

use doorward_core::Ttl;
use doorward_testkit::{Device, PASSWORD, TestApp, assert_problem};
use serde_json::json;

use super::{ORIGIN, add, challenge_for_new, device_of, last, server};

#[tokio::test]
async fn a_passkey_is_added_listed_audited_and_told_by_mail() {
    let app = server().await;
    let ada = app.user("ada").signed_in().await;

    let (_, made) = device_of(&app, &ada).await;

    let listed = app.get("/api/v1/passkeys").bearer(&ada.access).await.expect(200).json();
    assert_eq!(listed, json!([made]));
    assert_eq!(made["name"], "telephone");
    assert_eq!(made["is_backed_up"], true);
    assert_eq!(made["created_at"], "2026-01-31T08:00:00.000Z");
    assert!(made.get("last_used_at").is_none());
    let mail = app.mail_to("ada@example.com").await;
    assert!(mail.subject.starts_with("A passkey was added"), "{}", mail.subject);
    assert_eq!(
        last(&app, "passkey_added").await,
        ("done".to_owned(), made["id"].as_str().unwrap().to_owned())
    );
}

#[tokio::test]
async fn a_browser_is_asked_for_a_key_that_it_finds_by_itself_and_a_verified_hand() {
    let app = server().await;
    let ada = app.user("ada").signed_in().await;
    let (_, _) = device_of(&app, &ada).await;

    let asked = challenge_for_new(&app, &ada).await;

    let options = &asked["options"];
    assert_eq!(options["rp"]["id"], "auth.example.com");
    assert_eq!((&options["user"]["name"], &options["attestation"]), (&json!("ada"), &json!("none")));
    let selection = &options["authenticatorSelection"];
    assert_eq!(
        (&selection["residentKey"], &selection["userVerification"]),
        (&json!("required"), &json!("required"))
    );
    assert_eq!(options["excludeCredentials"].as_array().unwrap().len(), 1, "the key of before");
    assert_eq!(asked["expires_at"], "2026-01-31T08:05:00.000Z");
    assert!(asked["challenge"].as_str().unwrap().starts_with("dwc_"));
}

#[tokio::test]
async fn who_signed_in_a_while_ago_gives_the_password_with_it() {
    let app = server().await;
    let ada = app.user("ada").signed_in().await;

    app.clock.advance(Ttl::from_minutes(60));
    let ada = app.refreshed(&ada.refresh).await;
    let ask = || app.post("/api/v1/passkeys/challenge").bearer(&ada.access);

    assert_problem!(ask().await, 403, "fresh_login_required");
    assert_problem!(ask().json(&json!({ "password": "wrong horse" })).await, 403, "wrong_password");
    ask().json(&json!({ "password": PASSWORD })).await.expect(200);
}

#[tokio::test]
async fn neither_a_key_nor_a_session_for_less_adds_one() {
    let app = server().await;
    let ada = app.user("ada").signed_in().await;
    let key = app.post("/api/v1/api-keys").bearer(&ada.access).json(&json!({ "name": "k" })).await;
    let key = key.expect(201).json()["api_key"].as_str().unwrap().to_owned();
    let body = json!({ "identifier": "ada", "password": PASSWORD, "scope": "" });
    let narrow = app.post("/api/v1/login").json(&body).await.expect(200).json();
    let narrow = narrow["access_token"].as_str().unwrap();

    assert_problem!(app.post("/api/v1/passkeys/challenge").await, 401, "authentication_required");
    assert_problem!(app.post("/api/v1/passkeys/challenge").bearer(&key).await, 403, "forbidden");
    assert_problem!(app.post("/api/v1/passkeys/challenge").bearer(narrow).await, 403, "fresh_login_required");
}

#[tokio::test]
async fn what_a_device_says_wrongly_adds_nothing() {
    type Wrong = (&'static str, fn(&mut Device));
    let app = server().await;
    let ada = app.user("ada").signed_in().await;
    let wrongs: [Wrong; 8] = [
        ("another origin", |device| device.origin = "https://badexample.com".to_owned()),
        ("a host that ends like it", |device| device.origin = "https://badauth.example.com".to_owned()),
        ("a subdomain", |device| device.origin = "https://a.auth.example.com".to_owned()),
        ("another port", |device| device.origin = "https://auth.example.com:8443".to_owned()),
        ("no TLS", |device| device.origin = "http://auth.example.com".to_owned()),
        ("another domain", |device| device.rp_id = Some("example.com".to_owned())),
        ("a hand that was not verified", |device| device.verifies = false),
        ("a frame of another site", |device| device.frame = json!({ "crossOrigin": true })),
    ];
    for (what, wrong) in wrongs {
        let mut device = Device::new(ORIGIN);
        wrong(&mut device);
        let asked = challenge_for_new(&app, &ada).await;
        let credential = device.create(&asked["options"]);

        let refused = add(&app, &ada, &asked, &credential).await;

        assert_eq!(refused.json()["code"], "passkey_invalid", "{what}");
        assert_problem!(refused, 400, "passkey_invalid");
        let mut honest = Device::new(ORIGIN);
        let late = add(&app, &ada, &asked, &honest.create(&asked["options"])).await;
        assert_problem!(late, 400, "passkey_invalid");
    }
    assert_eq!(app.get("/api/v1/passkeys").bearer(&ada.access).await.expect(200).json(), json!([]));
    assert_eq!(last(&app, "passkey_added").await.0, "passkey_invalid");
}

#[tokio::test]
async fn a_challenge_is_good_for_five_minutes_in_its_session_and_for_nothing_else() {
    let app = server().await;
    let ada = app.user("ada").signed_in().await;
    let elsewhere = app.user("ada").logged_in().await;
    let eve = app.user("eve").signed_in().await;
    let mut device = Device::new(ORIGIN);
    let asked = challenge_for_new(&app, &ada).await;
    let credential = device.create(&asked["options"]);

    assert_problem!(add(&app, &elsewhere, &asked, &credential).await, 400, "passkey_invalid");
    assert_problem!(add(&app, &eve, &asked, &credential).await, 400, "passkey_invalid");
    let as_login = json!({ "challenge": asked["options"]["challenge"], "rpId": "auth.example.com" });
    let body = super::answer(&asked, &device.get(&as_login));
    let login = app.post("/api/v1/login/passkey").json(&body).await;
    assert_problem!(login, 401, "invalid_credentials");
    app.clock.advance(Ttl::from_minutes(5));
    assert_problem!(add(&app, &ada, &asked, &credential).await, 400, "passkey_invalid");

    let ada = app.user("ada").logged_in().await;
    let asked = super::challenge(&app).await;
    let for_login = add(&app, &ada, &asked, &credential).await;
    assert_problem!(for_login, 400, "passkey_invalid");
}

#[tokio::test]
async fn of_many_answers_to_one_challenge_one_adds_a_passkey() {
    let app = server().await;
    let ada = app.user("ada").signed_in().await;
    let asked = challenge_for_new(&app, &ada).await;
    let credential = Device::new(ORIGIN).create(&asked["options"]);
    let body = json!({ "challenge": asked["challenge"], "name": "a", "credential": credential });

    let call = |app: &TestApp, _| app.post("/api/v1/passkeys").bearer(&ada.access).json(&body);
    let answers = app.race(8, call).await;

    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
    assert_eq!(
        app.get("/api/v1/passkeys").bearer(&ada.access).await.expect(200).json().as_array().unwrap().len(),
        1
    );
}

#[tokio::test]
async fn the_passkey_of_one_account_is_not_added_to_another() {
    let app = server().await;
    let ada = app.user("ada").signed_in().await;
    let eve = app.user("eve").signed_in().await;
    let (mut device, _) = device_of(&app, &ada).await;
    let asked = challenge_for_new(&app, &eve).await;

    let refused = add(&app, &eve, &asked, &device.create(&asked["options"])).await;

    assert_problem!(refused, 400, "passkey_invalid");
}

#[tokio::test]
async fn where_browsers_know_no_passkeys_there_are_none() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in().await;

    assert_problem!(app.post("/api/v1/login/passkey/challenge").await, 501, "not_configured");
    let asked = app.post("/api/v1/passkeys/challenge").bearer(&ada.access).await;
    assert_problem!(asked, 501, "not_configured");
}
