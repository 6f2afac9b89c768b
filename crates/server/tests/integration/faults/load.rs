//! Clients that go on asking whatever happens, and remember what they were told.
//!
//! Each answer is held to what is promised of every answer: it comes, and it is either what was asked for or a refusal that
//! says when to come back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use doorward_testkit::{PASSWORD, RealServer};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::PATIENCE;

/// How long a client that was refused rests.
const REST: Duration = Duration::from_millis(20);

/// Lets others do something.
pub(super) async fn rest() {
    tokio::time::sleep(REST).await;
}

/// One way to talk to one or more nodes.
#[derive(Debug, Clone)]
pub(super) struct Talk {
    http: Client,
    bases: Arc<[String]>,
    heard: Arc<Heard>,
}

/// What all clients together have heard.
#[derive(Debug, Default)]
struct Heard {
    name: AtomicU64,
    done: AtomicUsize,
    refused: AtomicUsize,
    slowest: AtomicU64,
}

impl Talk {
    /// To each of `nodes` in turn.
    pub(super) fn to(nodes: &[&RealServer]) -> Self {
        Self::at(nodes.iter().map(|node| node.url("")).collect())
    }

    /// To each of `bases` in turn.
    pub(super) fn at(bases: Vec<String>) -> Self {
        let http = Client::builder().timeout(PATIENCE).build().unwrap();
        Self { http, bases: bases.into(), heard: Arc::default() }
    }

    /// To `base`, by a new connection for each request: a proxy that reads its settings again closes those that rest.
    pub(super) fn anew(base: String) -> Self {
        let http = Client::builder().timeout(PATIENCE).pool_max_idle_per_host(0).build().unwrap();
        Self { http, ..Self::at(vec![base]) }
    }

    /// The status and body of an answer; `None` when it was a refusal for now.
    pub(super) async fn ask(&self, path: &str, bearer: &str, body: Option<Value>) -> Option<(u16, Value)> {
        let method = if body.is_some() || path == "/api/v1/logout" { Method::POST } else { Method::GET };
        let turn = self.heard.done.load(Ordering::Relaxed) + self.heard.refused.load(Ordering::Relaxed);
        let base = &self.bases[turn % self.bases.len()];
        let mut request = self.http.request(method, format!("{base}{path}"));
        if !bearer.is_empty() {
            request = request.bearer_auth(bearer);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let began = Instant::now();
        let answer = request.send().await.unwrap_or_else(|fault| panic!("{path} is not answered: {fault:?}"));
        let took = u64::try_from(began.elapsed().as_millis()).unwrap();
        self.heard.slowest.fetch_max(took, Ordering::Relaxed);
        let (status, is_told_when) = (answer.status().as_u16(), answer.headers().contains_key("retry-after"));
        let body = answer.text().await.unwrap();
        if status == 503 {
            assert!(is_told_when, "{path}: a refusal says when to come back: {body}");
            self.heard.refused.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        self.heard.done.fetch_add(1, Ordering::Relaxed);
        Some((status, serde_json::from_str(&body).unwrap_or(Value::Null)))
    }

    /// A new account; its address once that is acknowledged.
    pub(super) async fn register(&self) -> Option<String> {
        let email = format!("n{}@example.com", self.heard.name.fetch_add(1, Ordering::Relaxed));
        let body = json!({ "email": email, "password": PASSWORD });
        let (status, body) = self.ask("/api/v1/users", "", Some(body)).await?;
        assert_eq!(status, 201, "{body}");
        Some(email)
    }

    /// The tokens of a new session.
    pub(super) async fn login(&self, email: &str) -> Option<Value> {
        let body = json!({ "identifier": email, "password": PASSWORD });
        let (status, tokens) = self.ask("/api/v1/login", "", Some(body)).await?;
        assert_eq!(status, 200, "{email}: {tokens}");
        Some(tokens)
    }

    /// What the server says to an access token.
    pub(super) async fn verdict(&self, access: &str) -> Option<u16> {
        Some(self.ask("/api/v1/session", access, None).await?.0)
    }

    /// A new account's access token that the node has seen.
    pub(super) async fn token(&self) -> String {
        let email = self.register().await.unwrap();
        let token = text(&self.login(&email).await.unwrap(), "access_token");
        assert_eq!(self.verdict(&token).await, Some(200));
        token
    }

    /// How long each of `count` reads of the account behind `access` takes, the quickest first.
    pub(super) async fn reads(&self, access: &str, count: usize) -> Vec<Duration> {
        let mut took = Vec::with_capacity(count);
        for _ in 0..count {
            let began = Instant::now();
            let answer = self.ask("/api/v1/me", access, None).await;
            assert_eq!(answer.map(|(status, _)| status), Some(200), "reads go on");
            took.push(began.elapsed());
        }
        took.sort();
        took
    }

    /// How many requests were refused for now.
    pub(super) fn refused(&self) -> usize {
        self.heard.refused.load(Ordering::Relaxed)
    }

    /// How many had another answer.
    pub(super) fn done(&self) -> usize {
        self.heard.done.load(Ordering::Relaxed)
    }

    /// How long the slowest answer took.
    pub(super) fn slowest(&self) -> Duration {
        Duration::from_millis(self.heard.slowest.load(Ordering::Relaxed))
    }

    /// Waits until so many more requests were answered with what was asked for.
    pub(super) async fn more(&self, count: usize) {
        let (began, enough) = (Instant::now(), self.done() + count);
        while self.done() < enough {
            assert!(began.elapsed() < PATIENCE, "the clients get no answers");
            rest().await;
        }
    }
}

/// What one client was told is done.
#[derive(Debug, Default)]
pub(super) struct Told {
    registered: Vec<String>,
    ended: Vec<String>,
}

/// Clients at work.
pub(super) struct Load {
    stop: Arc<AtomicBool>,
    clients: Vec<JoinHandle<Told>>,
}

impl Load {
    /// Lets `count` clients register, log in and log out by `talk`, again and again.
    pub(super) fn start(talk: &Talk, count: usize) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let client = |_| {
            let (talk, stop) = (talk.clone(), stop.clone());
            tokio::spawn(async move {
                let mut told = Told::default();
                while !stop.load(Ordering::Relaxed) {
                    if live(&talk, &mut told).await.is_none() {
                        rest().await;
                    }
                }
                told
            })
        };
        Self { clients: (0..count).map(client).collect(), stop }
    }

    /// Lets them finish, and holds the server to all that they were told; says how much that was.
    pub(super) async fn check(self, talk: &Talk) -> usize {
        self.stop.store(true, Ordering::Relaxed);
        let mut facts = 0;
        for client in self.clients {
            let told = client.await.expect("no client has met what it may not");
            for email in &told.registered {
                assert!(talk.login(email).await.is_some(), "{email} was acknowledged");
            }
            for access in &told.ended {
                assert_eq!(talk.verdict(access).await, Some(401), "an end was acknowledged");
            }
            facts += told.registered.len() + told.ended.len();
        }
        facts
    }
}

/// One account's short life, each step noted once it is acknowledged.
async fn live(talk: &Talk, told: &mut Told) -> Option<()> {
    let email = talk.register().await?;
    told.registered.push(email.clone());
    let access = text(&talk.login(&email).await?, "access_token");
    let (status, body) = talk.ask("/api/v1/logout", &access, None).await?;
    assert_eq!(status, 204, "{body}");
    told.ended.push(access);
    Some(())
}

pub(super) fn text(tokens: &Value, name: &str) -> String {
    tokens[name].as_str().unwrap_or_else(|| panic!("{name} in {tokens}")).to_owned()
}
