//! Who may call the administrators' API: each of its operations, held against everybody who is not meant.

use doorward_testkit::{TestApp, assert_problem};
use http::Method;

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
