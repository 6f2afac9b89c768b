//! Passwords: how they are checked, kept and changed.

use std::time::{Duration, Instant};

use doorward_core::password::HashFunction;
use doorward_testkit::{PASSWORD, TestApp};
use serde_json::json;

use crate::dialect::r2r::{dialect, dialect_with, login, register, signed_in};

/// A hash slow enough to be measured.
async fn slow() -> TestApp {
    dialect_with(|plan| {
        plan.hash.function = HashFunction::Argon2id { memory_kib: 32 * 1024, passes: 2, lanes: 1 };
        plan.hash.threads = 1;
    })
    .await
}

#[tokio::test]
async fn weak_spot_04_no_answer_has_a_password_hash() {
    let app = dialect().await;
    let root = app.superuser().await;
    let ada = register(&app, "ada").await;
    let tokens = crate::dialect::r2r::logged_in(&app, "ada").await;
    let id = ada["id"].as_str().unwrap().to_owned();
    let hash = app.user_hash("ada@example.com").await;

    let answers = [
        app.get("/v1/user").bearer(&tokens.access).await.expect(200),
        app.put("/v2/user").bearer(&tokens.access).json(&json!({ "name": "Ada" })).await.expect(200),
        app.post(&format!("/v3/users/{id}"))
            .bearer(&root.access)
            .json(&json!({ "bio": "x" }))
            .await
            .expect(200),
        app.get("/v1/users_overview").bearer(&root.access).await.expect(200),
        app.get("/v3/users").bearer(&root.access).await.expect(200),
        app.post("/v3/users/export").bearer(&root.access).json(&json!({})).await.expect(200),
    ];

    assert!(!ada.to_string().contains("hash"));
    for answer in answers {
        assert!(!answer.text().contains("hash") && !answer.text().contains(&hash), "{}", answer.text());
    }
}

#[tokio::test]
async fn weak_spot_16_no_answer_tells_whether_an_address_has_an_account() {
    let app = dialect().await;
    register(&app, "ada").await;

    for path in [
        "/v1/request_password_reset",
        "/v2/request_password_reset",
        "/v2/send_reset_email",
        "/v3/users/request-password-reset",
        "/v3/users/send-verification-email",
    ] {
        let known = app.post(path).json(&json!("ada@example.com")).await;
        let unknown = app.post(path).json(&json!("eve@example.com")).await;

        assert_eq!((known.status, &known.body), (unknown.status, &unknown.body), "{path}");
    }
    let (wrong, unknown) = (login(&app, "ada", "wrong").await, login(&app, "eve", "wrong").await);
    assert_eq!((wrong.status, unknown.status), (unknown.status, wrong.status));
    assert_eq!(wrong.json()["message"], unknown.json()["message"]);
}

#[tokio::test]
async fn weak_spot_17_an_unknown_address_costs_what_a_wrong_password_costs() {
    let app = slow().await;
    register(&app, "ada").await;
    let mut fastest = [Duration::MAX; 2];
    let are_alike = |[wrong, unknown]: [Duration; 2]| unknown * 2 > wrong && wrong * 2 > unknown;

    // What else the machine does makes some of them slow: more tries bring out what they cost.
    for round in 0..40 {
        if round >= 4 && are_alike(fastest) {
            break;
        }
        for (fastest, name) in fastest.iter_mut().zip(["ada", "nobody"]) {
            let started = Instant::now();
            login(&app, name, "not the password").await.expect(401);
            *fastest = started.elapsed().min(*fastest);
        }
    }

    let [wrong, unknown] = fastest;
    assert!(are_alike(fastest), "wrong {wrong:?}, unknown {unknown:?}");
}

#[tokio::test]
async fn weak_spot_18_guessing_meets_a_limit_that_says_when_to_come_back() {
    let usual = doorward::config::parse("", &doorward::config::Environment::default()).unwrap().rules.limits;
    let app = dialect_with(|plan| plan.rules.limits = usual).await;
    register(&app, "ada").await;
    let mut refused = None;

    for _ in 0..40 {
        let answer = login(&app, "ada", "a guess").await;
        if answer.status == 429 {
            refused = Some(answer);
            break;
        }
    }

    let refused = refused.expect("forty guesses are too many");
    assert!(refused.header("retry-after").parse::<u32>().unwrap() > 0);
    assert!(refused.json()["detail"]["message"].is_string());
}

#[tokio::test]
async fn weak_spot_19_every_byte_of_a_password_counts() {
    let app = dialect().await;
    let long = "correct horse battery ".repeat(5);
    let body = json!({ "email": "ada@example.com", "password": long });
    app.post("/v3/users").json(&body).await.expect(200);

    login(&app, "ada", &long[..72]).await.expect(401);
    login(&app, "ada", &long[..long.len() - 1]).await.expect(401);
    login(&app, "ada", &long).await.expect(200);
    let endless = json!({ "email": "eve@example.com", "password": "x".repeat(10_000) });
    app.post("/v3/users").json(&endless).await.expect(400);
}

#[tokio::test]
async fn weak_spot_20_a_login_does_not_hold_up_others() {
    let app = slow().await;
    register(&app, "ada").await;
    let body = json!({ "username": "ada@example.com", "password": PASSWORD });
    let login = tokio::spawn(std::future::IntoFuture::into_future(app.post("/v3/users/login").json(&body)));
    let mut answered = 0;

    // One thread runs both: were the hash made on it, there would be one answer at most before the login is done.
    while !login.is_finished() {
        app.get("/v3/health").await.expect(200);
        answered += 1;
        tokio::task::yield_now().await;
    }

    login.await.unwrap().expect(200);
    assert!(answered > 5, "{answered} answers while a password was checked");
}

#[tokio::test]
async fn weak_spot_21_a_password_has_to_be_one() {
    let app = dialect().await;
    let ada = signed_in(&app, "ada").await;

    for password in ["", "x", "1234567", "password1", "ada@example.com"] {
        for path in ["/v1/register", "/v2/register", "/v3/users"] {
            let body = json!({ "email": "ada@example.com", "password": password });
            assert_eq!(app.post(path).json(&body).await.status, 400, "{password:?} at {path}");
        }
        let body = json!({ "current_password": PASSWORD, "new_password": password });
        let change = app.post("/v1/change_password").bearer(&ada.access).json(&body).await;
        assert_eq!(change.status, 400, "{password:?}");
    }
}

#[tokio::test]
async fn weak_spot_27_tokens_of_mails_are_in_no_table_and_work_once() {
    let app = dialect().await;
    register(&app, "ada").await;
    app.post("/v3/users/request-password-reset").json(&json!("ada@example.com")).await.expect(200);
    let token = app.mail_to("ada@example.com").await.token().to_owned();

    let folder = app.database().parent().unwrap().to_owned();
    for file in std::fs::read_dir(folder).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!String::from_utf8_lossy(&bytes).contains(&token));
    }

    let reset = json!({ "reset_token": token, "new_password": "another horse battery" });
    app.post("/v3/users/reset-password").json(&reset).await.expect(200);
    app.post("/v3/users/reset-password").json(&reset).await.expect(400);
}
