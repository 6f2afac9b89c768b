//! Two nodes whose cache fails over and loses what it was told: limits get stricter, and the database decides the rest.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use doorward_store::FreshDatabase;
use doorward_testkit::{PASSWORD, RealServer, RedisSentinels, free_folder, fresh_database};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

const BINARY: &str = env!("CARGO_BIN_EXE_doorward");
const PATIENCE: Duration = Duration::from_secs(30);
/// An account may be tried so often in a row.
const BURST: u32 = 8;

/// Two nodes, and ada's account.
struct Nodes {
    nodes: Vec<RealServer>,
    client: Client,
    mail: PathBuf,
    _database: Option<FreshDatabase>,
    _folders: Vec<TempDir>,
}

impl Nodes {
    async fn start(cache: &str) -> Self {
        let (shared, database) = (free_folder(), fresh_database().await);
        let path = shared.path().display();
        let url = match &database {
            Some(database) => database.url().expose().clone(),
            None => format!("sqlite:{path}/doorward.db"),
        };
        let settings = format!(
            "[database]\nurl = \"{url}\"\n[cache]\nurl = \"{cache}\"\ntimeout = \"500ms\"\n\
             [crypto]\nargon2_memory = \"64KiB\"\nargon2_passes = 1\nmaster_key_file = \"{path}/master.key\"\n\
             [mail]\nfolder = \"{path}/mail\"\n[tokens]\nissuer = \"https://auth.example.com\"\n[limits]\ndelay_growth = 1\nlogin_per_account_and_network = {{ burst = {BURST}, refill = \"1h\" }}\n"
        );
        let mail = shared.path().join("mail");
        let mut folders = vec![free_folder(), free_folder()];
        let start = |folder: &TempDir| RealServer::start(BINARY, folder.path(), &settings);
        let nodes = folders.iter().map(start).collect();
        folders.push(shared);
        let nodes = Self { nodes, client: Client::new(), mail, _database: database, _folders: folders };
        for name in ["ada", "bob"] {
            let email = format!("{name}@example.com");
            let account = json!({ "email": email, "username": name, "password": PASSWORD });
            assert_eq!(nodes.post(0, "users", &account).await.0, StatusCode::CREATED);
        }
        nodes
    }

    async fn post(&self, node: usize, path: &str, body: &Value) -> (StatusCode, Value) {
        let url = self.nodes[node].url(&format!("/api/v1/{path}"));
        let answer = self.client.post(url).json(body).send().await.unwrap();
        (answer.status(), answer.json().await.unwrap_or_default())
    }

    async fn login(&self, node: usize, name: &str, password: &str) -> (StatusCode, Value) {
        self.post(node, "login", &json!({ "identifier": name, "password": password })).await
    }

    async fn refresh(&self, node: usize, tokens: &Value) -> (StatusCode, Value) {
        self.post(node, "refresh", &json!({ "refresh_token": tokens["refresh_token"] })).await
    }

    /// The token in the mail that asks `name` whether the address is theirs.
    async fn mailed(&self, name: &str) -> String {
        let began = Instant::now();
        loop {
            let files = std::fs::read_dir(&self.mail).into_iter().flatten().filter_map(Result::ok);
            let texts = files.filter_map(|file| std::fs::read_to_string(file.path()).ok());
            let plain = texts.map(|text| text.replace("=\r\n", "").replace("=3D", "="));
            let mut theirs = plain.filter(|text| text.contains(&format!("To: {name}@example.com")));
            let found = theirs.find_map(|text| {
                let (_, rest) = text.split_once("token=")?;
                let is_part = |c: char| c.is_ascii_alphanumeric() || "-_.~".contains(c);
                let end = rest.find(|c| !is_part(c))?;
                Some(rest[..end].to_owned())
            });
            if let Some(token) = found {
                return token;
            }
            assert!(began.elapsed() < PATIENCE, "no mail to {name}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn verdict(&self, node: usize, tokens: &Value) -> StatusCode {
        let token = tokens["access_token"].as_str().unwrap();
        let request = self.client.get(self.nodes[node].url("/api/v1/session")).bearer_auth(token);
        request.send().await.unwrap().status()
    }

    async fn logout(&self, node: usize, tokens: &Value) {
        let token = tokens["access_token"].as_str().unwrap();
        let request = self.client.post(self.nodes[node].url("/api/v1/logout")).bearer_auth(token);
        assert!(request.send().await.unwrap().status().is_success());
    }
}

/// Asks both nodes for bob until it is told to stop: whether `tokens` still count, and whether he can sign in. Gives the number of
/// rounds and the longest answer.
async fn traffic(nodes: Arc<Nodes>, tokens: Value, stop: Arc<AtomicBool>) -> (u32, Duration) {
    let (mut rounds, mut longest) = (0, Duration::ZERO);
    while !stop.load(Ordering::Acquire) {
        for node in [0, 1] {
            let began = Instant::now();
            assert_eq!(nodes.verdict(node, &tokens).await, StatusCode::OK);
            assert_eq!(nodes.login(node, "bob", PASSWORD).await.0, StatusCode::OK);
            longest = longest.max(began.elapsed());
        }
        rounds += 1;
    }
    (rounds, longest)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_used_or_ended_before_a_failover_that_lost_it_stays_so() {
    let mut cache = RedisSentinels::start();
    let nodes = Arc::new(Nodes::start(&cache.url()).await);
    let kept = nodes.login(0, "ada", PASSWORD).await.1;
    let stop = Arc::new(AtomicBool::new(false));
    let bob = nodes.login(0, "bob", PASSWORD).await.1;
    let under_way = tokio::spawn(traffic(nodes.clone(), bob, stop.clone()));
    let (ended, used) = (nodes.login(0, "ada", PASSWORD).await.1, nodes.login(1, "ada", PASSWORD).await.1);
    let mut latest = Value::Null;
    let code = json!({ "token": nodes.mailed("bob").await });

    cache
        .fail_over(async || {
            nodes.logout(0, &ended).await;
            assert_eq!(nodes.post(0, "email-verification/confirm", &code).await.0, StatusCode::NO_CONTENT);
            let next = nodes.refresh(0, &used).await.1;
            latest = nodes.refresh(1, &next).await.1;
        })
        .await;
    stop.store(true, Ordering::Release);
    let (rounds, longest) = under_way.await.unwrap();
    assert!(rounds > 0 && longest < PATIENCE / 2, "{rounds} rounds, {longest:?}");

    for node in [0, 1] {
        assert_eq!(nodes.verdict(node, &kept).await, StatusCode::OK);
        assert_eq!(nodes.verdict(node, &latest).await, StatusCode::OK);
        assert_eq!(nodes.verdict(node, &ended).await, StatusCode::UNAUTHORIZED);
        assert_eq!(nodes.refresh(node, &ended).await.0, StatusCode::UNAUTHORIZED);
        let again = nodes.post(node, "email-verification/confirm", &code).await.0;
        assert_eq!(again, StatusCode::BAD_REQUEST, "a code is used once");
    }
    // Somebody else has it: the whole session ends, everywhere.
    assert_eq!(nodes.refresh(0, &used).await.0, StatusCode::UNAUTHORIZED);
    let began = Instant::now();
    for node in [0, 1] {
        while nodes.verdict(node, &latest).await != StatusCode::UNAUTHORIZED {
            assert!(began.elapsed() < PATIENCE, "node {node} has not heard of it");
        }
        assert_eq!(nodes.refresh(node, &latest).await.0, StatusCode::UNAUTHORIZED);
        assert_eq!(nodes.verdict(node, &kept).await, StatusCode::OK);
    }
}

#[tokio::test]
async fn guesses_are_limited_through_a_failover_and_shared_again_after_it() {
    let mut cache = RedisSentinels::start();
    let nodes = Nodes::start(&cache.url()).await;
    let guess = async |node: usize, name: &str| nodes.login(node, name, "wrong password").await.0;

    let mut meanwhile = 0;
    cache
        .fail_over(async || {
            for attempt in 0..BURST {
                let node = usize::try_from(attempt % 2).unwrap();
                assert_eq!(guess(node, "ada").await, StatusCode::UNAUTHORIZED);
            }
            assert_eq!(guess(0, "ada").await, StatusCode::TOO_MANY_REQUESTS);
        })
        .await;
    for attempt in 0..BURST * 2 {
        let node = usize::try_from(attempt % 2).unwrap();
        meanwhile += u32::from(guess(node, "ada").await == StatusCode::UNAUTHORIZED);
    }

    // Each node knows its own half; what the other one had counted may be forgotten once.
    assert!(meanwhile <= BURST, "{meanwhile}");
    let began = Instant::now();
    while !cache.replica.command("KEYS *").contains("doorward:meter:") {
        assert!(began.elapsed() < PATIENCE, "the new primary is used");
        guess(0, "nobody").await;
        guess(1, "nobody").await;
    }
    for node in [0, 1] {
        assert_eq!(guess(node, "ada").await, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(nodes.login(node, "bob", PASSWORD).await.0, StatusCode::OK);
    }
}
