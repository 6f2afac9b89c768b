//! A service beside the real server, in processes of their own or as good as: the guard crate's example checks tokens by
//! itself and hears what ends.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use doorward_guard::guards::Jwt;
use doorward_testkit::{IN_A_FILE, PASSWORD, RealServer, UNHINDERED, free_folder};
use reqwest::Client;
use serde_json::{Value, json};

#[expect(dead_code, reason = "its main is for people")]
#[path = "../../../guard/examples/resource_server.rs"]
mod example;

const BINARY: &str = env!("CARGO_BIN_EXE_doorward");
/// Enough for a figure that one slow answer does not make.
const LOGOUTS: usize = 200;
/// Longer than anything takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// The auth server, the service, and somebody who calls both.
struct World {
    server: RealServer,
    service: SocketAddr,
    client: Client,
}

impl World {
    async fn new(folder: &std::path::Path, more: &str) -> Self {
        let settings = format!(
            "{UNHINDERED}{more}\n[auth]\ndefault_admin_email = \"root@example.com\"\ndefault_admin_password = \"{PASSWORD}\"\n"
        );
        let server = RealServer::start(BINARY, folder, &settings);
        let client = Client::new();
        let key = service_key(&server, &client).await;
        let (app, news) = example::app(&server.url(""), &key).unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let service = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, app).await });
        tokio::time::timeout(PATIENCE, news.ready()).await.expect("the news are heard");
        Self { server, service, client }
    }

    async fn signed_in(&self, name: &str) -> String {
        let account = json!({ "email": format!("{name}@example.com"), "password": PASSWORD });
        self.client.post(self.server.url("/api/v1/users")).json(&account).send().await.unwrap();
        login(&self.server, &self.client, &format!("{name}@example.com")).await
    }

    async fn log_out(&self, token: &str) {
        let logout =
            self.client.post(self.server.url("/api/v1/logout")).bearer_auth(token).send().await.unwrap();
        assert_eq!(logout.status(), 204);
    }

    /// What the service says to the token.
    async fn says(&self, path: &str, token: &str) -> u16 {
        let request = self.client.get(format!("http://{}{path}", self.service)).bearer_auth(token);
        request.send().await.unwrap().status().as_u16()
    }

    /// How long it takes until the service says this.
    async fn until(&self, path: &str, token: &str, status: u16) -> Duration {
        let started = Instant::now();
        while self.says(path, token).await != status {
            assert!(started.elapsed() < PATIENCE, "{path} does not become {status}");
        }
        started.elapsed()
    }
}

async fn login(server: &RealServer, client: &Client, name: &str) -> String {
    let login = json!({ "identifier": name, "password": PASSWORD });
    let answer = client.post(server.url("/api/v1/login")).json(&login).send().await.unwrap();
    let tokens: Value = answer.json().await.unwrap();
    tokens["access_token"].as_str().expect("the login works").to_owned()
}

/// A key that may hear what ends, and nothing else.
async fn service_key(server: &RealServer, client: &Client) -> String {
    let root = login(server, client, "root@example.com").await;
    let wish = json!({ "name": "shop", "scope": "admin:revocations" });
    let made =
        client.post(server.url("/api/v1/api-keys")).bearer_auth(root).json(&wish).send().await.unwrap();
    let made: Value = made.json().await.unwrap();
    made["api_key"].as_str().expect("the key is made").to_owned()
}

#[tokio::test]
async fn whoever_logs_out_is_refused_in_the_service_within_a_moment() {
    let folder = free_folder();
    let world = World::new(folder.path(), "").await;
    world.signed_in("ada").await;
    let mut delays = Vec::new();
    for _ in 0..LOGOUTS {
        let token = login(&world.server, &world.client, "ada@example.com").await;
        assert_eq!(world.says("/orders", &token).await, 200);

        world.log_out(&token).await;

        delays.push(world.until("/orders", &token, 401).await);
        assert_eq!(world.says("/articles", &token).await, 401);
    }

    delays.sort();
    let at = |share: usize| delays[(LOGOUTS * share / 100).min(LOGOUTS - 1)];
    println!("logout to refusal in a service: p50 {:?}, p99 {:?}, longest {:?}", at(50), at(99), at(100));
    assert!(at(99) < Duration::from_secs(1), "{:?}", at(99));
}

#[tokio::test]
async fn the_end_of_all_sessions_is_heard_too() {
    let folder = free_folder();
    let world = World::new(folder.path(), "").await;
    let (first, second) = (world.signed_in("ada").await, world.signed_in("ada").await);
    assert_eq!((world.says("/orders", &first).await, world.says("/orders", &second).await), (200, 200));

    let all = world
        .client
        .post(world.server.url("/api/v1/logout/everywhere"))
        .bearer_auth(&first)
        .send()
        .await
        .unwrap();
    assert_eq!(all.status(), 204);

    world.until("/orders", &first, 401).await;
    world.until("/orders", &second, 401).await;
}

#[tokio::test]
async fn whoever_loses_a_scope_with_a_role_needs_a_new_token() {
    let folder = free_folder();
    let world = World::new(folder.path(), "\n[scopes]\nwrite = \"Write\"\n").await;
    let root = login(&world.server, &world.client, "root@example.com").await;
    let send = |method: reqwest::Method, path: String, body: Value| {
        world.client.request(method, world.server.url(&path)).bearer_auth(&root).json(&body).send()
    };
    send(
        reqwest::Method::POST,
        "/api/v1/admin/roles".to_owned(),
        json!({ "name": "editor", "scope": "write" }),
    )
    .await
    .unwrap();
    let first = world.signed_in("ada").await;
    let me = world.client.get(world.server.url("/api/v1/me")).bearer_auth(&first).send().await.unwrap();
    let me: Value = me.json().await.unwrap();
    let path = format!("/api/v1/admin/users/{}/roles/editor", me["id"].as_str().unwrap());
    assert_eq!(send(reqwest::Method::PUT, path, Value::Null).await.unwrap().status(), 200);
    let editor = login(&world.server, &world.client, "ada@example.com").await;
    let other = world.signed_in("eve").await;
    assert_eq!((world.says("/orders", &editor).await, world.says("/orders", &other).await), (200, 200));

    let narrowed = json!({ "scope": "" });
    let changed = send(reqwest::Method::PATCH, "/api/v1/admin/roles/editor".to_owned(), narrowed).await;
    assert_eq!(changed.unwrap().status(), 200);

    world.until("/orders", &editor, 401).await;
    assert_eq!(world.says("/orders", &other).await, 200, "whose token carries no such scope");
    let fresh = login(&world.server, &world.client, "ada@example.com").await;
    assert_eq!(world.says("/orders", &fresh).await, 200);
}

/// Two nodes on one database, under one name.
#[tokio::test]
async fn what_one_node_ends_is_heard_from_the_other() {
    let (folder, other_folder) = (free_folder(), free_folder());
    let world = World::new(folder.path(), IN_A_FILE).await;
    let data = folder.path().join("data");
    let settings = format!(
        "{UNHINDERED}[database]\nurl = \"sqlite:{0}/doorward.db\"\n[server]\npublic_url = \"{1}\"\n",
        data.display(),
        world.server.url("")
    );
    let other = RealServer::start(BINARY, other_folder.path(), &settings);
    let key = service_key(&world.server, &world.client).await;
    let people = Jwt::keys_at(other.url("/.well-known/jwks.json"), world.server.url(""), "doorward");
    let (news, hearing) = people.revocation_news(other.url("/api/v1/revocations")).api_key(key).start();
    tokio::spawn(hearing);
    tokio::time::timeout(PATIENCE, news.ready()).await.expect("the news are heard");
    world.signed_in("ada").await;
    let mut delays = Vec::new();
    for _ in 0..LOGOUTS / 4 {
        let token = login(&world.server, &world.client, "ada@example.com").await;
        let known = news.len();

        world.log_out(&token).await;

        let started = Instant::now();
        while news.len() == known {
            assert!(started.elapsed() < PATIENCE, "the other node tells of the end");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        delays.push(started.elapsed());
        let check = world.client.get(other.url("/api/v1/session")).bearer_auth(&token).send().await.unwrap();
        assert_eq!(check.status(), 401, "on the other node");
    }

    delays.sort();
    println!(
        "logout to news from another node: p50 {:?}, longest {:?}",
        delays[delays.len() / 2],
        delays[delays.len() - 1]
    );
}

#[tokio::test]
async fn without_the_server_each_rule_does_as_it_was_told_and_recovers_with_it() {
    let folder = free_folder();
    let quick = "[revocations]\nheartbeat = \"100ms\"\n";
    let world = World::new(folder.path(), quick).await;
    let (ada, eve) = (world.signed_in("ada").await, world.signed_in("eve").await);
    world.log_out(&eve).await;
    world.until("/articles", &eve, 401).await;

    let World { server, service, client } = world;
    let settings = std::fs::read_to_string(folder.path().join("doorward.toml")).unwrap();
    server.crash();
    let nobody = RealServer::start(BINARY, free_folder().path(), "");
    let world = World { server: nobody, service, client };

    world.until("/orders", &ada, 503).await;
    assert_eq!(world.says("/articles", &ada).await, 200, "believed until it ends");
    assert_eq!(world.says("/articles", &eve).await, 401, "what was heard counts");

    let _again = RealServer::start(BINARY, folder.path(), &settings);
    world.until("/orders", &ada, 200).await;
    assert_eq!(world.says("/orders", &eve).await, 401);
}
