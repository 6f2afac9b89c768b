use std::time::Duration;

use doorward_core::Ttl;
use doorward_core::password::HashFunction;
use doorward_core::port::Quota;
use doorward_testkit::{PASSWORD, SignedIn, TestApp, assert_problem};
use serde_json::json;

const A_FEW: Quota = Quota { burst: 5, refill: Ttl::from_minutes(1) };

#[tokio::test]
async fn a_login_gives_tokens_that_work() {
    let app = TestApp::start().await;
    app.user("ada").registered().await;

    let answer = app.login("ada", PASSWORD).await.expect(200);

    let body = answer.json();
    assert_eq!((&body["token_type"], &body["expires_in"]), (&json!("Bearer"), &json!(600)));
    assert_eq!(body["session_expires_at"], "2026-03-02T08:00:00.000Z");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(app.verdict(&SignedIn::read(&answer).access).await, 200);
}

#[tokio::test]
async fn an_account_goes_by_its_address_and_its_name_in_any_spelling() {
    let app = TestApp::start().await;
    app.user("ada").registered().await;

    for identifier in ["ada@example.com", "ADA@EXAMPLE.COM", "ada", "Ada", " ada ", "ａｄａ"] {
        assert_eq!(app.login(identifier, PASSWORD).await.status, 200, "{identifier}");
    }
}

#[tokio::test]
async fn an_unknown_name_and_a_wrong_password_get_the_same_answer_to_the_byte() {
    let app = TestApp::start().await;
    app.user("ada").registered().await;

    let [wrong, unknown, strange] = [("ada", "wrong password"), ("eve", PASSWORD), ("\u{0}'; --", PASSWORD)]
        .map(|(identifier, password)| app.login(identifier, password));
    let [wrong, unknown, strange] = [wrong.await, unknown.await, strange.await].map(|mut answer| {
        assert_problem!(answer, 401, "invalid_credentials");
        let id = answer.headers.remove("x-request-id").unwrap();
        (answer.text().replace(id.to_str().unwrap(), ""), answer.headers)
    });

    assert_eq!(wrong, unknown);
    assert_eq!(wrong, strange);
    assert_eq!(
        wrong.1["www-authenticate"], r#"Bearer realm="doorward""#,
        "no token came, so none is called invalid"
    );
}

#[tokio::test]
async fn a_password_counts_whole() {
    let app = TestApp::start().await;
    app.user("ada").registered().await;

    for password in [
        "",
        &PASSWORD[1..],
        &PASSWORD[..PASSWORD.len() - 1],
        &PASSWORD.to_uppercase(),
        &format!("{PASSWORD} "),
    ] {
        assert_problem!(app.login("ada", password).await, 401, "invalid_credentials");
    }
}

#[tokio::test]
async fn a_disabled_account_is_told_so_only_to_who_knows_its_password() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in().await;

    app.core.set_active("ada", false).await.unwrap();

    assert_problem!(app.login("ada", PASSWORD).await, 403, "account_disabled");
    assert_problem!(app.login("ada", "wrong password").await, 401, "invalid_credentials");
    assert_eq!(app.verdict(&ada.access).await, 401);
    assert_problem!(app.refresh(&ada.refresh).await, 401, "token_revoked");
}

#[tokio::test]
async fn each_login_is_a_session_of_its_own() {
    let app = TestApp::start().await;
    let first = app.user("ada").signed_in().await;

    let second = app.user("ada").logged_in().await;

    assert_ne!(first.session, second.session);
    assert_ne!(first.refresh, second.refresh);
    assert_eq!(app.verdict(&first.access).await, 200);
}

#[tokio::test]
async fn a_cookie_is_set_for_whoever_asks_and_nobody_else() {
    let app = TestApp::start().await;
    app.user("ada").registered().await;

    let without = app.login("ada", PASSWORD).await;
    let body = json!({ "identifier": "ada", "password": PASSWORD, "cookie": true });
    let with = app.post("/api/v1/login").json(&body).await;

    assert_eq!(without.header("set-cookie"), "");
    let (pair, attributes) = with.set_cookie("__Host-doorward").split_once("; ").unwrap();
    assert!(pair.starts_with("__Host-doorward=dws_"), "{pair}");
    assert_eq!(attributes, "Path=/; Max-Age=2592000; Secure; HttpOnly; SameSite=Lax");
}

#[tokio::test]
async fn a_login_over_the_cookie_of_another_opens_a_new_session() {
    let app = TestApp::start().await;
    let eve = app.user("eve").signed_in_by_cookie().await;
    app.user("ada").registered().await;

    let body = json!({ "identifier": "ada", "password": PASSWORD, "cookie": true });
    let ada = SignedIn::read(&app.post("/api/v1/login").cookie(&eve.cookie).json(&body).await.expect(200));

    assert_ne!(ada.cookie, eve.cookie);
    assert_ne!(ada.session, eve.session);
    let old = app.get("/api/v1/session").cookie(&eve.cookie).await;
    assert_problem!(old, 401, "token_revoked");
}

#[tokio::test]
async fn who_guesses_too_often_has_to_wait_even_with_the_right_password() {
    let app = TestApp::with(|plan| plan.rules.limits.login_per_account_and_network = A_FEW).await;
    app.user("ada").registered().await;
    for _ in 0..5 {
        assert_problem!(app.login("ada", "wrong password").await, 401, "invalid_credentials");
    }

    let right = app.login("ada", PASSWORD).await;
    let other_spelling = app.login("ADA@example.com", PASSWORD).await;

    assert_eq!(assert_problem!(right, 429, "too_many_attempts")["retry_after"], 60);
    assert_problem!(other_spelling, 429, "too_many_attempts");
    app.clock.advance(Ttl::from_minutes(1));
    app.login("ada", PASSWORD).await.expect(200);
}

#[tokio::test]
async fn right_passwords_use_up_no_attempts() {
    let app = TestApp::with(|plan| plan.rules.limits.login_per_account_and_network = A_FEW).await;
    app.user("ada").registered().await;

    for _ in 0..20 {
        app.login("ada", PASSWORD).await.expect(200);
    }
}

#[tokio::test]
async fn a_stranger_cannot_lock_the_owner_out() {
    let app = TestApp::with(|plan| plan.rules.limits.login_per_account = A_FEW).await;
    app.user("ada").signed_in().await;
    for network in 0..10 {
        app.login("ada", "wrong password").from(&format!("198.51.100.{network}")).await;
    }

    let stranger = app.login("ada", PASSWORD).from("203.0.113.9").await;
    let owner = app.login("ada", PASSWORD).await;

    assert_problem!(stranger, 429, "too_many_attempts");
    assert_eq!(owner.status, 200, "from the network of the last login");
}

#[tokio::test]
async fn one_network_cannot_try_one_password_on_everybody() {
    let app = TestApp::with(|plan| plan.rules.limits.login_per_network = A_FEW).await;
    for number in 0..5 {
        app.login(&format!("user{number}"), "summer2026").await;
    }

    let sixth = app.login("user6", "summer2026").await;
    let same_household = app.login("user6", "summer2026").from("2001:db8::1").await;

    assert_problem!(sixth, 429, "too_many_attempts");
    assert_problem!(same_household, 401, "invalid_credentials");
}

#[tokio::test(flavor = "multi_thread")]
async fn parallel_guesses_do_not_share_a_place() {
    let app = TestApp::with(|plan| plan.rules.limits.login_per_account_and_network = A_FEW).await;
    app.user("ada").registered().await;

    let answers = app.race(32, |app, _| app.login("ada", "wrong password")).await;

    let heard = answers.iter().filter(|answer| answer.status == 401).count();
    let told_to_wait = answers.iter().filter(|answer| answer.status == 429).count();
    assert_eq!((heard, told_to_wait), (5, 27));
}

#[tokio::test(flavor = "multi_thread")]
async fn more_logins_than_can_be_hashed_in_time_are_told_to_come_back() {
    let app = TestApp::with(|plan| {
        plan.hash.function = HashFunction::Argon2id { memory_kib: 4 * 1024, passes: 2, lanes: 1 };
        plan.hash.threads = 1;
        plan.hash.max_wait = Duration::from_millis(1).into();
    })
    .await;

    let answers = app.race(32, |app, _| app.login("ada", PASSWORD)).await;

    let (heard, turned_away): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 401);
    assert!(!heard.is_empty() && !turned_away.is_empty());
    for answer in turned_away {
        assert!(assert_problem!(answer, 503, "overloaded")["retry_after"].as_u64() >= Some(1));
    }
    assert_eq!(app.get("/healthz").await.status, 200);
}
