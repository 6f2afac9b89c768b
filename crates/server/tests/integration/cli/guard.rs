//! Rules of applications, as their CI checks them.

use std::fs;
use std::path::Path;

use doorward_testkit::free_folder;

use super::doorward;

const RULES: &str = r#"
[guards.key]
type = "key"
header = "x-api-key"
secret = { env = "NOT_SET_HERE" }

[guards.google]
type = "google"
client_id = "app-1"
client_secret = { file = "/not/there" }
redirect_url = "https://app.example/auth/google"

[guards.office]
type = "code"

[[rules]]
path = "/notes/{id}"
methods = ["GET", "DELETE"]
flow = "key || google || office"
scopes = ["notes"]

[[rules]]
path = "/health"
methods = "GET"
public = true
"#;

const DOCUMENT: &str = r#"{ "openapi": "3.1.0", "paths": {
    "/notes/{id}": { "get": {}, "delete": {} },
    "/health": { "get": {} }
} }"#;

fn write(folder: &Path, rules: &str, document: &str) {
    fs::write(folder.join("rules.toml"), rules).unwrap();
    fs::write(folder.join("openapi.json"), document).unwrap();
}

const CHECK: [&str; 5] = ["guard", "check", "rules.toml", "--against", "openapi.json"];

#[test]
fn rules_that_cover_an_api_need_no_secrets_to_say_so() {
    let folder = free_folder();
    write(folder.path(), RULES, DOCUMENT);

    let covered = doorward(folder.path(), &CHECK);
    assert_eq!(covered.done(), "3 operations have a rule and every rule has an operation.\n");
    assert_eq!(doorward(folder.path(), &["guard", "check", "rules.toml"]).done(), "2 rules can be used\n");
}

#[test]
fn operations_without_rule_and_rules_without_operation_are_listed() {
    let folder = free_folder();
    let document = DOCUMENT.replace("/health", "/notes");
    write(folder.path(), RULES, &document);

    let ended = doorward(folder.path(), &CHECK);

    assert_eq!(ended.refused(3), "doorward: 1 operation without rule, 1 rule without operation");
    assert_eq!(ended.out, "no rule:      GET /notes\nno operation: GET /health  open\n");
}

#[test]
fn operations_are_called_under_the_paths_of_their_servers() {
    let folder = free_folder();
    let document = DOCUMENT.replace(
        r#""paths""#,
        r#""servers": [{ "url": "https://app.example/v1/" }, { "url": "/v2" }], "paths""#,
    );
    let rules = RULES.replace("path = \"/", "path = \"/{version}/");
    write(folder.path(), &rules, &document);

    assert!(doorward(folder.path(), &CHECK).done().starts_with("6 operations"));
}

#[test]
fn a_request_is_explained() {
    let folder = free_folder();
    write(folder.path(), RULES, DOCUMENT);
    let explain = |method: &str, path: &str| {
        doorward(folder.path(), &["guard", "explain", "rules.toml", method, path]).done().to_owned()
    };

    assert_eq!(
        explain("DELETE", "/notes/7"),
        "DELETE /notes/7: rule 1: GET,DELETE /notes/{id}  key || google || office  scope notes\n"
    );
    assert_eq!(explain("HEAD", "/health"), "HEAD /health: rule 2: GET /health  open\n");
    assert_eq!(explain("POST", "/notes/7"), "POST /notes/7: no rule: refused\n");
}

#[test]
fn what_cannot_be_used_is_named_with_its_place() {
    let folder = free_folder();
    let refused = |rules: &str, document: &str| {
        write(folder.path(), rules, document);
        doorward(folder.path(), &CHECK).refused(78).to_owned()
    };

    assert!(
        refused(&RULES.replace("header =", "haeder ="), DOCUMENT)
            .contains("guards.key: unknown field `haeder`")
    );
    assert!(refused(&RULES.replace("public", "pubilc"), DOCUMENT).contains("unknown field `pubilc`"));
    assert!(refused(&RULES.replace("|| office", "| office"), DOCUMENT).contains("rule 1: flow: "));
    assert!(
        refused(&RULES.replace("|| office", "|| typo"), DOCUMENT)
            .contains("the guard \"typo\", which does not exist")
    );
    assert!(
        refused(&RULES.replace("{ env = \"NOT_SET_HERE\" }", "\"s3cret\""), DOCUMENT)
            .contains("guards.key: ")
    );
    assert!(refused(RULES, "{}").contains("openapi.json: is no OpenAPI document"));
    assert!(
        doorward(folder.path(), &["guard", "check", "nowhere.toml"])
            .refused(78)
            .contains("cannot read nowhere.toml")
    );
}
