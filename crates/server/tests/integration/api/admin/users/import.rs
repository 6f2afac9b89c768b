//! Accounts brought along from another program.

use doorward_testkit::{Answer, SignedIn, TestApp, assert_problem};
use serde_json::{Value, json};

/// The password `correct horse` as other programs keep it.
const HASHES: [&str; 4] = [
    "bcrypt$$2b$04$28xSa/XAGKvMKY28DIew8OkyqYOxB2MnsZpyciUO8LDIX.LkSWyNi",
    "argon2$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$3j0+S6gGV20Zdm+eoztdkLUvOKbucBG7gA8asDqV4P8",
    "scrypt$seasalt$16$1$1$TzPXK4vCVyov8MQMcscXjI+tZVPRm1HzfgoR2J++1e/NjCXdkKkmwTk4SbvDIfuHpLmW2Okha+cyiBNoXQGxrA==",
    "pbkdf2_sha256$1000$seasalt$mQnueSakb748zqBAC1tmWVZsZbi2zPGZarEzTGdfmso=",
];

async fn import(app: &TestApp, root: &SignedIn, query: &str, media_type: &str, body: String) -> Answer {
    let path = format!("/api/v1/admin/users/import{query}");
    app.post(&path).bearer(&root.access).body(media_type, body).await
}

fn file(count: usize) -> String {
    // In quotes: some hashes have commas.
    let rows: String = (0..count).map(|n| format!("user{n}@example.com,\"{}\"\n", HASHES[n % 4])).collect();
    format!("email,password_hash\n{rows}")
}

fn counts(report: &Value) -> (u64, u64, u64) {
    let count = |name: &str| report[name].as_u64().unwrap();
    (count("added"), count("existing"), count("refused"))
}

#[tokio::test]
async fn ten_thousand_accounts_of_four_kinds_sign_in_once_and_are_rehashed() {
    let app = TestApp::start().await;
    let root = app.superuser().await;

    let report = import(&app, &root, "", "text/csv", file(10_000)).await.expect(200).json();
    assert_eq!(counts(&report), (10_000, 0, 0), "{}", report["refusals"]);
    let before = app.user_hash("user0@example.com").await;
    for first in (0..10_000).step_by(100) {
        let login = |app: &TestApp, n| app.login(&format!("user{}@example.com", first + n), "correct horse");
        for answer in app.race(100, login).await {
            answer.expect(200);
        }
    }

    assert_ne!(app.user_hash("user0@example.com").await, before);
    for n in (0..10_000).step_by(97) {
        let hash = app.user_hash(&format!("user{n}@example.com")).await;
        assert!(hash.starts_with("$argon2id$v=19$m=8,"), "{n}: {hash}");
    }
    app.login("user1@example.com", "correct horse").await.expect(200);
    assert_problem!(app.login("user1@example.com", "correct horsf").await, 401, "invalid_credentials");
}

#[tokio::test]
async fn an_import_that_is_run_again_goes_on_where_it_was() {
    let app = TestApp::start().await;
    let root = app.superuser().await;
    import(&app, &root, "", "text/csv", file(700)).await.expect(200);

    let again = import(&app, &root, "", "text/csv", file(1_000)).await.expect(200).json();

    assert_eq!(counts(&again), (300, 700, 0));
}

#[tokio::test]
async fn a_rehearsal_tells_the_same_and_writes_nothing() {
    let app = TestApp::start().await;
    let root = app.superuser().await;

    for _ in 0..2 {
        let report = import(&app, &root, "?dry_run=true", "text/csv", file(10)).await.expect(200).json();
        assert_eq!(counts(&report), (10, 0, 0));
    }

    let all = app.get("/api/v1/admin/users").bearer(&root.access).await.json();
    assert_eq!(all["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_is_wrong_with_a_row_is_told_with_its_number_and_stops_no_other() {
    let app = TestApp::start().await;
    let root = app.superuser().await;
    let row = |email: &str, more: Value| {
        let mut row = json!({ "email": email });
        row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        row
    };
    let rows = json!([
        row(
            "ada@example.com",
            json!({ "username": "ada", "is_verified": true, "created_at": "2020-01-31T08:00:00Z" })
        ),
        row("ada", json!({})),
        row("bob@example.com", json!({ "username": "ADA" })),
        row("ADA@example.com", json!({})),
        row("cyd@example.com", json!({ "password_hash": "md5$x$y" })),
        row("dan@example.com", json!({ "roles": ["nobody"] })),
        row("eve@example.com", json!({ "created_at": "2099-01-01T00:00:00Z" })),
        row("fay@example.com", json!({ "is_superuser": true })),
        row("gus@example.com", json!({ "roles": ["superuser"] })),
    ]);

    let report = import(&app, &root, "", "application/json", rows.to_string()).await.expect(200).json();

    assert_eq!(counts(&report), (1, 1, 7), "{report}");
    let told: Vec<(u64, &str)> = report["refusals"]
        .as_array()
        .unwrap()
        .iter()
        .map(|refusal| (refusal["row"].as_u64().unwrap(), refusal["code"].as_str().unwrap()))
        .collect();
    assert_eq!(
        told,
        [
            (2, "invalid_email"),
            (3, "username_taken"),
            (5, "invalid_field"),
            (6, "not_found"),
            (7, "invalid_field"),
            (8, "malformed_body"),
            (9, "not_found"),
        ]
    );
    let found = app.get("/api/v1/admin/users?q=ada").bearer(&root.access).await.json();
    assert_eq!(found["items"][0]["created_at"], "2020-01-31T08:00:00.000Z");
    assert_problem!(app.login("ada", "").await, 401, "invalid_credentials");
}

#[tokio::test]
async fn a_file_that_is_none_is_refused() {
    let app = TestApp::start().await;
    let root = app.superuser().await;

    let body = |text: &str| text.to_owned();
    for text in ["", "name\nx", "email,other\nx,y"] {
        assert_problem!(import(&app, &root, "", "text/csv", body(text)).await, 400, "malformed_body");
    }
    let other = import(&app, &root, "", "text/plain", body("email")).await;
    assert_problem!(other, 415, "unsupported_media_type");
    let report = import(&app, &root, "", "application/x-ndjson", body("{\"email\":\"a@b.cd\"}\n{{{\n")).await;
    assert_eq!(counts(&report.expect(200).json()), (1, 0, 1));
}
