//! Services that ask the real server about each token: over HTTP (RFC 7662) and over gRPC. The guard crate's examples, run.

use std::net::SocketAddr;
use std::path::Path;

use axum::Router;
use doorward_testkit::{PASSWORD, RealServer, UNHINDERED, free_folder};
use reqwest::{Client, Response};
use serde_json::{Value, json};

#[expect(dead_code, reason = "its main is for people")]
#[path = "../../../guard/examples/over_grpc.rs"]
mod by_grpc;
#[expect(dead_code, reason = "its main is for people")]
#[path = "../../../guard/examples/introspection.rs"]
mod by_http;

const BINARY: &str = env!("CARGO_BIN_EXE_doorward");
const SECRET: &str = "what-services-and-this-server-know";

/// A server on which root may do everything, and which speaks gRPC.
fn server(folder: &Path) -> RealServer {
    let settings = format!(
        "{UNHINDERED}\n[auth]\ndefault_admin_email = \"root@example.com\"\ndefault_admin_password = \"{PASSWORD}\"\n\
         [grpc]\nlisten = \"127.0.0.1:0\"\nsecret = \"{SECRET}\"\n"
    );
    RealServer::start(BINARY, folder, &settings)
}

/// Where it speaks gRPC.
fn grpc_url(server: &RealServer) -> String {
    let line = server.greeting.lines().find_map(|line| line.trim().strip_prefix("grpc"));
    format!("http://{}", line.expect("the greeting says where").trim())
}

async fn post(server: &RealServer, path: &str, token: &str, body: Value) -> Value {
    let answer = Client::new().post(server.url(path)).bearer_auth(token).json(&body).send().await.unwrap();
    answer.json().await.unwrap_or_default()
}

async fn login(server: &RealServer, name: &str) -> String {
    let login = json!({ "identifier": name, "password": PASSWORD });
    let answer = Client::new().post(server.url("/api/v1/login")).json(&login).send().await.unwrap();
    answer.json::<Value>().await.unwrap()["access_token"].as_str().expect("the login works").to_owned()
}

async fn signed_in(server: &RealServer, name: &str) -> String {
    let account = json!({ "email": format!("{name}@example.com"), "username": name, "password": PASSWORD });
    Client::new().post(server.url("/api/v1/users")).json(&account).send().await.unwrap();
    login(server, name).await
}

/// A key that may ask what tokens are worth, and nothing else.
async fn service_key(server: &RealServer) -> String {
    let root = login(server, "root@example.com").await;
    let wish = json!({ "name": "shop", "scope": "admin:introspection" });
    let made = post(server, "/api/v1/api-keys", &root, wish).await;
    made["api_key"].as_str().expect("the key is made").to_owned()
}

/// Serves the example; says where.
async fn served(app: Router) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

async fn orders(service: SocketAddr, token: &str) -> Response {
    Client::new().get(format!("http://{service}/orders")).bearer_auth(token).send().await.unwrap()
}

/// What both do: they know who comes, obey a logout at once, and let nobody in when they cannot ask.
async fn check(server: RealServer, service: SocketAddr) {
    let ada = signed_in(&server, "ada").await;
    let me = Client::new().get(server.url("/api/v1/me")).bearer_auth(&ada).send().await.unwrap();
    let me: Value = me.json().await.unwrap();

    let answer = orders(service, &ada).await;
    assert_eq!(answer.status(), 200);
    let user: Value = answer.json().await.unwrap();
    assert_eq!((&user["id"], &user["name"]["user"]), (&me["id"], &json!("ada")));

    let stranger = Client::new().get(format!("http://{service}/orders")).send().await.unwrap();
    assert_eq!(stranger.status(), 401);
    assert!(stranger.headers()["www-authenticate"].to_str().unwrap().starts_with("Bearer"));
    assert_eq!(orders(service, &format!("{ada}x")).await.status(), 401);

    Client::new().post(server.url("/api/v1/logout")).bearer_auth(&ada).send().await.unwrap();
    let refused = orders(service, &ada).await;
    assert_eq!(refused.status(), 401);
    assert!(refused.headers()["www-authenticate"].to_str().unwrap().contains("invalid_token"));

    let eve = signed_in(&server, "eve").await;
    assert_eq!(orders(service, &eve).await.status(), 200);
    server.crash();
    assert_eq!(orders(service, &eve).await.status(), 503);
}

#[tokio::test]
async fn a_service_that_introspects_knows_who_comes_and_obeys_a_logout() {
    let folder = free_folder();
    let server = server(folder.path());
    let app = by_http::app(&server.url(""), &service_key(&server).await).unwrap();
    let service = served(app).await;

    check(server, service).await;
}

#[tokio::test]
async fn a_service_that_asks_over_grpc_knows_who_comes_and_obeys_a_logout() {
    let folder = free_folder();
    let server = server(folder.path());
    let service = served(by_grpc::app(&grpc_url(&server), SECRET).unwrap()).await;

    check(server, service).await;
}
