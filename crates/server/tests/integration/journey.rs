//! The way of a new user through the built binary, over a real connection.

use doorward_testkit::{RealServer, free_folder};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_doorward");
const PASSWORD: &str = "correct horse battery";

async fn post(client: &Client, url: String, body: &Value) -> (StatusCode, Value) {
    let response = client.post(url).json(body).send().await.unwrap();
    (response.status(), response.json().await.unwrap_or_default())
}

#[tokio::test]
async fn register_log_in_use_refresh_list_and_log_out() {
    let folder = free_folder();
    let server = RealServer::start(BINARY, folder.path(), "");
    let client = Client::new();
    let get =
        |path: &str, token: &Value| client.get(server.url(path)).bearer_auth(token.as_str().unwrap()).send();

    let account = json!({ "email": "ada@example.com", "password": PASSWORD });
    let (status, user) = post(&client, server.url("/api/v1/users"), &account).await;
    assert_eq!((status, &user["email"]), (StatusCode::CREATED, &json!("ada@example.com")));

    let login = json!({ "identifier": "ada@example.com", "password": PASSWORD });
    let (status, tokens) = post(&client, server.url("/api/v1/login"), &login).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        get("/api/v1/me", &tokens["access_token"]).await.unwrap().json::<Value>().await.unwrap(),
        user
    );

    let refresh = json!({ "refresh_token": tokens["refresh_token"] });
    let (status, next) = post(&client, server.url("/api/v1/refresh"), &refresh).await;
    assert_eq!(status, StatusCode::OK);
    let sessions: Value = get("/api/v1/sessions", &next["access_token"]).await.unwrap().json().await.unwrap();
    assert_eq!(sessions.as_array().unwrap().len(), 1);

    let token = next["access_token"].as_str().unwrap();
    let out = client.post(server.url("/api/v1/logout")).bearer_auth(token).send().await.unwrap();
    assert_eq!(out.status(), StatusCode::NO_CONTENT);
    let refused = get("/api/v1/me", &next["access_token"]).await.unwrap();
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(refused.json::<Value>().await.unwrap()["code"], "token_revoked");
    drop(client);
    assert!(server.stop().success());
}

#[tokio::test]
async fn a_problem_arrives_whole_over_the_wire() {
    let folder = free_folder();
    let server = RealServer::start(BINARY, folder.path(), "");

    let response = reqwest::get(server.url("/nowhere")).await.unwrap();

    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["code"], "not_found");
}

#[tokio::test]
async fn a_crash_loses_nothing_that_was_acknowledged() {
    let folder = free_folder();
    let server = RealServer::start(BINARY, folder.path(), "");
    let client = Client::new();
    let account = json!({ "email": "ada@example.com", "password": PASSWORD });
    post(&client, server.url("/api/v1/users"), &account).await;
    let login = json!({ "identifier": "ada@example.com", "password": PASSWORD });
    let (_, kept) = post(&client, server.url("/api/v1/login"), &login).await;
    let (_, ended) = post(&client, server.url("/api/v1/login"), &login).await;
    let token = |tokens: &Value| tokens["access_token"].as_str().unwrap().to_owned();
    let out = client.post(server.url("/api/v1/logout")).bearer_auth(token(&ended)).send().await.unwrap();
    assert_eq!(out.status(), StatusCode::NO_CONTENT);

    server.crash();
    let server = RealServer::start(BINARY, folder.path(), "");
    let client = Client::new();

    let refresh = json!({ "refresh_token": kept["refresh_token"] });
    assert_eq!(post(&client, server.url("/api/v1/refresh"), &refresh).await.0, StatusCode::OK);
    let refresh = json!({ "refresh_token": ended["refresh_token"] });
    let (status, problem) = post(&client, server.url("/api/v1/refresh"), &refresh).await;
    assert_eq!((status, &problem["code"]), (StatusCode::UNAUTHORIZED, &json!("token_revoked")));
}
