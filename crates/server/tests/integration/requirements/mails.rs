//! What is mailed, and first passwords (V6.4); pages and mails as text (V1).

use doorward_core::Ttl;
use doorward_testkit::{Answer, PASSWORD, TestApp, assert_problem};
use serde_json::json;

const NEW: &str = "another horse entirely";

async fn choose(app: &TestApp, token: &str) -> Answer {
    let body = json!({ "token": token, "new_password": NEW });
    app.post("/api/v1/password-reset/confirm").json(&body).await
}

async fn ask_reset(app: &TestApp) -> String {
    app.post("/api/v1/password-reset").json(&json!({ "email": "ada@example.com" })).await.expect(202);
    app.mail_to("ada@example.com").await.token().to_owned()
}

#[tokio::test]
async fn v6_4_1_what_an_account_begins_with_works_once_and_for_a_while_and_is_no_password() {
    let app = TestApp::start().await;
    let root = app.superuser().await;
    let invite = async |email: &str| {
        let path = "/api/v1/admin/users";
        app.post(path).bearer(&root.access).json(&json!({ "email": email })).await.expect(201);
        app.mail_to(email).await.token().to_owned()
    };
    let (used, late) = (invite("ada@example.com").await, invite("eve@example.com").await);

    assert_problem!(app.login("ada@example.com", &used).await, 401, "invalid_credentials");
    choose(&app, &used).await.expect(204);
    assert_problem!(choose(&app, &used).await, 400, "ticket_invalid");
    app.login("ada@example.com", NEW).await.expect(200);
    app.clock.advance(Ttl::from_days(7));
    assert_problem!(choose(&app, &late).await, 400, "ticket_invalid");
    assert_problem!(app.login("eve@example.com", NEW).await, 401, "invalid_credentials");
}

#[tokio::test]
async fn v6_4_1_a_code_from_a_mail_works_once_and_for_ten_minutes() {
    let app = TestApp::start().await;
    app.user("ada").registered().await;
    app.user("eve").registered().await;
    let confirm = async |name: &str, code: String| {
        let body = json!({ "email": format!("{name}@example.com"), "code": code });
        app.post("/api/v1/email-verification/confirm").json(&body).await
    };
    let code_to = async |email: &str| app.mail_to(email).await.code().to_owned();
    let (ada, eve) = (code_to("ada@example.com").await, code_to("eve@example.com").await);

    confirm("ada", ada.clone()).await.expect(204);

    assert_problem!(confirm("ada", ada).await, 400, "ticket_invalid");
    app.clock.advance(Ttl::from_minutes(10));
    assert_problem!(confirm("eve", eve).await, 400, "ticket_invalid");
}

#[tokio::test]
async fn v6_4_1_nobody_gives_another_person_a_password_that_stays() {
    let app = TestApp::start().await;
    let root = app.superuser().await;
    let ada = app.user("ada").registered().await;
    let path = format!("/api/v1/admin/users/{}", ada["id"].as_str().unwrap());

    for body in [json!({ "password": NEW }), json!({ "new_password": NEW }), json!({ "password_hash": "x" })]
    {
        let chosen = app.patch(&path).bearer(&root.access).json(&body).await;
        assert_problem!(chosen, 400, "malformed_body");
    }
    let invited = json!({ "email": "eve@example.com", "password": NEW });
    let invited = app.post("/api/v1/admin/users").bearer(&root.access).json(&invited).await;
    assert_problem!(invited, 400, "malformed_body");
    app.login("ada", PASSWORD).await.expect(200);
}

#[tokio::test]
async fn reset_mail_leads_to_the_configured_address_whatever_the_request_says() {
    let app = TestApp::with(|plan| plan.http.public_url = "https://auth.example".into()).await;
    app.user("ada").registered().await;
    app.mails().await;
    let body = json!({ "email": "ada@example.com" });

    for (name, value) in [
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "http"),
        ("forwarded", "host=evil.example;proto=http"),
        ("x-original-url", "//evil.example/"),
        ("origin", "https://evil.example"),
        ("referer", "https://evil.example/"),
    ] {
        app.post("/api/v1/password-reset").json(&body).header(name, value).await.expect(202);
        let mail = app.mail_to("ada@example.com").await;

        assert!(
            mail.text.contains("https://auth.example/account/reset-password?token="),
            "{name}: {}",
            mail.text
        );
        assert!(!mail.text.contains("evil") && !mail.html.contains("evil"), "{name}: {}", mail.html);
        assert!(!mail.text.contains("http://"), "{name}: {}", mail.text);
    }
}

#[tokio::test]
async fn reset_mail_has_one_recipient_who_is_the_owner() {
    let app = TestApp::start().await;
    app.user("ada").registered().await;
    let before = app.mails().await.len();

    for email in [
        json!(["ada@example.com", "eve@evil.example"]),
        json!("ada@example.com,eve@evil.example"),
        json!("ada@example.com;eve@evil.example"),
        json!("ada@example.com eve@evil.example"),
        json!("ada@example.com\r\nBcc: eve@evil.example"),
        json!("ada@example.com\0eve@evil.example"),
        json!("<ada@example.com>, <eve@evil.example>"),
        json!({ "0": "ada@example.com" }),
    ] {
        let answer = app.post("/api/v1/password-reset").json(&json!({ "email": email })).await;
        assert_eq!(answer.status, 400, "{email}");
    }
    let twice = r#"{"email":"ada@example.com","email":"eve@evil.example"}"#;
    assert_eq!(app.post("/api/v1/password-reset").body("application/json", twice).await.status, 400);
    assert_eq!(app.mails().await.len(), before);
    app.post("/api/v1/password-reset").json(&json!({ "email": " ADA@Example.com " })).await.expect(202);

    assert_eq!(app.mails().await.last().unwrap().to, "ada@example.com", "as the account has it");
}

#[tokio::test]
async fn reset_mail_counts_when_it_is_the_newest_and_once() {
    let app = TestApp::start().await;
    app.user("ada").registered().await;
    let (older, newest) = (ask_reset(&app).await, ask_reset(&app).await);

    assert_problem!(choose(&app, &older).await, 400, "ticket_invalid");
    choose(&app, &newest).await.expect(204);
    assert_problem!(choose(&app, &newest).await, 400, "ticket_invalid");
}

#[tokio::test]
async fn v6_2_6_v6_2_7_a_page_masks_the_password_and_leaves_pasting_and_managers_alone() {
    let app = TestApp::start().await;

    for path in ["/account/reset-password?token=x", "/account/invitation?token=x"] {
        let page = app.get(path).await.expect(200).text().to_lowercase();

        assert!(
            page.contains("type=\"password\"") && page.contains("autocomplete=\"new-password\""),
            "{page}"
        );
        for word in
            ["onpaste", "oncopy", "ondrop", "onkeydown", "autocomplete=\"off\"", "readonly", "<script"]
        {
            assert!(!page.contains(word), "{path}: {word}");
        }
    }
}

#[tokio::test]
async fn v1_2_1_what_people_write_is_text_in_pages_and_mails() {
    let app = TestApp::start().await;
    let body =
        json!({ "email": "a&b'c@example.com", "password": PASSWORD, "name": "<img src=x onerror=alert(1)>" });
    app.post("/api/v1/users").json(&body).await.expect(201);

    let mail = app.mail_to("a&b'c@example.com").await;
    let page =
        app.get("/account/reset-password?token=%22%3E%3Cimg%20src=x%20onerror=alert(1)%3E").await.expect(200);

    assert!(mail.html.contains("a&amp;b") && !mail.html.contains("a&b"), "{}", mail.html);
    for text in [&mail.html, page.text()] {
        assert!(!text.contains("<img"), "{text}");
    }
}

#[tokio::test]
async fn v1_2_3_nothing_a_caller_writes_becomes_a_header() {
    let app = TestApp::start().await;
    app.user("ada").registered().await;
    let forged = "x\r\nSet-Cookie: forged=1\r\nBcc: eve@evil.example";

    let mut answers = vec![
        app.login(forged, PASSWORD).await,
        app.get("/account/verify-email?token=x%0d%0aset-cookie:%20forged=1").await,
        app.get("/docs/x%0d%0aset-cookie:%20forged=1").await,
        app.get("/api/v1/me").bearer("x%0d%0aset-cookie:%20forged=1").await,
    ];
    let named = json!({ "email": "eve@example.com", "password": PASSWORD, "name": forged });
    answers.push(app.post("/api/v1/users").json(&named).await);

    for answer in answers {
        assert!(!answer.headers.contains_key("set-cookie"), "{:?}", answer.headers);
        assert!(!answer.headers.values().any(|value| value.to_str().unwrap().contains("forged")));
    }
    for mail in app.mails().await {
        assert!(!mail.subject.contains(['\r', '\n']) && !mail.to.contains(['\r', '\n']), "{mail:?}");
        assert!(!mail.subject.contains("forged"), "{mail:?}");
    }
}
