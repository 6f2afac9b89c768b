//! Who may call the administrators' API: each of its operations, held against everybody who is not meant.

use doorward_testkit::{TestApp, assert_problem};
use http::Method;
use serde_json::json;

/// Every operation under `/api/v1/admin`, with a path that names nothing.
fn operations() -> Vec<(Method, String)> {
    let document = serde_json::to_value(doorward::openapi::document()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let admin = paths.iter().filter(|(path, _)| path.starts_with("/api/v1/admin/"));
    let operations = admin.flat_map(|(path, item)| {
        let methods = item.as_object().unwrap().keys().map(|method| method.to_uppercase().parse().unwrap());
        methods.map(|method| (method, filled(path))).collect::<Vec<_>>()
    });
    operations.collect()
}

/// `path` with an id that nothing has for each of its parameters.
fn filled(path: &str) -> String {
    let parts = path.split('/').map(|part| match part.starts_with('{') {
        true => "00000000-0000-7000-8000-000000000000",
        false => part,
    });
    parts.collect::<Vec<_>>().join("/")
}

#[tokio::test]
async fn every_operation_refuses_strangers_and_ordinary_accounts_before_it_looks_at_anything() {
    let app = TestApp::start().await;
    let ada = app.user("ada").signed_in().await;

    for (method, path) in operations() {
        let stranger = app.call(method.clone(), &path).await;
        let user = app.call(method.clone(), &path).bearer(&ada.access).body("text/plain", "{").await;

        assert_problem!(stranger, 401, "authentication_required");
        assert_problem!(user, 403, "forbidden");
    }
    assert!(!operations().is_empty());
}

#[tokio::test]
async fn a_superuser_is_refused_nowhere() {
    let app = TestApp::start().await;
    let root = app.superuser().await;

    for (method, path) in operations() {
        let answer = app.call(method.clone(), &path).bearer(&root.access).await;

        assert!(!["forbidden", "authentication_required"].contains(&&*answer.code()), "{method} {path}");
        assert!(!answer.status.is_server_error(), "{method} {path}: {}", answer.text());
    }
}

/// The scope that each described operation asks for; superusers' own have none.
fn asked_scopes() -> Vec<(Method, String, Option<String>)> {
    let document = serde_json::to_value(doorward::openapi::document()).unwrap();
    let security = |method: &Method, path: &str| {
        let item = &document["paths"][path][method.as_str().to_lowercase()];
        item["security"][0]["bearer"][0].as_str().map(str::to_owned)
    };
    let paths = document["paths"].as_object().unwrap();
    let admin = paths.iter().filter(|(path, _)| path.starts_with("/api/v1/admin/"));
    let operations = admin.flat_map(|(path, item)| {
        let methods = item.as_object().unwrap().keys().map(|method| method.to_uppercase().parse().unwrap());
        methods.map(|method| (security(&method, path), method, filled(path))).collect::<Vec<_>>()
    });
    operations.map(|(scope, method, path)| (method, path, scope)).collect()
}

#[tokio::test]
async fn each_operation_asks_for_the_scope_that_is_described_and_no_other() {
    let app = TestApp::start().await;
    let root = app.superuser().await;
    let (ada, all) = (app.user("ada").signed_in().await, doorward_core::scope::BUILT_IN);
    let id = app.get("/api/v1/me").bearer(&ada.access).await.json()["id"].as_str().unwrap().to_owned();
    let role = json!({ "name": "tried", "scope": "" });
    app.post("/api/v1/admin/roles").bearer(&root.access).json(&role).await.expect(201);
    app.put(&format!("/api/v1/admin/users/{id}/roles/tried")).bearer(&root.access).await.expect(200);

    for (method, path, scope) in asked_scopes() {
        let mut others: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
        others.retain(|name| Some(*name) != scope.as_deref());
        let held = [Some(others.join(" ")), scope];
        for (held, is_let_in) in held.into_iter().flatten().zip([false, true]) {
            let body = json!({ "scope": held });
            app.patch("/api/v1/admin/roles/tried").bearer(&root.access).json(&body).await.expect(200);

            let answer = app.call(method.clone(), &path).bearer(&ada.access).body("text/plain", "{").await;

            assert_eq!(
                answer.code() != "forbidden",
                is_let_in,
                "{method} {path} with {held}: {}",
                answer.text()
            );
        }
    }
}
