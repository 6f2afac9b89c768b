//! `doorward users`, `sessions`, `api-keys`, `roles` and `settings`, beside a server that runs and does not.

use doorward_core::factor::shown_by_app;
use doorward_core::port::{Clock, SystemClock};
use doorward_testkit::{RealServer, free_folder};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use super::doorward;

const BINARY: &str = env!("CARGO_BIN_EXE_doorward");
const PASSWORD: &str = "correct horse battery";

async fn post(url: String, body: &Value) -> (StatusCode, Value) {
    let response = Client::new().post(url).json(body).send().await.unwrap();
    (response.status(), response.json().await.unwrap_or_default())
}

#[test]
fn roles_are_made_given_and_listed_as_tables_and_as_json() {
    let folder = free_folder();
    let run = |arguments: &[&str]| doorward(folder.path(), arguments);
    run(&["admin", "create", "root@example.com"]).done();

    assert_eq!(run(&["roles", "set", "helper", "admin:users"]).done(), "helper allows admin:users.\n");
    let given = run(&["users", "give-role", "root@example.com", "helper"]);
    assert_eq!(given.done(), "root@example.com holds helper, superuser.\n");

    let table = run(&["users", "list"]);
    assert!(table.done().starts_with("id "), "{}", table.out);
    assert!(table.out.contains("helper superuser"), "{}", table.out);
    let listed: Value =
        serde_json::from_str(run(&["users", "list", "--role", "helper", "--json"]).done()).unwrap();
    assert_eq!((&listed["email"], &listed["roles"]), (&json!("root@example.com"), &json!(["helper"])));
    run(&["users", "take-role", "root@example.com", "superuser"]).refused(1);
    run(&["users", "take-role", "root@example.com", "helper"]).done();
    assert_eq!(run(&["users", "list", "--role", "helper", "--json"]).done(), "");
    run(&["roles", "delete", "helper"]).done();
}

#[test]
fn an_account_is_tended_without_a_server() {
    let folder = free_folder();
    let run = |arguments: &[&str]| doorward(folder.path(), arguments);
    let state = || {
        let shown: Value = serde_json::from_str(run(&["users", "show", "ada"]).done()).unwrap();
        (shown["is_active"] == true, shown["is_verified"] == true)
    };

    run(&["users", "invite", "ada@example.com", "--username", "ada", "--name", "Ada"]).done();
    assert_eq!(state(), (true, false));
    assert_eq!(run(&["users", "verify", "ada"]).done(), "ada@example.com is verified.\n");
    run(&["users", "disable", "ada"]).done();
    assert_eq!(state(), (false, true));
    run(&["users", "enable", "ada@example.com"]).done();
    run(&["users", "reset-password", "ada"]).done();
    assert_eq!(state(), (true, true));
    let waiting = run(&["mail", "list", "--state", "waiting", "--json"]);
    let kinds: Vec<Value> = waiting
        .done()
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["kind"].clone())
        .collect();
    assert_eq!(kinds, [json!("reset_password"), json!("invitation")]);
    run(&["users", "remove-second-factor", "ada"]).refused(1);
    run(&["users", "delete", "ada"]).done();

    run(&["users", "show", "ada"]).refused(1);
    run(&["users", "invite", "ada"]).refused(1);
}

#[tokio::test]
async fn a_second_factor_is_taken_away_without_a_server() {
    let folder = free_folder();
    let server = RealServer::start(BINARY, folder.path(), "");
    let account = json!({ "email": "ada@example.com", "password": PASSWORD });
    post(server.url("/api/v1/users"), &account).await;
    let login = json!({ "identifier": "ada@example.com", "password": PASSWORD });
    let (_, tokens) = post(server.url("/api/v1/login"), &login).await;
    set_up_second_factor(&server, tokens["access_token"].as_str().unwrap()).await;
    assert_eq!(post(server.url("/api/v1/login"), &login).await.0, 403);

    let removed = doorward(folder.path(), &["users", "remove-second-factor", "ada@example.com"]);

    assert_eq!(removed.done(), "ada@example.com has no second factor.\n");
    assert_eq!(post(server.url("/api/v1/login"), &login).await.0, 200);
}

/// Sets up the second factor of whoever has this access token; gives the recovery codes.
pub(super) async fn set_up_second_factor(server: &RealServer, access: &str) -> Vec<String> {
    let ask = async |path: &str, body: Value| -> Value {
        let call = Client::new().post(server.url(path)).bearer_auth(access).json(&body);
        call.send().await.unwrap().error_for_status().unwrap().json().await.unwrap()
    };
    let begun = ask("/api/v1/me/second-factor", json!({})).await;
    let shown = shown_by_app(begun["secret"].as_str().unwrap(), SystemClock.now());
    let confirmed = ask("/api/v1/me/second-factor/confirm", json!({ "code": shown })).await;
    serde_json::from_value(confirmed["recovery_codes"].clone()).unwrap()
}

#[test]
fn a_role_that_is_not_there_is_no_empty_list() {
    let folder = free_folder();

    let refused = doorward(folder.path(), &["users", "list", "--role", "nosuch"]);

    assert_eq!(refused.refused(1), "doorward: there is no role nosuch");
}

#[test]
fn accounts_are_imported_twice_without_harm_and_exported() {
    let folder = free_folder();
    let file = folder.path().join("people.csv");
    std::fs::write(&file, "email,username,name\nada@example.com,ada,=Ada\nbob,,\n").unwrap();
    let import = |more: &[&str]| {
        let arguments = [&["users", "import", file.to_str().unwrap()], more].concat();
        doorward(folder.path(), &arguments)
    };

    assert!(import(&["--dry-run"]).done().ends_with("1 would be made, 0 there already, 1 refused\n"));
    assert!(import(&[]).done().ends_with("1 made, 0 there already, 1 refused\n"));
    assert!(import(&[]).done().contains("account 2: email: "));
    let report: Value = serde_json::from_str(import(&["--json"]).done()).unwrap();

    assert_eq!((&report["existing"], &report["refused"]), (&json!(1), &json!(1)));
    let export = doorward(folder.path(), &["users", "export"]);
    assert!(export.done().contains("ada@example.com,ada,'=Ada,true,false,false"), "{}", export.out);
}

#[test]
fn webhooks_are_listed_as_a_table_and_as_json() {
    let folder = free_folder();
    let settings = "[hooks]\nsecret = \"a secret of the hooks, long enough\"\nafter = [\"https://app.example/events\"]\n";
    std::fs::write(folder.path().join("doorward.toml"), settings).unwrap();
    let run = |arguments: &[&str]| doorward(folder.path(), arguments);

    assert!(run(&["webhooks", "list"]).done().starts_with("url "));
    let listed: Value = serde_json::from_str(run(&["webhooks", "list", "--json"]).done()).unwrap();
    assert_eq!(listed, json!({ "url": "https://app.example/events", "backlog": 0, "attempts": 0 }));
    assert_eq!(run(&["webhooks", "retry"]).done(), "0 webhooks are due.\n");
}

#[tokio::test]
async fn a_server_that_runs_hears_of_settings_and_ends() {
    let folder = free_folder();
    let server = RealServer::start(BINARY, folder.path(), "");
    let account = json!({ "email": "ada@example.com", "password": PASSWORD });
    post(server.url("/api/v1/users"), &account).await;
    let login = json!({ "identifier": "ada@example.com", "password": PASSWORD });
    let (_, tokens) = post(server.url("/api/v1/login"), &login).await;
    let token = tokens["access_token"].as_str().unwrap();
    let key =
        Client::new().post(server.url("/api/v1/api-keys")).bearer_auth(token).json(&json!({ "name": "x" }));
    let key: Value = key.send().await.unwrap().json().await.unwrap();
    let run = |arguments: &[&str]| doorward(folder.path(), arguments);

    let set = run(&["settings", "set", "auth.registration", "closed"]);
    assert_eq!(set.done(), "auth.registration = \"closed\"\n");
    assert!(run(&["settings", "list"]).done().contains("auth.registration"));
    assert_eq!(run(&["sessions", "list", "ada@example.com", "--json"]).done().lines().count(), 1);
    run(&["sessions", "end", "ada@example.com"]).done();
    run(&["api-keys", "revoke", "ada@example.com", key["id"].as_str().unwrap()]).done();

    let me = |credential: &str| Client::new().get(server.url("/api/v1/me")).bearer_auth(credential).send();
    let eve = json!({ "email": "eve@example.com", "password": PASSWORD });
    // It looks once a second: asked until it has, for as long as a slow machine may need.
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while me(token).await.unwrap().status() != StatusCode::UNAUTHORIZED
        || me(key["api_key"].as_str().unwrap()).await.unwrap().status() != StatusCode::UNAUTHORIZED
        || post(server.url("/api/v1/users"), &eve).await.0 != StatusCode::FORBIDDEN
    {
        assert!(std::time::Instant::now() < deadline, "the server has not heard of it");
    }
    assert_eq!(run(&["settings", "reset", "auth.registration"]).done(), "auth.registration = \"open\"\n");
    run(&["settings", "set", "auth.registration", "ajar"]).refused(1);
}
