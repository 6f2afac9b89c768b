//! Three servers on one database and one cache: what they share, and what happens when the cache goes away.

use std::time::{Duration, Instant};

use doorward_store::FreshDatabase;
use doorward_testkit::{PASSWORD, RealServer, RedisServer, free_folder, fresh_database};
use futures_util::future::join_all;
use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

const BINARY: &str = env!("CARGO_BIN_EXE_doorward");
const SECRET: &str = "a secret of thirty-two bytes or more";
/// The longest a request may take while the cache does not answer; a cheap hash is part of it.
const AT_MOST: Duration = Duration::from_secs(1);

/// Three nodes, and ada's account. They end before the database does.
struct Nodes {
    redis: RedisServer,
    nodes: Vec<RealServer>,
    client: Client,
    _database: Option<FreshDatabase>,
    _folders: Vec<TempDir>,
}

impl Nodes {
    async fn start(limits: &str) -> Self {
        let (redis, shared, database) = (RedisServer::start(), free_folder(), fresh_database().await);
        let path = shared.path().display();
        let url = match &database {
            Some(database) => database.url().expose().clone(),
            None => format!("sqlite:{path}/doorward.db"),
        };
        let settings = format!(
            "[database]\nurl = \"{url}\"\n[cache]\nurl = \"{}\"\n\
             [crypto]\nargon2_memory = \"64KiB\"\nargon2_passes = 1\nmaster_key_file = \"{path}/master.key\"\n\
             [dialect.tp]\nenabled = true\n[limits]\n{limits}",
            redis.url()
        );
        let variables = [("SECRET_KEY", SECRET), ("ISSUER", "acme"), ("ENABLE_CORS", "False")];
        let mut folders = vec![free_folder(), free_folder(), free_folder()];
        let start = |folder: &TempDir| RealServer::start_with(BINARY, folder.path(), &settings, &variables);
        let nodes = folders.iter().map(start).collect();
        folders.push(shared);
        let nodes = Self { redis, nodes, client: Client::new(), _database: database, _folders: folders };
        let account = json!({ "email": "ada@example.com", "username": "ada", "password": PASSWORD });
        let made =
            nodes.client.post(nodes.nodes[0].url("/api/v1/users")).json(&account).send().await.unwrap();
        assert_eq!(made.status(), StatusCode::CREATED);
        nodes
    }

    async fn login(&self, node: usize, password: &str) -> Response {
        let form = [("username", "ada"), ("password", password)];
        self.client.post(self.nodes[node].url("/token")).form(&form).send().await.unwrap()
    }

    async fn token(&self, node: usize) -> String {
        let answer = self.login(node, PASSWORD).await;
        assert_eq!(answer.status(), StatusCode::OK);
        answer.json::<Value>().await.unwrap()["access_token"].as_str().unwrap().to_owned()
    }

    async fn post(&self, node: usize, path: &str, token: &str) -> Response {
        self.client.post(self.nodes[node].url(path)).bearer_auth(token).send().await.unwrap()
    }

    async fn verdict(&self, node: usize, token: &str) -> u16 {
        let request = self.client.get(self.nodes[node].url("/api/v1/session")).bearer_auth(token);
        request.send().await.unwrap().status().as_u16()
    }
}

#[tokio::test]
async fn failed_logins_are_counted_once_for_all_nodes() {
    let nodes =
        Nodes::start("delay_growth = 1\nlogin_per_account_and_network = { burst = 4, refill = \"1h\" }\n")
            .await;

    for node in [0, 1, 2, 0] {
        assert_eq!(nodes.login(node, "wrong").await.status(), StatusCode::BAD_REQUEST);
    }

    for node in [0, 1, 2] {
        let limited = nodes.login(node, PASSWORD).await;
        assert_eq!(limited.status(), StatusCode::TOO_MANY_REQUESTS);
        assert!(limited.headers().contains_key("retry-after"));
    }
}

#[tokio::test]
async fn a_session_rests_on_all_nodes_and_its_end_is_heard_of_by_all() {
    let nodes = Nodes::start("").await;
    let token = nodes.token(0).await;
    assert_eq!(nodes.verdict(1, &token).await, 200);

    assert_eq!(nodes.post(0, "/refresh", &token).await.status(), StatusCode::OK);
    assert_eq!(nodes.post(1, "/refresh", &token).await.status(), StatusCode::TOO_MANY_REQUESTS);

    assert_eq!(nodes.post(0, "/logout", &token).await.status(), StatusCode::OK);
    let ended = Instant::now();
    for node in [1, 2] {
        while nodes.verdict(node, &token).await != 401 {
            assert!(ended.elapsed() < AT_MOST, "node {node} has not heard of it");
        }
    }
}

#[tokio::test]
async fn one_refresh_token_on_all_nodes_at_once_has_one_successor_and_ends_no_session() {
    let nodes = Nodes::start("").await;
    let body = json!({ "identifier": "ada", "password": PASSWORD });
    let login = nodes.client.post(nodes.nodes[0].url("/api/v1/login")).json(&body).send().await.unwrap();
    let tokens: Value = login.json().await.unwrap();
    let body = json!({ "refresh_token": tokens["refresh_token"] });
    let refresh = async |node: usize| {
        let asked = nodes.client.post(nodes.nodes[node % 3].url("/api/v1/refresh")).json(&body).send();
        let answer = asked.await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        answer.json::<Value>().await.unwrap()
    };

    let answers = join_all((0..12).map(refresh)).await;

    let successor = &answers[0]["refresh_token"];
    assert_ne!(successor, &tokens["refresh_token"]);
    for answer in &answers {
        assert_eq!(&answer["refresh_token"], successor);
        assert_eq!(nodes.verdict(2, answer["access_token"].as_str().unwrap()).await, 200);
    }
}

#[tokio::test]
async fn losing_the_cache_logs_nobody_out_and_lets_nobody_in() {
    let plenty = "login_per_account_and_network = { burst = 1000, refill = \"1s\" }\n";
    let mut nodes = Nodes::start(plenty).await;
    let (kept, ended) = (nodes.token(0).await, nodes.token(1).await);
    nodes.post(1, "/logout", &ended).await;

    nodes.redis.crash();
    check(&nodes, &kept, &ended).await;
    nodes.redis.restart();
    check(&nodes, &kept, &ended).await;
    nodes.redis.command("FLUSHALL");
    check(&nodes, &kept, &ended).await;
    nodes.redis.hang();
    check(&nodes, &kept, &ended).await;
    nodes.redis.go_on();
    check(&nodes, &kept, &ended).await;
}

/// Holds all nodes to their answers, and to the time they may take.
async fn check(nodes: &Nodes, kept: &str, ended: &str) {
    for node in [0, 1, 2] {
        let began = Instant::now();
        assert_eq!(nodes.verdict(node, kept).await, 200);
        assert_eq!(nodes.verdict(node, ended).await, 401);
        assert_eq!(nodes.login(node, "wrong").await.status(), StatusCode::BAD_REQUEST);
        let fresh = nodes.token(node).await;
        assert_eq!(nodes.post(node, "/logout", &fresh).await.status(), StatusCode::OK);
        assert_eq!(nodes.verdict(node, &fresh).await, 401);
        assert!(began.elapsed() < AT_MOST * 2, "{:?}", began.elapsed());
    }
    hear(nodes).await;
}

/// Sees that an end by one node is heard of by those that have believed the token.
async fn hear(nodes: &Nodes) {
    let token = nodes.token(0).await;
    for node in [1, 2] {
        assert_eq!(nodes.verdict(node, &token).await, 200);
    }
    assert_eq!(nodes.post(0, "/logout", &token).await.status(), StatusCode::OK);
    let ended = Instant::now();
    for node in [1, 2] {
        while nodes.verdict(node, &token).await != 401 {
            assert!(ended.elapsed() < AT_MOST * 10, "node {node} has not heard of it");
        }
    }
}

#[tokio::test]
async fn a_cache_that_was_emptied_shortens_a_lockout_once_and_only_elsewhere() {
    let nodes =
        Nodes::start("delay_growth = 1\nlogin_per_account_and_network = { burst = 4, refill = \"1h\" }\n")
            .await;
    for _ in 0..4 {
        assert_eq!(nodes.login(0, "wrong").await.status(), StatusCode::BAD_REQUEST);
    }
    assert_eq!(nodes.login(1, "wrong").await.status(), StatusCode::TOO_MANY_REQUESTS);

    nodes.redis.command("FLUSHALL");

    assert_eq!(nodes.login(0, PASSWORD).await.status(), StatusCode::TOO_MANY_REQUESTS);
    let mut more = 0;
    for attempt in 0..12 {
        let answer = nodes.login(1 + attempt % 2, "wrong").await.status();
        more += u32::from(answer == StatusCode::BAD_REQUEST);
    }
    assert!(more <= 4, "{more}");
    for node in [0, 1, 2] {
        assert_eq!(nodes.login(node, PASSWORD).await.status(), StatusCode::TOO_MANY_REQUESTS);
    }
}

#[tokio::test]
async fn a_node_starts_without_its_cache_and_uses_it_once_it_is_there() {
    let (mut redis, folder) = (RedisServer::start(), free_folder());
    redis.crash();
    let settings = format!("[cache]\nurl = \"{}\"\n", redis.url());
    let server = RealServer::start(BINARY, folder.path(), &settings);
    let fail = async || {
        let body = json!({ "identifier": "ada", "password": "wrong password" });
        Client::new().post(server.url("/api/v1/login")).json(&body).send().await.unwrap()
    };
    assert_eq!(fail().await.status(), StatusCode::UNAUTHORIZED);

    redis.restart();

    let began = Instant::now();
    while !redis.command("KEYS *").contains("doorward:meter:") {
        assert!(began.elapsed() < Duration::from_secs(10), "the cache is used");
        fail().await;
    }
}
