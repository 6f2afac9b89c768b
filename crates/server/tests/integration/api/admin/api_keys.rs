//! The API keys of others.

use doorward_testkit::{SignedIn, TestApp, assert_problem};
use serde_json::{Value, json};

async fn made(app: &TestApp, owner: &SignedIn) -> Value {
    let wish = json!({ "name": "backup" });
    app.post("/api/v1/api-keys").bearer(&owner.access).json(&wish).await.expect(201).json()
}

async fn path_of(app: &TestApp, who: &SignedIn) -> String {
    let me = app.get("/api/v1/me").bearer(&who.access).await.json();
    format!("/api/v1/admin/users/{}/api-keys", me["id"].as_str().unwrap())
}

#[tokio::test]
async fn the_keys_of_an_account_are_listed_without_what_proves_them() {
    let app = TestApp::start().await;
    let (root, ada) = (app.superuser().await, app.user("ada").signed_in().await);
    let key = made(&app, &ada).await;

    let listed = app.get(&path_of(&app, &ada).await).bearer(&root.access).await.expect(200);

    assert_eq!(listed.json()[0]["id"], key["id"]);
    assert!(!listed.text().contains(key["api_key"].as_str().unwrap()));
}

#[tokio::test]
async fn a_key_that_is_revoked_for_its_owner_is_refused_by_the_next_request() {
    let app = TestApp::start().await;
    let (root, ada) = (app.superuser().await, app.user("ada").signed_in().await);
    let (key, path) = (made(&app, &ada).await, path_of(&app, &ada).await);
    let text = key["api_key"].as_str().unwrap();
    app.get("/api/v1/me").header("x-api-key", text).await.expect(200);
    let path = format!("{path}/{}", key["id"].as_str().unwrap());

    app.delete(&path).bearer(&root.access).await.expect(204);

    assert_problem!(app.get("/api/v1/me").header("x-api-key", text).await, 401, "token_revoked");
    assert_problem!(app.delete(&path).bearer(&root.access).await, 404, "not_found");
}

#[tokio::test]
async fn a_key_is_found_under_its_own_account_alone() {
    let app = TestApp::start().await;
    let root = app.superuser().await;
    let (ada, eve) = (app.user("ada").signed_in().await, app.user("eve").signed_in().await);
    let key = made(&app, &ada).await;
    let path = format!("{}/{}", path_of(&app, &eve).await, key["id"].as_str().unwrap());

    assert_problem!(app.delete(&path).bearer(&root.access).await, 404, "not_found");

    let text = key["api_key"].as_str().unwrap();
    app.get("/api/v1/me").header("x-api-key", text).await.expect(200);
}

#[tokio::test]
async fn who_may_end_sessions_ends_no_key_of_those_above_them() {
    let app = TestApp::start().await;
    let root = app.superuser().await;
    let helper = app.user("helper").signed_in().await;
    let role = json!({ "name": "helper", "scope": "admin:sessions" });
    app.post("/api/v1/admin/roles").bearer(&root.access).json(&role).await.expect(201);
    let give = path_of(&app, &helper).await.replace("api-keys", "roles/helper");
    app.put(&give).bearer(&root.access).await.expect(200);
    let key = made(&app, &root).await;
    let path = format!("{}/{}", path_of(&app, &root).await, key["id"].as_str().unwrap());

    assert_problem!(app.delete(&path).bearer(&helper.access).await, 403, "forbidden");

    let text = key["api_key"].as_str().unwrap();
    app.get("/api/v1/me").header("x-api-key", text).await.expect(200);
}
