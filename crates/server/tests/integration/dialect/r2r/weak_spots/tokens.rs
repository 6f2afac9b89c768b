//! Tokens and sessions.

use doorward_core::Ttl;
use doorward_testkit::{PASSWORD, TestApp, from_base64url};
use serde_json::{Value, json};

use crate::dialect::r2r::{Tokens, dialect, dialect_with, logged_in, register, signed_in, verdict};

async fn refresh(app: &TestApp, token: &str) -> doorward_testkit::Answer {
    app.post("/v3/users/refresh-token").json(&json!(token)).await
}

fn claims(token: &str) -> Value {
    serde_json::from_slice(&from_base64url(token.split('.').nth(1).unwrap())).unwrap()
}

#[tokio::test]
async fn weak_spot_02_nobody_signs_a_token_with_a_secret_from_a_book() {
    let app = dialect().await;
    let ada = signed_in(&app, "ada").await;
    let payload = ada.access.split('.').nth(1).unwrap();

    // HS256 and "none", with whatever for a signature: no shared secret is believed where none was set.
    for head in ["eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCJ9", "eyJhbGciOiJub25lIn0"] {
        for signature in ["", "AAAA", ada.access.split('.').nth(2).unwrap()] {
            assert_eq!(verdict(&app, &format!("{head}.{payload}.{signature}")).await, 401, "{head}");
        }
    }
}

#[tokio::test]
async fn weak_spot_05_a_refresh_token_is_no_access_token_and_the_other_way_round() {
    let app = dialect().await;
    let ada = signed_in(&app, "ada").await;

    assert_eq!(verdict(&app, &ada.refresh).await, 401);
    assert_eq!(refresh(&app, &ada.access).await.status, 401);
    assert_eq!(verdict(&app, &ada.access).await, 200);
}

#[tokio::test]
async fn weak_spot_06_a_new_password_ends_every_other_session() {
    let app = dialect().await;
    let (mine, other) = (signed_in(&app, "ada").await, logged_in(&app, "ada").await);
    let change = json!({ "current_password": PASSWORD, "new_password": "another horse battery" });

    app.post("/v3/users/change-password").bearer(&mine.access).json(&change).await.expect(200);

    assert_eq!(verdict(&app, &mine.access).await, 200);
    assert_eq!(verdict(&app, &other.access).await, 401);
    assert_eq!(refresh(&app, &other.refresh).await.status, 401);

    app.post("/v3/users/request-password-reset").json(&json!("ada@example.com")).await.expect(200);
    let token = app.mail_to("ada@example.com").await.token().to_owned();
    // The youngest mail may be the one that tells of the change: it has no link.
    let reset = json!({ "reset_token": token, "new_password": "a third horse battery" });
    app.post("/v3/users/reset-password").json(&reset).await.expect(200);
    assert_eq!(verdict(&app, &mine.access).await, 401);
    assert_eq!(refresh(&app, &mine.refresh).await.status, 401);
}

#[tokio::test]
async fn weak_spot_07_a_logout_ends_the_refresh_token_too() {
    let app = dialect().await;
    let ada = signed_in(&app, "ada").await;

    app.post("/v3/users/logout").bearer(&ada.access).await.expect(200);

    assert_eq!(refresh(&app, &ada.refresh).await.status, 401);
    assert_eq!(verdict(&app, &ada.access).await, 401);
}

#[tokio::test]
async fn weak_spot_08_a_refresh_token_that_comes_back_ends_its_session() {
    let app = dialect().await;
    let ada = signed_in(&app, "ada").await;
    let thief = Tokens::read(&refresh(&app, &ada.refresh).await.expect(200));
    app.clock.advance(Ttl::from_seconds(60));

    let replayed = refresh(&app, &ada.refresh).await;

    assert_eq!((replayed.status.as_u16(), &*replayed.code()), (401, "token_reused"));
    assert_eq!(verdict(&app, &thief.access).await, 401);
    assert_eq!(refresh(&app, &thief.refresh).await.status, 401);
}

#[tokio::test]
async fn weak_spot_09_two_logins_of_one_moment_are_two_sessions() {
    let app = dialect().await;
    let (one, other) = (signed_in(&app, "ada").await, logged_in(&app, "ada").await);

    assert_ne!(one.access, other.access);
    assert_ne!(claims(&one.access)["jti"], claims(&other.access)["jti"]);
    app.post("/v3/users/logout").bearer(&one.access).await.expect(200);
    assert_eq!(verdict(&app, &other.access).await, 200);
}

#[tokio::test]
async fn weak_spot_10_what_has_ended_stays_ended_over_a_restart_without_a_list_of_tokens() {
    let app = dialect().await;
    let (ended, alive) = (signed_in(&app, "ada").await, logged_in(&app, "ada").await);
    app.post("/v3/users/logout").bearer(&ended.access).await.expect(200);
    let database = std::fs::read(app.database()).unwrap();

    let app = app.restart().await;

    assert_eq!(verdict(&app, &ended.access).await, 401);
    assert_eq!(verdict(&app, &alive.access).await, 200);
    let text = String::from_utf8_lossy(&database);
    assert!(!text.contains(&*ended.access) && !text.contains(&*ended.refresh), "no token is kept");
}

#[tokio::test]
async fn weak_spot_11_padding_makes_no_other_token_of_an_ended_one() {
    let app = dialect().await;
    let ada = signed_in(&app, "ada").await;

    for padding in ["=", "==", "%3D", "."] {
        assert_eq!(verdict(&app, &format!("{}{padding}", ada.access)).await, 401, "{padding}");
    }
    app.post("/v3/users/logout").bearer(&ada.access).await.expect(200);
    for padding in ["", "=", "=="] {
        assert_eq!(verdict(&app, &format!("{}{padding}", ada.access)).await, 401, "{padding}");
    }
}

#[tokio::test]
async fn weak_spot_24_a_refresh_token_is_enough_when_the_access_token_has_ended() {
    let app = dialect().await;
    let ada = signed_in(&app, "ada").await;
    app.clock.advance(Ttl::from_minutes(120));
    assert_eq!(verdict(&app, &ada.access).await, 401);

    let body = json!({ "refresh_token": ada.refresh });
    let with_old = app.post("/v1/refresh_access_token").bearer(&ada.access).json(&body).await;

    let next = Tokens::read(&with_old.expect(200));
    assert_eq!(verdict(&app, &next.access).await, 200);
}

#[tokio::test]
async fn weak_spot_32_an_access_token_lives_for_minutes_and_not_longer_than_its_refresh_token() {
    let app = dialect().await;
    let ada = signed_in(&app, "ada").await;

    let claims = claims(&ada.access);

    let life = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
    assert!((60..=15 * 60).contains(&life), "{life} seconds");
    app.clock.advance(Ttl::from_days(3));
    assert_eq!(refresh(&app, &ada.refresh).await.status, 200);
}

#[tokio::test]
async fn weak_spot_33_any_service_verifies_a_token_by_the_public_key_it_names() {
    let app = dialect().await;
    let ada = signed_in(&app, "ada").await;
    let head: Value = serde_json::from_slice(&from_base64url(ada.access.split('.').next().unwrap())).unwrap();

    let keys = app.get("/.well-known/jwks.json").await.expect(200).json();
    let sessions = app.get("/api/v1/sessions").bearer(&ada.access).await.expect(200).json();

    assert!(keys["keys"].as_array().unwrap().iter().any(|key| key["kid"] == head["kid"]), "{keys}");
    assert_eq!(sessions.as_array().map(Vec::len), Some(1), "sessions are listed");
    assert_eq!(claims(&ada.access)["email"].as_str().unwrap_or("ada@example.com"), "ada@example.com");
}

#[tokio::test]
async fn weak_spot_12_an_id_never_comes_back_and_neither_do_its_tokens() {
    let app = dialect().await;
    let first = register(&app, "ada").await;
    let old = logged_in(&app, "ada").await;
    let path = format!("/v3/users/{}", first["id"].as_str().unwrap());
    app.delete(&path).bearer(&old.access).json(&json!({ "password": PASSWORD })).await.expect(200);

    let second = register(&app, "ada").await;

    assert_ne!(first["id"], second["id"]);
    assert_eq!(verdict(&app, &old.access).await, 401);
    assert_eq!(refresh(&app, &old.refresh).await.status, 401);
}

#[tokio::test]
async fn weak_spot_29_a_key_is_checked_in_no_time_ends_and_is_bounded() {
    // A hash so slow that one of them takes longer than all these checks.
    let app = dialect_with(|plan| {
        let memory_kib = 128 * 1024;
        plan.hash.function =
            doorward_core::password::HashFunction::Argon2id { memory_kib, passes: 3, lanes: 1 };
    })
    .await;
    let ada = register(&app, "ada").await;
    let started = std::time::Instant::now();
    let tokens = logged_in(&app, "ada").await;
    let login = started.elapsed();
    let path = format!("/v3/users/{}/api-keys", ada["id"].as_str().unwrap());
    let mut keys = Vec::new();
    for _ in 0..5 {
        let made = app.post(&path).bearer(&tokens.access).json(&json!({})).await.expect(200).json();
        keys.push(made["results"]["api_key"].as_str().unwrap().to_owned());
    }

    let started = std::time::Instant::now();
    for key in &keys {
        app.get("/v3/users/me").header("x-api-key", key).await.expect(200);
    }
    let checks = started.elapsed();

    assert!(checks < login, "five keys took {checks:?}, one login {login:?}");
    let scoped = json!({ "name": "reader", "scope": "", "expires_in": 60 });
    let scoped = app.post("/api/v1/api-keys").bearer(&tokens.access).json(&scoped).await.expect(201).json();
    let scoped = scoped["api_key"].as_str().unwrap().to_owned();
    app.get("/v3/users/me").header("x-api-key", &scoped).await.expect(200);
    app.clock.advance(Ttl::from_seconds(61));
    app.get("/v3/users/me").header("x-api-key", &scoped).await.expect(401);
}
