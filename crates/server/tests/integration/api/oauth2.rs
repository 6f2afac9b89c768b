//! What a token is worth and the end of one, as clients of OAuth 2.0 ask for them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use doorward_core::Ttl;
use doorward_core::port::Quota;
use doorward_testkit::{Answer, Call, SignedIn, TestApp, assert_problem};
use serde_json::{Value, json};

const FORM: &str = "application/x-www-form-urlencoded";
const INTROSPECT: &str = "/oauth2/introspect";

/// A service's key: of an account that may do nothing but `scope`.
async fn service(app: &TestApp, scope: &str) -> String {
    let root = app.superuser().await;
    let robot = app.user("robot").registered().await;
    let role = json!({ "name": "services", "description": "", "scope": scope });
    app.post("/api/v1/admin/roles").bearer(&root.access).json(&role).await.expect(201);
    let path = format!("/api/v1/admin/users/{}/roles/services", robot["id"].as_str().unwrap());
    app.put(&path).bearer(&root.access).await.expect(200);
    key(app, &app.user("robot").logged_in().await, json!({ "name": "reports" })).await
}

async fn key(app: &TestApp, owner: &SignedIn, wish: Value) -> String {
    let made = app.post("/api/v1/api-keys").bearer(&owner.access).json(&wish).await.expect(201);
    made.json()["api_key"].as_str().unwrap().to_owned()
}

fn about(app: &TestApp, token: &str) -> Call {
    app.post(INTROSPECT).body(FORM, format!("token={token}&token_type_hint=access_token"))
}

fn basic(name: &str, key: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{name}:{key}")))
}

/// What the service with `key` is told of `token`.
async fn told(app: &TestApp, key: &str, token: &str) -> Answer {
    about(app, token).header("authorization", &basic("reports", key)).await.expect(200)
}

async fn revoked(app: &TestApp, token: &str) -> Answer {
    app.post("/oauth2/revoke").body(FORM, format!("token={token}")).await
}

#[tokio::test]
async fn a_token_is_told_for_what_it_is_worth() {
    let app = TestApp::start().await;
    let key = service(&app, "admin:introspection").await;
    let ada = app.user("ada").signed_in().await;
    let me = app.get("/api/v1/me").bearer(&ada.access).await.json();

    let told = told(&app, &key, &ada.access).await;

    assert_eq!(told.header("cache-control"), "no-store");
    let (told, now) = (told.json(), app.now() / 1000);
    let issuer = app.core.settings().issuer.clone();
    assert_eq!(
        told,
        json!({
            "active": true, "client_id": "doorward", "username": "ada", "token_type": "Bearer",
            "exp": now + 600, "iat": now, "nbf": now, "sub": me["id"], "aud": "doorward", "iss": issuer,
            "jti": told["jti"], "sid": ada.session,
        })
    );
    let claims = ada.access.split('.').nth(1).unwrap();
    let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(claims).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    for claim in ["jti", "iat", "exp", "sub", "sid", "iss", "aud", "client_id"] {
        assert_eq!(told[claim], claims[claim], "{claim}");
    }
}

#[tokio::test]
async fn what_does_not_count_is_not_active_and_nothing_else_is_told() {
    let app = TestApp::start().await;
    let key = service(&app, "admin:introspection").await;
    let (ada, eve) = (app.user("ada").signed_in().await, app.user("eve").signed_in().await);
    let (bob, late) = (app.user("bob").signed_in().await, app.user("late").signed_in().await);
    app.post("/api/v1/logout").bearer(&eve.access).await.expect(204);
    app.core.set_active("bob@example.com", false).await.unwrap();
    let forged = format!("{}x", ada.access);

    for token in [&*eve.access, &*bob.access, &*forged, "x", "dwk_x", &*ada.refresh] {
        assert_eq!(told(&app, &key, token).await.text(), r#"{"active":false}"#, "{token}");
    }
    app.clock.advance(Ttl::from_minutes(10));
    assert_eq!(told(&app, &key, &late.access).await.text(), r#"{"active":false}"#, "over");
}

#[tokio::test]
async fn an_api_key_is_worth_what_it_may_until_it_is_revoked() {
    let app = TestApp::start().await;
    let service = service(&app, "admin:introspection").await;
    let ada = app.user("ada").signed_in().await;
    let asked = key(&app, &ada, json!({ "name": "nightly" })).await;

    let found = told(&app, &service, &asked).await.json();
    assert_eq!((&found["active"], &found["username"]), (&json!(true), &json!("ada")));
    assert_eq!((found.get("sid"), found.get("exp")), (None, None));
    assert_eq!(found["iat"], app.now() / 1000);
    let path = format!("/api/v1/api-keys/{}", found["jti"].as_str().unwrap());
    app.delete(&path).bearer(&ada.access).await.expect(204);

    assert_eq!(told(&app, &service, &asked).await.json(), json!({ "active": false }));
}

#[tokio::test]
async fn a_service_shows_its_key_in_any_of_three_ways() {
    let app = TestApp::start().await;
    let key = service(&app, "admin:introspection").await;
    let ada = app.user("ada").signed_in().await;

    for (header, value) in [
        ("authorization", basic("whoever", &key)),
        ("authorization", basic("", &key)),
        ("authorization", format!("bearer {key}")),
        ("x-api-key", key.clone()),
    ] {
        let told = about(&app, &ada.access).header(header, &value).await.expect(200);
        assert_eq!(told.json()["active"], true, "{header}");
    }
}

#[tokio::test]
async fn nobody_is_told_anything_who_has_no_key_that_may_ask() {
    let app = TestApp::start().await;
    let key = service(&app, "admin:revocations").await;
    let ada = app.user("ada").signed_in_by_cookie().await;

    let stranger = about(&app, &ada.access).await;
    assert_problem!(stranger, 401, "authentication_required");
    assert_eq!(stranger.json()["error"], "invalid_client");
    assert_eq!(stranger.header("www-authenticate"), r#"Basic realm="doorward", Bearer realm="doorward""#);
    for wrong in [basic("x", "dwk_wrong"), basic("x", ""), "Basic %".to_owned(), "Basic eA==".to_owned()] {
        let answer = about(&app, &ada.access).header("authorization", &wrong).await;
        assert_problem!(answer, 401, "token_invalid");
    }
    let person = about(&app, &ada.access).bearer(&ada.access).await;
    assert_problem!(person, 403, "forbidden");
    let other = about(&app, &ada.access).header("authorization", &basic("x", &key)).await;
    assert_problem!(other, 403, "forbidden");
    assert_eq!(other.json()["error"], "insufficient_scope");
    let browser = about(&app, &ada.access).cookie(&ada.cookie).await;
    assert_problem!(browser, 401, "authentication_required");
}

#[tokio::test]
async fn a_network_that_goes_on_showing_false_keys_is_told_to_wait() {
    let quota = Quota { burst: 3, refill: Ttl::from_minutes(1) };
    let app = TestApp::with(|plan| plan.rules.limits.false_tokens_per_network = quota).await;
    let wrong = basic("reports", "dwk_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4v");

    for _ in 0..3 {
        assert_problem!(about(&app, "x").header("authorization", &wrong).await, 401, "token_invalid");
    }

    assert_problem!(about(&app, "x").header("authorization", &wrong).await, 429, "too_many_attempts");
}

#[tokio::test]
async fn a_question_names_one_token_in_a_form() {
    let app = TestApp::start().await;
    let key = basic("x", &service(&app, "admin:introspection").await);
    let ask = |media_type: &str, body: &'static str| {
        app.post(INTROSPECT).header("authorization", &key).body(media_type, body)
    };

    for body in ["", "token=", "token_type_hint=access_token", "token=a&token=a"] {
        let answer = ask(FORM, body).await;
        assert_problem!(answer, 400, "malformed_parameter");
        assert_eq!(answer.json()["error"], "invalid_request", "{body}");
    }
    assert_problem!(ask("application/json", r#"{"token":"a"}"#).await, 415, "unsupported_media_type");
}

#[tokio::test]
async fn whoever_holds_a_token_may_end_it() {
    let app = TestApp::start().await;
    let (ada, eve) = (app.user("ada").signed_in().await, app.user("eve").signed_in().await);
    let bob = app.user("bob").signed_in().await;
    let nightly = key(&app, &bob, json!({ "name": "nightly" })).await;

    for token in [&*ada.access, &*eve.refresh, &nightly] {
        let answer = revoked(&app, token).await.expect(200);
        assert_eq!(answer.text(), "");
    }

    assert_eq!((app.verdict(&ada.access).await, app.verdict(&eve.access).await), (401, 401));
    assert_problem!(app.refresh(&ada.refresh).await, 401, "token_revoked");
    assert_eq!(app.get("/api/v1/session").header("x-api-key", &nightly).await.status, 401);
    assert_eq!(app.verdict(&bob.access).await, 200, "the owner of a key stays signed in");
}

#[tokio::test]
async fn the_answer_does_not_tell_what_the_token_was() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in().await;
    let strange = format!("{}x", ada.access);

    let first = revoked(&app, &ada.access).await;
    for token in [&*ada.access, &*ada.refresh, &*strange, "x", "dwk_x", "dwr_x"] {
        let answer = revoked(&app, token).await;
        assert_eq!((answer.status, answer.text()), (first.status, first.text()), "{token}");
    }

    assert_problem!(revoked(&app, "").await, 400, "malformed_parameter");
}

#[tokio::test]
async fn a_client_finds_out_by_itself_what_there_is() {
    let app = TestApp::start().await;

    let told = app.get("/.well-known/oauth-authorization-server").await.expect(200).json();

    let issuer = app.core.settings().issuer.clone();
    assert_eq!(told["issuer"], issuer);
    assert_eq!(told["introspection_endpoint"], format!("{issuer}{INTROSPECT}"));
    assert_eq!(told["revocation_endpoint"], format!("{issuer}/oauth2/revoke"));
    assert_eq!(told["jwks_uri"], format!("{issuer}/.well-known/jwks.json"));
    for absent in
        ["registration_endpoint", "device_authorization_endpoint", "pushed_authorization_request_endpoint"]
    {
        assert_eq!(told.get(absent), None, "{absent}");
    }
}

#[tokio::test]
async fn where_tokens_are_signed_with_a_shared_secret_no_keys_are_named() {
    let secret = "a secret of thirty-two bytes or more";
    let app = TestApp::with(|plan| plan.signing_key = Some(secret.to_owned())).await;

    let told = app.get("/.well-known/oauth-authorization-server").await.expect(200).json();

    assert_eq!((told.get("jwks_uri"), told.get("userinfo_endpoint")), (None, None));
    assert!(!told["scopes_supported"].as_array().unwrap().contains(&json!("openid")), "{told}");
    assert_problem!(app.get("/.well-known/openid-configuration").await, 404, "not_found");
}
