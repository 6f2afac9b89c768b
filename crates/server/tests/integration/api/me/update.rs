use std::collections::BTreeMap;

use doorward_core::account::{FieldKind, FieldRule, Writer};
use doorward_testkit::{Call, SignedIn, TestApp, assert_problem};
use serde_json::{Value, json};

fn update(app: &TestApp, who: &SignedIn, body: &Value) -> Call {
    app.patch("/api/v1/me").bearer(&who.access).json(body)
}

fn rule(kind: FieldKind, is_required: bool, writable_by: Writer) -> FieldRule {
    FieldRule { kind, is_required, writable_by, is_searchable: true }
}

async fn app_with_fields() -> TestApp {
    TestApp::with(|plan| {
        plan.rules.fields = BTreeMap::from([
            ("plan".to_owned(), rule(FieldKind::Text { max: 10 }, false, Writer::Admin)),
            ("born".to_owned(), rule(FieldKind::Date, false, Writer::Owner)),
        ]);
    })
    .await
}

#[tokio::test]
async fn what_is_given_changes_and_the_rest_stays() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in().await;
    update(&app, &ada, &json!({ "name": "Ada", "bio": "Poet", "metadata": { "a": 1, "b": 2 } }))
        .await
        .expect(200);

    let body = json!({ "name": "Ada Lovelace", "bio": null, "metadata": { "a": null, "c": 3 } });
    let me = update(&app, &ada, &body).await.expect(200).json();

    assert_eq!((&me["name"], &me["bio"]), (&json!("Ada Lovelace"), &Value::Null));
    assert_eq!(me["metadata"], json!({ "b": 2, "c": 3 }));
    assert_eq!(me["username"], "ada");
    assert_eq!(app.get("/api/v1/me").bearer(&ada.access).await.json(), me);
}

#[tokio::test]
async fn what_is_not_the_owners_to_change_is_no_field() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in().await;

    for name in ["is_superuser", "is_verified", "is_active", "email", "password", "id", "roles"] {
        let answer = update(&app, &ada, &json!({ name: true })).await;
        assert_problem!(answer, 400, "malformed_body");
    }
    let me = app.get("/api/v1/me").bearer(&ada.access).await.json();
    assert_eq!((&me["is_superuser"], &me["is_verified"]), (&json!(false), &json!(false)));
}

#[tokio::test]
async fn a_user_name_is_changed_and_the_old_one_is_free() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in().await;

    let me = update(&app, &ada, &json!({ "username": "Countess" })).await.expect(200).json();

    assert_eq!(me["username"], "Countess");
    app.user("countess").logged_in().await;
    assert_problem!(update(&app, &ada, &json!({ "username": "a b" })).await, 400, "invalid_username");
    let eve = app.user("eve").signed_in().await;
    assert_problem!(update(&app, &eve, &json!({ "username": "COUNTESS" })).await, 409, "username_taken");
    update(&app, &eve, &json!({ "username": "ada" })).await.expect(200);
    update(&app, &ada, &json!({ "username": null })).await.expect(200);
}

#[tokio::test]
async fn of_thirty_two_accounts_that_want_one_name_one_gets_it() {
    let app = TestApp::start().await;
    let mut users = Vec::new();
    for number in 0..32 {
        users.push(app.user(&format!("user{number}")).signed_in().await);
    }

    let body = json!({ "username": "wanted" });
    let answers = app.race(32, |app, number| update(app, &users[number], &body)).await;

    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    assert_eq!(answers.iter().filter(|answer| answer.code() == "username_taken").count(), 31);
}

#[tokio::test]
async fn of_two_changes_at_the_same_moment_none_is_lost() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in().await;

    let bodies =
        [json!({ "metadata": { "a": 1 } }), json!({ "metadata": { "b": 2 } }), json!({ "name": "Ada" })];
    let answers = app.race(3, |app, number| update(app, &ada, &bodies[number])).await;

    assert!(answers.iter().all(|answer| answer.status == 200));
    let me = app.get("/api/v1/me").bearer(&ada.access).await.json();
    assert_eq!((&me["metadata"], &me["name"]), (&json!({ "a": 1, "b": 2 }), &json!("Ada")));
}

#[tokio::test]
async fn declared_fields_hold_what_is_declared() {
    let app = app_with_fields().await;
    let ada = app.user("ada").signed_in().await;

    let me = update(&app, &ada, &json!({ "fields": { "born": "1815-12-10" } })).await.expect(200).json();

    assert_eq!(me["fields"], json!({ "born": "1815-12-10" }));
    let bad = update(&app, &ada, &json!({ "fields": { "born": "yesterday" } })).await;
    assert_eq!(assert_problem!(bad, 400, "invalid_field")["field"], "fields");
    let unknown = update(&app, &ada, &json!({ "fields": { "colour": "red" } })).await;
    assert_problem!(unknown, 400, "invalid_field");
    let admins = update(&app, &ada, &json!({ "fields": { "plan": "gold" } })).await;
    assert_problem!(admins, 403, "forbidden");
}

#[tokio::test]
async fn a_required_field_is_asked_for_at_registration_and_kept() {
    let app = TestApp::with(|plan| {
        let colour = rule(FieldKind::Choice(vec!["red".into(), "green".into()]), true, Writer::Owner);
        plan.rules.fields = BTreeMap::from([("colour".to_owned(), colour)]);
    })
    .await;
    let register = |fields: Value| {
        let body = json!({ "email": "ada@example.com", "username": "ada", "password": doorward_testkit::PASSWORD, "fields": fields });
        app.post("/api/v1/users").json(&body)
    };

    assert_problem!(register(json!({})).await, 400, "invalid_field");
    assert_problem!(register(json!({ "colour": "blue" })).await, 400, "invalid_field");
    assert_eq!(
        register(json!({ "colour": "red" })).await.expect(201).json()["fields"],
        json!({ "colour": "red" })
    );
    let ada = app.user("ada").logged_in().await;
    assert_problem!(update(&app, &ada, &json!({ "fields": { "colour": null } })).await, 400, "invalid_field");
}
