//! Passkeys renamed and removed, and what goes with an account.

use doorward_core::Ttl;
use doorward_core::client::Client;
use doorward_core::port::ProvenIdentity;
use doorward_testkit::{PASSWORD, SignedIn, TestApp, assert_problem};
use serde_json::{Value, json};

use super::{come_in, device_of, last, server};

fn path(passkey: &Value) -> String {
    format!("/api/v1/passkeys/{}", passkey["id"].as_str().unwrap())
}

#[tokio::test]
async fn a_passkey_is_called_what_its_owner_calls_it() {
    let app = server().await;
    let ada = app.user("ada").signed_in().await;
    let eve = app.user("eve").signed_in().await;
    let (_, passkey) = device_of(&app, &ada).await;
    let rename = |who: &SignedIn, name: &str| {
        app.patch(&path(&passkey)).bearer(&who.access).json(&json!({ "name": name }))
    };

    assert_eq!(rename(&ada, "blue one").await.expect(200).json()["name"], "blue one");
    assert_problem!(rename(&eve, "mine").await, 404, "not_found");
    for name in ["", "  ", "a\nb", &"x".repeat(101)] {
        assert_problem!(rename(&ada, name).await, 400, "invalid_field");
    }
}

#[tokio::test]
async fn a_removed_passkey_opens_nothing_and_its_owner_is_told() {
    let app = server().await;
    let ada = app.user("ada").signed_in().await;
    let eve = app.user("eve").signed_in().await;
    let (mut device, passkey) = device_of(&app, &ada).await;

    assert_problem!(app.delete(&path(&passkey)).bearer(&eve.access).await, 404, "not_found");
    app.delete(&path(&passkey)).bearer(&ada.access).await.expect(204);

    assert_problem!(come_in(&app, &mut device).await, 401, "invalid_credentials");
    assert_problem!(app.delete(&path(&passkey)).bearer(&ada.access).await, 404, "not_found");
    let mail = app.mail_to("ada@example.com").await;
    assert!(mail.subject.contains("was removed"), "{}", mail.subject);
    assert_eq!(last(&app, "passkey_removed").await.0, "done");
}

#[tokio::test]
async fn who_signed_in_a_while_ago_gives_the_password_to_remove_one() {
    let app = server().await;
    let ada = app.user("ada").signed_in().await;
    let (_, passkey) = device_of(&app, &ada).await;
    app.clock.advance(Ttl::from_minutes(60));
    let ada = app.refreshed(&ada.refresh).await;
    let remove = || app.delete(&path(&passkey)).bearer(&ada.access);

    assert_problem!(remove().await, 403, "fresh_login_required");
    remove().json(&json!({ "password": PASSWORD })).await.expect(204);
}

/// Somebody who has a passkey and no password, signed in with it.
async fn without_password(app: &TestApp) -> (SignedIn, Value) {
    let root = app.superuser().await;
    let invited = json!({ "email": "bea@example.com" });
    app.post("/api/v1/admin/users").bearer(&root.access).json(&invited).await.expect(201);
    let bea = app.core.account_called("bea@example.com").await.unwrap();
    let identity = ProvenIdentity::Account(bea.id);
    let came = app.core.login_as("test", identity, false, &Client::default()).await.unwrap();
    let bea = SignedIn {
        access: came.access_token.expose().clone(),
        refresh: came.refresh_token.expose().clone(),
        session: came.session_id.to_string(),
        cookie: String::new(),
    };
    let (mut device, passkey) = device_of(app, &bea).await;
    (SignedIn::read(&come_in(app, &mut device).await.expect(200)), passkey)
}

#[tokio::test]
async fn the_last_way_in_stays_whoever_takes_the_others_at_the_same_moment() {
    let app = server().await;
    let (bea, first) = without_password(&app).await;
    assert_problem!(app.delete(&path(&first)).bearer(&bea.access).await, 409, "last_way_in");
    let (_, second) = device_of(&app, &bea).await;
    let (_, third) = device_of(&app, &bea).await;
    let paths = [path(&first), path(&second), path(&third)];

    let answers = app.race(3, |app, at| app.delete(&paths[at]).bearer(&bea.access)).await;

    assert_eq!(answers.iter().filter(|answer| answer.status == 204).count(), 2);
    let left = app.get("/api/v1/passkeys").bearer(&bea.access).await.expect(200).json();
    assert_eq!(left.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn passkeys_are_taken_along_and_go_with_the_account() {
    let app = server().await;
    let ada = app.user("ada").signed_in().await;
    let (mut device, passkey) = device_of(&app, &ada).await;

    let export = app.get("/api/v1/me/export").bearer(&ada.access).await.expect(200).json();
    assert_eq!(export["passkeys"][0]["id"], passkey["id"]);
    app.delete("/api/v1/me").bearer(&ada.access).await.expect(204);

    assert_problem!(come_in(&app, &mut device).await, 401, "invalid_credentials");
}
