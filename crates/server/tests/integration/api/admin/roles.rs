//! Roles, and what whoever holds them may do.

use doorward_testkit::{Answer, Plan, SignedIn, TestApp, assert_problem};
use serde_json::{Value, json};

fn with_scopes(plan: &mut Plan) {
    for scope in ["read", "write"] {
        plan.rules.scopes.insert(scope.to_owned(), format!("May {scope}"));
    }
}

/// The scopes in an access token, without a look at its signature.
fn claimed(access: &str) -> Value {
    let payload = access.split('.').nth(1).unwrap();
    let payload = doorward_testkit::from_base64url(payload);
    serde_json::from_slice::<Value>(&payload).unwrap()["scope"].clone()
}

async fn role(app: &TestApp, root: &SignedIn, name: &str, scope: &str) -> Answer {
    let body = json!({ "name": name, "scope": scope });
    app.post("/api/v1/admin/roles").bearer(&root.access).json(&body).await
}

async fn id_of(app: &TestApp, who: &SignedIn) -> String {
    app.get("/api/v1/me").bearer(&who.access).await.json()["id"].as_str().unwrap().to_owned()
}

/// What the server believes the credential may do.
async fn scope(app: &TestApp, who: &SignedIn) -> String {
    let answer = app.get("/api/v1/session").bearer(&who.access).await.expect(200);
    answer.json()["scope"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_role_that_is_given_or_taken_acts_on_the_next_request() {
    let app = TestApp::with(with_scopes).await;
    let root = app.superuser().await;
    let ada = app.user("ada").signed_in().await;
    role(&app, &root, "editor", "read write").await.expect(201);
    assert_eq!(scope(&app, &ada).await, "");

    let path = format!("/api/v1/admin/users/{}/roles/editor", id_of(&app, &ada).await);
    let given = app.put(&path).bearer(&root.access).await.expect(200).json();
    assert_eq!(given["roles"], json!(["editor"]));
    assert_eq!(scope(&app, &ada).await, "read write");

    let update = json!({ "scope": "read" });
    let editor = app.call("PATCH".parse().unwrap(), "/api/v1/admin/roles/editor");
    editor.bearer(&root.access).json(&update).await.expect(200);
    assert_eq!(scope(&app, &ada).await, "read");

    app.delete(&path).bearer(&root.access).await.expect(200);
    assert_eq!(scope(&app, &ada).await, "");
}

#[tokio::test]
async fn a_role_that_is_made_again_is_another_one() {
    let app = TestApp::with(with_scopes).await;
    let root = app.superuser().await;
    let ada = app.user("ada").signed_in().await;
    role(&app, &root, "editor", "write").await.expect(201);
    let path = format!("/api/v1/admin/users/{}/roles/editor", id_of(&app, &ada).await);
    app.put(&path).bearer(&root.access).await.expect(200);

    app.delete("/api/v1/admin/roles/editor").bearer(&root.access).await.expect(204);
    role(&app, &root, "editor", "write").await.expect(201);

    assert_eq!(scope(&app, &ada).await, "");
}

#[tokio::test]
async fn everybody_holds_the_role_everyone() {
    let app = TestApp::with(with_scopes).await;
    let root = app.superuser().await;
    let ada = app.user("ada").signed_in().await;

    role(&app, &root, "everyone", "read").await.expect(201);

    assert_eq!(scope(&app, &ada).await, "read");
}

#[tokio::test]
async fn a_token_says_what_it_is_good_for_and_a_login_may_ask_for_less() {
    let app = TestApp::with(with_scopes).await;
    let root = app.superuser().await;
    role(&app, &root, "everyone", "read write").await.expect(201);
    app.user("ada").registered().await;
    let login = |scope: &str| {
        let body = json!({ "identifier": "ada", "password": doorward_testkit::PASSWORD, "scope": scope });
        app.post("/api/v1/login").json(&body)
    };

    let less = login("read admin:users").await.expect(200);

    assert_eq!(less.json()["scope"], "read");
    let less = SignedIn::read(&less);
    assert_eq!(claimed(&less.access), "read");
    assert_eq!(scope(&app, &less).await, "read");
    assert_eq!(claimed(&app.refreshed(&less.refresh).await.access), "read");
    assert_problem!(login("nowhere").await, 400, "invalid_scope");
    assert_problem!(login("admin:users").await, 400, "invalid_scope");
}

#[tokio::test]
async fn a_superuser_who_signs_in_for_less_may_less() {
    let app = TestApp::start().await;
    app.superuser().await;
    let body =
        json!({ "identifier": "root", "password": doorward_testkit::PASSWORD, "scope": "admin:users" });
    let narrow = SignedIn::read(&app.post("/api/v1/login").json(&body).await.expect(200));

    app.get("/api/v1/admin/users").bearer(&narrow.access).await.expect(200);

    assert_problem!(app.get("/api/v1/admin/roles").bearer(&narrow.access).await, 403, "forbidden");
    let me = app.get("/api/v1/session").bearer(&narrow.access).await.json();
    assert_eq!(me["is_superuser"], false);
}

#[tokio::test]
async fn nobody_gives_what_they_do_not_hold_or_acts_on_those_above_them() {
    let app = TestApp::with(with_scopes).await;
    let root = app.superuser().await;
    let (ada, eve) = (app.user("ada").signed_in().await, app.user("eve").signed_in().await);
    role(&app, &root, "keeper", "admin:roles read").await.expect(201);
    role(&app, &root, "writer", "write").await.expect(201);
    let (ada_id, eve_id, root_id) =
        (id_of(&app, &ada).await, id_of(&app, &eve).await, id_of(&app, &root).await);
    let roles = |id: &str, role: &str| format!("/api/v1/admin/users/{id}/roles/{role}");
    app.put(&roles(&ada_id, "keeper")).bearer(&root.access).await.expect(200);

    for path in [roles(&eve_id, "writer"), roles(&eve_id, "superuser"), roles(&root_id, "keeper")] {
        assert_problem!(app.put(&path).bearer(&ada.access).await, 403, "forbidden");
    }
    assert_problem!(role(&app, &ada, "mine", "write").await, 403, "forbidden");
    let gone = app.delete("/api/v1/admin/roles/writer").bearer(&ada.access).await;
    assert_problem!(gone, 403, "forbidden");
    role(&app, &ada, "reader", "read").await.expect(201);
    app.put(&roles(&eve_id, "reader")).bearer(&ada.access).await.expect(200);
}

#[tokio::test]
async fn the_last_superuser_stays_one_whoever_asks_and_how_often() {
    let app = TestApp::start().await;
    let root = app.superuser().await;
    let ada = app.user("ada").signed_in().await;
    let (ada_id, root_id) = (id_of(&app, &ada).await, id_of(&app, &root).await);
    let mark = |id: &str| format!("/api/v1/admin/users/{id}/roles/superuser");
    assert_problem!(app.delete(&mark(&root_id)).bearer(&root.access).await, 409, "last_superuser");
    assert_eq!(app.core.set_active("root", false).await.unwrap_err().code().as_str(), "last_superuser");
    app.put(&mark(&ada_id)).bearer(&root.access).await.expect(200);
    app.get("/api/v1/admin/users").bearer(&ada.access).await.expect(200);

    // Each takes the mark from the other, at the same time: one must stay.
    let answers = app
        .race(32, |app, n| match n % 2 {
            0 => app.delete(&mark(&root_id)).bearer(&ada.access),
            _ => app.delete(&mark(&ada_id)).bearer(&root.access),
        })
        .await;

    assert!(answers.iter().all(|answer| [200, 403, 409].contains(&answer.status.as_u16())));
    assert_eq!(app.core.administrators().await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_a_role_may_not_be_is_said() {
    let app = TestApp::start().await;
    let root = app.superuser().await;
    role(&app, &root, "editor", "").await.expect(201);

    for (name, scope, status, code) in [
        ("", "", 400, "invalid_field"),
        ("Editor", "", 400, "invalid_field"),
        ("a b", "", 400, "invalid_field"),
        ("x", "nowhere", 400, "invalid_scope"),
        ("editor", "", 409, "role_taken"),
        ("superuser", "", 409, "role_taken"),
    ] {
        assert_problem!(role(&app, &root, name, scope).await, status, code);
    }
    let none = app.delete("/api/v1/admin/roles/nowhere").bearer(&root.access).await;
    assert_problem!(none, 404, "not_found");
}
