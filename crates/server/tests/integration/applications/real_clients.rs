//! Client libraries that other people use, against the real binary: Authlib in Python, `openid-client` in JavaScript, and the guard crate with
//! a real browser before it.
//!
//! Needs what `./dev test` installs and names in `OAUTH_PYTHON` and `BROWSER_NODE_MODULES`.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use axum::extract::Request;
use axum::routing::get;
use axum::{Router, ServiceExt};
use doorward_guard::guards::{Oidc, Registration};
use doorward_guard::{Guards, OnAuth, User, any};
use doorward_testkit::{PASSWORD, RealServer, UNHINDERED, free_folder};
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_doorward");
const CALLBACK: &str = "http://127.0.0.1:9999/callback";

/// What is installed in the place that the variable `name` tells; `None` on a machine without it.
#[expect(clippy::disallowed_methods, reason = "where clients are installed is told by the environment")]
fn installed(name: &str) -> Option<String> {
    let place = std::env::var(name).ok();
    assert!(place.is_some() || std::env::var("CI").is_err(), "{name} is not set: run `./dev test`");
    if place.is_none() {
        eprintln!("left out: {name} tells no place; `./dev test` installs what is needed");
    }
    place
}

/// A server with ada's account.
async fn server(folder: &Path, more: &str) -> RealServer {
    let server = RealServer::start(BINARY, folder, &format!("{UNHINDERED}{more}"));
    let account = json!({ "email": "ada@example.com", "username": "ada", "password": PASSWORD });
    let made = reqwest::Client::new().post(server.url("/api/v1/users")).json(&account).send().await.unwrap();
    assert_eq!(made.status(), 201);
    server
}

/// Adds an application on the command line, beside the server that runs.
fn added(folder: &Path, redirect_uri: &str, more: &[&str]) -> (String, String) {
    let mut add = Command::new(BINARY);
    add.current_dir(folder).env_clear().args([
        "clients",
        "add",
        "Shop",
        "--json",
        "--redirect-uri",
        redirect_uri,
    ]);
    let made = add.args(more).args(["--post-logout-uri", "http://127.0.0.1:9999/goodbye"]).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let made: Value = serde_json::from_slice(&made.stdout).unwrap();
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    (text("client_id"), text("client_secret"))
}

/// What a client tells that went the whole way: each of them goes the same one.
async fn tells(client: Command, folder: &Path, server: &RealServer) -> Value {
    tells_as(client, &added(folder, CALLBACK, &[]), server).await
}

/// As [`tells`], as the application with this id and secret.
async fn tells_as(mut client: Command, (id, secret): &(String, String), server: &RealServer) -> Value {
    client.args([&*server.url(""), id, secret, CALLBACK, "ada", PASSWORD]);
    let ran = tokio::task::spawn_blocking(move || client.output()).await.unwrap().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    serde_json::from_slice(&ran.stdout).unwrap()
}

/// What each of them has to tell.
fn expected(algorithm: &str) -> Value {
    json!({
        "algorithm": algorithm,
        "email": "ada@example.com",
        "username": "ada",
        "renewed": true,
        "code_again": "invalid_grant",
        "goodbye": "http://127.0.0.1:9999/goodbye?state=bye",
        "after": 401,
    })
}

#[tokio::test]
async fn authlib_goes_the_whole_way() {
    let Some(python) = installed("OAUTH_PYTHON") else { return };
    let folder = free_folder();
    let server = server(folder.path(), "").await;
    let mut client = Command::new(python);
    client.arg("tests/integration/applications/authlib_client.py");

    let mut told = tells(client, folder.path(), &server).await;

    assert!(told["sid"].take().is_string() && told["sub"].take().is_string());
    told.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    assert_eq!(told, expected("EdDSA"));
}

#[tokio::test]
async fn authlib_is_given_a_token_for_the_program_itself() {
    let Some(python) = installed("OAUTH_PYTHON") else { return };
    let folder = free_folder();
    let server = server(folder.path(), "").await;
    let (id, secret) = added(folder.path(), CALLBACK, &["--own-scope", "admin:introspection"]);
    let mut client = Command::new(python);
    client.args(["tests/integration/applications/own_token.py", &server.url(""), &id, &secret]);

    let ran = tokio::task::spawn_blocking(move || client.output()).await.unwrap().unwrap();

    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let told: Value = serde_json::from_slice(&ran.stdout).unwrap();
    let expected =
        json!({ "sub": id, "active": true, "scope": "admin:introspection", "more": "invalid_scope" });
    assert_eq!(told, expected);
}

#[tokio::test]
async fn openid_client_goes_the_whole_way_with_the_algorithm_that_every_client_knows() {
    let Some(modules) = installed("BROWSER_NODE_MODULES") else { return };
    let folder = free_folder();
    let server = server(folder.path(), "\n[tokens]\nalgorithm = \"RS256\"\n").await;
    let mut client = Command::new("node");
    client.args(["tests/integration/applications/openid_client.mjs", &modules]);

    let told = tells(client, folder.path(), &server).await;

    assert_eq!(told, expected("RS256"));
}

#[tokio::test]
async fn a_receiver_of_logout_tokens_believes_what_it_is_told() {
    let Some(python) = installed("OAUTH_PYTHON") else { return };
    let folder = free_folder();
    let server = server(folder.path(), "\n[hooks]\nallow_private_addresses = true\n").await;
    let mut receiver = Command::new(&python);
    receiver.args(["tests/integration/applications/logout_receiver.py", &server.url("")]);
    let mut receiver = receiver.stdout(Stdio::piped()).spawn().unwrap();
    let mut heard = BufReader::new(receiver.stdout.take().unwrap()).lines();
    let address = heard.next().unwrap().unwrap();
    let shop = added(folder.path(), CALLBACK, &["--backchannel-logout-uri", &address]);
    let mut client = Command::new(python);
    client.arg("tests/integration/applications/authlib_client.py");

    let told = tells_as(client, &shop, &server).await;

    let line = tokio::task::spawn_blocking(move || heard.next().unwrap().unwrap()).await.unwrap();
    let heard: Value = serde_json::from_str(&line).unwrap();
    assert!(receiver.wait().unwrap().success());
    assert_eq!((&heard["aud"], &heard["sid"]), (&json!(shop.0), &told["sid"]), "{heard}");
    assert_eq!(heard["sub"], told["sub"]);
}

/// What a browser has come to that asked for a page of a service which the guard crate stands before, and where that was. Whoever has
/// signed in is sent on to `end`, if told: a path of the same service by another name of its host.
async fn visited(modules: &str, end: Option<&str>) -> (Value, String) {
    let folder = free_folder();
    let server = server(folder.path(), "").await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let home = format!("http://localhost:{}", listener.local_addr().unwrap().port());
    let callback = format!("{home}/auth/callback");
    let (id, secret) = added(folder.path(), &callback, &[]);
    let oidc = Oidc::new(server.url(""), Registration::new(id, secret, &callback));
    let elsewhere = end.map(|path| home.replace("localhost", "127.0.0.1") + path);
    let on_auth = elsewhere.clone().map_or(OnAuth::RedirectBack, OnAuth::RedirectTo);
    let oidc = oidc.scopes(["profile", "email"]).request_user_info().on_auth(on_auth);
    let guards = Guards::builder().guard("login", oidc).public(any(), "/welcome").rule(any(), "/*", "login");
    let guards = guards.build().unwrap();
    let reports = |user: User| async move {
        format!(
            "reports for {}",
            user.info().emails.first().map(|email| email.address().to_owned()).unwrap_or_default()
        )
    };
    let routes = Router::new().route("/reports", get(reports)).route("/welcome", get(async || "welcome"));
    let app = guards.around(routes);
    tokio::spawn(async move { axum::serve(listener, ServiceExt::<Request>::into_make_service(app)).await });

    let mut visit = Command::new("node");
    let address = format!("{home}/reports?month=5");
    let end = elsewhere.unwrap_or_else(|| address.clone());
    visit.args(["tests/integration/applications/visit.mjs", modules, &address, "ada", PASSWORD, &end]);
    let seen = tokio::task::spawn_blocking(move || visit.output()).await.unwrap().unwrap();

    assert!(seen.status.success(), "{}", String::from_utf8_lossy(&seen.stderr));
    (serde_json::from_slice(&seen.stdout).unwrap(), end)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_with_a_browser_signs_in_to_a_service_that_the_guard_crate_stands_before() {
    let Some(modules) = installed("BROWSER_NODE_MODULES") else { return };

    let (seen, end) = visited(&modules, None).await;

    assert_eq!(seen, json!({ "url": end, "text": "reports for ada@example.com", "complaints": [] }));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_may_send_on_to_another_host_whoever_has_signed_in() {
    let Some(modules) = installed("BROWSER_NODE_MODULES") else { return };

    let (seen, end) = visited(&modules, Some("/welcome")).await;

    assert_eq!(seen, json!({ "url": end, "text": "welcome", "complaints": [] }));
}
