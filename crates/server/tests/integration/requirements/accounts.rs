//! Accounts, authorization and input (V1, V2, V8, V16).

use doorward_testkit::{PASSWORD, TestApp, assert_problem};
use http::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn v8_2_1_whatever_is_not_described_as_open_asks_for_a_credential() {
    let app = TestApp::start().await;
    let document = serde_json::to_value(doorward::openapi::document()).unwrap();

    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if operation["security"].is_null() {
                continue;
            }
            let method: Method = method.to_uppercase().parse().unwrap();
            let answer = app.call(method.clone(), &path.replace(['{', '}'], "")).await;

            assert_eq!(answer.status, 401, "{method} {path}: {}", answer.text());
            assert!(answer.headers.contains_key("www-authenticate"));
        }
    }
}

#[tokio::test]
async fn v8_2_2_the_things_of_others_do_not_exist() {
    let app = TestApp::start().await;
    let (ada, eve) = (app.user("ada").signed_in().await, app.user("eve").signed_in().await);

    let answer = app.delete(&format!("/api/v1/sessions/{}", ada.session)).bearer(&eve.access).await;

    assert_problem!(answer, 404, "session_not_found");
    assert_eq!(app.verdict(&ada.access).await, 200);
    let key =
        app.post("/api/v1/api-keys").bearer(&ada.access).json(&json!({ "name": "x" })).await.expect(201);
    let (id, key) = (key.json()["id"].clone(), key.json()["api_key"].clone());
    let revoke = app.delete(&format!("/api/v1/api-keys/{}", id.as_str().unwrap())).bearer(&eve.access).await;
    assert_problem!(revoke, 404, "not_found");
    assert_eq!(app.verdict(key.as_str().unwrap()).await, 200);
    for path in ["/api/v1/me", "/api/v1/me/export", "/api/v1/sessions", "/api/v1/api-keys"] {
        let seen = app.get(path).bearer(&eve.access).await.expect(200);
        assert!(!seen.text().contains("ada@"), "{path}: {}", seen.text());
        assert!(!seen.text().contains(&ada.session), "{path}: {}", seen.text());
    }
}

#[tokio::test]
async fn v8_2_3_nobody_writes_a_field_that_is_not_theirs_to_write() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in().await;
    let before = app.get("/api/v1/me").bearer(&ada.access).await.json();

    for (field, value) in [
        ("is_superuser", json!(true)),
        ("is_verified", json!(true)),
        ("is_active", json!(true)),
        ("id", json!("00000000-0000-7000-8000-000000000000")),
        ("roles", json!(["admin"])),
        ("password_version", json!(9)),
        ("created_at", json!("2020-01-01T00:00:00Z")),
    ] {
        let mut body = json!({ "email": "eve@example.com", "password": PASSWORD });
        body[field] = value.clone();
        let patch = json!({ "name": "Ada", field: value });

        assert_problem!(app.post("/api/v1/users").json(&body).await, 400, "malformed_body");
        let patched = app.patch("/api/v1/me").bearer(&ada.access).json(&patch).await;
        assert_problem!(patched, 400, "malformed_body");
    }
    assert_eq!(app.get("/api/v1/me").bearer(&ada.access).await.json(), before);
}

#[tokio::test]
async fn v2_2_1_an_address_has_one_form() {
    let app = TestApp::start().await;
    app.user("ada").registered().await;

    for email in ["ADA@example.com", "ada@EXAMPLE.com", "ada@example.com "] {
        let answer = app.post("/api/v1/users").json(&json!({ "email": email, "password": PASSWORD })).await;
        assert!(["email_taken", "invalid_email"].contains(&&*answer.code()), "{email}: {}", answer.text());
    }
    for email in [
        "ada",
        "ada@",
        "@example.com",
        "a b@example.com",
        "ada@example.com\r\nbcc: eve@example.com",
        "ada@@example.com",
    ] {
        let answer = app.post("/api/v1/users").json(&json!({ "email": email, "password": PASSWORD })).await;
        assert_problem!(answer, 400, "invalid_email");
    }
}

#[tokio::test]
async fn v2_3_4_of_many_at_once_one_gets_the_name() {
    let app = TestApp::start().await;

    let answers = app
        .race(16, |app, _| {
            app.post("/api/v1/users").json(&json!({ "email": "ada@example.com", "password": PASSWORD }))
        })
        .await;

    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
    assert!(answers.iter().all(|answer| answer.status == 201 || answer.code() == "email_taken"));
}

#[tokio::test]
async fn v1_2_4_what_looks_like_sql_is_text() {
    let app = TestApp::start().await;
    app.user("ada").registered().await;

    for text in
        ["' OR '1'='1", "ada'--", "\"; DROP TABLE users; --", "ada@example.com' OR 1=1 --", "%", "_da"]
    {
        assert_problem!(app.login(text, PASSWORD).await, 401, "invalid_credentials");
    }
    let mut body = json!({ "email": "eve@example.com", "password": PASSWORD });
    body["bio"] = "'); DELETE FROM users; --".into();
    let eve = app.post("/api/v1/users").json(&body).await.expect(201).json();
    assert_eq!(eve["bio"], "'); DELETE FROM users; --");
    app.login("ada", PASSWORD).await.expect(200);
}

#[tokio::test]
async fn v3_7_2_nothing_redirects_to_where_a_caller_says() {
    let app = TestApp::start().await;

    for path in
        ["//evil.example", "/\\evil.example", "/?next=https://evil.example", "/login?redirect=//evil.example"]
    {
        let Ok(target) = path.parse::<http::Uri>() else { continue };
        let answer = app.get(&target.to_string()).await;

        let leads_away =
            answer.headers.get("location").is_some_and(|to| to.to_str().unwrap().contains("evil"));
        assert!(!leads_away, "{path}");
    }
}

#[tokio::test]
async fn v16_5_1_a_refusal_tells_nothing_of_the_inside() {
    let app = TestApp::start().await;
    let answers = [
        app.get("/api/v1/nowhere").await,
        app.post("/api/v1/login").body("application/json", "{").await,
        app.get("/api/v1/me").bearer("x.y.z").await,
    ];

    for answer in answers {
        let text = answer.text().to_lowercase();
        for word in
            ["panicked", "backtrace", ".rs", "rusqlite", "sqlite", "serde", "thread '", "/home", "/tmp"]
        {
            assert!(!text.contains(word), "{word}: {text}");
        }
    }
}

#[tokio::test]
async fn v16_5_3_where_nothing_can_be_looked_up_nobody_is_let_in() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in().await;
    let key =
        app.post("/api/v1/api-keys").bearer(&ada.access).json(&json!({ "name": "x" })).await.expect(201);
    let key = key.json()["api_key"].as_str().unwrap().to_owned();
    // Nothing of hers was looked at before.
    let eve = app.user("eve").signed_in_by_cookie().await;
    let database = rusqlite::Connection::open(app.database()).unwrap();
    database
        .execute_batch("ALTER TABLE sessions RENAME TO gone; ALTER TABLE api_keys RENAME TO gone_too")
        .unwrap();
    drop(database);

    for answer in [
        app.get("/api/v1/me").bearer(&eve.access).await,
        app.get("/api/v1/me").bearer(&key).await,
        app.get("/api/v1/me").header("x-api-key", &key).await,
        app.get("/api/v1/me").cookie(&eve.cookie).await,
        app.get("/api/v1/admin/users").bearer(&eve.access).await,
        app.refresh(&eve.refresh).await,
        app.login("ada", PASSWORD).await,
    ] {
        assert_problem!(answer, 503, "store_unavailable");
    }
}

#[tokio::test]
async fn v16_3_1_v16_3_2_logins_failures_and_refusals_are_on_record() {
    let app = TestApp::start().await;
    let root = app.superuser().await;
    let ada = app.user("ada").signed_in().await;
    app.login("ada", "wrong password").await;
    assert_problem!(app.get("/api/v1/admin/audit").bearer(&ada.access).await, 403, "forbidden");
    app.post("/api/v1/logout").bearer(&ada.access).await.expect(204);

    let log: Value = app.get("/api/v1/admin/audit").bearer(&root.access).await.expect(200).json();

    let lines = log["items"].as_array().unwrap();
    for deed in ["account_registered", "login_succeeded", "login_failed", "access_refused", "session_ended"] {
        let line = lines.iter().find(|line| line["deed"] == deed).unwrap_or_else(|| panic!("{deed}"));
        for field in ["at", "address", "request_id"] {
            assert!(line[field].as_str().is_some_and(|text| !text.is_empty()), "{deed}: {field}");
        }
    }
}
