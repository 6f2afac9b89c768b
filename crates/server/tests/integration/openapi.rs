//! The description of the API is the API.

use std::collections::BTreeSet;
use std::path::Path;

use doorward_core::Code;
use doorward_testkit::TestApp;
use http::Method;
use serde_json::{Value, json};

fn document() -> Value {
    serde_json::to_value(doorward::openapi::document()).unwrap()
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the one switch of the test: whether to rewrite the file")]
fn the_committed_description_is_the_one_that_is_served() {
    let file = Path::new("../../docs/openapi.json");
    let text = format!("{}\n", serde_json::to_string_pretty(&document()).unwrap());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(file, &text).unwrap();
    }

    let committed = std::fs::read_to_string(file).unwrap_or_default();

    assert!(committed == text, "docs/openapi.json is not up to date: run the tests once with UPDATE_DOCS=1");
}

#[tokio::test]
async fn the_served_description_is_the_same() {
    let app = TestApp::start().await;

    let served = app.get("/openapi.json").await.expect(200);

    assert_eq!(served.header("content-type"), "application/json");
    assert_eq!(served.json(), document());
}

#[tokio::test]
async fn the_scopes_of_the_configuration_are_in_the_description_that_is_served() {
    let about = "Read documents";
    let app = TestApp::with(|plan| {
        plan.rules.scopes.insert("documents:read".into(), about.into());
    })
    .await;

    let served = app.get("/openapi.json").await.expect(200).json()["x-scopes"].clone();

    assert_eq!(served["documents:read"], about);
    assert_eq!(document()["x-scopes"].get("documents:read"), None, "the committed one has the built-in ones");
    for (name, about) in doorward_core::scope::BUILT_IN {
        assert_eq!((&served[name], &document()["x-scopes"][name]), (&json!(about), &json!(about)));
    }
}

#[tokio::test]
async fn every_described_operation_exists_and_answers_as_described() {
    let app = TestApp::start().await;

    for (path, item) in document()["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let method: Method = method.to_uppercase().parse().unwrap();
            let answer = app.call(method.clone(), &path.replace("{id}", "1")).await;

            assert_ne!(answer.code(), "not_found", "{method} {path}");
            assert_ne!(answer.status, 405, "{method} {path}");
            let is_described = operation["responses"].get(answer.status.as_str()).is_some();
            assert!(is_described, "{method} {path} answered {}", answer.status);
        }
    }
}

#[test]
fn guarded_operations_say_so_and_can_be_refused() {
    for (path, item) in document()["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let is_guarded = !operation["security"].is_null();
            let is_open = [
                "/api/v1/users",
                "/api/v1/login",
                "/api/v1/login/second-factor",
                "/api/v1/login/passkey",
                "/api/v1/login/passkey/challenge",
                "/api/v1/refresh",
                "/api/v1/email-verification",
                "/api/v1/email-verification/confirm",
                "/api/v1/email-change/confirm",
                "/api/v1/password-reset",
                "/api/v1/password-reset/confirm",
            ]
            .contains(&&**path);
            let is_api = path.starts_with("/api/v1/") && !path.starts_with("/api/v1/providers");
            let is_own =
                ["/oauth2/introspect", "/oauth2/userinfo"].contains(&&**path) || (is_api && !is_open);

            assert_eq!(is_guarded, is_own, "{method} {path}");
            assert!(!is_guarded || operation["responses"].get("401").is_some(), "{method} {path}");
        }
    }
}

#[test]
fn the_codes_of_refusals_are_a_closed_list() {
    let described = &document()["components"]["schemas"]["Problem"]["properties"]["code"]["enum"];

    let described: BTreeSet<&str> = described
        .as_array()
        .map(|codes| codes.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();

    assert_eq!(described, Code::ALL.iter().map(|code| code.as_str()).collect());
}

#[test]
fn it_is_openapi_3_1() {
    assert_eq!(document()["openapi"], json!("3.1.0"));
}
