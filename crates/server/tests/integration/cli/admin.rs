//! `doorward admin`, beside a server that runs and does not.

use doorward_testkit::{RealServer, free_folder};
use reqwest::{Client, StatusCode};
use serde_json::json;

use super::{doorward, doorward_with};

const BINARY: &str = env!("CARGO_BIN_EXE_doorward");
const PASSWORD: &str = "correct horse battery";

async fn login(server: &RealServer, name: &str, password: &str) -> StatusCode {
    let body = json!({ "identifier": name, "password": password });
    Client::new().post(server.url("/api/v1/login")).json(&body).send().await.unwrap().status()
}

/// The password in what was printed.
fn shown(text: &str) -> &str {
    let (_, rest) = text.rsplit_once("password").expect("a password is shown");
    rest.trim_start_matches([':', ' ']).split_whitespace().next().unwrap()
}

#[tokio::test]
async fn the_first_start_shows_a_password_once_and_it_works() {
    let folder = free_folder();
    let server = RealServer::start(BINARY, folder.path(), "");
    let password = shown(&server.greeting).to_owned();
    assert!(password.len() >= 20, "{password}");
    assert_eq!(login(&server, "admin@example.com", &password).await, StatusCode::OK);
    server.stop();

    let server = RealServer::start(BINARY, folder.path(), "");

    assert!(!server.greeting.contains("password"), "{}", server.greeting);
}

#[tokio::test]
async fn a_chosen_password_is_not_shown() {
    let folder = free_folder();
    let settings = format!("[auth]\ndefault_admin_password = \"{PASSWORD}\"\n");

    let server = RealServer::start(BINARY, folder.path(), &settings);

    assert!(!server.greeting.contains(PASSWORD), "{}", server.greeting);
    assert_eq!(login(&server, "admin@example.com", PASSWORD).await, StatusCode::OK);
}

#[tokio::test]
async fn a_reset_password_works_at_once_in_a_server_that_runs() {
    let folder = free_folder();
    let server = RealServer::start(BINARY, folder.path(), "");
    let old = shown(&server.greeting).to_owned();

    let reset = doorward(folder.path(), &["admin", "reset-password", "admin@example.com"]);
    let new = shown(reset.done());

    assert_eq!(login(&server, "admin@example.com", &old).await, StatusCode::UNAUTHORIZED);
    assert_eq!(login(&server, "admin@example.com", new).await, StatusCode::OK);
}

#[test]
fn an_administrator_is_made_with_a_given_password_and_listed() {
    let folder = free_folder();
    let arguments = ["admin", "create", "ada@example.com", "--username", "ada", "--password-stdin"];

    let made = doorward_with(folder.path(), &arguments, &[], &format!("{PASSWORD}\n"));

    assert_eq!(made.done(), "ada@example.com is an administrator.\n");
    let listed = doorward(folder.path(), &["admin", "list"]);
    assert!(listed.done().contains("ada@example.com  active"), "{}", listed.out);
    let listed = doorward(folder.path(), &["admin", "list", "--json"]);
    assert!(listed.done().contains(r#""email":"ada@example.com""#), "{}", listed.out);
    doorward(folder.path(), &["admin", "disable", "ada"]).refused(1);
    doorward(folder.path(), &["admin", "create", "eve@example.com"]).done();
    doorward(folder.path(), &["admin", "disable", "ada"]).done();
    assert!(doorward(folder.path(), &["admin", "list"]).done().contains("ada@example.com  disabled"));
}

#[test]
fn what_cannot_be_done_is_said() {
    let folder = free_folder();

    let unknown = doorward(folder.path(), &["admin", "reset-password", "nobody@example.com"]);
    let weak =
        doorward_with(folder.path(), &["admin", "create", "a@example.com", "--password-stdin"], &[], "short");

    unknown.refused(1);
    assert!(weak.refused(1).contains("8 characters"));
}
