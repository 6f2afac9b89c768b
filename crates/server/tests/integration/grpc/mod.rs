//! gRPC of the real binary: to clients in Rust, and to `grpcio`, the one that most services in Python use.

mod python;
mod services;

use std::path::Path;

use doorward_testkit::{PASSWORD, RealServer, UNHINDERED};
use reqwest::Client;
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_doorward");
const SECRET: &str = "what-services-and-this-server-know";

/// A server that speaks gRPC, too, as `more` of `[grpc]` says.
fn server(folder: &Path, more: &str) -> RealServer {
    let settings = format!("{UNHINDERED}\n[grpc]\nlisten = \"127.0.0.1:0\"\n{more}\n");
    RealServer::start(BINARY, folder, &settings)
}

/// Where it speaks gRPC.
fn grpc_address(server: &RealServer) -> String {
    let line = server.greeting.lines().find_map(|line| line.trim().strip_prefix("grpc"));
    line.expect("the greeting says where").trim().to_owned()
}

/// Somebody who is signed in.
struct SignedIn {
    id: String,
    token: String,
    session: String,
}

async fn signed_in(server: &RealServer, name: &str) -> SignedIn {
    let client = Client::new();
    let account = json!({ "email": format!("{name}@example.com"), "username": name, "password": PASSWORD });
    client.post(server.url("/api/v1/users")).json(&account).send().await.unwrap();
    let login = json!({ "identifier": name, "password": PASSWORD });
    let answer = client.post(server.url("/api/v1/login")).json(&login).send().await.unwrap();
    let tokens: Value = answer.json().await.unwrap();
    let text = |name: &str| tokens[name].as_str().unwrap().to_owned();
    let me = client.get(server.url("/api/v1/me")).bearer_auth(text("access_token")).send().await.unwrap();
    let me: Value = me.json().await.unwrap();
    SignedIn {
        id: me["id"].as_str().unwrap().to_owned(),
        token: text("access_token"),
        session: text("session_id"),
    }
}

async fn log_out(server: &RealServer, who: &SignedIn) {
    let logout = Client::new().post(server.url("/api/v1/logout")).bearer_auth(&who.token);
    assert_eq!(logout.send().await.unwrap().status(), 204);
}
