//! Keys for programs.

use doorward_core::Ttl;
use doorward_testkit::{Call, SignedIn, TestApp, assert_problem};
use serde_json::{Value, json};

async fn made(app: &TestApp, owner: &SignedIn, wish: Value) -> Value {
    app.post("/api/v1/api-keys").bearer(&owner.access).json(&wish).await.expect(201).json()
}

async fn key(app: &TestApp, owner: &SignedIn, wish: Value) -> String {
    made(app, owner, wish).await["api_key"].as_str().unwrap().to_owned()
}

fn me(app: &TestApp, key: &str) -> Call {
    app.get("/api/v1/me").header("x-api-key", key)
}

#[tokio::test]
async fn a_key_acts_in_the_name_of_its_owner_in_either_header() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in().await;

    let key = key(&app, &ada, json!({ "name": "backup" })).await;

    assert!(key.starts_with("dwk_"), "{key}");
    assert_eq!(me(&app, &key).await.expect(200).json()["username"], "ada");
    assert_eq!(app.get("/api/v1/me").bearer(&key).await.expect(200).json()["username"], "ada");
    let both = me(&app, &key).bearer(&ada.access).await;
    assert_problem!(both, 400, "malformed_parameter");
}

#[tokio::test]
async fn a_key_is_shown_once_and_listed_without_what_proves_it() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in().await;
    let made = made(&app, &ada, json!({ "name": "backup", "expires_in": 60 })).await;
    let key = made["api_key"].as_str().unwrap();
    me(&app, key).await.expect(200);
    app.core.tidy().await.unwrap();

    let listed = app.get("/api/v1/api-keys").bearer(&ada.access).await.expect(200);

    assert!(!listed.text().contains(key));
    let listed = &listed.json()[0];
    assert_eq!((&listed["id"], &listed["name"]), (&made["id"], &json!("backup")));
    assert_eq!(listed["expires_at"], "2026-01-31T08:01:00.000Z");
    assert_eq!(listed["last_used_at"], "2026-01-31T08:00:00.000Z");
}

#[tokio::test]
async fn a_revoked_key_is_refused_by_the_next_request() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in().await;
    let made = made(&app, &ada, json!({ "name": "backup" })).await;
    let (id, key) = (made["id"].as_str().unwrap(), made["api_key"].as_str().unwrap());
    me(&app, key).await.expect(200);

    let path = format!("/api/v1/api-keys/{id}");
    app.delete(&path).bearer(&ada.access).await.expect(204);

    assert_problem!(me(&app, key).await, 401, "token_revoked");
    assert_problem!(app.delete(&path).bearer(&ada.access).await, 404, "not_found");
}

#[tokio::test]
async fn a_key_ends_with_its_time_and_with_its_owner() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in().await;
    let short = key(&app, &ada, json!({ "name": "short", "expires_in": 60 })).await;
    let long = key(&app, &ada, json!({ "name": "long" })).await;
    me(&app, &short).await.expect(200);
    me(&app, &long).await.expect(200);

    app.clock.advance(Ttl::from_minutes(1));
    assert_problem!(me(&app, &short).await, 401, "token_expired");
    app.core.set_active("ada", false).await.unwrap();

    assert_problem!(me(&app, &long).await, 401, "token_revoked");
    app.core.set_active("ada", true).await.unwrap();
    me(&app, &long).await.expect(200);
}

#[tokio::test]
async fn keys_of_others_do_not_exist() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in().await;
    let eve = app.user("eve").signed_in().await;
    let made = made(&app, &ada, json!({ "name": "backup" })).await;

    let path = format!("/api/v1/api-keys/{}", made["id"].as_str().unwrap());
    let theft = app.delete(&path).bearer(&eve.access).await;

    assert_problem!(theft, 404, "not_found");
    assert_eq!(app.get("/api/v1/api-keys").bearer(&eve.access).await.json(), json!([]));
    me(&app, made["api_key"].as_str().unwrap()).await.expect(200);
}

#[tokio::test]
async fn what_is_no_key_of_this_server_is_refused() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in().await;
    let good = key(&app, &ada, json!({ "name": "backup" })).await;
    let foreign = {
        let elsewhere = TestApp::start().await;
        let eve = elsewhere.user("eve").signed_in().await;
        key(&elsewhere, &eve, json!({ "name": "other" })).await
    };

    for text in ["", "dwk_", "x", &ada.access, &ada.refresh, &good[..good.len() - 1], &foreign] {
        assert_problem!(me(&app, text).await, 401, "token_invalid");
    }
}

#[tokio::test]
async fn a_key_makes_no_keys_and_revokes_itself_alone() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in().await;
    let one = made(&app, &ada, json!({ "name": "one" })).await;
    let two = made(&app, &ada, json!({ "name": "two" })).await;
    let by = |call: Call| call.header("x-api-key", one["api_key"].as_str().unwrap());
    let path = |key: &Value| format!("/api/v1/api-keys/{}", key["id"].as_str().unwrap());

    let more = by(app.post("/api/v1/api-keys")).json(&json!({ "name": "three" })).await;
    assert_problem!(more, 403, "forbidden");
    assert_problem!(by(app.delete(&path(&two))).await, 403, "forbidden");
    by(app.delete(&path(&one))).await.expect(204);

    assert_problem!(by(app.get("/api/v1/me")).await, 401, "token_revoked");
}

#[tokio::test]
async fn a_key_may_no_more_than_it_says_and_no_more_than_its_owner() {
    let app = TestApp::start().await;
    let root = app.superuser().await;
    let ada = app.user("ada").signed_in().await;
    let list = |key: &str, path: &str| app.get(path).header("x-api-key", key);
    let narrow = key(&app, &root, json!({ "name": "users", "scope": "admin:users" })).await;
    let wide = key(&app, &root, json!({ "name": "all" })).await;

    list(&narrow, "/api/v1/admin/users").await.expect(200);
    assert_problem!(list(&narrow, "/api/v1/admin/roles").await, 403, "forbidden");
    list(&wide, "/api/v1/admin/roles").await.expect(200);
    let beyond = app.post("/api/v1/api-keys").bearer(&ada.access);
    let beyond = beyond.json(&json!({ "name": "x", "scope": "admin:users" })).await;
    assert_problem!(beyond, 400, "invalid_scope");
}

#[tokio::test]
async fn what_a_key_may_not_be_is_said() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in().await;

    for (wish, code) in [
        (json!({ "name": "" }), "invalid_field"),
        (json!({ "name": "x".repeat(101) }), "invalid_field"),
        (json!({ "name": "x", "expires_in": 0 }), "invalid_field"),
        (json!({ "name": "x", "scope": "nowhere" }), "invalid_scope"),
        (json!({ "name": "x", "user_id": "1" }), "malformed_body"),
    ] {
        let answer = app.post("/api/v1/api-keys").bearer(&ada.access).json(&wish).await;
        assert_problem!(answer, 400, code);
    }
}

#[tokio::test]
async fn false_keys_are_counted_by_network_and_honest_ones_are_not_refused_for_them() {
    let app = TestApp::with(|plan| plan.rules.limits.false_tokens_per_network.burst = 3).await;
    let ada = app.user("ada").signed_in().await;
    let honest = key(&app, &ada, json!({ "name": "ci" })).await;

    for _ in 0..3 {
        assert_problem!(me(&app, "dwk_guess").await, 401, "token_invalid");
    }

    assert_problem!(me(&app, "dwk_guess").await, 429, "too_many_attempts");
    assert_problem!(app.get("/api/v1/me").bearer("a.b.c").await, 429, "too_many_attempts");
    assert_problem!(me(&app, "dwk_guess").from("198.51.100.9").await, 401, "token_invalid");
    me(&app, &honest).await.expect(200);
}

#[tokio::test]
async fn a_key_tells_its_own_end_if_it_has_one() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in().await;
    let endless = key(&app, &ada, json!({ "name": "endless" })).await;
    let bounded = key(&app, &ada, json!({ "name": "bounded", "expires_in": 60 })).await;
    let told = async |key: &str| {
        app.get("/api/v1/session").bearer(key).await.expect(200).json()["expires_at"].clone()
    };

    assert_eq!(told(&endless).await, Value::Null);
    assert_eq!(told(&bounded).await, "2026-01-31T08:01:00.000Z");
}
