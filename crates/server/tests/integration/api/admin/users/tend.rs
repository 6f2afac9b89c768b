//! The life of an account in the hands of those who run the server.

use std::collections::BTreeMap;

use doorward_core::account::{FieldKind, FieldRule, Writer};
use doorward_testkit::{PASSWORD, TestApp, assert_problem};
use serde_json::{Value, json};

const NEW: &str = "another horse entirely";
const NOBODY: &str = "00000000-0000-7000-8000-000000000000";

async fn id_of(app: &TestApp, access: &str) -> String {
    app.get("/api/v1/me").bearer(access).await.json()["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_invited_person_chooses_a_password_and_is_verified_by_it() {
    let app = TestApp::with(|plan| plan.rules.requires_verified_email = true).await;
    let root = app.superuser().await;
    let invite = |body: Value| app.post("/api/v1/admin/users").bearer(&root.access).json(&body);

    let made = invite(json!({ "email": "ada@example.com", "username": "ada" })).await.expect(201).json();
    let mail = app.mail_to("ada@example.com").await;
    let body = json!({ "token": mail.token(), "new_password": NEW });
    app.post("/api/v1/password-reset/confirm").json(&body).await.expect(204);

    assert_eq!((&made["is_verified"], &made["is_superuser"]), (&json!(false), &json!(false)));
    assert!(mail.token().starts_with("dwi_") && mail.text.contains("/account/invitation?token="));
    app.login("ada", NEW).await.expect(200);
    assert_problem!(invite(json!({ "email": "ADA@example.com" })).await, 409, "email_taken");
    let with_password = json!({ "email": "eve@example.com", "password": NEW });
    assert_problem!(invite(with_password).await, 400, "malformed_body");
}

#[tokio::test]
async fn a_password_is_reset_by_its_owner_alone_and_all_sessions_end_at_once() {
    let app = TestApp::start().await;
    let root = app.superuser().await;
    let ada = app.user("ada").signed_in().await;
    let target = format!("/api/v1/admin/users/{}/password-reset", id_of(&app, &ada.access).await);

    app.post(&target).bearer(&root.access).await.expect(202);

    assert_eq!(app.verdict(&ada.access).await, 401);
    assert_problem!(app.login("ada", PASSWORD).await, 401, "invalid_credentials");
    let token = app.mail_to("ada@example.com").await.token().to_owned();
    let body = json!({ "token": token, "new_password": NEW });
    app.post("/api/v1/password-reset/confirm").json(&body).await.expect(204);
    app.login("ada", NEW).await.expect(200);
}

#[tokio::test]
async fn an_address_counts_as_verified_and_fields_are_written_that_are_not_the_owners() {
    let app = TestApp::with(|plan| {
        let rule = FieldRule {
            kind: FieldKind::Text { max: 10 },
            is_required: false,
            writable_by: Writer::Admin,
            is_searchable: true,
        };
        plan.rules.fields = BTreeMap::from([("plan".to_owned(), rule)]);
    })
    .await;
    let root = app.superuser().await;
    let ada = app.user("ada").signed_in().await;
    let target = format!("/api/v1/admin/users/{}", id_of(&app, &ada.access).await);

    let verified = app.post(&format!("{target}/verify")).bearer(&root.access).await.expect(200).json();
    let body = json!({ "name": "Ada", "fields": { "plan": "gold" } });
    app.patch(&target).bearer(&root.access).json(&body).await.expect(200);

    assert_eq!(verified["is_verified"], true);
    let me = app.get("/api/v1/me").bearer(&ada.access).await.json();
    assert_eq!((&me["name"], &me["fields"]), (&json!("Ada"), &json!({ "plan": "gold" })));
}

#[tokio::test]
async fn accounts_are_found_by_a_field_that_may_be_looked_for() {
    let app = TestApp::with(|plan| {
        let rule = |is_searchable| FieldRule {
            kind: FieldKind::Text { max: 20 },
            is_required: false,
            writable_by: Writer::Owner,
            is_searchable,
        };
        plan.rules.fields =
            BTreeMap::from([("city".to_owned(), rule(true)), ("note".to_owned(), rule(false))]);
    })
    .await;
    let root = app.superuser().await;
    for (name, city) in [("ada", "London"), ("eve", "Zürich"), ("kim", "london")] {
        let access = app.user(name).signed_in().await.access;
        let body = json!({ "fields": { "city": city, "note": "n" } });
        app.patch("/api/v1/me").bearer(&access).json(&body).await.expect(200);
    }
    let search = |query: &str| app.get(&format!("/api/v1/admin/users?field={query}")).bearer(&root.access);

    let found = search("city:LONDON").await.expect(200).json();

    let items = found["items"].as_array().unwrap();
    let mut names: Vec<&str> = items.iter().filter_map(|user| user["username"].as_str()).collect();
    // Made in one moment: neither is the younger.
    names.sort_unstable();
    assert_eq!(names, ["ada", "kim"]);
    assert_problem!(search("note:n").await, 400, "malformed_parameter");
    assert_problem!(search("city").await, 400, "malformed_parameter");
}

#[tokio::test]
async fn a_deleted_account_is_gone_at_once_and_the_last_superuser_stays() {
    let app = TestApp::start().await;
    let root = app.superuser().await;
    let ada = app.user("ada").signed_in().await;
    let delete = |id: &str| app.delete(&format!("/api/v1/admin/users/{id}")).bearer(&root.access);
    let (id, own) = (id_of(&app, &ada.access).await, id_of(&app, &root.access).await);

    delete(&id).await.expect(204);

    assert_eq!(app.verdict(&ada.access).await, 401);
    assert_problem!(app.login("ada", PASSWORD).await, 401, "invalid_credentials");
    assert_problem!(delete(&id).await, 404, "not_found");
    assert_problem!(delete(&own).await, 409, "last_superuser");
}

#[tokio::test]
async fn an_account_that_does_not_exist_is_not_found() {
    let app = TestApp::start().await;
    let root = app.superuser().await;
    let target = format!("/api/v1/admin/users/{NOBODY}");

    let answers = [
        app.delete(&target).bearer(&root.access).await,
        app.patch(&target).bearer(&root.access).json(&json!({})).await,
        app.post(&format!("{target}/verify")).bearer(&root.access).await,
        app.post(&format!("{target}/password-reset")).bearer(&root.access).await,
    ];

    for answer in answers {
        assert_problem!(answer, 404, "not_found");
    }
}
