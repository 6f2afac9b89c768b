use doorward_core::Ttl;
use doorward_core::port::Quota;
use doorward_testkit::{Call, PASSWORD, TestApp, assert_problem};
use serde_json::{Value, json};

fn register(app: &TestApp, change: impl FnOnce(&mut Value)) -> Call {
    let mut body = json!({ "email": "ada@example.com", "password": PASSWORD });
    change(&mut body);
    app.post("/api/v1/users").json(&body)
}

#[tokio::test]
async fn an_account_is_made_and_shown_to_its_owner() {
    let app = TestApp::start().await;

    let answer = register(&app, |body| {
        body["username"] = json!("Ada");
        body["name"] = json!("Ada Lovelace");
        body["bio"] = json!("Notes\non engines");
        body["profile_picture"] = json!("https://example.com/ada.png");
        body["metadata"] = json!({ "team": ["engine"] });
    })
    .await
    .expect(201);

    let mut user = answer.json();
    let id = user["id"].take();
    assert_eq!(id.as_str().unwrap().len(), 36);
    assert_eq!(
        user,
        json!({
            "id": null,
            "email": "ada@example.com",
            "username": "Ada",
            "name": "Ada Lovelace",
            "bio": "Notes\non engines",
            "profile_picture": "https://example.com/ada.png",
            "metadata": { "team": ["engine"] },
            "fields": {},
            "is_active": true,
            "is_verified": false,
            "is_superuser": false,
            "roles": [],
            "created_at": "2026-01-31T08:00:00.000Z",
            "updated_at": "2026-01-31T08:00:00.000Z",
        })
    );
}

#[tokio::test]
async fn one_address_is_one_account_in_whatever_spelling() {
    let app = TestApp::start().await;
    register(&app, |_| {}).await.expect(201);

    for email in ["ada@example.com", "ADA@Example.COM", " ada@example.com ", "ａｄａ@example.com"] {
        let again = register(&app, |body| body["email"] = json!(email)).await;

        assert_eq!(assert_problem!(again, 409, "email_taken")["field"], "email", "{email}");
    }
}

#[tokio::test]
async fn one_user_name_is_one_account_in_whatever_spelling() {
    let app = TestApp::start().await;
    app.user("ada").registered().await;

    for username in ["ada", "ADA", "ａｄａ"] {
        let again = register(&app, |body| {
            body["email"] = json!("other@example.com");
            body["username"] = json!(username);
        });

        assert_eq!(assert_problem!(again.await, 409, "username_taken")["field"], "username", "{username}");
    }
}

#[tokio::test]
async fn what_is_no_plain_address_is_refused() {
    let app = TestApp::start().await;

    for email in [
        "",
        "ada",
        "ada@",
        "@example.com",
        "ada@example",
        "a b@example.com",
        "\"a b\"@example.com",
        "Ada <ada@example.com>",
        "ada@example.com,eve@example.com",
        "ada@[192.0.2.1]",
        "ada\u{0}@example.com",
        "ada@example.com\r\nBcc: eve@example.com",
        &format!("{}@example.com", "a".repeat(250)),
    ] {
        let answer = register(&app, |body| body["email"] = json!(email)).await;

        assert_eq!(assert_problem!(answer, 400, "invalid_email")["field"], "email", "{email:?}");
    }
}

#[tokio::test]
async fn a_user_name_that_could_be_taken_for_another_is_refused() {
    let app = TestApp::start().await;

    // The third has a Cyrillic а between Latin letters.
    for username in
        ["", "a", "pаypal", "ada lovelace", "ada\u{0}", "ada\u{200b}", "ada@example.com", &"a".repeat(65)]
    {
        let answer = register(&app, |body| body["username"] = json!(username)).await;

        assert_eq!(assert_problem!(answer, 400, "invalid_username")["field"], "username", "{username:?}");
    }
}

#[tokio::test]
async fn a_password_that_is_guessed_first_is_refused_and_the_reason_named() {
    let app = TestApp::start().await;

    for (password, code) in [
        ("short77", "password_too_short"),
        ("", "password_too_short"),
        (&*"long ".repeat(26), "password_too_long"),
        (&*"long ".repeat(2_000), "password_too_long"),
        ("password1", "password_too_common"),
        ("ada@example.com", "password_holds_name"),
    ] {
        let answer = register(&app, |body| body["password"] = json!(password)).await;

        assert_eq!(assert_problem!(answer, 400, code)["field"], "password");
        assert!(password.is_empty() || !answer.text().contains(password), "a password is never repeated");
    }
}

#[tokio::test]
async fn any_character_of_any_script_makes_a_password() {
    let app = TestApp::start().await;

    for (number, password) in
        ["лошадь батарея", "🐎🔋🐎🔋🐎🔋🐎🔋", "spaces at the end  ", "tab\tand\u{0}NUL in it"]
            .iter()
            .enumerate()
    {
        let email = format!("user{number}@example.com");
        let body = json!({ "email": email, "password": password });
        app.post("/api/v1/users").json(&body).await.expect(201);

        app.login(&email, password).await.expect(200);
        assert_problem!(
            app.login(&email, password.trim_end_matches(['🔋', ' ', 'я', 't'])).await,
            401,
            "invalid_credentials"
        );
    }
}

#[tokio::test]
async fn what_a_profile_cannot_hold_is_refused_by_field() {
    let app = TestApp::start().await;

    for (field, value) in [
        ("name", json!("n".repeat(201))),
        ("name", json!("bell\u{7}")),
        ("bio", json!("b".repeat(2_001))),
        ("bio", json!("NUL \u{0}")),
        ("profile_picture", json!("p".repeat(2_001))),
        ("metadata", json!({ "big": "m".repeat(9_000) })),
        ("metadata", json!({ "nul": "\u{0}" })),
    ] {
        let answer = register(&app, |body| body[field] = value).await;

        assert_eq!(assert_problem!(answer, 400, "invalid_field")["field"], field);
    }
}

#[tokio::test]
async fn nobody_makes_themselves_administrator() {
    let app = TestApp::start().await;

    for field in ["is_superuser", "is_verified", "is_active", "id", "role"] {
        let answer = register(&app, |body| body[field] = json!(true)).await;

        let problem = assert_problem!(answer, 400, "malformed_body");
        assert!(problem["detail"].as_str().unwrap().contains(field), "{problem}");
    }
    register(&app, |_| {}).await.expect(201);
}

#[tokio::test]
async fn a_closed_server_takes_no_accounts() {
    let app = TestApp::with(|plan| plan.rules.is_registration_open = false).await;

    assert_problem!(register(&app, |_| {}).await, 403, "registration_closed");
}

#[tokio::test]
async fn one_network_makes_a_few_accounts_and_others_go_on() {
    let app = TestApp::with(|plan| {
        plan.rules.limits.register_per_network = Quota { burst: 2, refill: Ttl::from_minutes(1) };
    })
    .await;
    app.user("a1").registered().await;
    app.user("a2").registered().await;

    let third = app.user("a3").register().await;
    let elsewhere = register(&app, |_| {}).from("198.51.100.7").await;

    assert_eq!(assert_problem!(third, 429, "too_many_attempts")["retry_after"], 60);
    assert_eq!(elsewhere.status, 201);
    app.clock.advance(Ttl::from_minutes(1));
    app.user("a3").registered().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_race_for_an_address_one_gets_it() {
    let app = TestApp::start().await;

    let answers = app.race(32, |app, _| register(app, |_| {})).await;

    let made = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(made, 1);
    for loser in answers.iter().filter(|answer| answer.status != 201) {
        assert_problem!(loser, 409, "email_taken");
    }
}
